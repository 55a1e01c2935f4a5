"""The chat in a real terminal: a paste, marked or not, sends nothing, and one enter sends one message."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from support.acting import LABS
from support.open_demo import OpenDemo
from support.terminal import Terminal, environment

from astro_tui.actions.presses import READABLE

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
CHAT = f"{LABS}/q7k-0ab-x4d#chat"


def test_a_paste_is_text_and_enter_sends_once(tmp_path: Path) -> None:
    with OpenDemo() as demo:
        env = environment(str(tmp_path), {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token})
        with Terminal([PROGRAM, "--write", CHAT], env, 100, 30) as terminal:
            terminal.until_text("[0 chat]", "Refund for order 7731")
            terminal.send("n")
            terminal.until_text("enter sends")
            terminal.send("\x1b[200~first line\rsecond\r\x1b[201~")
            terminal.until_text("second")
            terminal.send("third line\rfourth\r")
            terminal.until_text("fourth", "Not sent")
            assert "first message" not in terminal.text
            terminal.send("\x1b")
            terminal.until_text("enter write")
            terminal.send("i")
            terminal.until_text("enter sends")
            # An enter right after a paste is part of it, and the message stays longer than that.
            terminal.until(lambda: "Not sent" not in terminal.text, "the message is gone")
            terminal.send("\r")
            terminal.until_text("first message", "S send")
            time.sleep(2 * READABLE)
            terminal.send("S")
            terminal.until_text("Tell me the number of the booking")
            sent = [target for method, target in demo.requests if method == "POST" and target.endswith("/messages")]
            assert len(sent) == 1
