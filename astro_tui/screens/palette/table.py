"""The lines of the palette."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message

from astro_tui.screens.palette.items import Item
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.direct import send
from astro_tui.widgets.lists.rows import RowList

_KIND, _NOTE, _END = 8, 12, 16
"""Widths, in cells, of the columns other than the name."""


class PaletteTable(RowList):
    """One item per line. Never focused: the prompt above it takes the keys."""

    COMPONENT_CLASSES = {
        *("rows--cursor", "rows--info", "rows--quiet", "rows--name"),
        *("rows--error", "rows--warn", "rows--ok", "rows--muted"),
    }

    @dataclass
    class Chosen(Message):
        """The user chose an item."""

        item: Item

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="palette-table")
        self._items: Sequence[Item] = ()
        self._places: Sequence[int] = ()
        self._first: Sequence[Item] = ()

    def show(self, first: Sequence[Item], items: Sequence[Item], places: Sequence[int], cursor: int = 0) -> None:
        """Show the items in `first`, then those at `places` of `items`."""
        self._first, self._items, self._places = first, items, places
        self.rows_changed(cursor)

    @property
    def row_count(self) -> int:
        """The number of items."""
        return len(self._first) + len(self._places)

    def item_at(self, index: int) -> Item:
        """Return the item in a row."""
        ahead = len(self._first)
        return self._first[index] if index < ahead else self._items[self._places[index - ahead]]

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        return self.item_at(self.cursor) if self.row_count else None

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return kind, name, state, and what follows: the account of an agent, the key of an action, or a command."""
        item, look, cut, quiet = self.item_at(index), self.look, self.look.glyphs.cut, self.part("quiet")
        tone = self.part(item.severity.value) if item.severity is not None else quiet
        end = look.own(look.plain(item.end))
        end_width = min(cell_len(end), _END if width >= NARROW else max(6, width // 3))
        kind = _KIND if width >= NARROW else 0
        note = _NOTE if item.note and width >= NARROW else 0
        room = max(4, width - 3 - end_width - (kind + 1 if kind else 0) - (note + 1 if note else 0))
        segments = [Segment(look.glyphs.cursor if selected else " ", self.part("info"))]
        if kind:
            segments.append(Segment(fit(item.kind, kind) + " ", quiet))
        name = self.part("name") if selected else None
        if item.severity is not None and not item.note:
            name = tone
        segments.append(Segment(fit(look.own(look.plain(item.name)), room, cut) + " ", name))
        if note:
            segments.append(Segment(fit(look.plain(item.note), note, cut) + " ", tone))
        segments.append(Segment(fit(end, end_width, cut) + " ", quiet))
        return segments

    def on_click(self, event: events.Click) -> None:
        """One click chooses."""
        event.stop()
        index = self.row_at(event.y)
        if index is not None:
            self.move_to(index)
            self.row_chosen(index)

    def row_chosen(self, index: int) -> None:
        """Report that an item was chosen."""
        send(self, self.Chosen(self.item_at(index)))
