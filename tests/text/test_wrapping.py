"""Sentences are broken at blanks; only words longer than a line are broken inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.text.foreign import cell_width
from astro_tui.text.wrapping import indented, wrapped


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


def test_whole_words_are_never_broken() -> None:
    text = "see https://example.com/a/long/address now シフト調整 x"
    assert wrapped(text, 12, whole_words=True) == ["see", "https://example.com/a/long/address", "now", "シフト調整 x"]
    assert wrapped("abcdefgh ij", 4, whole_words=True) == ["abcdefgh", "ij"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("~   image: a-long-one → another-one", ["~   image:", "      a-long-one →", "      another-one"]),
        ("    memory is now 512Mi or more", ["    memory is", "      now 512Mi or", "      more"]),
        ("-   short", ["-   short"]),
    ],
)
def test_a_change_keeps_its_mark_and_its_indent(text: str, lines: list[str]) -> None:
    assert indented(text, 18) == lines


@given(st.text(alphabet="~+- ab/シ", max_size=60), st.integers(2, 30))
def test_indented_lines_are_not_too_wide(text: str, width: int) -> None:
    lines = indented(text, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(st.text(alphabet="ab /:シ\u0301", max_size=60), st.integers(2, 12))
def test_no_line_is_too_wide_and_nothing_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
