"""The record beside or above the spec, or alone, in the form that the window has room for."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.panes.scrolled_pane import ScrolledPane
from astro_tui.screens.base.sections import PanePlace
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

BESIDE = ((160, 63), (100, 45))
"""Pairs: minimum columns of the terminal, cells of the record beside the spec. As in the style sheet."""
GRID = (72, 20)
"""Minimum columns and rows for the record above the spec to have two fields per line."""


class DeploymentRecordPane(ScrolledPane[DeploymentState]):
    """Scrolls the record if it does not fit."""

    def compose(self) -> ComposeResult:
        """The record."""
        with Scroller(id="record-side"):
            yield RecordPane(self.look, id="record")

    def draw(self, state: DeploymentState) -> None:
        """Draw the record in the form for its place."""
        width, height = self.app.size
        form, cells = "full", width - 1
        if self.place is PanePlace.BESIDE:
            # During a resize, the window may already be narrower.
            cells = next((cells for least, cells in BESIDE if width >= least), cells)
        elif self.place is PanePlace.ABOVE:
            form = "grid" if width >= GRID[0] and height >= GRID[1] else "short"
        self.query_one(RecordPane).show(state, self.session.clock(), form, cells)
