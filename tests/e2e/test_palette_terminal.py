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


def test_six_keys_to_an_agent_of_another_account(tmp_path: Path) -> None:
    keys = [PALETTE, *"moor", ENTER]
    assert len(keys) == 6
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send(keys[0])
        terminal.until_text("go to or run", "enter go")
        # The lists of the other accounts arrive.
        terminal.until(lambda: "loading accounts" not in terminal.text, "all accounts are loaded")
        terminal.send("".join(keys[1:]))
        terminal.until_text("harborline", "› Moor Log", "[1 spec]")


def test_keys_typed_at_once_are_not_lost(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send("".join([PALETTE, *"claims us", ENTER]))
        terminal.until_text("Claims Desk (US)", "[1 spec]")
        terminal.send("".join([":", *"history", ENTER]))
        terminal.until_text("[3 history")
        terminal.send(":q" + ENTER)
        assert terminal.wait()[0] == 0


def test_a_deep_link_to_a_comparison(tmp_path: Path) -> None:
    with start(tmp_path, "meridian-labs/q7k-0ab-x4d#diff:9..11") as terminal:
        terminal.until_text("diff 9 → 11", "1 of 4")
        terminal.send("yL")
        terminal.until_text("sent", "characters")
        terminal.send(ESCAPE)
        terminal.until_text("FAILED")


def test_a_window_resized_with_the_palette_open(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send(PALETTE + "invoice")
        terminal.until_text("> invoice", "Invoice Sorter")
        for width, height in ((40, 15), (120, 40), (80, 24)):
            resize(terminal, width, height)
            terminal.until(
                lambda: (
                    "> invoice" in terminal.text and "Invoice Sorter" in terminal.text and "esc close" in terminal.text
                )
            )
        terminal.send(" sorter" + ENTER)
        terminal.until_text("› Invoice Sorter", "[1 spec]")


def test_a_wrong_address_in_the_shell(tmp_path: Path) -> None:
    with start(tmp_path, "meridian-labs/claims-desk#hstory") as terminal:
        assert terminal.wait()[0] == 2
        assert "Did you mean meridian-labs/claims-desk#history?" in terminal.text.replace("\n", "")


def test_a_window_resized_there_and_back_at_once(tmp_path: Path) -> None:
    with start(tmp_path) as terminal:
        terminal.until_text("FAILED", "q quit")
        for _ in range(5):
            # Both changes arrive as one, but the terminal has cut off what it showed.
            resize(terminal, 40, 15)
            resize(terminal, 80, 24)
            assert "q quit" not in terminal.text
            terminal.until_text("FAILED", "q quit")
