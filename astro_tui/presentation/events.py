"""The events of a deployment's cluster, grouped by object and reason. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from astro_tui.diagnosis import observe
from astro_tui.diagnosis.values import Facts
from astro_tui.diagnosis.wording import said
from astro_tui.platform import lenient
from astro_tui.platform.lenient import Moment
from astro_tui.presentation.cluster_status import CRASH_LOOP, event_status, reason_words
from astro_tui.presentation.nodes import (
    ATTENTION,
    UNFOLDED,
    Copy,
    Key,
    Node,
    Nodes,
)
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity, Status
from astro_tui.text.redaction import masked_line

MOST_READ = 5000
"""The most events that are read."""
MOST_SENT = 50
"""The most events that the platform sends (platform.md §8.6)."""
MOST = 200
"""The most groups that are shown."""
MOST_MESSAGES = 4
"""The most different messages of one group."""
NAME, TEXT = 120, 600
"""The most characters of a name, and of a message."""
NEW_FOR = timedelta(minutes=1)
"""For how long a group is marked as new after something was added to it."""


@dataclass(frozen=True, slots=True)
class EventNode(Node):
    """Events with the same object and reason. `at` is when the last one happened.

    `added` is when something was added to the group while it was watched.
    """

    object: str = ""
    count: int = 1
    message: str = ""
    added: datetime | None = None

    def is_new(self, now: datetime) -> bool:
        """Whether something was added just now."""
        return self.added is not None and now - self.added < NEW_FOR


def event_nodes(facts: Facts, before: Nodes | None = None) -> Nodes:
    """Return the events, stuck ones first, then the newest; with `before`, groups that have grown are marked."""
    entries = observe.entries(facts.events, "events")
    groups: dict[Key, _Group] = {}
    for entry in entries[:MOST_READ]:
        key = tuple(lenient.text(entry, name) for name in ("object_kind", "object_name", "reason"))
        groups.setdefault(key, _Group()).add(entry)
    # Where times are missing, sorting keeps the order of the response, which is newest first.
    ordered = sorted(groups.items(), key=lambda item: (not item[1].stuck, -_seconds(item[1].last)))
    tops = tuple(_node(key, group, number) for number, (key, group) in enumerate(ordered[:MOST]))
    if before is not None:
        tops = _marked(tops, before, facts.now)
    hidden = sum(group.count for _key, group in ordered[MOST:]) + max(0, len(entries) - MOST_READ)
    return Nodes(tops, hidden, sum(group.stuck for group in groups.values()))


def _marked(tops: Sequence[EventNode], before: Nodes, now: datetime) -> tuple[EventNode, ...]:
    earlier = {node.key: node for node in before.tops if isinstance(node, EventNode)}
    marked = []
    for node in tops:
        old = earlier.get(node.key)
        same = old is not None and (old.at, old.count) == (node.at, node.count)
        marked.append(replace(node, added=old.added if same and old is not None else now))
    return tuple(marked)


class _Group:
    """Events with the same object and reason."""

    def __init__(self) -> None:
        self.count = 0
        self.first = self.last = Moment()
        self.status: Status | None = None
        self.messages: dict[str, None] = {}
        self.title = self.guidance = ""

    def add(self, entry: object) -> None:
        """Add an event that is older than those before."""
        self.count += max(1, lenient.number(entry, "count"))
        first, last = _moment(entry, "first_timestamp", "last_timestamp"), _moment(entry, "last_timestamp")
        last = last or first
        if not self.first or _seconds(first) < _seconds(self.first):
            self.first = first
        if not self.last or _seconds(last) > _seconds(self.last):
            self.last = last
        status = event_status(*(lenient.text(entry, name) for name in ("severity", "type", "reason", "message")))
        if self.status is None or status.urgency < self.status.urgency:
            self.status = status
        if (message := lenient.text(entry, "message")) and len(self.messages) <= MOST_MESSAGES:
            self.messages[message] = None
        self.title = self.title or lenient.text(entry, "title")
        self.guidance = self.guidance or lenient.text(entry, "guidance")

    @property
    def stuck(self) -> bool:
        """Whether it does not recover on its own."""
        return self.status is not None and self.status.severity is Severity.ERROR


def _moment(entry: object, *names: str) -> Moment:
    raw = next((text for name in names if (text := lenient.text(entry, name))), "")
    at = lenient.moment(entry, *names)
    # A string that is not a time is shown as it is.
    return Moment(masked_line(raw, NAME) if at is None else raw, at)


def _seconds(moment: Moment) -> float:
    return moment.at.timestamp() if moment.at is not None else 0.0


class _Texts(NamedTuple):
    """What is said about a group, safe to draw."""

    reason: str
    object: str
    counted: str
    title: str
    messages: Sequence[str]
    guidance: str


def _node(key: Key, group: _Group, number: int) -> EventNode:
    kind, name, reason = (masked_line(text, NAME) for text in key)
    status = group.status or event_status("", "")
    texts = _Texts(
        reason,
        f"{kind.lower()} {name}".strip(),
        f"{group.count:,} times" if group.count > 1 else "once",
        said(group.title, TEXT) or reason_words("CrashLoopBackOff" if status.label == CRASH_LOOP else reason),
        list(dict.fromkeys(said(text, TEXT) for text in list(group.messages)[:MOST_MESSAGES])),
        said(group.guidance, TEXT),
    )
    attention = status.severity in ATTENTION
    message = texts.messages[0] if texts.messages else ""
    every = [status.label, reason, texts.object, texts.counted, texts.title, *texts.messages, texts.guidance]
    copies = (
        Copy("l", "as one line", ", ".join(text for text in every if text)),
        Copy("m", "message", message or texts.title),
        Copy("g", "guidance", texts.guidance),
        Copy("o", "object", name),
        Copy("r", "reason", reason),
    )
    return EventNode(
        key,
        label=reason or texts.title or "event",
        status=status,
        note=texts.title,
        at=group.last.at,
        below=(*_below(key, texts, attention=attention), *_since(key, group, texts.counted)),
        folded=not attention or number >= UNFOLDED,
        fields=tuple(_fields(status, texts)),
        times=tuple((label, at) for label, at in (("last", group.last), ("first", group.first)) if at),
        copies=tuple(copy for copy in copies if copy.text),
        haystack=" ".join(every).lower(),
        object=texts.object,
        count=group.count,
        message=said(group.title, TEXT) or message or texts.title,
    )


def _fields(status: Status, texts: _Texts) -> Iterator[Field]:
    yield Field("event", texts.reason, status=status)
    if texts.title:
        yield Field("means", texts.title)
    if texts.guidance:
        yield Field("advice", texts.guidance)
    yield from (Field("message", message) for message in texts.messages)
    yield from (Field("object", texts.object), Field("happened", texts.counted))


def _below(key: Key, texts: _Texts, *, attention: bool) -> Iterator[Node]:
    """Yield what is said about a group: what it means, its messages, and what to do."""
    lines = [("means", texts.title), *((f"message {number}", text) for number, text in enumerate(texts.messages))]
    for name, text in lines:
        if text and not (name == "means" and text in texts.messages):
            yield _line((*key, name), "message", text)
    if texts.guidance:
        yield _line((*key, "guidance"), "advice", texts.guidance, Severity.INFO if attention else None)


def _since(key: Key, group: _Group, counted: str) -> Iterator[Node]:
    """Yield when something that keeps happening first happened."""
    if group.count > 1 and group.first.at is not None:
        yield Node((*key, "since"), note=f"{counted}, first", at=group.first.at, fields=(Field("happened", counted),))


def _line(key: Key, label: str, text: str, severity: Severity | None = None) -> Node:
    fields, copies = (Field(label, text),), (Copy("l", "text", text),)
    return Node(key, note=text, severity=severity, wraps=True, fields=fields, copies=copies)
