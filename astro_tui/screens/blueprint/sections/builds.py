"""The builds of the blueprint as a table. The other sections show the build under the cursor."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content

from astro_tui.presentation.catalog import builds_line, key_of
from astro_tui.screens.base.sections import SectionPane
from astro_tui.screens.blueprint.loader import BlueprintState
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.lists.blueprint_tables import BuildTable


class BuildsPane(SectionPane[BlueprintState]):
    """Two builds can be marked to be compared."""

    _state: BlueprintState | None = None

    def compose(self) -> ComposeResult:
        """The number of builds, and the table below it."""
        yield Rule(self.look, id="builds-rule", classes="rule")
        yield BuildTable(self.look, self.session.clock, id="builds")

    @property
    def table(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    def show(self, state: BlueprintState) -> None:
        """Show the builds; after a refresh, the cursor stays on the same one."""
        before, self._state = self._state, state
        if before is not None and before.blueprint is state.blueprint and before.fetched is state.fetched:
            return
        self.table.instead = ["nothing pushed yet" if state.fetched else "loading"]
        again = before is not None and key_of(before.blueprint) == key_of(state.blueprint)
        self.table.show_builds(state.blueprint.builds, again=again)
        self.query_one("#builds-rule", Rule).show(Content.assemble((builds_line(state.blueprint), "bold")))

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table)

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the table."""
        return [("j k", "build"), ("enter", "read it"), ("space", "mark two")]
