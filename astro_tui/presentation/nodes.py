"""Rows with more rows below them, which a table folds. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from astro_tui.platform.lenient import Moment
from astro_tui.presentation.columns import Column
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity, Status

Key = tuple[str, ...]
ATTENTION = (Severity.ERROR, Severity.WARN)
"""Severities of a row that is a problem."""
UNFOLDED = 30
"""Maximum number of top-level rows unfolded at first, because a table lays them all out at once."""


class Copy(NamedTuple):
    """A text to copy: its key in the menu, its name, and the text, with secrets masked."""

    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """One row, and the rows `below` it, which are `folded` until the user unfolds them.

    It is drawn as its `label`, its `status`, and a `note` in the color of `severity`; `at` is drawn as an age. A note
    that `wraps` takes as many lines as it needs. `fields` and `times` are its details. All texts are safe to draw.
    """

    key: Key
    label: str = ""
    status: Status | None = None
    note: str = ""
    severity: Severity | None = None
    at: datetime | None = None
    wraps: bool = False
    below: tuple[Node, ...] = ()
    folded: bool = False
    fields: tuple[Field, ...] = ()
    times: tuple[tuple[str, Moment], ...] = ()
    copies: tuple[Copy, ...] = ()
    haystack: str = ""
    """What a filter searches, in lower case; set only for top-level rows."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The top-level rows, the most important first.

    `hidden` counts the rows left out because there are too many, `problems` all that need attention. `missing` is a
    sentence about a source that could not be read.
    """

    tops: tuple[Node, ...] = ()
    hidden: int = 0
    problems: int = 0
    missing: str = ""


def newest_first(node: Node) -> float:
    """Return the sort key for newest first; rows without a time come last."""
    return -node.at.timestamp() if node.at is not None else 0.0


def word_of(node: Node) -> str:
    """Return the word for the status of a top-level row."""
    return node.status.label if node.status is not None else ""


def tone_of(node: Node) -> str:
    """Return the severity of a top-level row; empty without a status."""
    return node.status.severity.value if node.status is not None else ""


def is_problem(node: Node) -> bool:
    """Whether a top-level row needs attention."""
    return node.status is not None and node.status.severity in ATTENTION


def arranged(nodes: Sequence[Node], query: str, order: Column[Any] | None, *, problems: bool) -> Sequence[Node]:
    """Return the top-level rows that match the query, in `order`; with `problems`, only rows that are a problem."""
    nodes = matching(nodes, query)
    if problems:
        nodes = [node for node in nodes if is_problem(node)]
    return sorted(nodes, key=order.key) if order is not None and order.key is not None else nodes


class Searchable(Protocol):
    """A row that a filter finds by its text."""

    @property
    def haystack(self) -> str:
        """The text, in lower case."""


S = TypeVar("S", bound=Searchable)


def matching(rows: Sequence[S], query: str) -> Sequence[S]:
    """Return the rows that contain every word of the query, ignoring case."""
    for word in query.lower().split():
        rows = [row for row in rows if word in row.haystack]
    return rows


def more(key: Key, number: int, noun: str) -> Node:
    """Return the row that says how many rows are left out."""
    return Node((*key, "more"), note=f"{number:,} more {noun}{'' if number == 1 else 's'} not shown")
