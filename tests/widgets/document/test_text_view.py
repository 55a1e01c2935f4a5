"""One document as a tree, as YAML, and as JSON, with one cursor and the same masks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.on_screen import resized, screen_lines, screen_text, until, until_text
from support.spec_app import SpecApp, marked_texts, reading

from astro_tui.document import Document, Masking, YamlPlaces, as_json, as_yaml, find, jq_path, path_of

pytestmark = pytest.mark.anyio
SPEC = {
    "spec": "deployment/v1",
    "agent": {"image": "a/b:1", "ratio": 1.5, "text": "one\ntwo\nthree\n", "password": "hunter2-hunter2"},
    "list": [{"name": "first", "on": True}, {"name": "second", "on": None}, [], {}],
    "last": 1,
}


async def in_form(app: SpecApp, pilot: Any, form: str) -> None:
    """Press `m` until the document has this form, and wait for its text."""
    while app.side.body.form != form:
        await pilot.press("m")
    await until(pilot, lambda: form == "tree" or app.side.body.text_view.row_count, f"the text as {form}")


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_the_cursor_stays_on_its_path(form: str) -> None:
    async with reading(SPEC) as (app, pilot):
        await pilot.press("equals_sign")
        for path in (".agent.text", ".list[1].on", ".list[1]", ".last", ".agent", ".spec"):
            await pilot.press("g")
            while app.path != path:
                await pilot.press("j")
            await in_form(app, pilot, form)
            assert app.path == path
            assert path in screen_lines(app)[-2]
            await in_form(app, pilot, "tree")
            assert app.path == path


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_deep_lines_show_their_depth_and_leave_room_for_values(form: str) -> None:
    value: Any = "the bottom"
    for _level in range(240):
        value = {"down": [value]}
    async with reading(value) as (app, pilot):
        await pilot.press("equals_sign", "G")
        await in_form(app, pilot, form)
        await until_text(pilot, "the bottom", "…480" if form == "json" else "…239")
        await pilot.press("w")
        await until_text(pilot, "Long values are wrapped")
        assert "the bottom" in screen_text(app)
        assert app.path.endswith(".down[0]")


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_moving_in_the_text_moves_the_tree(form: str) -> None:
    async with reading(SPEC) as (app, pilot):
        await pilot.press("minus", "g")
        await in_form(app, pilot, form)
        await pilot.press("slash", *"second", "enter")
        await until(pilot, lambda: app.path == ".list[1].name", "the match")
        await until(pilot, lambda: "second" in marked_texts(app), "the match, marked")
        await in_form(app, pilot, "tree")
        assert app.path == ".list[1].name"


async def test_the_texts_match_the_document() -> None:
    document = Document.parse(json.dumps(SPEC).encode())
    async with reading(SPEC, height=45) as (app, pilot):
        await in_form(app, pilot, "json")
        drawn = [line[5:].rstrip() for line in screen_lines(app)]
        text = as_json(document, Masking(document), 0).decode()
        assert "\n".join(drawn[1 : 2 + text.count("\n")]) == text
        await in_form(app, pilot, "yaml")
        drawn = [line[5:].rstrip() for line in screen_lines(app)]
        text = as_yaml(document, Masking(document), 0).rstrip("\n")
        assert "\n".join(drawn[1 : 2 + text.count("\n")]) == text


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_secrets_are_masked_until_revealed(form: str) -> None:
    async with reading(SPEC, height=45) as (app, pilot):
        await pilot.press("equals_sign")
        while app.path != ".agent.password":
            await pilot.press("j")
        await in_form(app, pilot, form)
        assert "hunter2" not in screen_text(app)
        await pilot.press("x")
        await until(pilot, lambda: "hunter2-hunter2" in screen_text(app), "the revealed value")
        await pilot.press("x")
        await until(pilot, lambda: "hunter2" not in screen_text(app), "the value masked again")


async def test_a_document_too_large_for_yaml_says_so_and_json_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.document.render.YAML_LIMIT", 1 << 16)
    raw = json.dumps({"items": [{"id": number, "text": "x" * 1000} for number in range(70)]}).encode()
    async with reading(raw) as (app, pilot):
        await pilot.press("m")
        await until(pilot, lambda: "Too large to convert to YAML" in screen_text(app), "the message")
        await pilot.press("m", "G")
        assert screen_lines(app)[-3].rstrip(" ┃").endswith("}")
        assert app.side.body.form == "json"


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_the_form_survives_a_newer_document_and_a_resize(form: str) -> None:
    async with reading(SPEC) as (app, pilot):
        await pilot.press("equals_sign", "g")
        while app.path != ".list[1].name":
            await pilot.press("j")
        await in_form(app, pilot, form)
        app.show({"new": 0} | SPEC)
        await in_form(app, pilot, form)
        assert app.path == ".list[1].name"
        await resized(pilot, 40, 15)
        await pilot.pause()
        assert app.path == ".list[1].name"
        assert "second" in screen_text(app)
        kept = app.side.view()
        app.side.start_loading()
        app.show(SPEC, kept)
        await in_form(app, pilot, form)
        assert app.path == ".list[1].name"


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_ascii_mode_draws_only_ascii(form: str) -> None:
    value = {"ключ": "значение …", "p": {"password": "hunter2-hunter2"}, "e": "\u001b[31m\u0085\u2028x"}
    async with reading(value, ascii_alone=True) as (app, pilot):
        await in_form(app, pilot, form)
        assert screen_text(app).isascii()


keys = st.text(max_size=6) | st.sampled_from(["a", "- b", "? c", "d: e", "#f", "x" * 140, "g\nh", "\u2028", ""])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | keys
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=20
)


@given(documents)
def test_every_node_has_its_line_in_the_yaml(value: object) -> None:
    document = Document.parse(json.dumps(value).encode())
    places = YamlPlaces(document, as_yaml(document, None, 0))
    assert len(places.nodes) == document.node_count
    assert list(places.lines) == sorted(places.lines)
    for node in places.nodes:
        line = places.line_of(node)
        assert 0 <= line < len(places.text)
        assert places.starts(line)
        assert places.line_of(places.node_at(line)) == line
        assert find(document, path_of(document, node)) is not None, jq_path(path_of(document, node))
