"""What runs for a deployment: its workloads with their containers, runs, storage, and environment."""

from __future__ import annotations

from dataclasses import replace

from textual.content import Content

from astro_tui.diagnosis.values import Fact, Facts
from astro_tui.platform.client import Call
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.status import Severity
from astro_tui.presentation.workloads import workload_nodes
from astro_tui.screens.nodes import Loaded, NodesPane, Read
from astro_tui.session.agent import Agent
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.filtered_tables import NodeLine
from astro_tui.widgets.lists.tables import WorkloadTable

EMPTY = ("No workloads", ["The platform lists no workloads for this deployment."])
UNSUPPORTED = ("No workloads from this server", ["The server is an older version that does not report workloads."])


def count_of(nodes: Nodes, look: Look) -> Content:
    """Return how many workloads there are, and how many have a problem."""
    number = len(nodes.tops) + nodes.hidden
    hidden = f", {nodes.hidden:,} not shown" if nodes.hidden else ""
    problems = f"  {counted(nodes.problems, 'problem')}" if nodes.problems else ""
    return look.line(
        (f"{counted(number, 'workload')}{hidden}", "$quiet"), (problems, TONES[Severity.ERROR] if problems else "")
    )


def missing(record: Fact, runtime: Fact, *, reported: bool) -> str:
    """Return a sentence about the source that could not be read, with its error; empty if both were read.

    `reported` says whether the server reports what runs at all.
    """
    if not reported and not runtime.known:
        return "Workloads unavailable: this server does not report them."
    if runtime.error:
        return f"Workloads unavailable: {runtime.error}"
    if record.error:
        problem = "The record may be old" if record.known else "The record is unavailable"
        return f"{problem}: {record.error}"
    return ""


def read(agent: Agent, facts: Facts, _before: Nodes | None, call: Call) -> Loaded:
    """Fetch the record and the observation, and join them; what cannot be fetched keeps its old value.

    The oldest servers have no `/runtime`, but list pods in the record. Raises the error of the record if nothing is
    known, and that of the observation if there was an earlier one.
    """
    record, no_record = agent.newer(facts.record, "record", call)
    runtime, no_runtime = agent.newer(facts.runtime, "runtime", call)
    for error in (no_record, no_runtime):
        if error is not None and not record.known and not runtime.known:
            raise error
    reported = no_runtime is None or not no_runtime.not_offered
    if no_runtime is not None and reported and (runtime.known or no_runtime.offline):
        # An old observation must not look like a new one.
        raise no_runtime
    facts = replace(facts, now=agent.agents.clock(), record=record, runtime=runtime)
    nodes = workload_nodes(facts, agent.agents.facts.tables)
    return Loaded(facts, replace(nodes, missing=missing(record, runtime, reported=reported)))


class WorkloadsPane(NodesPane):
    """The badge in the tab is the number of workloads with a problem."""

    TABLE = WorkloadTable

    @property
    def read(self) -> Read:
        """The function that fetches the rows."""
        return read

    def log_place(self, row: NodeLine) -> str:
        """Return the workload, and the container if the row is one."""
        name, container = row.top.key[0], row.node.label if "container" in row.node.key[1:2] else ""
        return log_place(name, container)

    def count_of(self, nodes: Nodes) -> Content:
        """Return how many workloads there are."""
        return count_of(nodes, self.look)

    def say_instead(self, notice: Notice) -> None:
        """Say that there are no workloads, or that the server does not list them."""
        title, lines = UNSUPPORTED if self.unsupported else EMPTY
        notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
