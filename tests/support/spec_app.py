"""A small app around the widget that shows a document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.scrollbar import ScrollBar

from astro_tui.document import Document, jq_path
from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.chrome.bar import KeyHints
from astro_tui.widgets.document.spec_side import SpecSide, ViewState
from astro_tui.widgets.drawn import Drawn
from astro_tui.widgets.lists.scroll_bar import AsciiBar, LineBar
from support.idle import drawn_strips
from support.on_screen import until
from support.widget_app import WidgetApp


class Around(Vertical, Drawn):
    """Draws the keys below a document."""

    def draw(self) -> None:
        self.query_one(KeyHints).update()


class SpecApp(WidgetApp):
    """One document, with the key hints below it."""

    CSS_PATH = [stylesheet("app"), stylesheet("spec_tree")]
    BINDINGS = [Binding("escape", "back", "back")]

    def __init__(self, raw: bytes, *, ascii_alone: bool = False) -> None:
        super().__init__()
        self._raw = raw
        self._look = Look(ascii_alone=ascii_alone)
        self.left = 0
        ScrollBar.renderer = AsciiBar if ascii_alone else LineBar

    def compose(self) -> ComposeResult:
        with Around():
            yield SpecSide(self._look)
            yield KeyHints(self._look, id="keys")

    def on_mount(self) -> None:
        self.side.show(Document.parse(self._raw))
        self.side.take_focus()

    def action_back(self) -> None:
        self.left += 1

    @property
    def side(self) -> SpecSide:
        return self.query_one(SpecSide)

    @property
    def path(self) -> str:
        """The path at the cursor in jq's notation."""
        path = self.side.path
        return "" if path is None else jq_path(path)

    def show(self, value: object, kept: ViewState | None = None) -> None:
        """Show a newer document, as a refresh does."""
        self.side.show(Document.parse(json.dumps(value).encode()), kept or self.side.view())


@asynccontextmanager
async def reading(
    value: object, width: int = 80, height: int = 24, *, ascii_alone: bool = False
) -> AsyncIterator[tuple[SpecApp, Any]]:
    """Show a value, or the bytes of a document, in a terminal of this size."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    app = SpecApp(raw, ascii_alone=ascii_alone)
    async with app.run_test(size=(width, height)) as pilot:
        await until(pilot, lambda: app.focused is not None and app.side.outline is not None, "the document")
        yield app, pilot


def marked_texts(app: App[Any]) -> list[str]:
    """Return the underlined text: the matches of a search."""
    strips = drawn_strips(app)
    return [segment.text for strip in strips for segment in strip if segment.style and segment.style.underline]
