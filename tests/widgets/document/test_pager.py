"""The value under the cursor in the user's pager: which one, what it gets, and who gets the keys."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from support.app import AppFactory
from support.driving import opened
from support.on_screen import running, until, until_text
from support.terminal import Terminal, environment

from astro_tui.clipboard.offers import MaskedError
from astro_tui.document import Document, find
from astro_tui.theme.look import Look
from astro_tui.widgets.document import spec_side
from astro_tui.widgets.document.spec_side import SpecSide, pager_command, text_for_pager

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
SECRET = "not-real-9x7c5v3b1n"
TEXT = b'{"a": "one\\n\\u001b[31mtwo\\u202e", "env": {"DB_PASSWORD": "%s", "MODE": "x"}}' % SECRET.encode()


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that is the whole path."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_which_pager(tools: Path) -> None:
    assert pager_command({"PAGER": "less"}) == []
    for name in ("less", "more", "most", "cat"):
        (tools / name).write_text("")
        (tools / name).chmod(0o755)
    assert pager_command({}) == ["less", "-+F"]
    assert pager_command({"PAGER": "less -FRX"}) == ["less", "-FRX", "-+F"]
    assert pager_command({"PAGER": "most -s"}) == ["most", "-s"]
    # These would be gone before anyone can read: they fall back to less.
    for useless in ("cat", "", "missing --flag", "'unbalanced"):
        assert pager_command({"PAGER": useless}) == ["less", "-+F"], useless
    (tools / "less").unlink()
    assert pager_command({}) == ["more"]


def text_of(form: str, *path: str) -> str:
    document = Document.parse(TEXT)
    return text_for_pager(document, find(document, path) or 0, form, Look().plain).decode()


def test_what_the_pager_gets() -> None:
    assert text_of("tree", "a") == "one\n␛[31mtwo<U+202E>\n"
    for form in ("tree", "yaml", "json"):
        whole = text_of(form)
        assert "DB_PASSWORD" in whole
        assert SECRET not in whole
        assert "\x1b" not in whole
        assert "\u202e" not in whole
    assert text_of("yaml").startswith("a:")
    with pytest.raises(MaskedError):
        text_of("tree", "env", "DB_PASSWORD")


@pytest.mark.anyio
async def test_without_a_pager_a_message_says_so(tools: Path, make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await pilot.press("V")
        await until_text(pilot, "No pager was found. Set PAGER, or install less.")
        (tools / "less").write_text("")
        (tools / "less").chmod(0o755)
        await pilot.press("V")
        await until_text(pilot, "A pager cannot run in this terminal.")


@pytest.mark.anyio
async def test_no_pager_opens_after_the_document_was_left(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_pagers = list[bytes]()

    def shown(_app: object, _command: list[str], text: bytes, _environment: object) -> str:
        opened_pagers.append(text)
        return "left"

    monkeypatch.setattr(spec_side, "run_pager", shown)
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        side = screen.query_one(SpecSide)
        side._page(["less"], b"here")
        await until_text(pilot, "left")
        await pilot.press("escape")
        await until(pilot, lambda: not side.is_attached, "the screen is closed")
        side._page(["less"], b"gone")
        side._say("No pager was found.")
    assert opened_pagers == [b"here"]


PAGER = """
import signal, sys
signal.signal(signal.SIGINT, lambda *_: print("interrupted", flush=True))
text = sys.stdin.read()
print("in the pager:", text, flush=True)
with open("/dev/tty") as keys:
    while keys.readline() != "q\\n":
        pass
"""


def test_the_terminal_is_the_pagers_until_it_ends(tmp_path: Path) -> None:
    script = tmp_path / "pager.py"
    script.write_text(PAGER)
    env = environment(str(tmp_path), {"PAGER": f"{sys.executable} {script}"})
    with Terminal([PROGRAM, "--demo", "meridian-labs/q7k-0ab-x4d#spec:.source"], env, 100, 30) as terminal:
        terminal.until_text("[1 spec]", ".source")
        terminal.send("V")
        terminal.until_text("in the pager: {", '"account": "meridian-labs"')
        assert terminal.raw.rfind(b"\x1b[?1049l") > terminal.raw.rfind(b"\x1b[?1049h")
        terminal.send("\x03")
        terminal.until_text("interrupted")
        terminal.send("q\n")
        terminal.until_text("[1 spec]", "deployment/v1")
        # The interrupt was only the pager's.
        terminal.send("3")
        terminal.until_text("[3 history")
        terminal.send("\x03")
        assert terminal.wait()[0] == 0
