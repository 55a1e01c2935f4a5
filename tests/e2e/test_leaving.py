"""The program restores the terminal however it ends, and ends when the terminal is gone."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from support import ended_early
from support.deadline import DEADLINE
from support.ended_early import fill, modes_left
from support.forked import Forked
from support.terminal import Terminal, environment

from astro_tui.app.driver import CLOSING_PATIENCE, PATIENCE, RESPONSE_WAIT

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
EARLY = Path(ended_early.__file__)
INTERRUPTS = """
import os, signal, threading
from astro_tui.app.driver import interrupt
# As in the program: a thread that is no longer listed may still be exiting, and then the signal goes to its process.
signal.signal(signal.SIGALRM, lambda *_: None)
# So many that the system does not keep their memory.
end = threading.Event()
threads = [threading.Thread(target=end.wait) for _ in range(30)]
for thread in threads:
    thread.start()
end.set()
while len(os.listdir("/proc/self/task")) > 1:
    pass
for thread in threads:
    interrupt(thread)
print("still here")
"""
NEVER_CLOSED = """
import asyncio
from astro_tui.cli.main import main
from astro_tui.widgets.chrome.bar import KeyHints

async def forever(_widget):
    await asyncio.Event().wait()

KeyHints.on_unmount = forever
main(["--demo"])
"""
"""Has a widget that waits forever when it is removed."""
DOCUMENT = '{"a": "stands on the screen"}'


@pytest.mark.nightly
def test_a_signal_at_any_moment_of_the_start_restores_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(DOCUMENT)
    process = Forked([str(EARLY), str(path)], environment(str(tmp_path)), tmp_path, code=EARLY.read_text())
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    ends = [json.loads(line) for line in out.splitlines()]
    assert len(ends) > 15
    restored = {"code": 128, "modes": [], "termios": True, "printed": ""}
    assert [end for end in ends if end != {"case": end["case"], **restored}] == []


def viewing(home: Path, prepare: Callable[[], None] | None = None) -> Terminal:
    """Start the program on a document."""
    path = home / "a.json"
    path.write_text(DOCUMENT)
    return Terminal([PROGRAM, "view", str(path)], environment(str(home)), prepare=prepare)


def ignore_hang_ups() -> None:
    """Ignore hang-ups, as nohup does."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)


def lose_the_terminal() -> None:
    """Detach from the controlling terminal, so that its end sends no signal."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    fcntl.ioctl(0, termios.TIOCNOTTY)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def test_a_closed_terminal_ends_the_program_without_a_signal(tmp_path: Path) -> None:
    with viewing(tmp_path, lose_the_terminal) as terminal:
        terminal.until_text("stands on the screen")
        terminal.hang_up()
        # Well before the deadline would stop it.
        assert terminal.wait()[1] < DEADLINE / 2


def test_an_ignored_hangup_stays_ignored_and_a_closed_terminal_still_ends_the_program(tmp_path: Path) -> None:
    with viewing(tmp_path, ignore_hang_ups) as terminal:
        terminal.until_text("stands on the screen")
        os.kill(terminal.pid, signal.SIGHUP)
        terminal.send("?")
        terminal.until_text("type to search")
        terminal.hang_up()
        assert terminal.wait()[1] < DEADLINE / 2


def test_a_thread_that_has_ended_is_not_interrupted(tmp_path: Path) -> None:
    """On a busy machine, the writer can end just before it is interrupted."""
    process = Forked(["-c"], environment(str(tmp_path)), tmp_path, code=INTERRUPTS)
    assert (*process.communicate(timeout=DEADLINE), process.returncode) == ("still here\n", "", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_program_while_the_terminal_does_not_read(number: signal.Signals, tmp_path: Path) -> None:
    with viewing(tmp_path) as terminal:
        terminal.until_text("stands on the screen")
        fill(str(Path(f"/proc/{terminal.pid}/fd/2").readlink()))
        os.kill(terminal.pid, number)
        assert terminal.wait(reading=False)[0] == 128 + number
        while terminal.read():
            pass
        assert modes_left(terminal.raw) == []
    # A busy machine can take longer than these seconds, so the limit is checked instead of the time.
    assert RESPONSE_WAIT + PATIENCE < 1


@pytest.mark.nightly
def test_quitting_does_not_wait_for_a_widget_that_never_closes(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(NEVER_CLOSED)
    with Terminal([sys.executable, str(program)], environment(str(tmp_path))) as terminal:
        terminal.until_text("FAILED", "q quit")
        terminal.send("q")
        code, took = terminal.wait()
        assert code == 0
        assert took >= CLOSING_PATIENCE
        assert modes_left(terminal.raw) == []
