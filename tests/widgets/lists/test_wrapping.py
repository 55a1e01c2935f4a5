"""Wrapped rows: no text is lost, and cursor and window move by rows."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from support.on_screen import screen_lines, screen_text, until
from support.spec_app import SpecApp, marked_texts, reading
from textual.geometry import Region

from astro_tui.widgets.lists.wrapping import wrapped

pytestmark = pytest.mark.anyio
PROSE = "You are a helpful assistant who answers questions about claims. " * 8
LONG: dict[str, Any] = {
    "first": 1,
    "prompt": PROSE.strip(),
    "image": "registry.example/" + "a/long/path" * 30,
    "list": [{"name": "n", "text": "漢字かな交じり " * 30}, "x" * 3000],
    "last": {"deep": {"text": "lorem ipsum " * 20}},
}


def flat(app: SpecApp) -> str:
    return " ".join(screen_text(app).replace("▌", " ").replace("┃", " ").split())


@given(
    st.lists(st.text("ab 漢é\u0301", min_size=1, max_size=30), min_size=1, max_size=8),
    st.integers(4, 40),
    st.integers(0, 60),
    st.integers(1, 30),
)
def test_wrapped_lines_fit_and_lose_nothing(texts: list[str], width: int, head: int, most: int) -> None:
    text = "".join(["▌", *texts])
    head = min(head, len(text))
    lines = wrapped([Segment(each) for each in ("▌", *texts)], width, head, most, "…")
    drawn = ["".join(segment.text for segment in line) for line in lines]
    indent = min(cell_len(text[:head]), width // 2)
    assert len(drawn) <= most
    assert all(cell_len(line) <= max(width, indent + 2) for line in drawn)
    rest = "".join([drawn[0], *(line[1:][max(0, indent - 1) :] if indent else line for line in drawn[1:])])
    if not rest.endswith("…"):
        assert rest.replace(" ", "") == text.replace(" ", "")
    else:
        assert text.replace(" ", "").startswith(rest[:-1].replace(" ", ""))
        assert len(drawn) == most


async def test_long_values_can_be_wrapped_and_cut() -> None:
    async with reading(LONG, height=30) as (app, pilot):
        await pilot.press("equals_sign", "g")
        before = screen_text(app)
        assert PROSE.strip() not in flat(app)
        await pilot.press("w")
        assert PROSE.strip() in flat(app)
        assert "Press w to cut them" in screen_text(app)
        lines = screen_lines(app)
        value = next(line.index('"You') for line in lines if '"You' in line)
        following = lines[next(number for number, line in enumerate(lines) if '"You' in line) + 1]
        assert following[: value - 1].strip(" ┃") == ""
        assert following[value].strip()
        await pilot.press("w")
        # A message has a line above the keys.
        assert screen_lines(app)[:-4] == before.split("\n")[:-4]


@pytest.mark.parametrize(("size", "steps"), [((80, 24), 200), ((40, 15), 200)])
async def test_the_whole_row_of_the_cursor_is_always_on_screen(size: tuple[int, int], steps: int) -> None:
    chance = random.Random(7)
    async with reading(LONG | {f"k{n}": "word " * n for n in range(40)}, *size) as (app, pilot):
        await pilot.press("equals_sign", "g", "w")
        tree = app.side.spec_tree
        acts: list[Callable[[], None]] = [tree.action_first, tree.action_last, tree.action_into, tree.action_out]
        acts += [partial(tree.action_move, by) for by in (1, -1, 3)]
        acts += [partial(tree.action_page, by) for by in (1, -1, 0.5, -0.5)]
        acts += [partial(tree.action_sibling, 1), tree.action_toggle_fold, tree.action_unfold_all, tree.action_center]
        acts += [lambda: tree.wrap(not tree.wraps), lambda: tree.go_to(chance.choice(nodes))]
        nodes = [tree.outline.node(row) for row in range(tree.row_count)] if tree.outline is not None else []
        for _ in range(steps):
            chance.choice(acts)()
            lines = [tree.row_at(line) for line in range(tree.size.height)]
            assert tree.cursor in lines
            drawn = tree.window_lines(Region(0, 0, tree.row_width, tree.size.height))
            marked = [line for line, strip in enumerate(drawn) if strip.text.startswith("▌")]
            assert marked == [line for line, row in enumerate(lines) if row == tree.cursor]
            if tree.wraps:
                assert len(marked) == tree._height(tree.cursor)


async def test_pages_of_wrapped_rows_skip_nothing() -> None:
    value = {f"key-{n:03}": f"begin-{n:03} " + "word " * (n * 7 % 60) for n in range(80)}
    async with reading(value) as (app, pilot):
        await pilot.press("w")
        tree = app.side.spec_tree
        for by, end in ((1, 79), (-1, 0)):
            seen: set[int] = set()
            while tree.cursor != end:
                seen |= {row for line in range(tree.size.height) if (row := tree.row_at(line)) is not None}
                tree.action_page(by)
            seen |= {row for line in range(tree.size.height) if (row := tree.row_at(line)) is not None}
            assert len(seen) == 80


async def test_a_click_finds_the_wrapped_row_and_matches_are_marked() -> None:
    async with reading(LONG, height=30) as (app, pilot):
        await pilot.press("equals_sign", "g", "w")
        line = next(number for number, text in enumerate(screen_lines(app)) if "about claims" in text) + 3
        await pilot.click("#spec", offset=(30, line - 1))
        assert app.path == ".prompt"
        await pilot.press("slash", *"claims", "enter")
        await until(pilot, lambda: "match 1 of 1" in screen_text(app), "found")
        assert marked_texts(app).count("claims") == 8


async def test_the_text_is_wrapped_too_and_wrapping_survives_a_newer_document() -> None:
    async with reading(LONG, height=30) as (app, pilot):
        await pilot.press("w", "m")
        await until(pilot, lambda: "prompt:" in screen_text(app), "YAML")
        assert PROSE[:300].strip() in flat(app)
        kept = app.side.view()
        app.side.start_loading()
        await pilot.pause()
        app.show(LONG, kept)
        await until(pilot, lambda: PROSE[:300].strip() in flat(app), "shown again, still wrapped")
        assert app.side.body.wraps
