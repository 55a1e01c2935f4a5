"""The record beside or above the spec, in the form that the window has room for."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult

from astro_tui.presentation.record import Known
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

BESIDE = ((160, 63), (100, 45))
"""From how many columns the record is beside the spec, and how many it has there, as in the style sheet."""
BESIDE_FROM = BESIDE[-1][0]
GRID = (72, 20)
"""From how many columns and rows the record above the spec has two fields a line."""


class RecordSide(Scroller):
    """Scrolls the record where it is longer than its place."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="record-side")
        self._look = look

    def compose(self) -> ComposeResult:
        """The record alone."""
        yield RecordPane(self._look, id="record")

    def show(self, known: Known, now: datetime, *, alone: bool) -> None:
        """Draw the record: in full beside the spec, or if it has the body `alone`."""
        width, height = self.app.size
        beside = next((cells for least, cells in BESIDE if width >= least), 0)
        grid = width >= GRID[0] and height >= GRID[1]
        form = "full" if beside or alone else "grid" if grid else "short"
        self.query_one(RecordPane).show(known, now, form, beside or width - 1)
