"""How many colors the app uses in a terminal."""

from __future__ import annotations

import subprocess
import sys

import pytest
from rich.console import Console
from support.deadline import DEADLINE

from astro_tui.theme.terminal import ANSI, NONE, PALETTE, TRUE_COLOR, colors_of

RICH = {"truecolor": TRUE_COLOR, "256": PALETTE, "standard": ANSI}


@pytest.mark.parametrize("colorterm", ["", "truecolor", "24bit", "TrueColor ", "yes"])
@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "xterm-kitty", "xterm-color", "no-such"])
def test_the_number_of_colors_is_the_one_that_rich_uses(colorterm: str, term: str) -> None:
    environment = {"COLORTERM": colorterm, "TERM": term}
    assert colors_of(environment) == RICH[Console(force_terminal=True, _environ=environment).color_system]


@pytest.mark.parametrize(("term", "expected"), [("vt100", NONE), ("dumb", NONE), ("linux", ANSI), ("no-such", ANSI)])
def test_the_database_knows_terminals_without_colors(term: str, expected: int) -> None:
    # The database can be read only once per process.
    code = "import curses, sys; curses.setupterm(sys.argv[1], 1)"
    asked = subprocess.run([sys.executable, "-c", code, term], capture_output=True, check=False, timeout=DEADLINE)
    if term == "vt100" and asked.returncode:
        pytest.skip("the terminfo database does not have it")
    code = "import sys; from astro_tui.theme.terminal import colors_of; print(colors_of({'TERM': sys.argv[1]}))"
    done = subprocess.run(
        [sys.executable, "-c", code, term], capture_output=True, text=True, check=True, timeout=DEADLINE
    )
    assert int(done.stdout) == expected
