"""The record beside or above the spec, or alone, in the form that the window has room for."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.presentation.record import Known
from astro_tui.screens.base.sections import Place, SectionPane
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

BESIDE = ((160, 63), (100, 45))
"""From how many columns of the terminal the record has how many cells beside the spec, as in the style sheet."""
GRID = (72, 20)
"""From how many columns and rows the record above the spec has two fields a line."""


class DeploymentRecordPane(SectionPane[Known]):
    """Scrolls the record where it is longer than its place."""

    _known: Known | None = None

    def compose(self) -> ComposeResult:
        """The record alone."""
        with Scroller(id="record-side"):
            yield RecordPane(self.look, id="record")

    def show(self, state: Known) -> None:
        """Draw the record."""
        self._known = state
        if self.active:
            self._draw()

    def resized(self) -> None:
        """Choose the form for the new size or place."""
        self._draw()

    def take_focus(self) -> None:
        """Take the keys that scroll."""
        self.screen.set_focus(self.query_one(Scroller))

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll, and the one that shows what changed."""
        return [("j k", "scroll"), ("d", "diff"), ("y", "copy")]

    def _draw(self) -> None:
        if self._known is None:
            return
        width, height = self.app.size
        form, cells = "full", width - 1
        if self.place is Place.BESIDE:
            cells = next(cells for least, cells in BESIDE if width >= least)
        elif self.place is Place.ABOVE:
            form = "grid" if width >= GRID[0] and height >= GRID[1] else "short"
        self.query_one(RecordPane).show(self._known, self.session.clock(), form, cells)
