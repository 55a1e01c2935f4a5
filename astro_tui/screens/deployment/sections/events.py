"""The events of a deployment's cluster: groups of them in a table, stuck ones first, and the details of one group."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from textual.content import Content

from astro_tui.diagnosis.cluster import Cluster
from astro_tui.diagnosis.facts import Facts
from astro_tui.platform.client import Call
from astro_tui.presentation.events import EventNode, event_nodes
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.status import Severity
from astro_tui.screens.nodes import Loaded, NodesPane, NodesState, Read, newer
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.folding_table import NodeLine
from astro_tui.widgets.lists.tables import EventTable

EMPTY = ("No events in the last hour.", ["The cluster keeps events for about an hour."])
UNSUPPORTED = (
    "No events from this server",
    ["The server is an older version, or its cluster is not set up to report events."],
)


def count_of(nodes: Nodes, now: datetime) -> Content:
    """Return how many events there are, how many are stuck, and how many groups are new."""
    groups = [node for node in nodes.tops if isinstance(node, EventNode)]
    number = sum(node.count for node in groups) + nodes.hidden
    hidden = f", {nodes.hidden:,} not shown" if nodes.hidden else ""
    new = sum(node.is_new(now) for node in groups)
    return Content.assemble(
        (f"{counted(number, 'event')}{hidden}", "$quiet"),
        (f"  {nodes.problems:,} stuck" if nodes.problems else "", TONES[Severity.ERROR]),
        (f"  {new:,} new" if new else "", TONES[Severity.INFO]),
    )


def read(session: Session, facts: Facts, before: Nodes | None, call: Call) -> Loaded:
    """Fetch the events, and group them; what was added since `before` is marked."""
    platform, key = session.platform, facts.deployment_id
    events, error = newer(facts.events, lambda: platform.events(key, call=call), session)
    if error is not None:
        raise error
    facts = replace(facts, now=session.clock(), events=events)
    return Loaded(facts, event_nodes(facts, before))


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
        workload = Cluster(self.loader.state.facts).owner(name, kind.lower())
        return log_place(workload, at=row.top.at) if workload else ""

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many events there are."""
        return count_of(nodes, self.session.clock())

    def say_instead(self, notice: Notice, state: NodesState) -> None:
        """Say that nothing happened, or that the server does not report events."""
        title, lines = UNSUPPORTED if state.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
