"""What the events section says. Pure."""

from __future__ import annotations

from datetime import datetime

from textual.content import Content

from astro_tui.presentation.events import EventNode
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.status import Severity
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES

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
