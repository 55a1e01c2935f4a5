"""What is known about the blueprint and the build on screen, as labeled lines."""

from __future__ import annotations

from textual.app import ComposeResult

from astro_tui.presentation.catalog import blueprint_fields, build_fields
from astro_tui.screens.base.scrolled_pane import ScrolledPane
from astro_tui.screens.blueprint.loader import BlueprintState
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import FactsPane


class BlueprintRecordPane(ScrolledPane[BlueprintState]):
    """Scrolls the lines if there are more than fit."""

    BESIDE = ((160, 60), (100, 44))

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="facts"):
            yield FactsPane(self.look, id="record")

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll."""
        return [("j k", "scroll")]

    def draw(self, state: BlueprintState) -> None:
        """Draw the lines."""
        now = self.session.clock()
        groups = [blueprint_fields(state.blueprint, now)]
        if state.build is not None:
            groups.append(build_fields(state.build, now))
        self.query_one(FactsPane).show_groups(groups, self.room - 2)
