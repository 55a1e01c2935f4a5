"""The timeline of a deployment: what happened, newest first, and the details of one row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast

from textual.content import Content

from astro_tui.diagnosis.facts import Fact, Facts
from astro_tui.platform.client import Call
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.presentation.timeline import Happening, timeline
from astro_tui.screens.nodes import Loaded, NodesPane, Read, newer
from astro_tui.session.session import Session
from astro_tui.state.journal import journal_of_user
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.folding_table import NodeLine
from astro_tui.widgets.lists.tables import TimelineTable

if TYPE_CHECKING:
    from astro_tui.platform.deployment_rows import Deployment

AGAIN_AFTER = timedelta(minutes=1)
"""How old the history and the state of the pods may be."""
EMPTY = ("Nothing is known to have happened.", ["The cluster keeps events for about an hour."])
UNSUPPORTED = (
    "No events from this server",
    ["The server is an older version, or its cluster is not set up to report events."],
)


def count_of(nodes: Nodes, now: datetime) -> Content:
    """Return how many things happened, how many events are stuck, and how many rows are new."""
    rows = [node for node in nodes.tops if isinstance(node, Happening)]
    number = sum(node.count for node in rows if node.kind == "event") + nodes.hidden
    hidden = f", {nodes.hidden:,} not shown" if nodes.hidden else ""
    new = sum(node.is_new(now) for node in rows)
    return Content.assemble(
        (f"{counted(number, 'event')}{hidden}", "$quiet"),
        (f"  {nodes.problems:,} stuck" if nodes.problems else "", TONES[Severity.ERROR]),
        (f"  {new:,} new" if new else "", TONES[Severity.INFO]),
    )


def read(session: Session, facts: Facts, before: Nodes | None, call: Call) -> Loaded:
    """Fetch the events, and join them with what else is known; what was added since `before` is marked.

    If only the events cannot be read, the rest is shown.
    """
    platform, key = session.platform, facts.deployment_id
    events, error = newer(facts.events, lambda: platform.events(key, call=call), session)
    facts = replace(_with_the_rest(session, facts, call), now=session.clock(), events=events)
    diagnosis = session.facts.diagnosis(key)
    actions = journal_of_user().about(platform.server, key)
    # The newest failed trace that section 8 has read, if it has.
    failure = session.traces.failure(key)
    failed = [failure] if failure is not None else []
    nodes = timeline(facts, diagnosis=diagnosis, actions=actions, traces=failed, before=before)
    if error is None or error.not_offered:
        return Loaded(facts, nodes)
    if all(isinstance(node, Happening) and node.kind == "note" for node in nodes.tops):
        raise error
    return Loaded(facts, nodes, error)


def _with_the_rest(session: Session, facts: Facts, call: Call) -> Facts:
    """Return facts with the history, the state of the pods, and the alerts: as the diagnosis has read them, if it has.

    A source that was not read in the last minute is requested.
    """
    platform, key, row = session.platform, facts.deployment_id, cast("Deployment", facts.row.value)
    stored = session.facts.facts(facts.account, row, session.clock())
    requests: dict[str, Callable[[], object]] = {
        "history": lambda: platform.history(facts.account, row.name, key, call=call),
        "runtime": lambda: platform.runtime(key, call=call),
        "alerts": lambda: platform.alerts(key, "agent", call=call),
    }
    known = {name: _newest(getattr(stored, name), getattr(facts, name)) for name in requests}
    for name, request in requests.items():
        at = known[name].read_at
        if at is None or session.clock() - at > AGAIN_AFTER:
            known[name], _error = newer(known[name], request, session)
    return replace(facts, history=known["history"], runtime=known["runtime"], alerts=known["alerts"])


def _began(state: DeploymentState) -> datetime | None:
    diagnosis = state.entry.diagnosis
    return diagnosis.began if diagnosis is not None else None


def _newest(one: Fact, other: Fact) -> Fact:
    return max(one, other, key=lambda fact: fact.read_at.timestamp() if fact.read_at is not None else 0.0)


class TimelinePane(NodesPane):
    """The badge in the tab is the number of stuck events."""

    @property
    def read(self) -> Read:
        """The function that fetches the rows."""
        return read

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; once it is known when its problem began, mark that."""
        before = self._state
        super().show(state)
        if self.active and before is not None and _began(before) != _began(state):
            self.load()

    def make_table(self) -> TimelineTable:
        """Return the table."""
        return TimelineTable(self.look, self.session.clock, id="event-table")

    def log_place(self, row: NodeLine) -> str:
        """Return the log of the workload that a row is about, at its time."""
        section, place = row.top.opens if isinstance(row.top, Happening) else ("", "")
        return place if section == "logs" else ""

    def place_of(self, row: NodeLine) -> tuple[str, str]:
        """Return what a row is about: a revision, a place in a log, the diagnosis, or a trace."""
        return row.top.opens if isinstance(row.top, Happening) else ("", "")

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many events there are."""
        return count_of(nodes, self.session.clock())

    def say_instead(self, notice: Notice) -> None:
        """Say that nothing happened, or that the server does not report events."""
        title, lines = UNSUPPORTED if self.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
