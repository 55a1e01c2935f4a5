"""Actions in a real terminal: what was typed ahead, pasted, or held down confirms nothing.

One case of each kind: all others are tested in virtual time. On a machine so busy that a key comes too late to be too
early, a test proves nothing and is skipped.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.acting import LABS, writes
from support.open_demo import OpenDemo
from support.terminal import AT_ONCE, Terminal, environment

from astro_tui.actions.presses import READABLE, TYPED

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
PASTED = "\x1b[200~{}\x1b[201~"
ATTEMPTS = 5


def start(home: Path, demo: OpenDemo, *arguments: str, width: int = 100, height: int = 30) -> Terminal:
    env = environment(str(home), {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token})
    return Terminal([PROGRAM, *arguments, f"{LABS}/q7k-0ab-x4d"], env, width, height)


@contextmanager
def armed(home: Path) -> Iterator[tuple[OpenDemo, Terminal]]:
    """Show an agent in a session that may act."""
    with OpenDemo() as demo, start(home, demo, "--write") as terminal:
        terminal.until_text("Claims Desk (EU)", "[1 spec]", "armed")
        yield demo, terminal


def test_keys_written_at_once_send_nothing(tmp_path: Path) -> None:
    with armed(tmp_path) as (demo, terminal):
        terminal.send("apP")
        # Each key waits for what the last one opens, and the last one came before the preview.
        terminal.until_text("pause · Claims Desk (EU)", "/stop", "P pause")
        terminal.send("\x1b")
        terminal.until(lambda: "/stop" not in terminal.text, "back in the menu")
        terminal.until_text("Restart all pods")
        terminal.send("pPPP")
        terminal.until_text("pause · Claims Desk (EU)", "/stop", "P pause")
        # The preview is there, and none of the keys before it confirmed it; Enter does not, either.
        terminal.send("\r")
        terminal.until(lambda: "/stop" not in terminal.text, "closed")
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("j")
        terminal.until_text("No actions yet.")
        assert writes(demo.requests) == []


def test_a_paste_sends_nothing(tmp_path: Path) -> None:
    with armed(tmp_path) as (demo, terminal):
        terminal.send(PASTED.format("apP"))
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send(PASTED.format("pP"))
        terminal.send("p")
        terminal.until_text("pause · Claims Desk (EU)", "/stop", "P pause")
        time.sleep(2 * READABLE)  # after this, a key would confirm
        terminal.send(PASTED.format("P"))
        terminal.send("\r")
        terminal.until(lambda: "/stop" not in terminal.text, "closed")
        assert writes(demo.requests) == []


def test_the_key_confirms_once_it_is_displayed(tmp_path: Path) -> None:
    with armed(tmp_path) as (demo, terminal):
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("p")
        terminal.until_text("/stop", "P pause")
        assert writes(demo.requests) == []
        # That a key pressed earlier, or held down, confirms nothing is tested elsewhere with a fake clock.
        time.sleep(2 * READABLE)
        terminal.send("P")
        terminal.until_text("was paused")
        assert len(writes(demo.requests)) == 1


def preview(terminal: Terminal) -> tuple[float, float]:
    """Open the preview of a pause, and return when it was requested and when it was on screen."""
    terminal.send("a")
    terminal.until_text("Restart all pods")
    requested = time.monotonic()
    terminal.send("p")
    terminal.until_text("/stop", "P pause")
    return requested, time.monotonic()


def readable(terminal: Terminal) -> None:
    """Open the preview of a pause, and wait until it can be confirmed."""
    passes(terminal, preview(terminal)[1] + 2 * READABLE)


def passes(terminal: Terminal, until: float) -> None:
    """Read until a time."""
    while (left := until - time.monotonic()) > 0:
        terminal.read(min(left, 0.02))


def held(terminal: Terminal, first: float) -> float:
    """Hold the key that confirms for a second, and return when it was sent first.

    A terminal sends it once, and repeats it after a delay.
    """
    passes(terminal, first)
    sent = time.monotonic()
    terminal.send("P")
    for number in range(30):
        passes(terminal, first + 0.25 + number / 30)
        terminal.send("P")
    return sent


def confirms_now(demo: OpenDemo, terminal: Terminal, *, space: bool) -> None:
    """Press the key once more, as the box says or after a pause: one request is sent.

    On a busy machine, the program may read two keys at once, which do not count: then they are pressed again.
    """
    passes(terminal, time.monotonic() + 0.3)
    assert writes(demo.requests) == []
    for _attempt in range(ATTEMPTS):
        if "was paused" in terminal.text:
            break
        if space:
            terminal.send(" ")
            terminal.until(lambda: "now press P" in terminal.text or "was paused" in terminal.text, "the next key")
        passes(terminal, time.monotonic() + (0.3 if space else 2.3))
        terminal.send("P")
        ends = time.monotonic() + AT_ONCE
        while "was paused" not in terminal.text and time.monotonic() < ends:
            terminal.read()
    terminal.until_text("was paused")
    assert len(writes(demo.requests)) == 1


@pytest.mark.nightly
@pytest.mark.parametrize("space", [True, False])
def test_a_key_held_down_from_too_early_sends_nothing(tmp_path: Path, space: bool) -> None:
    for _attempt in range(ATTEMPTS):
        with armed(tmp_path) as (demo, terminal):
            requested, shown = preview(terminal)
            if held(terminal, shown) > requested + READABLE / 2:
                continue  # this machine is so busy that it may not have been too early: once more
            terminal.until_text("press space, then P")
            confirms_now(demo, terminal, space=space)
            return
    pytest.skip("this machine is too busy")


@pytest.mark.nightly
def test_a_key_held_down_since_before_the_preview_sends_nothing(tmp_path: Path) -> None:
    with armed(tmp_path) as (demo, terminal):
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("p")
        held(terminal, time.monotonic() + 0.005)
        terminal.until_text("/stop", "press space, then P")
        confirms_now(demo, terminal, space=True)


PASTES = {
    "without brackets": "xP",
    "without brackets, and a key after it": "P\x1b[B",
    "with the mark of its end inside": PASTED.format("x\x1b[201~P"),
    "with nothing before that mark": PASTED.format("\x1b[201~P"),
    "with what makes no key after that mark": PASTED.format("\x1b[201~" + 1_000 * "\x1b[?2026;0$y" + "P"),
}
ROWS = [
    pytest.param(pasted, id=name, marks=[] if "end" in name else pytest.mark.nightly) for name, pasted in PASTES.items()
]


@pytest.mark.parametrize("pasted", ROWS)
def test_no_part_of_a_paste_sends_anything(tmp_path: Path, pasted: str) -> None:
    with armed(tmp_path) as (demo, terminal):
        readable(terminal)
        terminal.send(pasted)
        # Another key after it, as in one of the rows, may count as the other key that is needed.
        texts = ("now press P", "press space, then P")
        terminal.until(lambda: any(text in terminal.text for text in texts), "what to press")
        confirms_now(demo, terminal, space=True)


@pytest.mark.parametrize("form", [PASTED, "{}"])
def test_a_pasted_name_does_not_arm(tmp_path: Path, form: str) -> None:
    with OpenDemo() as demo, start(tmp_path, demo) as terminal:
        terminal.until_text("Claims Desk (EU)", "[1 spec]")
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("w")
        terminal.until_text("account:")
        terminal.send(form.format(LABS))
        terminal.until_text("Type the name")
        terminal.send("\r")
        terminal.until_text("That is not the account's name.")


@pytest.mark.nightly
def test_what_is_typed_while_the_program_is_stopped_sends_nothing(tmp_path: Path) -> None:
    with armed(tmp_path) as (demo, terminal):
        readable(terminal)
        os.kill(terminal.pid, signal.SIGSTOP)
        time.sleep(0.2)  # stopped
        terminal.send("P")
        time.sleep(0.2)
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.until_text("press space, then P")
        confirms_now(demo, terminal, space=True)


@pytest.mark.nightly
@pytest.mark.parametrize("after", [0.02, 0.0])
def test_stopping_right_after_the_key_sends_nothing(tmp_path: Path, after: float) -> None:
    for _attempt in range(ATTEMPTS):
        with armed(tmp_path) as (demo, terminal):
            readable(terminal)
            sent = time.monotonic()
            terminal.send("P")
            time.sleep(after)
            os.kill(terminal.pid, signal.SIGSTOP)
            if time.monotonic() > sent + TYPED / 2:
                continue  # this test was suspended itself, so that the request may have left: once more
            time.sleep(0.5)
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.until_text("press space, then P")
            confirms_now(demo, terminal, space=True)
            return
    pytest.skip("this machine is too busy")


@pytest.mark.nightly
def test_read_only_in_the_configuration_is_final(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "astro-tui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("read_only = true\n", encoding="utf-8")
    settings.chmod(0o600)
    with OpenDemo() as demo, start(tmp_path, demo) as terminal:
        terminal.until_text("Claims Desk (EU)", "[1 spec]")
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("p")
        terminal.until_text("/stop", "read_only = true in the configuration")
        terminal.send("P")
        terminal.send("\r")
        terminal.until(lambda: "/stop" not in terminal.text, "closed")
        assert writes(demo.requests) == []
    with OpenDemo() as demo, start(tmp_path, demo, "--write") as terminal:
        assert terminal.wait()[0] == 2
        assert "nothing can be changed" in " ".join(terminal.text.split())


@pytest.mark.nightly
def test_a_protected_account_needs_the_name(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "astro-tui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'protected = ["{LABS}"]\n', encoding="utf-8")
    with OpenDemo() as demo, start(tmp_path, demo, "--write", width=40, height=15) as terminal:
        terminal.until_text("ACTIVE  Claims", "armed")
        terminal.send("a")
        terminal.until_text("Restart all pods")
        terminal.send("p")
        terminal.until_text("type Claims Desk (EU) to continue")
        terminal.send("P")
        terminal.until_text("name: P")
        assert writes(demo.requests) == []
        terminal.send("\x15Claims Desk (EU)\r")
        terminal.until(lambda: "type Claims Desk" not in terminal.text, "the name is enough")
        terminal.until_text("P pause")
        time.sleep(2 * READABLE)  # before this, no key confirms
        terminal.send("P")
        terminal.until(lambda: writes(demo.requests), "the request")
        assert len(writes(demo.requests)) == 1
