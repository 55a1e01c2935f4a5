"""The program runs without a terminal when another driver draws it, as under textual-serve."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import IO

import pyte
import pytest
from support.deadline import DEADLINE
from support.leaks import watch
from support.terminal import environment

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
DRIVER = "textual.drivers.web_driver:WebDriver"
START = b"__GANGLION__\n"


class Served:
    """The server's end of the pipes: packets of a letter, a length, and the data."""

    def __init__(self, program: subprocess.Popen[bytes]) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        self._input: IO[bytes] = program.stdin
        self._output: IO[bytes] = program.stdout
        self.screen = pyte.Screen(100, 30)
        self._stream = pyte.ByteStream(self.screen)
        self.said: list[object] = []
        assert self._output.read(len(START)) == START

    def until(self, text: str) -> None:
        """Read packets until a text is on screen; the program's end fails it."""
        while text not in "\n".join(self.screen.display):
            self.read()

    def read(self) -> None:
        kind, size = self._output.read(1), int.from_bytes(self._output.read(4), "big")
        assert kind, "\n".join(self.screen.display)
        data = self._output.read(size)
        watch.look("what a browser got", data)
        if kind == b"D":
            self._stream.feed(data)
        else:
            self.said.append(json.loads(data))

    def send(self, kind: bytes, data: bytes) -> None:
        self._input.write(kind + len(data).to_bytes(4, "big") + data)
        self._input.flush()


@pytest.mark.nightly
def test_it_runs_over_pipes(tmp_path: Path) -> None:
    env = environment(str(tmp_path), {"TEXTUAL_DRIVER": DRIVER, "COLUMNS": "100", "ROWS": "30"})
    command = [PROGRAM, "--demo"]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        # The end of its output fails a test that waits for more.
        watchdog = Timer(3 * DEADLINE, program.kill)
        watchdog.start()
        try:
            served = Served(program)
            served.until("FAILED")
            served.send(b"D", b"/scorer\r")
            served.until("esc back")
            # No shell could continue it, so it is not suspended.
            served.send(b"D", b"\x1a\x1b")
            served.until("1 of 30 agents")
            served.send(b"D", b"q")
            while {"type": "exit"} not in served.said:
                served.read()
            assert program.wait(DEADLINE) == 0
        finally:
            watchdog.cancel()
            program.kill()
