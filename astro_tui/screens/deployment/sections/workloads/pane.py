"""The workloads of a deployment: a table of what runs, and the details of one of them."""

from __future__ import annotations

from textual.content import Content

from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.nodes import Nodes
from astro_tui.screens.deployment.sections.workloads.loader import read
from astro_tui.screens.deployment.sections.workloads.texts import EMPTY, UNSUPPORTED, count_of
from astro_tui.screens.nodes.loader import NodesState, Read
from astro_tui.screens.nodes.pane import NodesPane
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.folding_table import NodeLine
from astro_tui.widgets.lists.node_tables import WorkloadTable


class WorkloadsPane(NodesPane):
    """The badge in the tab is the number of workloads with a problem."""

    @property
    def read(self) -> Read:
        """The function that fetches the rows."""
        return read

    def make_table(self) -> WorkloadTable:
        """Return the table of workloads."""
        return WorkloadTable(self.look, self.session.clock, id="workload-table")

    def log_place(self, row: NodeLine) -> str:
        """Return the workload, and the container if the row is one."""
        name, container = row.top.key[0], row.node.label if "container" in row.node.key[1:2] else ""
        return log_place(name, container)

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many workloads there are."""
        return count_of(nodes)

    def say_instead(self, notice: Notice, state: NodesState) -> None:
        """Say that there are no workloads, or that the server does not list them."""
        title, lines = UNSUPPORTED if state.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
