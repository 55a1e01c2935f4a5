"""The names that completion offers are those of the list that the program showed."""

from __future__ import annotations

from pathlib import Path

from support.in_shell import PROGRAM, signed_in
from support.terminal import Terminal

from astro_tui.demo import DemoServer
from astro_tui.state.agent_names import agent_names


def test_what_was_listed_can_be_completed(demo: DemoServer, tmp_path: Path) -> None:
    env = signed_in(demo, tmp_path, ASTRO_ACCOUNT="meridian-labs")
    with Terminal([PROGRAM], env, 100, 30, str(tmp_path)) as terminal:
        terminal.until_text("CSV Importer")
        terminal.send("q")
        assert terminal.wait()[0] == 0
    names = agent_names(demo.url, tmp_path / ".local" / "state" / "astro-tui")
    assert "csv-importer" in names["meridian-labs"]
