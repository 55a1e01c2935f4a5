"""The timeline of a deployment: what happened, newest first, and the details of one row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from textual.content import Content

from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.presentation.timeline import Happening
from astro_tui.screens.nodes import Loaded, NodesPane, Read
from astro_tui.session.agent import Agent
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.filtered_tables import NodeLine
from astro_tui.widgets.lists.tables import TimelineTable

EMPTY = ("Nothing is known to have happened.", ["The cluster keeps events for about an hour."])
UNSUPPORTED = (
    "No events from this server",
    ["The server is an older version, or its cluster is not set up to report events."],
)


def count_of(nodes: Nodes, look: Look, now: datetime) -> Content:
    """Return how many things happened, how many events are stuck, and how many rows are new."""
    rows = [node for node in nodes.tops if isinstance(node, Happening)]
    number = sum(node.count for node in rows if node.kind == "event") + nodes.hidden
    hidden = f", {nodes.hidden:,} not shown" if nodes.hidden else ""
    new = sum(node.is_new(now) for node in rows)
    return look.line(
        (f"{counted(number, 'event')}{hidden}", "$quiet"),
        (f"  {nodes.problems:,} stuck" if nodes.problems else "", TONES[Severity.ERROR]),
        (f"  {new:,} new" if new else "", TONES[Severity.INFO]),
    )


def read(agent: Agent, facts: Facts, before: Nodes | None, call: Call) -> Loaded:
    """Fetch the events, and join them with what else is known; what was added since `before` is marked.

    If only the events cannot be read, the rest is shown.
    """
    events, error = agent.newer(facts.events, "events", call)
    facts = replace(_with_the_rest(agent, facts, call), now=agent.agents.clock(), events=events)
    nodes = agent.timeline(facts, before)
    if error is None or error.not_offered:
        return Loaded(facts, nodes)
    if all(isinstance(node, Happening) and node.kind == "note" for node in nodes.tops):
        raise error
    return Loaded(facts, nodes, error)


def _with_the_rest(agent: Agent, facts: Facts, call: Call) -> Facts:
    """Return all that was read about an agent, by the diagnosis, too.

    The history, the state of the pods, and the alerts are requested if they were not read in the last minute.
    """
    stored, rest = agent.facts, dict[str, Any]()
    for name in ("history", "runtime", "alerts"):
        rest[name] = _newest(getattr(stored, name), getattr(facts, name))
        at = rest[name].read_at
        if at is None or (stored.now - at).total_seconds() > rounds.PROBLEM_AGAIN:
            rest[name], _error = agent.newer(rest[name], name, call)
    return replace(stored, **rest)


def _began(state: DeploymentState) -> datetime | None:
    diagnosis = state.entry.diagnosis
    return diagnosis.began if diagnosis is not None else None


def _newest(one: Fact, other: Fact) -> Fact:
    return max(one, other, key=lambda fact: fact.read_at.timestamp() if fact.read_at is not None else 0.0)


class TimelinePane(NodesPane):
    """The badge in the tab is the number of stuck events."""

    TABLE = TimelineTable

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

    def log_place(self, row: NodeLine) -> str:
        """Return the log of the workload that a row is about, at its time."""
        section, place = row.top.opens if isinstance(row.top, Happening) else ("", "")
        return place if section == "logs" else ""

    def place_of(self, row: NodeLine) -> tuple[str, str]:
        """Return what a row is about: a revision, a place in a log, the diagnosis, or a trace."""
        return row.top.opens if isinstance(row.top, Happening) else ("", "")

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many events there are."""
        return count_of(nodes, self.look, self.session.clock())

    def say_instead(self, notice: Notice) -> None:
        """Say that nothing happened, or that the server does not report events."""
        title, lines = UNSUPPORTED if self.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
