"""The record beside or above the spec, or alone, in the form that the window has room for."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import PanePlace
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

GRID = (72, 20)
"""Minimum columns and rows for the record above the spec to have two fields per line."""


class DeploymentRecordPane(ScrolledPane[DeploymentState]):
    """Scrolls the record if it does not fit."""

    BESIDE = ((160, 64), (100, 46))

    def compose(self) -> ComposeResult:
        """The record."""
        with Scroller(id="record-side"):
            yield RecordPane(self.look, id="record")

    def draw(self) -> None:
        """Draw the record in the form for its place."""
        width, height = self.app.size
        form = "full"
        if self.place is PanePlace.ABOVE:
            form = "grid" if width >= GRID[0] and height >= GRID[1] else "short"
        self.query_one(RecordPane).show(self.state, self.session.clock(), form, self.room - 1)
