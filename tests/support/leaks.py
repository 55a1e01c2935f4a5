"""A plugin that fails every test that draws, prints, logs, or writes a token.

All tokens of the tests and the demo have a known form. The plugin searches each frame of each app, the output of tests
and their programs, what they draw in a pseudo terminal, all log records with tracebacks, and all files in the folders
of tests. Only files that store a login may contain one.
"""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.app import App

MARKS = (
    # Tests that issue tokens by hand put this into them.
    "private-token",
    # Refresh tokens and device codes of the demo's identity provider, and the start of its access tokens' claims.
    "demo-secret-[A-Za-z0-9]",
    "eyJpc3MiOiJhc3Ryby10dWkgZGVtbyBpZGVudGl0eSI",
    "demo-access-token-of-nobody",
)
_TEXT = re.compile("|".join(MARKS))
_BYTES = re.compile(_TEXT.pattern.encode())
LOGINS = re.compile(
    r"/(login-(http-)?[\w.-]+\.json|\.login-[\w.-]+\.json(\.\d+)+|\.ast(-preview|-dev)?/credentials\.json)$"
)
"""Files that store a login: our own, also while it is written, and the CLI's."""
_INSTALLED = re.compile(r"/astro_tui(/demo/(__pycache__/)?server[\w.-]*|-[\w.]+\.dist-info/METADATA)$")
"""Files of the program that contain the public token of the embedded demo."""
TELLS = ("astro_tui.auth.renewal", "astro_tui.demo")
"""Programs that print a token to a pipe by design."""
_PLAIN = re.compile(r"\s+")


class Watch:
    """The leaks found so far, described without the token."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def look(self, where: str, text: str | bytes) -> None:
        """Search a text for a token."""
        found = _TEXT.search(text) if isinstance(text, str) else _BYTES.search(text)
        if found:
            self.found.append(f"{where} ({len(text):,} long, at {found.start():,})")

    def look_at_files(self, folder: Path) -> None:
        """Search all files below a folder, and their names."""
        for path in folder.rglob("*"):
            self.look("a file's name", str(path.relative_to(folder)))
            name = path.as_posix()
            if path.is_file() and not path.is_symlink() and not (LOGINS.search(name) or _INSTALLED.search(name)):
                self.look(f"the file {path}", path.read_bytes())

    def take(self) -> list[str]:
        """Return the leaks found and clear them."""
        found, self.found = self.found, []
        return found


class _Log(logging.Handler):
    """Searches all records as formatted, with their tracebacks."""

    def emit(self, record: logging.LogRecord) -> None:
        watch.look(f"a log record of {record.name}", self.format(record))


watch = Watch()


def _watched_screens(patch: pytest.MonkeyPatch) -> None:
    display = App._display

    def watched(app: App[Any], screen: Any, update: Any) -> None:
        # In headless mode nothing else renders the update.
        if app.is_headless and update is not None:
            drawn = "".join(segment.text for segment in update.__rich_console__(app.console, app.console.options))
            watch.look(f"a screen ({type(screen).__name__})", drawn)
            watch.look(f"a screen ({type(screen).__name__}), wrapped", _PLAIN.sub("", drawn))
        display(app, screen, update)

    patch.setattr(App, "_display", watched)


def _watched_programs(patch: pytest.MonkeyPatch) -> None:
    communicate = subprocess.Popen.communicate

    def watched(process: subprocess.Popen[Any], *given: Any, **more: Any) -> Any:
        told = communicate(process, *given, **more)
        words = process.args if isinstance(process.args, list | tuple) else [process.args]
        if not any(name in str(word) for word in words for name in TELLS):
            for text in told:
                watch.look(f"the output of {words[0]}", text or "")
        return told

    patch.setattr(subprocess.Popen, "communicate", watched)


def _watched_captures(patch: pytest.MonkeyPatch) -> None:
    read = pytest.CaptureFixture.readouterr

    def watched(capture: Any) -> Any:
        told = read(capture)
        for text in told:
            watch.look("what was printed", text)
        return told

    patch.setattr(pytest.CaptureFixture, "readouterr", watched)


@pytest.fixture(scope="session", autouse=True)
def _watching(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Watch the whole run; leaks found only at its end fail the last test."""
    patch, root, log = pytest.MonkeyPatch(), logging.getLogger(), _Log(1)
    _watched_screens(patch)
    _watched_programs(patch)
    _watched_captures(patch)
    root.addHandler(log)
    patch.setattr(root, "level", logging.DEBUG)
    # It logs each rule it tries on each line of a readme: a million records per test, and readmes are public.
    logging.getLogger("markdown_it").setLevel(logging.WARNING)
    yield
    root.removeHandler(log)
    patch.undo()
    watch.look_at_files(tmp_path_factory.getbasetemp())
    assert watch.take() == [], "a token got out"


@pytest.fixture(autouse=True)
def _no_token_gets_out(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaks a token."""
    folder = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if folder is not None:
        watch.look_at_files(folder)
    assert watch.take() == [], "a token got out"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Search what pytest captured during a test."""
    report: Any = yield
    if call.when == "teardown":
        for _when, kind, text in item._report_sections:
            watch.look(f"what {item.nodeid} wrote ({kind})", text)
        leaks = watch.take()
        if leaks and report.passed:
            report.outcome, report.longrepr = "failed", "\n".join(["a token got out:", *leaks])
    return report
