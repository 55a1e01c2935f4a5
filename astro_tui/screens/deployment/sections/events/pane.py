"""The events of a deployment's cluster: a table of groups, and the details of one of them."""

from __future__ import annotations

from textual.content import Content

from astro_tui.diagnosis.cluster import Cluster
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.nodes import Nodes
from astro_tui.screens.deployment.sections.events.loader import read
from astro_tui.screens.deployment.sections.events.texts import EMPTY, UNSUPPORTED, count_of
from astro_tui.screens.nodes.loader import NodesState, Read
from astro_tui.screens.nodes.pane import NodesPane
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.folding_table import NodeLine
from astro_tui.widgets.lists.node_tables import EventTable


class EventsPane(NodesPane):
    """The badge in the tab is the number of stuck groups."""

    @property
    def read(self) -> Read:
        """The function that fetches the rows."""
        return read

    def make_table(self) -> EventTable:
        """Return the table of events."""
        return EventTable(self.look, self.session.clock, id="event-table")

    def log_place(self, row: NodeLine) -> str:
        """Return the workload that the group of events is about, at the time of its last event."""
        kind, name, _reason = row.top.key
        workload = Cluster(self._loader.facts).owner(name, kind.lower())
        return log_place(workload, at=row.top.at) if workload else ""

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many events there are."""
        return count_of(nodes, self.session.clock())

    def say_instead(self, notice: Notice, state: NodesState) -> None:
        """Say that nothing happened, or that the server does not report events."""
        title, lines = UNSUPPORTED if state.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
