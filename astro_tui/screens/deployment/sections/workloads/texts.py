"""What the workloads section says. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.status import Severity
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES

if TYPE_CHECKING:
    from astro_tui.diagnosis.facts import Fact

EMPTY = ("No workloads", ["The platform lists no workloads for this deployment."])
UNSUPPORTED = ("No workloads from this server", ["The server is an older version that does not report workloads."])


def count_of(nodes: Nodes) -> Content:
    """Return how many workloads there are, and how many have a problem."""
    number = len(nodes.tops) + nodes.hidden
    hidden = f", {nodes.hidden:,} not shown" if nodes.hidden else ""
    problems = f"  {counted(nodes.problems, 'problem')}" if nodes.problems else ""
    return Content.assemble(
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
        known = "The record may be old" if record.known else "The record is unavailable"
        return f"{known}: {record.error}"
    return ""
