"""Colors in log lines: what is removed, and which colors are left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.logs.colors import pieces, plain, split
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.query import parse_query
from astro_tui.logs.records import record_of
from astro_tui.logs.store import LogStore


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", []),
        ("a \x1b[32mok\x1b[0m b", [("ok", "green")]),
        ("\x1b[1;91mred\x1b[mplain\x1b[K", [("red", "red")]),
        ("\x1b[33mone\x1b[36mtwo\x1b[39m", [("one", "yellow"), ("two", "cyan")]),
        ("\x1b[44mback\x1b[48;5;1mground\x1b[48;2;1;2;3m", []),
        ("\x1b[38;5;214morange\x1b[38;5;240mgray\x1b[38;5;255mwhite", [("orange", "yellow"), ("gray", "quiet")]),
        ("\x1b[38;2;40;90;250mblue\x1b(B\x1b[m.", [("blue", "blue")]),
        ("\x1b[38;5mcut\x1b[38", [("cut\x1b[38", "quiet")]),
        ("\x1b[30mblack\x1b[37mwhite", [("black", "quiet")]),
    ],
)
def test_the_colors_of_a_text(text: str, parts: list[tuple[str, str]]) -> None:
    found, colors = split(text)
    assert found == plain(text)
    assert [part for part in pieces(found, colors) if part[1]] == parts


@given(st.lists(st.sampled_from(["a", "[", "m", "3", ";", "\x1b", "\x1b[31m", "\x1b[0m", "\x1b[38;5;", "\\u001b["])))
def test_no_letter_is_lost(texts: list[str]) -> None:
    found, colors = split("".join(texts))
    assert "".join(piece for piece, _color in pieces(found, colors)) == found


def test_a_json_line_has_no_colors_either() -> None:
    line = plain('{"msg":"\\u001b[32mok\\u001B[0m","raw":"\\\\u001b[1m"}')
    record = record_of("", line)
    assert (record.message, record.fields) == ("ok", (("raw", "\\u001b[1m"),))


def test_a_line_is_found_by_what_is_seen_of_it() -> None:
    store, source = LogStore(), LogSource("d", "agent")
    query = parse_query("status=500 took")
    store.set_filter(lambda level, message, each: query.matches(level, message, lambda: record_of("", message), each))
    line = LogLine(1, "", "\x1b[31mWARN\x1b[0m to\x1b[1mok \x1b[36mstatus=\x1b[0m500")
    store.add(source, [line])
    row = store.row(0)
    assert row is not None
    assert (row.message, row.level) == ("WARN took status=500", Level.WARN)
    # The same line, read again, is not another one.
    assert store.missing(source, [line]) == []
