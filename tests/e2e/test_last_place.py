"""A restart leads back to where the user was."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from support.terminal import Terminal, environment
from textual.color import Color

from astro_tui.demo import DemoServer
from astro_tui.theme.look import THEMES

FOLDS = r"(?m)^.( *[▸▾] \w+)"
PROGRAM = str(Path(sys.executable).with_name("astro-tui"))


def start(demo: DemoServer, home: Path, *flags: str, rows: int = 24) -> Terminal:
    """Start the program in a terminal with 80 columns."""
    known = {"ASTRO_SERVER_URL": demo.url, "ASTRO_ACCESS_TOKEN": demo.token, "ASTRO_ACCOUNT": "meridian-labs"}
    return Terminal([PROGRAM, *flags], environment(str(home), known), 80, rows)


def quit_with(terminal: Terminal, keys: str) -> None:
    terminal.send(keys)
    assert terminal.wait()[0] == 0


def test_a_restart_restores_sort_filter_agent_and_section(demo: DemoServer, tmp_path: Path) -> None:
    with start(demo, tmp_path) as terminal:
        terminal.until_text("FAILED", "STATUS ▴")
        terminal.send("s/claims\rj")
        terminal.until_text("AGENT ▴", "2 of 30")
        terminal.until(lambda: "▌● ACTIVE      Claims Desk (US)" in terminal.text, "the cursor on the second row")
        terminal.send("3")
        terminal.until_text("[3 history", "Claims Desk (US)")
        quit_with(terminal, "\x03")
    with start(demo, tmp_path) as terminal:
        terminal.until_text("[3 history", "Claims Desk (US)")
        terminal.send("4")
        terminal.until_text("[4 workloads]", "Claims Desk (US)")
        quit_with(terminal, "\x11")
    with start(demo, tmp_path) as terminal:
        terminal.until_text("[4 workloads]", "Claims Desk (US)", "where you left off")
        terminal.send("qq")
        terminal.until_text("AGENT ▴", "2 of 30", "claims  esc clears")
        terminal.until(lambda: "▌● ACTIVE      Claims Desk (US)" in terminal.text, "the cursor on the second row")
        quit_with(terminal, "q")
    with start(demo, tmp_path) as terminal:
        terminal.until_text("AGENT ▴", "2 of 30")
        terminal.send("3")
        terminal.until_text("[3 history", "Claims Desk (US)")
        quit_with(terminal, "\x03")
    with start(demo, tmp_path, "meridian-labs") as terminal:
        terminal.until_text("AGENT ▴", "Contract Reader")
        quit_with(terminal, "q")
    with start(demo, tmp_path, "--fresh") as terminal:
        terminal.until_text("STATUS ▴", "FAILED")
        quit_with(terminal, "q")


def shows(terminal: Terminal, theme: str) -> bool:
    """Return whether the background of a theme was drawn: that of a screen, or that of a box over all of it."""
    colors = (Color.parse(name) for name in (THEMES[theme].background, THEMES[theme].surface) if name)
    return any(f"48;2;{color.r};{color.g};{color.b}".encode() in terminal.raw for color in colors)


@pytest.mark.nightly
def test_a_theme_that_was_chosen_in_the_program_is_restored(demo: DemoServer, tmp_path: Path) -> None:
    with start(demo, tmp_path) as terminal:
        terminal.until_text("FAILED")
        terminal.send(":theme ")
        terminal.until_text("theme: contrast")
        terminal.send("\x1b[B")
        terminal.until(lambda: shows(terminal, "light"), "the light theme, before it is chosen")
        terminal.send("\r")
        terminal.until_text("meridian-labs now uses the light theme")
        quit_with(terminal, "q")
    config = tmp_path / ".config" / "astro-tui" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('theme = "contrast"\n')
    runs = (([], "light"), (["--theme", "dark"], "dark"), (["--account", "harborline"], "contrast"))
    for flags, theme in (*runs, (["--fresh"], "contrast")):
        with start(demo, tmp_path, *flags) as terminal:
            terminal.until_text("AGENT")
            assert [name for name in ("dark", "light", "contrast") if shows(terminal, name)] == [theme], flags
            quit_with(terminal, "q")


@pytest.mark.nightly
def test_folds_and_the_last_choices_of_the_palette_are_restored(demo: DemoServer, tmp_path: Path) -> None:
    with start(demo, tmp_path, rows=40) as terminal:
        terminal.until_text("FAILED")
        terminal.send(":history\r")
        terminal.until_text("[3 history")
        terminal.send("1")
        terminal.until_text("[1 spec", "▾")
        terminal.send("-")
        terminal.until(lambda: "▾" not in terminal.text, "everything is folded")
        terminal.send("Gl")
        # A screen arrives in pieces: what was unfolded may be there before what it contains.
        terminal.until_text("▾ variables", "  ▸ MODEL_API_KEY")
        shown = re.findall(FOLDS, terminal.text)
        quit_with(terminal, "\x11")
    with start(demo, tmp_path, rows=40) as terminal:
        terminal.until_text("[1 spec")
        terminal.until(lambda: re.findall(FOLDS, terminal.text) == shown, "the folds")
        terminal.send("\x10")
        terminal.until_text("go to or run", "› history")
        rows = [line for line in terminal.text.splitlines() if "› history" in line or "› logs" in line]
        assert "› history" in rows[0]
        quit_with(terminal, "\x11")
