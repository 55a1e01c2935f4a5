"""How log lines are printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.cli.logs.printing import LeveledLine, Printer, short_stamp
from astro_tui.logs import LogLine, LogSource
from astro_tui.logs.levels import Level
from astro_tui.logs.query import parse_query

AGENT, CASES = LogSource("d", "desk-agent"), LogSource("d", "desk-cases", container="app")
AT = 1_782_974_472_000_000_001


def printer(query: str = "", **given: Any) -> Printer:
    form = {"times": False, "as_json": False, "ascii_alone": False, "color": False, **given}
    return Printer([AGENT, CASES], parse_query(query), **form)


def printed(line: LogLine, source: LogSource = AGENT, level: Level = Level.WARN, **given: Any) -> str:
    (raw,) = printer(**given).printed([LeveledLine(source, line, level)])
    return raw.decode()


def test_a_line_names_its_workload_and_its_level() -> None:
    assert printed(LogLine(AT, "WARNING", "slow")) == "agent     warn   slow\n"
    assert printed(LogLine(AT, "odd", "slow"), CASES, Level.NONE) == "cases/app odd    slow\n"
    assert printed(LogLine(AT, "", "slow"), times=True) == "2026-07-02T06:41:12.000Z agent     warn   slow\n"
    assert printed(LogLine(0, "", "slow"), times=True) == "------------------------ agent     warn   slow\n"
    assert len(short_stamp(0)) == len(short_stamp(AT))


def test_colors_are_those_of_the_workload_and_of_the_level() -> None:
    line = printed(LogLine(AT, "error", "lost"), level=Level.ERROR, color=True)
    other = printed(LogLine(AT, "error", "lost"), CASES, Level.ERROR, color=True)
    assert line == "\x1b[36magent    \x1b[0m \x1b[31merror \x1b[0m lost\n"
    assert other.startswith("\x1b[32mcases/app\x1b[0m ")


def test_matches_of_a_query_are_highlighted() -> None:
    line = LogLine(AT, "", "lost a word=1 and two\x1bwords")
    marked = printed(line, level=Level.NONE, color=True, query='word "two" -x level=none')
    assert marked.endswith("        lost a \x1b[1;4mword\x1b[0m=1 and \x1b[1;4mtwo\x1b[0m␛\x1b[1;4mword\x1b[0ms\n")
    assert "\x1b" not in printed(line, query="word")
    assert "[1;4m" not in printed(line, query="word", as_json=True, color=True)


@pytest.mark.parametrize(
    ("message", "query", "shown"),
    [
        ("a \x1b[1;32mgreen\x1b[0m b", "", "a \x1b[32mgreen\x1b[0m b"),
        ("\x1b[31mred word\x1b[0m", "word", "\x1b[31mred \x1b[0m\x1b[31;1;4mword\x1b[0m"),
        ("\x1b[31mpassword=hunt\x1b[0mer2-EXAMPLE", "", "password=••••••••"),
        ("\x1b[2J\x1b[32mx", "", "␛[2J\x1b[32mx\x1b[0m"),
    ],
)
def test_the_colors_of_a_line_are_shown_only_in_a_terminal(message: str, query: str, shown: str) -> None:
    line = LogLine(AT, "", message)
    assert printed(line, level=Level.NONE, color=True, query=query).endswith(f"        {shown}\n")
    assert "\x1b" not in printed(line, query=query)
    assert "hunter" not in printed(line, as_json=True)


def test_nothing_in_a_line_is_executed_and_nothing_secret_printed() -> None:
    line = LogLine(AT, "info", "\x1b[31mred\x1b[0m\x07\n\u202e the password=hunter2-EXAMPLE \x9b2J")
    text = printed(line)
    assert text == "agent     warn   red␇↵<U+202E> the password=•••••••• <U+009B>2J\n".replace(
        "•" * 8, text[text.index("=") + 1 : text.index(" <U+009B>")]
    )
    assert "hunter2" not in text
    row = json.loads(printed(line, as_json=True))
    assert row["message"].startswith("red\x07\n\u202e the password=")
    assert "hunter2" not in row["message"]
    assert "\x9b" not in printed(line, as_json=True)


def test_json_has_what_programs_need() -> None:
    assert json.loads(printed(LogLine(AT, "WARNING", "slow"), as_json=True)) == {
        "timestamp": "2026-07-02T06:41:12.000000001Z",
        "level": "warn",
        "message": "slow",
        "workload": "desk-agent",
    }
    assert json.loads(printed(LogLine(0, "odd", "x"), CASES, Level.NONE, as_json=True)) == {
        "timestamp": "",
        "level": "odd",
        "message": "x",
        "workload": "desk-cases",
        "container": "app",
    }


@given(st.text(max_size=80), st.booleans(), st.booleans())
def test_every_line_is_one_line_of_safe_text(message: str, as_json: bool, ascii_alone: bool) -> None:
    text = printed(LogLine(AT, "", message), as_json=as_json, ascii_alone=ascii_alone)
    assert text.endswith("\n")
    assert text[:-1].isprintable() or not text.isascii()
    assert not set(map(chr, range(32))) & set(text[:-1])
    assert not ascii_alone or text.isascii()
