"""The mouse in a real terminal: clicks, the wheel, and text that is selected and copied."""

from __future__ import annotations

import base64
import re
import sys
from pathlib import Path

import pytest
from support.terminal import Terminal, environment

pytestmark = pytest.mark.nightly

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
LEFT, MOVED, WHEEL_UP, WHEEL_DOWN = 0, 32, 64, 65


def mouse(button: int, x: int, y: int, *, released: bool = False) -> str:
    """Return the sequence that a terminal sends; the first cell is 0, 0."""
    return f"\x1b[<{button};{x + 1};{y + 1}{'m' if released else 'M'}"


def click(x: int, y: int) -> str:
    return mouse(LEFT, x, y) + mouse(LEFT, x, y, released=True)


def place(terminal: Terminal, text: str) -> tuple[int, int]:
    """Return where a text begins, once it is on screen."""
    terminal.until_text(text)
    return next((line.index(text), y) for y, line in enumerate(terminal.text.splitlines()) if text in line)


def cursor(terminal: Terminal) -> str:
    return next((line for line in terminal.text.splitlines() if line.startswith("▌")), "")


def copied(terminal: Terminal) -> list[str]:
    """Return what was sent to the terminal's clipboard."""
    return [base64.b64decode(code).decode() for code in re.findall(rb"\x1b\]52;c;([^\x07]*)\x07", terminal.raw)]


def test_the_mouse(tmp_path: Path) -> None:
    with Terminal([PROGRAM, "--demo"], environment(str(tmp_path), {"SSH_TTY": "/dev/pts/1"}), 80, 24) as terminal:
        terminal.until_text("Lead Scorer", "STATUS ▴", "DEPLOYING!")
        # A heading sorts, and reverses.
        terminal.send(click(*place(terminal, "AGENT ")))
        terminal.until_text("AGENT ▴")
        terminal.send(click(*place(terminal, "AGENT ▴")))
        terminal.until_text("AGENT ▾")
        terminal.send(click(*place(terminal, "STATUS")))
        terminal.until_text("STATUS ▴")
        # What an investigation finds never changes the order of names, and so never moves the cursor down.
        terminal.send(click(*place(terminal, "AGENT ")))
        terminal.until_text("AGENT ▴")
        # The wheel scrolls; the cursor stays on its row, out of sight.
        terminal.send("g")
        terminal.until(lambda: terminal.text.splitlines()[2].startswith("▌"), "the cursor on the first row")
        first = cursor(terminal)
        terminal.send(mouse(WHEEL_DOWN, 10, 5) * 2)
        terminal.until(lambda: not cursor(terminal), "scrolled away")
        terminal.send(mouse(WHEEL_UP, 10, 5) * 2)
        terminal.until(lambda: cursor(terminal)[:20] == first[:20], "scrolled back")
        # A drag selects, and is no click.
        x, y = place(terminal, "CSV Importer")
        terminal.send(mouse(LEFT, x, y) + mouse(MOVED, x + 5, y) + mouse(MOVED, x + 11, y))
        terminal.send(mouse(LEFT, x + 11, y, released=True) + "\x03")
        terminal.until(lambda: copied(terminal) == ["CSV Importer"], "copied")
        assert cursor(terminal)[:20] == first[:20]
        # A double click opens, and selects nothing: the next ctrl+c quits.
        terminal.send(click(x, y) * 2)
        terminal.until_text("spec", "esc back")
        terminal.send(click(*place(terminal, "esc back")))
        terminal.until_text("enter open")
        terminal.send("\x03")
        assert terminal.wait()[0] == 0
        assert copied(terminal) == ["CSV Importer"]
