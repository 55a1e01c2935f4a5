"""Optimized drawing gives the same result as plain drawing: lines, widths, the scroll bar, previews."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich import cells
from rich.segment import Segment
from rich.style import Style
from support.spec_app import reading
from textual.color import Color
from textual.filter import Monochrome
from textual.scrollbar import ScrollBar
from textual.strip import Strip

from astro_tui.document import ALL, Document, Masking
from astro_tui.document.preview import preview
from astro_tui.text.redaction import hinted, suspects
from astro_tui.text.redaction.hints import DISGUISED, SHORT_RUN, hints
from astro_tui.widgets.cells import cell_len
from astro_tui.widgets.lists.line_maker import LineMaker

BASE = Style(color="#101010", bgcolor="#fefefe")
STYLES = st.sampled_from(
    [
        None,
        Style(color="#ff0000"),
        Style(color="#ff0000", bold=True),
        Style(bgcolor="#0000ff"),
        Style(underline=True),
        Style(reverse=True),
    ]
)
PIECES = st.lists(st.tuples(st.sampled_from(["", " ", "   ", "ab", " c ", "日本", "…", "e\u0301"]), STYLES), max_size=8)


def drawn(strip: Strip) -> list[object]:
    """Return what each cell looks like; the text color of a blank does not count."""
    found: list[object] = []
    for text, style, _control in strip:
        assert style is not None
        for char in text:
            bare = char == " " and not (style.underline or style.reverse)
            found += [style.bgcolor if bare else (char, style)] * max(1, cells.cell_len(char))
    return found


@pytest.mark.nightly
@given(PIECES, st.integers(0, 20))
def test_a_line_looks_like_its_segments(pieces: list[tuple[str, Style | None]], width: int) -> None:
    segments = [Segment(text, style) for text, style in pieces]
    plain = Strip(Segment.apply_style(segments, BASE)).adjust_cell_length(width, BASE)
    made = LineMaker(BASE, (), Color.parse("white")).line(segments, width)
    assert made.cell_length == plain.cell_length == width
    assert drawn(made) == drawn(plain)
    assert len(list(made)) <= max(1, len(list(plain)))


@given(PIECES)
def test_a_line_is_filtered_as_textual_filters_it(pieces: list[tuple[str, Style | None]]) -> None:
    segments, ground, gray = [Segment(text, style) for text, style in pieces], Color.parse("white"), Monochrome()
    filtered = LineMaker(BASE, (), ground).line(segments, 40).apply_filter(gray, ground)
    assert drawn(LineMaker(BASE, (gray,), ground).line(segments, 40)) == drawn(filtered)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
@example("…–—→▸▾│─▌·•")
@example("ÀžΩжЯ\u00ad")
def test_cells_are_counted_as_rich_counts_them(text: str) -> None:
    assert cell_len(text) == cells.cell_len(text)


WORDS = ["pass", "KEY", "api", "_", "-", " ", "sk", "ghp_", "://", "eyJ", "abcdef0123456789", "Token", "x", ".", "\n"]


HINTED = [hint.decode("utf-8", "replace") for hint in sorted(hints())]
RUN = re.compile(rb"[a-z0-9+/_=-]{%d}|%b" % (SHORT_RUN, DISGUISED))


@given(st.lists(st.sampled_from([*WORDS, *HINTED]) | st.text(max_size=3), max_size=12).map("".join))
def test_a_line_is_suspicious_if_it_has_a_hint_or_a_long_run(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    lines = raw.split(b"\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    expected = [
        start
        for start, line in zip(starts, map(bytes.lower, lines), strict=True)
        if any(hint in line for hint in hints()) or RUN.search(line)
    ]
    assert list(suspects(raw)) == expected
    assert hinted(raw) is bool(expected)


KEYS = st.sampled_from(["name", "id", "key", "value", "password", "auth", "secret", "env", "a: b", 'q"', "ü", ""])
VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=60) | st.sampled_from(["--password", "DB_PASS"])
TREES = st.recursive(VALUES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4))


@given(TREES)
@example({"variables": {"DB_PASSWORD": {"value": "hidden one"}}})
@example({"secret": [[{"a": "b"}]]})
@example([["--token", "hidden"], [{"value": "v", "name": "API_KEY"}]])
def test_a_preview_masks_the_same_without_the_quick_check(tree: object) -> None:
    document = Document.parse(json.dumps(tree).encode())
    nodes = [0, *(node for block in range(len(document.text) // 2048 + 1) for node in listed(document, block))]
    for node in nodes:
        line = document.line(node)
        with patch.object(Masking, "clean", return_value=False):
            slow = preview(document, Masking(document), line, 200)
        assert preview(document, Masking(document), line, 200) == slow


def looks(line: Strip) -> object:
    """Return what a line of the scroll bar looks like, and what a click on it does."""
    return drawn(line) if line._segments[0].text != " " else (drawn(line), line._segments[0].style.meta)  # type: ignore[union-attr]


def listed(document: Document, block: int) -> list[int]:
    return document.listed(block, ALL) if document.node_count > 1 and block * 2048 < document.last else []


@pytest.mark.anyio
@pytest.mark.parametrize("ascii_alone", [False, True])
async def test_the_scroll_bar_looks_like_textuals(ascii_alone: bool) -> None:
    value = {f"key{number}": number for number in range(200)}
    async with reading(value, ascii_alone=ascii_alone) as (app, pilot):
        bar = app.side.spec_tree.vertical_scrollbar
        seen = set()
        for _page in range(4):
            lines, usual = (kind(bar, bar.size.region) for kind in (type(bar).render_lines, ScrollBar.render_lines))
            assert [looks(line) for line in lines] == [looks(line) for line in usual]
            seen.add(tuple(line.text + str(line._segments[0].style) for line in lines))
            await pilot.press("pagedown")
        assert len(seen) == 4
        tops = [app.side.spec_tree.top]
        await pilot.mouse_down(bar, offset=(0, 0))
        await pilot.mouse_up(bar, offset=(0, 0))
        await pilot.click(bar, offset=(0, 0))
        tops.append(app.side.spec_tree.top)
        assert all(earlier >= later for earlier, later in pairwise(tops))
