"""Incremental search in the tree, in a thread."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.on_screen import flat, screen_lines, screen_text, until, until_text
from support.spec_app import SpecApp, marked_texts, reading

from astro_tui.widgets.document.tree_search import Found

pytestmark = pytest.mark.anyio
PORTS = {
    "agent": {"image": "a/b:1", "endpoints": {"http": {"port": 8080, "expose": {"domain": "support.example"}}}},
    "knowledge": {"vectors": {"provider": "qdrant", "port": 6333}},
    "source": {"name": "support-router"},
    "target": {"display_name": "Support Router"},
}


async def found(app: SpecApp, pilot: Any) -> None:
    """Wait for the end of the search."""
    await until(pilot, lambda: app.side.finder.search.complete or app.side.finder.search.problem, "the search ends")


@asynccontextmanager
async def searching(text: str, value: object = PORTS, **size: int) -> AsyncIterator[tuple[SpecApp, Any]]:
    """Type a search and wait until it is done."""
    async with reading(value, **size) as (app, pilot):
        await pilot.press("minus", "g", "slash", *text)
        await found(app, pilot)
        yield app, pilot


async def test_typing_goes_to_the_first_match_and_counts() -> None:
    async with searching("port", height=15) as (app, pilot):
        assert app.path == ".agent.endpoints.http.port"
        assert "match 1 of 5" in screen_lines(app)[-1]
        assert screen_lines(app)[-1].startswith("/port")
        assert "port" in marked_texts(app)
        await pilot.press("enter")
        assert not app.side.prompt.display
        assert "match 1 of 5" in screen_lines(app)[-2]
        seen = [app.path]
        for _ in range(5):
            await pilot.press("n")
            seen.append(app.path)
        assert seen == [
            ".agent.endpoints.http.port",
            ".agent.endpoints.http.expose.domain",
            ".knowledge.vectors.port",
            ".source.name",
            ".target.display_name",
            ".agent.endpoints.http.port",
        ]
        assert "Wrapped around to the first match." in flat(app)
        await pilot.press("N")
        assert app.path == ".target.display_name"
        assert "Wrapped around to the last match." in flat(app)


async def test_escape_while_typing_goes_back_and_folds_what_the_search_unfolded() -> None:
    async with reading(PORTS) as (app, pilot):
        await pilot.press("minus", "g", "j")
        before = screen_text(app)
        await pilot.press("slash", *"port")
        await found(app, pilot)
        assert screen_text(app) != before
        await pilot.press("escape")
        await until(pilot, lambda: screen_text(app) == before, "everything as before")
        assert not app.side.finder.search.active


async def test_typing_more_folds_what_the_shorter_search_unfolded() -> None:
    async with searching("p") as (app, pilot):
        await pilot.press(*"rovider")
        await found(app, pilot)
        assert app.path == ".knowledge.vectors.provider"
        assert app.side.outline is not None
        assert app.side.outline.row(0).folded


async def test_only_matches_with_their_parents_and_all_again() -> None:
    async with searching("port") as (app, pilot):
        await pilot.press("enter")
        rows = app.side.spec_tree.row_count
        await pilot.press("ampersand")
        text = screen_text(app)
        assert app.side.spec_tree.row_count == 13
        assert "5 of 15 values" in screen_lines(app)[0]
        assert "image" not in text
        assert "provider" not in text
        await pilot.press("n", "n")
        assert app.path == ".knowledge.vectors.port"
        await pilot.press("ampersand")
        assert app.side.spec_tree.row_count >= rows
        assert app.path == ".knowledge.vectors.port"
        await pilot.press("ampersand", "escape")
        assert app.side.outline is not None
        assert not app.side.outline.filtered
        assert app.path == ".knowledge.vectors.port"


async def test_prefixes_and_smart_case() -> None:
    paths = {
        "k:domain": ".agent.endpoints.http.expose.domain",
        "v:qdrant": ".knowledge.vectors.provider",
        "re:^63..$": ".knowledge.vectors.port",
        "v:re:^Support": ".target.display_name",
        "Support": ".target.display_name",
        "a/b": ".agent.image",  # A slash is a letter while typing.
    }
    async with reading(PORTS) as (app, pilot):
        for text, path in paths.items():
            await pilot.press("minus", "g", "slash", *text)
            await found(app, pilot)
            assert app.path == path, text
            await pilot.press("escape")


async def test_an_invalid_expression_is_reported_and_can_be_fixed() -> None:
    async with searching("re:po(") as (app, pilot):
        assert "Not a valid regular expression" in screen_lines(app)[-1]
        await pilot.press(*"rt)")
        await found(app, pilot)
        assert app.path == ".agent.endpoints.http.port"


async def test_an_expression_that_never_ends_is_given_up() -> None:
    value = {"first": 1, "items": ["a" * 3000 + "!"] * 3, "last": 2}
    async with reading(value) as (app, pilot):
        await pilot.press("g", "j", "slash", *"re:(a+)+$")
        assert "(a+)+$" in screen_text(app)
        await found(app, pilot)
        await until(pilot, lambda: "takes too long" in screen_text(app), "the message")
        assert app.path == ".items"
        await pilot.press("enter", "n")
        assert "Press / to search." in flat(app)


async def test_without_a_match_the_cursor_stays() -> None:
    async with reading(PORTS) as (app, pilot):
        await pilot.press("j", "j")
        path = app.path
        await pilot.press("slash", *"zzzz")
        await found(app, pilot)
        assert "no match" in screen_lines(app)[-1]
        assert app.path == path
        await pilot.press("enter", "n")
        assert "No match." in flat(app)
        await pilot.press("slash", *"key:provider")
        await found(app, pilot)
        assert "no match; did you mean k:provider?" in screen_lines(app)[-1]


async def test_a_new_search_replaces_the_last_one_unless_it_is_edited() -> None:
    async with searching("provider") as (app, pilot):
        prompt = app.side.prompt
        await pilot.press("enter", "slash")
        await until_text(pilot, "/provider")
        await pilot.press(*"port")
        await found(app, pilot)
        assert prompt.text == "port"
        assert app.path == ".knowledge.vectors.port"
        await pilot.press("enter", "slash", "end", "s")
        assert prompt.text == "ports"
        await pilot.press("enter", "slash", "backspace")
        assert (prompt.text, prompt.display) == ("", True)
        await pilot.press("escape", "slash")
        assert prompt.text == ""


async def test_secrets_are_not_found_and_not_marked() -> None:
    async with searching("v:hunter2", {"password": "hunter2-hunter2"}) as (app, _pilot):
        assert "no match" in screen_lines(app)[-1]
        assert "hunter2-" not in screen_text(app)


async def test_a_match_that_is_cut_off_marks_the_whole_value() -> None:
    async with searching("needle", {"long": "x" * 300 + "needle"}) as (app, _pilot):
        assert any(text.startswith('"xxx') for text in marked_texts(app))


async def test_a_match_in_the_key_does_not_mark_the_value() -> None:
    async with searching("needle", {"needle": "hay", "k": "needle"}) as (app, _pilot):
        assert sorted(set(marked_texts(app))) == ["needle"]


async def test_a_search_survives_a_newer_document_and_leaving_the_screen() -> None:
    async with searching("port") as (app, pilot):
        await pilot.press("enter", "n", "n", "ampersand")
        app.show({"new": 1} | PORTS)
        await found(app, pilot)
        await pilot.pause()
        assert app.path == ".knowledge.vectors.port"
        assert app.side.outline is not None
        assert app.side.outline.filtered
        kept = app.side.view()
        app.side.start_loading()
        await pilot.pause()
        app.show(PORTS, kept)
        await found(app, pilot)
        await pilot.pause()
        assert app.path == ".knowledge.vectors.port"
        assert app.side.outline.filtered
        assert "match 3 of 5" in screen_lines(app)[-2]


async def test_matches_after_the_cursor_come_first() -> None:
    value = {"items": [{"word": f"w{number}"} for number in range(3_000)], "end": "word"}
    async with reading(value) as (app, pilot):
        await pilot.press("G")
        taken: list[tuple[int, str]] = []
        take = app.side.finder.take

        def taking(message: Found) -> bool:
            taken.append((len(message.batch), app.path))
            return take(message)

        app.side.finder.take = taking
        await pilot.press("slash", "w")
        await found(app, pilot)
        assert taken[0][0] == 1
        assert {path for _size, path in taken} == {".end"}
        await until(pilot, lambda: "match 3,001 of 3,001" in screen_lines(app)[-1], "its position")
        # Nothing follows the cursor, so the search wraps to the first match.
        await pilot.press(*"2999")
        await until(pilot, lambda: "match 1 of 1" in screen_lines(app)[-1], "wrapped")
        assert app.path == ".items[2999].word"


async def test_escape_ends_the_search_before_it_goes_back() -> None:
    async with searching("port") as (app, pilot):
        await pilot.press("enter", "escape")
        assert not app.side.finder.search.active
        assert not marked_texts(app)
        assert app.left == 0
        await pilot.press("escape")
        assert app.left == 1


async def test_hostile_text_is_searched_and_drawn_plainly() -> None:
    value = json.loads('{"a": "\\u001b[31mport\\u202e", "[b]port[/b]": "x"}')
    async with searching("port", value) as (app, _pilot):
        assert "match 1 of 2" in screen_lines(app)[-1]
        assert "[b]port[/b]" in screen_text(app)
        assert "\x1b" not in screen_text(app)
