"""Actions in a real terminal: what was typed or pasted ahead confirms nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.acting import LABS, writes
from support.open_demo import OpenDemo
from support.terminal import Terminal, environment

from astro_tui.screens.base.actions.confirm import READABLE

PROGRAM = str(Path(sys.executable).with_name("astro-tui"))
PASTED = "\x1b[200~{}\x1b[201~"


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
        terminal.until(lambda: "/stop" not in terminal.text, "closed")
        terminal.send("a")
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


def test_read_only_in_the_configuration_is_final(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "astro-tui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text("read_only = true\n", encoding="utf-8")
    settings.chmod(0o600)
    with OpenDemo() as demo, start(tmp_path, demo) as terminal:
        terminal.until_text("Claims Desk (EU)", "[1 spec]", "read-only")
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


def test_a_protected_account_needs_the_name(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "astro-tui" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'protected = ["{LABS}"]\n', encoding="utf-8")
    with OpenDemo() as demo, start(tmp_path, demo, "--write", width=40, height=15) as terminal:
        terminal.until_text("Claims Desk", "armed")
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
