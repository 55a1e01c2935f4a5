"""Turns the events of a stream into lines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import DecodeError

from astro_tui.logs.line import MOST_MESSAGE, Line, message_of, nanoseconds
from astro_tui.logs.sse import Event
from astro_tui.platform.client.log_entries import LogEntry, decode_entry, entry_of

_LONGEST_ESCAPE = 12
"""Bytes of an escaped pair of surrogates."""


class Received(NamedTuple):
    """What a stream brought: lines, the indexes of those sent without a time, and the named events.

    A line without a time has the time of its event's id, or 0.
    """

    lines: list[Line]
    untimed: list[int]
    named: list[Event]


def received(events: Iterable[Event]) -> Received:
    """Return the lines and the named events. Anything else is left out."""
    lines: list[Line] = []
    untimed: list[int] = []
    named: list[Event] = []
    for event in events:
        name, data, ident, cut = event
        if name:
            named.append(event)
            continue
        try:
            entry: LogEntry | None = decode_entry(data)
        except (DecodeError, UnicodeDecodeError):
            entry = _completed(data) if cut else entry_of(data)
        if entry is None:
            continue
        message, stamp = entry.message, entry.timestamp
        if not message and not stamp and entry_of(data) is None:
            continue
        if len(message) > MOST_MESSAGE:
            message = message_of(message)
        ns = nanoseconds(stamp) if stamp else 0
        if not ns:
            untimed.append(len(lines))
            ns = nanoseconds(ident.decode()) if ident.isdigit() else 0
        lines.append(Line(ns, entry.level, message))
    return Received(lines, untimed, named)


def _completed(data: bytes) -> LogEntry | None:
    """Return the line in JSON that was cut off in its message."""
    for less in range(_LONGEST_ESCAPE):
        try:
            return decode_entry(data[: len(data) - less] + b'"}')
        except (DecodeError, UnicodeDecodeError):
            continue
    return None
