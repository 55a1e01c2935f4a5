"""Sentences are broken at blanks; only words longer than a line are broken inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.text.foreign import cell_width
from astro_tui.text.wrapping import wrapped


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, [""]),
        ("one two three", 0, ["one two three"]),
        ("one two three", 7, ["one two", "three"]),
        ("at registry.example/team/agent:c2d83257 now", 21, ["at registry.example/", "team/agent:c2d83257", "now"]),
        ("シフト調整", 4, ["シフ", "ト調", "整"]),
        ("abcdef", 4, ["abcd", "ef"]),
    ],
)
def test_where_lines_end(text: str, width: int, lines: list[str]) -> None:
    assert wrapped(text, width) == lines


@given(st.text(alphabet="ab /:シ\u0301", max_size=60), st.integers(2, 12))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
