"""The pane with the whole value under the cursor: wrapped, decoded, masked."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.on_screen import flat, resized, screen_lines, screen_text, until, until_text
from support.spec_app import SpecApp, reading

from astro_tui.text.foreign import visible
from astro_tui.widgets.cells import cell_len
from astro_tui.widgets.document import spec_side, value_pane
from astro_tui.widgets.wrapped import Wrapped

pytestmark = pytest.mark.anyio
LONG = " ".join(f"word{number}" for number in range(60))
INNER = json.dumps({"user": "maria", "plan": "team"})
SPEC = {
    "short": "x",
    "long": LONG,
    "coded": base64.b64encode(b"the quick brown fox").decode(),
    "inner": INNER,
    "lines": "first\nsecond\x1b[31m\nthird",
    "password": "hunter2-hunter2",
    "number": 123456789012345678901234567890,
    "box": {"a": [1, 2]},
}


async def on(app: SpecApp, pilot: Any, path: str) -> None:
    """Move down to a path and wait until the value pane shows it."""
    await pilot.press("g")
    while app.path != path:
        await pilot.press("j")
    if app.side.value_pane.display:
        await until(pilot, lambda: f"jq {path}" in flat(app), f"{path} in the pane")


async def test_what_the_pane_shows() -> None:
    shown = {
        ".long": ["word0 word1", "word59", "string · 409 chars", 'python ["long"]'],
        ".coded": ["the quick brown fox", "decoded from base64, 19 bytes", "as sent:"],
        ".inner": ['"user": "maria"', "decoded from JSON"],
        ".lines": ["first", "second␛[31m", "third"],
        ".number": ["123456789012345678901234567890", "number"],
        ".box": ["object · 1 key", '"a": ['],
        ".password": ["masked: its key suggests a secret", "Press x to reveal it for ten seconds"],
    }
    async with reading(SPEC, height=45) as (app, pilot):
        await pilot.press("v")
        for path, texts in shown.items():
            await on(app, pilot, path)
            for text in texts:
                assert text in flat(app), path
            assert "\x1b" not in screen_text(app), path


async def test_a_secret_is_masked_until_revealed() -> None:
    async with reading(SPEC, height=45) as (app, pilot):
        await pilot.press("v")
        await on(app, pilot, ".password")
        assert "hunter2" not in screen_lines(app)[-4]
        await pilot.press("x")
        await until(pilot, lambda: screen_text(app).count("hunter2-hunter2") >= 2, "the revealed value")
        await pilot.press("x")
        await until(pilot, lambda: "masked: its key suggests a secret" in flat(app), "masked again")


@pytest.mark.timed
async def test_a_value_that_was_enlarged_at_once_stays_enlarged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pane would have opened by itself a moment later, in its usual height."""
    monkeypatch.setattr(spec_side, "DEBOUNCE", 0.02)
    async with reading({"short": 1, "long": "x" * 300}, height=45) as (app, pilot):
        await pilot.press("j", "j", "f")
        later = asyncio.Event()
        app.set_timer(0.05, later.set)
        await later.wait()
        await pilot.pause()
        assert app.path == ".long"
        assert app.side.wide


async def test_it_opens_automatically_for_a_long_value() -> None:
    async with reading(SPEC, height=40) as (app, pilot):
        assert not app.side.value_pane.display
        await on(app, pilot, ".long")
        await until(pilot, lambda: app.side.value_pane.display, "the pane")
        await until(pilot, lambda: "word59" in flat(app), "the end of the value")
        await pilot.press("v")
        assert not app.side.value_pane.display
        await pilot.press("g", "j")
        await pilot.pause(0.3)
        assert not app.side.value_pane.display


async def test_it_can_be_enlarged_and_shrunk() -> None:
    async with reading(SPEC) as (app, pilot):
        await on(app, pilot, ".long")
        await pilot.press("f")
        await until(pilot, lambda: "word59" in flat(app), "the whole value")
        assert not app.side.body.display
        await pilot.press("j", "G", "g", "x")
        await pilot.press("escape")
        assert app.side.body.display
        assert not app.side.value_pane.display
        assert app.left == 0
        await pilot.press("j")
        assert app.path == ".coded"


