"""Addresses, the palette, and the command line in a real terminal of 80 columns and 24 rows."""

from __future__ import annotations

import fcntl
import os
import signal
import struct
import sys
import termios
from pathlib import Path

from support.terminal import Terminal, environment

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
PALETTE, ENTER, ESCAPE = "\x10", "\r", "\x1b"


def start(home: Path, *arguments: str) -> Terminal:
    return Terminal([PROGRAM, "--demo", *arguments], environment(str(home)), 80, 24)


def resize(terminal: Terminal, width: int, height: int) -> None:
    terminal.screen.resize(height, width)
    fcntl.ioctl(terminal.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    os.kill(terminal.pid, signal.SIGWINCH)


def test_keys_typed_at_once_are_not_lost(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send("".join([PALETTE, *"claims us", ENTER]))
        terminal.until_text("Claims Desk (US)", "[1 spec]")
        terminal.send("".join([":", *"history", ENTER]))
        terminal.until_text("[3 history")
        terminal.send(":q" + ENTER)
        assert terminal.wait()[0] == 0


def test_a_window_resized_there_and_back_at_once(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED", "q quit")
        for _ in range(5):
            # Both changes arrive as one, but the terminal has cut off what it showed.
            resize(terminal, 40, 15)
            resize(terminal, 80, 24)
            assert "q quit" not in terminal.text
            terminal.until_text("FAILED", "q quit")
