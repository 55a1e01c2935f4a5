"""`ctrl+z` gives the terminal back to the shell, and `fg` continues where the user was."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.ended_early import modes_left
from support.terminal import Terminal, environment

from astro_tui.demo import DemoServer, Fault

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
MISSED = 7.0
"""Seconds in which several polls would have been due."""
WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from textual.drivers._writer_thread import WriterThread
from astro_tui.cli.main import main

now, write = Path(sys.argv[1]), WriterThread.write

def interrupted(self, text):
    # As in the middle of Queue.put, which holds this lock.
    with self._queue.mutex:
        if now.exists():
            now.unlink()
            os.kill(os.getpid(), signal.SIGTSTP)
    write(self, text)

WriterThread.write = interrupted
main(["--demo"])
"""
"""Stops itself in the middle of a write, once the file named by its argument exists."""
WITHOUT_TERMINAL = """
import os, signal, sys
from astro_tui.app.driver import PromptDriver
from astro_tui.cli.main import main
from astro_tui.state.memory import Memory

owner, name = {"start": (PromptDriver, "__init__"), "end": (Memory, "save")}[sys.argv[1]]
method = getattr(owner, name)

def then_stop(*args, **options):
    method(*args, **options)
    os.kill(os.getpid(), signal.SIGTSTP)

setattr(owner, name, then_stop)
main(["--demo"])
"""
"""Stops itself right before it takes the terminal, or after it gave the terminal back."""
WHILE_ENDING = """
import os, signal
from astro_tui.app.driver import PromptDriver
from astro_tui.cli.main import main
from astro_tui.state.memory import Memory

give_back, save = PromptDriver.stop_application_mode, Memory.save

def stopped(driver):
    os.kill(os.getpid(), signal.SIGTSTP)
    give_back(driver)

def continued(memory):
    save(memory)
    os.kill(os.getpid(), signal.SIGCONT)

PromptDriver.stop_application_mode, Memory.save = stopped, continued
main(["--demo"])
"""
"""Is told to stop as it begins to end, too late for that, and then to continue."""
BASH, TMUX = shutil.which("bash"), shutil.which("tmux")
pytestmark = pytest.mark.skipif(BASH is None, reason="needs bash for its job control")


def in_shell(home: Path, **extra: str) -> Terminal:
    """Start an interactive shell."""
    # The shell would set its own mode at its prompt.
    (home / "inputrc").write_text("set enable-bracketed-paste off\n")
    env = environment(str(home), {"PS1": "ready> ", "HISTFILE": "/dev/null", "INPUTRC": str(home / "inputrc")} | extra)
    return Terminal([str(BASH), "--norc", "--noprofile", "-i"], env, 80, 24)


def started(terminal: Terminal, command: str = f"{PROGRAM} --demo") -> None:
    terminal.until_text("ready>")
    terminal.send(f"{command}\r")
    terminal.until_text("FAILED", "Lead Scorer")


def pid_of(terminal: Terminal) -> int:
    """Return the process of the program: the one child of the shell."""
    children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
    assert len(children) == 1
    return int(children[0])


def stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def continued(terminal: Terminal, *texts: str) -> None:
    """Continue the program; the whole screen must be redrawn."""
    before = len(terminal.raw)
    terminal.screen.reset()
    terminal.send("fg\r")
    terminal.until(lambda: b"\x1b[?1049h" in terminal.raw[before:], "the program took the terminal")
    terminal.until_text(*texts)
    assert terminal.raw.count(b"\x1b[?1049h", before) == 1


def suspend_with_the_key(terminal: Terminal) -> None:
    terminal.send("\x1a")


def suspend_with_a_signal(terminal: Terminal) -> None:
    os.kill(pid_of(terminal), signal.SIGTSTP)


def test_stopped_with_the_key_and_with_a_signal_and_continued(tmp_path: Path) -> None:
    with in_shell(tmp_path) as terminal:
        started(terminal)
        terminal.send("/scorer\r")
        terminal.until_text("esc back")
        terminal.send("\x1b")
        terminal.until_text("1 of 30 agents", "clear filter")
        for suspend in (suspend_with_the_key, suspend_with_a_signal):
            suspend(terminal)
            terminal.until_text("Stopped", "ready>")
            assert modes_left(terminal.raw) == []
            assert stopped(pid_of(terminal))
            terminal.send("echo $((6 * 7))\r")
            terminal.until_text("42")
            continued(terminal, "1 of 30 agents", "Lead Scorer", "clear filter")
        # Keys arrive once, in order.
        terminal.send("\x1b")
        terminal.until_text("FAILED", "Parcel Tracker")
        terminal.send("q")
        terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")
        assert modes_left(terminal.raw) == []