async def test_tab_moves_the_focus_to_the_value_and_back() -> None:
    async with reading({"a": "\n".join(str(number) for number in range(200)), "b": 1}) as (app, pilot):
        await pilot.press("v")
        await until(pilot, lambda: "jq .a" in flat(app), "the pane")
        await pilot.press("tab", "j", "j")
        await until(pilot, lambda: app.side.value_pane.text.scroll_offset.y == 2, "two lines down")
        assert app.path == ".a"
        await pilot.press("tab", "j")
        assert app.path == ".b"


async def test_a_value_of_over_a_million_characters_shows_its_start_and_its_size() -> None:
    text = "lorem ipsum dolor " * 75_000
    async with reading({"first": 1, "big": text, "last": 2}, height=40) as (app, pilot):
        await pilot.press("v", "j")
        await until(pilot, lambda: "1,350,000 chars" in flat(app), "the large value")
        await pilot.press("tab", "G")
        await until(pilot, lambda: app.side.value_pane.text.scroll_offset.y > 10_000, "its end")
        await until_text(pilot, "… and 301,424 more characters. Press W to save the whole document.")
        await pilot.press("tab", "j", "j")
        assert app.path == ".last"


async def test_the_old_value_disappears_while_a_new_one_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading({"short": "shown before", "long": "x" * 300_000}) as (app, pilot):
        await pilot.press("v")
        await until_text(pilot, "value · string · 12 chars")
        pane = app.side.value_pane
        assert "shown before" in pane.text.lines.line(0)
        monkeypatch.setattr(pane, "run_worker", lambda *_work, **_how: None)
        await pilot.press("j")
        await until_text(pilot, "value · loading…")
        assert not any(pane.text.lines.line(line).strip() for line in range(len(pane.text.lines)))


async def test_the_pane_follows_the_cursor_of_a_text_and_survives_a_newer_document() -> None:
    async with reading(SPEC, height=45) as (app, pilot):
        await pilot.press("v", "m", "m")
        assert app.side.body.form == "json"
        await pilot.press("slash", *"word59", "enter")
        await until(pilot, lambda: "jq .long" in flat(app), "the long value")
        app.show(SPEC | {"new": 1})
        await pilot.pause(0.1)
        assert app.side.value_pane.display
        assert "jq .long" in flat(app)


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=120), st.integers(2, 40))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    text = "\n".join(visible(line) for line in text.split("\n"))
    wrapped = Wrapped(text, width)
    lines = [wrapped.line(number) for number in range(len(wrapped))]
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace(" ", "")


@pytest.mark.parametrize(
    ("value", "at_once"),
    [
        ("words " * 1_000, True),
        ("words " * 2_500, False),
        ({f"key {number}": "some words" for number in range(200)}, True),
        ({f"key {number}": "some words" for number in range(500)}, False),
    ],
)
async def test_what_takes_long_to_mask_is_read_in_a_thread(
    value: object, at_once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, threads = value_pane.read_text, {}

    def noted(subject: value_pane.Subject, *more: Any, **how: Any) -> value_pane.Prepared:
        threads[subject.node] = threading.current_thread()
        return read(subject, *more, **how)

    monkeypatch.setattr(value_pane, "read_text", noted)
    async with reading({"first": 1, "long": value}, height=45) as (app, pilot):
        await pilot.press("v", "j")
        await until(pilot, lambda: len(app.side.value_pane.text.lines) > 9, "the value")
        assert app.side.node is not None
        assert (threads[app.side.node] is threading.current_thread()) is at_once


@pytest.mark.parametrize("size", [1_000, 1_000_000])
async def test_a_value_is_read_once_whatever_the_width(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read, subjects = value_pane.read_text, []

    def counted(subject: value_pane.Subject, *more: Any, **how: Any) -> value_pane.Prepared:
        subjects.append(subject.node)
        return read(subject, *more, **how)

    monkeypatch.setattr(value_pane, "read_text", counted)
    async with reading({"long": "words " * (size // 6) + "the end"}, height=45) as (app, pilot):
        await pilot.press("v")
        await on(app, pilot, ".long")
        lines = app.side.value_pane.text
        await until(pilot, lambda: len(lines.lines) > 1, "the value")
        before = len(lines.lines)
        await resized(pilot, 60, 45)
        await until(pilot, lambda: len(lines.lines) > before, "wrapped for another width")
        assert subjects == [app.side.node]
