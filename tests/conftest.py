"""Settings of the whole test run, and the fixtures that most tests share."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _pytest.unraisableexception import gc_collect_iterations_key
from hypothesis import HealthCheck, settings
from textual.css.stylesheet import Stylesheet

# These change what is drawn.
os.environ["TZ"] = "UTC"
os.environ.pop("NO_COLOR", None)
os.environ.pop("TEXTUAL_THEME", None)
os.environ.pop("ASTRO_ACCESS_TOKEN", None)
# Tests must not use the real keyring; tests of keyrings start their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

from support import idle
from support.app import NOW, AppFactory, make_app
from support.frozen_demo import FrozenDemo
from support.on_screen import Clock
from support.style_cache import parsed_once

import astro_tui.app.app
from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity
from astro_tui.session.watch import Watch
from astro_tui.widgets.chrome import bar

if TYPE_CHECKING:
    from support.in_shell import Shell

time.tzset()
# Without cached bytecode, every program that a test starts would compile the whole app first.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A shell ignores these for a command in the background, and so would the programs that tests start and interrupt.
for ignored in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
    if signal.getsignal(ignored) is signal.SIG_IGN:
        signal.signal(ignored, signal.default_int_handler if ignored is signal.SIGINT else signal.SIG_DFL)
# Garbage is collected between tests: while an app is running, little of what it made is garbage.
GARBAGE = 1_000_000
"""New objects after which it is worth to look for garbage."""
gc.set_threshold(10 * GARBAGE)
# An app exempts all that exists from garbage collection, for good: here, that would be all apps before it.
astro_tui.app.app.enable_after_startup = gc.enable
idle.install()
# A message stays until another one replaces it: on a busy machine it would disappear before a test sees it.
bar.MESSAGE_SECONDS = 120.0
# All apps have the same style sheets, and each of them would parse each one twice.
Stylesheet._parse_rules = parsed_once(Stylesheet._parse_rules)  # type: ignore[method-assign]
# Hypothesis measures wall time, so every example is slow on a busy machine. Every run draws the same examples, so that
# no run fails for the first time because of a case that is older than its change. With FUZZ=1, it draws others.
settings.register_profile(
    "run",
    deadline=None,
    max_examples=50,
    derandomize="FUZZ" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("run")
pytest_plugins = ["support.leaks", "support.repeats"]


def pytest_configure(config: pytest.Config) -> None:
    """Look for garbage once at the end of the run: each of pytest's five passes takes half a second here."""
    config.stash[gc_collect_iterations_key] = 1


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Textual runs on asyncio."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _signed_out(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Hide the logins of the user who runs the tests."""
    home = tmp_path_factory.mktemp("home")
    os.environ["HOME"] = str(home)
    os.environ["XDG_DATA_HOME"] = str(home / "data")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Free the apps of the last tests. What stays are caches, which need not be searched again."""
    yield
    if gc.get_count()[0] > GARBAGE:
        gc.collect()
        gc.freeze()


@pytest.fixture(autouse=True)
def _no_investigations(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep lists from reading about each of their rows, except in tests marked `investigating`.

    For the agents of the demo that takes 80 requests, and 60 for traces, which was most of the time of most tests.
    """
    if request.node.get_closest_marker("investigating") is None:
        monkeypatch.setattr(Watch, "investigate", lambda _watch, *_lists, **_given: None)
        monkeypatch.setattr(Watch, "_read_builds", lambda _watch, _topic: False)
        monkeypatch.setattr("astro_tui.screens.deployment.sections.traces.pane.MOST_UNASKED", 0)


@pytest.fixture
def clock() -> Clock:
    """The clock of the apps, which only tests move."""
    return Clock(NOW)


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    """A demo platform on which nothing changes by itself."""
    with FrozenDemo(NOW) as server:
        yield server


@pytest.fixture(scope="session")
def refusing() -> Iterator[int]:
    """A port that refuses connections, and that no server of another test gets."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def identity(clock: Clock) -> Iterator[DemoIdentity]:
    """A demo identity provider that uses the clock of the tests."""
    with DemoIdentity(clock=clock) as provider:
        yield provider


@pytest.fixture
def shell(
    demo: DemoServer, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
) -> Shell:
    """A shell whose commands run in this process, with `demo` as the platform."""
    # Imported here, so that pytest can load the plugin `support.leaks` first.
    from support.in_shell import Shell

    return Shell(demo, monkeypatch, capsysbinary, tmp_path)


@pytest.fixture(name="make_app")
def make_app_fixture(demo: DemoServer, clock: Clock) -> AppFactory:
    """A factory for apps signed in to `demo`; its arguments are `timeouts` and settings."""
    return partial(make_app, demo, clock)
