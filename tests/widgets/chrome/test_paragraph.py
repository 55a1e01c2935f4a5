"""A text on several lines gets the room that it needs, whenever it comes."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.bar import Paragraph

pytestmark = pytest.mark.anyio


class OneParagraph(App[None]):
    CSS = "Paragraph { height: auto; max-height: 3; }"

    def compose(self) -> ComposeResult:
        yield Paragraph(Look())


async def test_another_text_changes_the_height() -> None:
    app = OneParagraph()
    async with app.run_test(size=(40, 10)) as pilot:
        paragraph = app.query_one(Paragraph)
        for text, height in (("short", 1), ("word " * 12, 2), ("word " * 90, 3), ("short again", 1)):
            paragraph.show(text)
            await pilot.pause()
            assert paragraph.size.height == height