@pytest.mark.nightly
def test_stopped_in_the_middle_of_a_write(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(WHILE_WRITING)
    now = tmp_path / "now"
    with in_shell(tmp_path) as terminal:
        started(terminal, f"{sys.executable} {tmp_path}/program.py {now}")
        now.touch()
        terminal.until_text("Stopped", "ready>")
        assert modes_left(terminal.raw) == []
        continued(terminal, "FAILED", "Lead Scorer", "q quit")
        terminal.send("q")
        terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")


@pytest.mark.nightly
def test_stopped_before_it_takes_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(WITHOUT_TERMINAL)
    with in_shell(tmp_path) as terminal:
        terminal.until_text("ready>")
        terminal.send(f"{sys.executable} {tmp_path}/program.py start\r")
        terminal.until_text("Stopped")
        terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")
        terminal.screen.reset()
        # If the shell's signal comes late, the program takes the terminal twice.
        terminal.send("fg\r")
        terminal.until_text("FAILED", "Lead Scorer", "q quit")
        terminal.send("q")
        terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")
        assert modes_left(terminal.raw) == []


@pytest.mark.nightly
def test_stopped_after_it_gave_the_terminal_back(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(WITHOUT_TERMINAL)
    with in_shell(tmp_path) as terminal:
        started(terminal, f"{sys.executable} {tmp_path}/program.py end")
        terminal.send("q")
        terminal.until_text("Stopped", "ready>")
        assert modes_left(terminal.raw) == []
        before = len(terminal.raw)
        terminal.send("fg; echo ended with $?\r")
        terminal.until_text("ended with 0")
        assert b"\x1b[?1049h" not in terminal.raw[before:]


@pytest.mark.nightly
def test_told_to_stop_as_it_begins_to_end(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(WHILE_ENDING)
    with in_shell(tmp_path) as terminal:
        started(terminal, f"{sys.executable} {tmp_path}/program.py; echo ended with $?")
        terminal.send("q")
        terminal.until_text("ended with 0")
        assert modes_left(terminal.raw) == []


@pytest.mark.nightly
def test_stopped_without_warning(tmp_path: Path) -> None:
    """`kill -STOP` cannot be noticed, but `fg` still shows the screen, with one reader of the keys."""
    with in_shell(tmp_path) as terminal:
        started(terminal)
        pid = pid_of(terminal)
        os.kill(pid, signal.SIGSTOP)
        terminal.until(lambda: terminal.raw.rstrip().endswith(b"ready>"), "the prompt")
        continued(terminal, "FAILED", "Lead Scorer", "q quit")
        terminal.send("/scorer\r")
        terminal.until_text("esc back")
        terminal.send("\x03")
        terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")
        assert modes_left(terminal.raw) == []


@pytest.mark.nightly
def test_missed_polls_run_once(tmp_path: Path) -> None:
    """Polls that were missed are not made up for, and a pause is no trouble of the server."""
    asked: list[float] = []
    with DemoServer() as server:
        take = server.faults.take

        def noted(path: str) -> Fault | None:
            if path.startswith("/deployments?"):
                asked.append(time.monotonic())
            return take(path)

        vars(server.faults)["take"] = noted
        extra = {"ASTRO_SERVER_URL": server.url, "ASTRO_ACCESS_TOKEN": server.token}
        with in_shell(tmp_path, **extra) as terminal:
            terminal.until_text("ready>")
            terminal.send(f"{PROGRAM} meridian-labs --refresh 2\r")
            terminal.until_text("FAILED", "Lead Scorer", "now")
            suspend_with_the_key(terminal)
            terminal.until_text("Stopped")
            since = time.monotonic()
            terminal.until(lambda: time.monotonic() > since + MISSED, "several polls were due")
            assert [moment for moment in asked if moment > since] == []
            before = len(terminal.raw)
            continued(terminal, "FAILED", "Lead Scorer", "now")
            terminal.until(lambda: len([moment for moment in asked if moment > since]) > 1, "two polls")
            first, second, *_ = (moment for moment in asked if moment > since)
            assert second - first > 1.0
            trouble = (b"OFFLINE", b"etrying", b"No response", b"FAILED at", b"try now")
            assert not [word for word in trouble if word in terminal.raw[before:]]
            # On a busy machine, the list can be stale between two polls.
            terminal.until(lambda: "STALE" not in terminal.text, "a new list")
            terminal.send("\x03")
            terminal.until(lambda: terminal.raw.endswith(b"ready> "), "the prompt")


@pytest.mark.nightly
@pytest.mark.skipif(TMUX is None, reason="needs tmux")
def test_in_tmux(tmp_path: Path) -> None:
    env = environment(str(tmp_path), {"PS1": "ready> ", "TMUX_TMPDIR": str(tmp_path), "SHELL": str(BASH)})
    env.pop("TMUX", None)
    # tmux starts it through a shell, which drops the prompt.
    shell = f"exec env 'PS1=ready> ' {BASH} --norc --noprofile -i"
    try:
        with Terminal([str(TMUX), "-f", "/dev/null", "new-session", shell], env, 80, 24) as terminal:
            started(terminal)
            terminal.send("\x1a")
            terminal.until_text("Stopped", "ready>")
            assert "Lead Scorer" not in terminal.text
            terminal.send("fg\r")
            terminal.until_text("FAILED", "Lead Scorer", "q quit")
            terminal.send("q")
            terminal.until(lambda: "Lead Scorer" not in terminal.text and "ready>" in terminal.text, "the prompt")
    finally:
        subprocess.run([str(TMUX), "kill-server"], env=env, check=False, capture_output=True)
