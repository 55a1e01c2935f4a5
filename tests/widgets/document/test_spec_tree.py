"""The tree in an app: folding keys, what survives a change of size or theme, and small windows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.idle import drawn_strips, render_update
from support.on_screen import resized, screen_lines, screen_text, until
from support.spec_app import SpecApp, reading
from textual._compositor import Compositor
from textual.events import Show

from astro_tui.document import Document, Outline

pytestmark = pytest.mark.anyio
DEEP: dict[str, Any] = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}, "x": {"y": {"z": 2}}, "s": [1, [2, [3]]]}


def rows(app: SpecApp) -> int:
    return app.side.spec_tree.row_count


async def test_z_and_a_digit_show_that_many_levels() -> None:
    async with reading(DEEP) as (app, pilot):
        seen = []
        for depth in range(1, 10):
            await pilot.press("z", str(depth))
            seen.append(rows(app))
        assert seen == [3, 7, 11, 13, 14, 15, 15, 15, 15]


async def test_pages_next_to_the_window_are_drawn_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    # Pages are drawn ahead after a frame.
    monkeypatch.setattr(Compositor, "render_update", render_update)
    async with reading([{"name": f"item-{number}", "n": number} for number in range(200)]) as (app, pilot):
        tree = app.side.spec_tree
        await pilot.press("minus", "pagedown")
        for key, at in (("pagedown", 2 * tree.page), ("pageup", tree.page)):
            beside = range(3 * tree.page) if key == "pageup" else range(tree.page, 3 * tree.page)
            width, cursor = tree.row_width, tree.cursor
            await until(pilot, lambda: all((n, width, n == cursor) in tree._kept for n in beside), "drawn ahead")  # noqa: B023  done before the next one
            drawn, draw = [], tree.draw_row
            tree.draw_row = lambda *row, **how: drawn.append(row[0]) or draw(*row, **how)  # type: ignore[method-assign]  # noqa: B023  done before the next one
            app.side.spec_tree.action_page(1 if key == "pagedown" else -1)
            drawn_strips(app)
            assert set(drawn) <= {cursor, tree.cursor}
            assert tree.cursor == at
            tree.draw_row = draw  # type: ignore[method-assign]


async def test_the_other_z_keys() -> None:
    async with reading(DEEP) as (app, pilot):
        await pilot.press("z", "R")
        assert rows(app) == 15
        await pilot.press("z", "M")
        assert rows(app) == 3
        await pilot.press("g", "z", "a")
        assert rows(app) == 4
        await pilot.press("z", "a")
        assert rows(app) == 3
        await pilot.press("equals_sign", "g", "z", "s")
        assert rows(app) == 3
        await pilot.press("l", "l", "z", "R", "z", "s")
        assert app.path == ".a.b"
        assert rows(app) == 11


async def test_z_with_an_unknown_second_key_changes_nothing() -> None:
    async with reading(DEEP) as (app, pilot):
        before = screen_text(app)
        await pilot.press("z")
        assert screen_text(app) == before
        await pilot.press("j")
        assert app.path != ".a"
        unfolded = rows(app)
        await pilot.press("z", "z", "z", "z", "k")
        assert app.path == ".a"
        assert rows(app) == unfolded


async def test_long_keys_and_deep_rows_leave_room_for_values() -> None:
    deep: Any = "bottom"
    for depth in reversed(range(40)):
        deep = {f"level-{depth}": deep}
    value = {"a-long-key-" * 9: "value", "another-key-" * 9: {"x": 1}, "list": [{"name": "a name " * 9}], "deep": deep}
    async with reading(value, 40, 15) as (app, pilot):
        await pilot.press("equals_sign", "g")
        lines = [line.rstrip(" ┃") for line in screen_lines(app)]
        assert lines[1].startswith("▌  a-long-key")
        assert lines[1].endswith('…  "value"')
        assert lines[2].endswith("… {1}")
        assert lines[5].endswith("… {1}")
        await pilot.press("G")
        lines = screen_lines(app)
        last = next(line for line in lines if line.startswith("▌"))
        assert last.startswith("▌…40 ")
        assert "level-39" in last
        assert '"bot' in last
        assert "level-39" in lines[-2]
        assert ".deep" in lines[-2]
        await pilot.click("#spec", offset=(20, app.side.spec_tree.size.height - 2))
        assert app.path.endswith('level-38"')
        assert app.side.spec_tree.row is not None
        assert app.side.spec_tree.row.folded


async def test_a_value_of_a_million_characters_takes_one_row() -> None:
    async with reading({"k" * 100_000: "v" * 1_000_000, "b": 1}) as (app, pilot):
        await pilot.press("j")
        assert app.path == ".b"
        assert all(len(line) <= 80 for line in screen_lines(app))


@pytest.mark.parametrize("raw", [b"1", b"{}", b"[[[[]]]]", b'{"": {"": ""}}'])
async def test_the_smallest_documents(raw: bytes) -> None:
    async with reading(raw) as (app, pilot):
        for key in (*"jkhlHLJKgG=-zMzR1nN&vvmmmwwx", "slash", "1", "enter", "n", "ampersand", "escape"):
            await pilot.press(key)
        await until(pilot, lambda: app.side.body.form == "tree" and rows(app) > 0, "the tree")
        assert app.is_running


KEYS = ["j", "k", "h", "l", "H", "L", "J", "K", "space", "minus", "equals_sign", "g", "G", "n", "N", "m", "pagedown"]
inner = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=3), below, max_size=3),
    max_leaves=12,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.text(max_size=3), inner, min_size=1, max_size=4), st.lists(st.sampled_from(KEYS), max_size=25)
)
def test_any_keys_leave_the_cursor_on_a_node(value: object, keys: list[str]) -> None:
    import asyncio

    async def play() -> None:
        async with reading(value) as (app, pilot):
            await pilot.press(*keys)
            tree = app.side.spec_tree
            assert 0 <= tree.cursor < tree.row_count
            assert app.side.node is not None
            outline = Outline(Document.parse(json.dumps(value).encode()))
            assert tree.row_count <= outline.document.node_count
            assert outline.find(app.side.path or ()) is not None or app.side.node == 0

    asyncio.run(play())


async def test_what_fits_is_unfolded_until_the_user_folds() -> None:
    value = {"first": dict.fromkeys("abcdefghij", 1), "second": dict.fromkeys("abcdefghij", 2)}
    async with reading(value, height=18) as (app, pilot):
        tree = app.side.spec_tree
        assert tree.row_count == 12
        await resized(pilot, 80, 30)
        await until(pilot, lambda: tree.row_count == 22)
        await resized(pilot, 80, 10)
        await until(pilot, lambda: tree.row_count == 2)
        await pilot.press("l")
        assert tree.row_count == 12
        await resized(pilot, 80, 40)
        await until(pilot, lambda: tree.page > 30)
        assert tree.row_count == 12


async def test_a_tree_that_a_notice_replaced_takes_no_focus() -> None:
    """On a busy machine, Textual says that it is shown when it is hidden again."""
    async with reading({"a": 1}) as (app, pilot):
        app.side.show_notice()
        await pilot.pause()
        assert app.focused is None
        app.side.spec_tree.post_message(Show())
        await pilot.pause()
        assert app.focused is None
