"""What is known about the blueprint and the build on screen, as labeled lines."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.presentation.catalog import blueprint_fields, build_fields
from astro_tui.screens.base.sections import PanePlace, SectionPane
from astro_tui.screens.blueprint.state import BlueprintState
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.facts_pane import FactsPane

BESIDE = ((160, 60), (100, 44))
"""Pairs: minimum columns of the terminal, cells of the column beside the text. As in the style sheet."""


class BlueprintRecordPane(SectionPane[BlueprintState]):
    """Scrolls the lines if there are more than fit."""

    _state: BlueprintState | None = None

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="facts"):
            yield FactsPane(self.look, id="record")

    def show(self, state: BlueprintState) -> None:
        """Draw the lines."""
        self._state = state
        self._draw()

    def resized(self) -> None:
        """Wrap the lines for the new width."""
        self._draw()

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll."""
        return [("j k", "scroll")]

    def _draw(self) -> None:
        state, now = self._state, self.session.clock()
        if state is None:
            return
        width = self.app.size.width
        if self.place is PanePlace.BESIDE:
            width = next(cells for least, cells in BESIDE if width >= least)
        groups = [blueprint_fields(state.blueprint, now)]
        if state.build is not None:
            groups.append(build_fields(state.build, now))
        self.query_one(FactsPane).show_groups(groups, width - 2)
