"""Places in a deployment's logs, written as `WORKLOAD/CONTAINER@TIME`, each part optional. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from astro_tui.diagnosis import Diagnosis
from astro_tui.logs.line import nanoseconds
from astro_tui.text.times import clock, stamp

NO_LINE = "No line proves this."


class LogAddress(NamedTuple):
    """A place in a log; an omitted name is empty, and an omitted time is 0."""

    workload: str = ""
    container: str = ""
    ns: int = 0

    def __str__(self) -> str:
        name = f"{self.workload}/{self.container}" if self.container else self.workload
        return f"{name}@{stamp(self.ns)}" if self.ns else name


_NAMED_TRACE = re.compile(r"""trace_?id["']?\s*[:=]\s*["']?([\w-]{8,64})""", re.IGNORECASE)
_TRACE = re.compile(r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])", re.IGNORECASE)
LONGEST_SEARCHED = 16_384
"""The most characters of a line in which a trace ID is searched."""


def trace_in(message: str) -> str:
    """Return the ID of the trace that a log line names, else an empty string."""
    message = message[:LONGEST_SEARCHED]
    named, plain = _NAMED_TRACE.search(message), _TRACE.search(message)
    return named[1] if named else plain[0] if plain else ""


def place_in(text: str) -> LogAddress:
    """Return the place that a route names. Never raises: an invalid time is ignored."""
    name, _, time = text.partition("@")
    workload, _, container = name.partition("/")
    return LogAddress(workload, container, nanoseconds(time))


def log_place(workload: str, container: str = "", at: datetime | None = None) -> str:
    """Return the detail of a route to a workload's log, at a time if one is given."""
    return str(LogAddress(workload, container, int(at.timestamp()) * 10**9 if at is not None else 0))


def place_of(diagnosis: Diagnosis | None) -> str:
    """Return the place of the log line that shows the cause, else where the failing workload's log began to matter.

    The text is empty if no workload is known. See `unproven`.
    """
    if diagnosis is None:
        return ""
    if diagnosis.place is not None:
        return str(LogAddress(diagnosis.place.workload, diagnosis.place.container, diagnosis.place.ns))
    return log_place(diagnosis.workload, diagnosis.container, diagnosis.began) if diagnosis.workload else ""


def unproven(diagnosis: Diagnosis | None, place: str, now: datetime) -> str:
    """Return a sentence for when a place is that of a diagnosis, but no line there proves it; else an empty string."""
    if diagnosis is None or diagnosis.place is not None or place != place_of(diagnosis) or diagnosis.fine:
        return ""
    return f"No line proves this; nearest to {clock(diagnosis.began, now)}." if diagnosis.began else NO_LINE
