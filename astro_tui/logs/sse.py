"""Reads server-sent events (platform.md §10.2) by the rules of the HTML standard, and with limits on their size."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import NamedTuple

from msgspec import DecodeError

from astro_tui.logs.line import LogLine, Untimed, message_of, nanoseconds
from astro_tui.platform.client.log_entries import LogEntry, decode_entry, entry_of

MOST_DATA = (3 << 17) + 1024
"""Bytes that are kept of the data of an event: enough for the longest message that is kept, with all of it escaped."""
_FIELD = 16
"""Bytes that are kept of a line on top of that, for the name of its field."""


class ServerEvent(NamedTuple):
    """One event. `id` is the one in the event itself, not that of an earlier event.

    `cut` means that the event was larger than the parser keeps, and that `data` is only its start.
    """

    name: str
    data: bytes
    id: bytes
    cut: bool


class EventParser:
    """Turns the chunks of a stream into events. Needs at most about four times `most` bytes of memory."""

    def __init__(self, most: int = MOST_DATA) -> None:
        self._most = most
        self._start = b""
        self._begun = False
        self._after_cr = False
        # A line whose end has not arrived yet.
        self._line = bytearray()
        # The event so far. Data is None if there was no data line.
        self._name = b""
        self._data: bytes | bytearray | None = None
        self._id = b""
        self._cut = False

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Take the next bytes and return the events that they complete."""
        if not self._begun:
            chunk = self._start + chunk
            if len(chunk) < len(BOM_UTF8) and BOM_UTF8.startswith(chunk):
                self._start = chunk
                return []
            self._begun = True
            chunk = chunk.removeprefix(BOM_UTF8)
        if not chunk:
            return []
        if self._after_cr and chunk[0] == 10:
            chunk = chunk[1:]
            self._after_cr = False
            if not chunk:
                return []
        self._after_cr = chunk[-1] == 13
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        rest = lines.pop()
        events: list[ServerEvent] = []
        if lines:
            if self._line:
                self._keep(lines[0])
                lines[0] = bytes(self._line)
                self._line = bytearray()
            self._read(lines, events)
        self._keep(rest)
        return events

    def _keep(self, piece: bytes) -> None:
        """Keep the next piece of a line whose end has not arrived yet."""
        self._line += piece[: self._most + _FIELD - len(self._line)]

    def _read(self, lines: list[bytes], events: list[ServerEvent]) -> None:
        for line in lines:
            if line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
                if self._data is None and len(value) <= self._most:
                    self._data = value
                else:
                    self._more(value)
            elif not line:
                if self._data is not None:
                    name = self._name.decode("utf-8", "replace") if self._name else ""
                    events.append(ServerEvent(name, bytes(self._data), self._id, self._cut))
                    self._data = None
                self._name = self._id = b""
                self._cut = False
            elif line.startswith(b"id:"):
                value = line[4:] if line[3:4] == b" " else line[3:]
                if b"\0" not in value:
                    self._id = value
            else:
                self._odd(line)

    def _odd(self, line: bytes) -> None:
        """Read a line other than `data:` and `id:`. A field without a colon is empty; a comment has an empty name."""
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"event":
            self._name = value
        elif field == b"data":
            if self._data is None:
                self._data = value
            else:
                self._more(value)
        elif field == b"id":
            self._id = value

    def _more(self, value: bytes) -> None:
        """Add a line to the data, or as much of it as is allowed."""
        if self._data is None:
            self._data = bytearray()
        else:
            if not isinstance(self._data, bytearray):
                self._data = bytearray(self._data)
            self._data += b"\n"
        free = self._most - len(self._data)
        self._cut |= len(value) > free
        self._data += value[: max(0, free)]
        del self._data[self._most :]


_LONGEST_ESCAPE = 12
"""Bytes of an escaped pair of surrogates."""


class Received(NamedTuple):
    """What a stream brought: lines and named events. A line without a time has the time of its event's id, or 0."""

    lines: list[LogLine]
    named: list[ServerEvent]


def received(events: Iterable[ServerEvent]) -> Received:
    """Return the lines and the named events. Anything else is left out."""
    lines: list[LogLine] = []
    named: list[ServerEvent] = []
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
        message = message_of(message)
        if ns := nanoseconds(stamp) if stamp else 0:
            lines.append(LogLine(ns, entry.level, message))
        else:
            ns = nanoseconds(ident.decode()) if ident.isdigit() else 0
            lines.append(Untimed(ns, entry.level, message))
    return Received(lines, named)


def _completed(data: bytes) -> LogEntry | None:
    """Return the line in JSON that was cut off in its message."""
    for less in range(_LONGEST_ESCAPE):
        try:
            return decode_entry(data[: len(data) - less] + b'"}')
        except (DecodeError, UnicodeDecodeError):
            continue
    return None
