"""Decodes log lines: a list of them as JSON or plain text, and one of a stream (platform.md §10)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client.call import Response
from astro_tui.platform.client.decode import AT_ONCE, checked, items, plain
from astro_tui.platform.client.shapes import rows_of

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))(?: |$)")


class LogEntry(Struct):
    """A log line as sent. Any of the texts may be empty."""

    timestamp: str = ""
    level: str = ""
    message: str = ""


decode_entry = Decoder(LogEntry).decode
"""Returns a line from raw JSON with fields of the expected types. Raises msgspec.DecodeError or UnicodeDecodeError."""
_many = Decoder(list[LogEntry])


def entry_of(raw: bytes) -> LogEntry | None:
    """Return the line in raw JSON, or None if it is not a line."""
    try:
        entry = decode_entry(raw)
    except (DecodeError, UnicodeDecodeError):
        try:
            return _leniently(plain(raw))
        except (ValueError, RecursionError):
            return None
    # An object with neither `message` nor `timestamp` is not a line, but that is rare.
    return entry if entry.message or entry.timestamp else _leniently(plain(raw))


def _leniently(value: Any) -> LogEntry | None:
    if not isinstance(value, Mapping) or not ("message" in value or "timestamp" in value):
        return None
    return LogEntry(_text(value.get("timestamp")), _text(value.get("level")), _text(value.get("message")))


def _text(value: object) -> str:
    if value is None:
        return ""
    # Lone surrogates cannot be encoded.
    return str(value).encode("utf-8", "replace").decode()


def entries_of(response: Response, depth: int) -> list[LogEntry]:
    """Return the lines of a list. Anything else is left out. Raises PlatformError.

    Old servers send plain text, one log line per line, which may begin with its time.
    """
    body = checked(response, depth)
    if len(body) <= AT_ONCE:
        try:
            return _many.decode(body)
        except (DecodeError, UnicodeDecodeError):
            pass
    elif body.lstrip().startswith(b"["):
        lines = [entry_of(bytes(raw)) for raw in items(body)]
        if lines:
            return [entry for entry in lines if entry is not None]
    if response.media == "text/plain" and not body.lstrip().startswith((b"[", b'{"')):
        return _plain_lines(body)
    try:
        rows = rows_of(response, depth, "logs")
    except PlatformError as error:
        if response.media == "text/plain" and error.kind is not ErrorKind.TOO_DEEP:
            return _plain_lines(body)
        raise
    return [entry for entry in map(_leniently, rows) if entry is not None]


def _plain_lines(body: bytes) -> list[LogEntry]:
    entries = []
    for line in body.decode("utf-8", "replace").split("\n"):
        text = line.removesuffix("\r")
        time = _TIME.match(text)
        entries.append(LogEntry(time[1], "", text[time.end() :]) if time else LogEntry("", "", text))
    if entries and not entries[-1].message and not entries[-1].timestamp:
        entries.pop()
    return entries
