"""Whom an agent talks to, by direction: requests, the share that failed, and latencies (platform.md §11). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.status import Severity
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import short_number, took

if TYPE_CHECKING:
    from astro_tui.platform.models import Flow

DIRECTIONS = ("inbound", "outbound", "database")
NONE = "No requests, or not measured."
_MANY = 0.1
"""The share of failed requests from which on a row is a warning."""


class Peer(Struct, frozen=True):
    """The traffic with one peer; `name` is safe to draw. Latencies are milliseconds. None is not known."""

    direction: str
    name: str
    requests: int | None
    errors: int | None
    p50: float | None
    p95: float | None

    @property
    def rate(self) -> float | None:
        """The share of failed requests, from 0 to 1; databases report none."""
        if not self.requests or self.errors is None or self.direction == "database":
            return None
        return min(1.0, self.errors / self.requests)

    @property
    def tone(self) -> str:
        """The style of the share of failed requests."""
        return Severity.WARN.value if (self.rate or 0) >= _MANY else "quiet"


def peers_of(direction: str, flows: Iterable[Flow]) -> list[Peer]:
    """Return the peers of one direction, in the order of the response."""
    return [
        Peer(
            direction,
            masked_line(each.peer, 200) or "(unknown)",
            each.request_count,
            each.error_count,
            each.latency_p50_ms,
            each.latency_p95_ms,
        )
        for each in flows
    ]


def _number(row: Peer) -> str:
    return f"{row.requests:,}" if row.requests is not None else ""


def _share(row: Peer) -> str:
    return f"{short_number(row.rate * 100)}%" if row.rate is not None else ""


def _took(milliseconds: float | None) -> str:
    return took(round(milliseconds * 1000)) if milliseconds is not None else ""


COLUMNS: Sequence[Column[Peer]] = (
    Column("direction", attrgetter("direction"), "quiet"),
    Column("peer", attrgetter("name"), "name", fit=Fit.MIDDLE, rest=True),
    Column("requests", _number, fit=Fit.RIGHT, empty="–"),
    Column("failed", _share, attrgetter("tone"), fit=Fit.RIGHT, empty="–"),
    Column("p50", lambda row: _took(row.p50), fit=Fit.RIGHT, empty="–"),
    Column("p95", lambda row: _took(row.p95), fit=Fit.RIGHT, empty="–"),
)
"""The columns of the peers, from left to right."""
LAYOUT = steps("peer 12, failed, requests, direction, p95, p50, peer")


def as_json(row: Peer) -> dict[str, Any]:
    """Return a peer as an object for programs."""
    latencies = {"p50_ms": row.p50, "p95_ms": row.p95}
    return {
        "direction": row.direction,
        "peer": row.name,
        "requests": row.requests,
        "errors": row.errors if row.direction != "database" else None,
        "error_rate": row.rate,
        **latencies,
    }
