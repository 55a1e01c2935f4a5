"""The observations of a trace (platform.md §11), which can have 100,000, and what the list of traces can be asked for.

They are not pydantic models: decoding each one takes about a microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Self

import msgspec
from msgspec import Meta

from astro_tui.platform.lenient import json_of, number_of, text_of
from astro_tui.text.times import rfc3339

MOST = 1e12
"""A duration in milliseconds, a cost, or a number of tokens above this is a mistake, and cannot be shown."""
Amount = Annotated[float, Meta(ge=0, le=MOST)]
Count = Annotated[int, Meta(ge=0, le=int(MOST))]
FIRST, LAST = timedelta(days=-5 * 365), timedelta(days=1)
"""The window of a list of all traces, from now on: the server itself goes back so far, and its clock may be ahead."""


class TokenUsage(msgspec.Struct, frozen=True, gc=False):
    """The tokens of a model call. Some servers send only the total, others only the parts."""

    input: Count = 0
    output: Count = 0
    total: Count = 0


class Observation(msgspec.Struct, frozen=True, gc=False):
    """One observation as sent. `parent_id` can name one that is missing, and `end_time` is empty while it is open."""

    id: str = ""
    parent_id: str = ""
    type: str = ""
    name: str = ""
    start_time: str = ""
    end_time: str = ""
    latency_ms: Amount = 0.0
    level: str = ""
    status_message: str = ""
    cost: Amount = 0.0
    model: str = ""
    usage: TokenUsage = TokenUsage()


class TraceQuery(msgspec.Struct, frozen=True):
    """Which traces are wanted, in which order. `start` and `end` are RFC 3339, or empty.

    `user` is an ID, None for all users, and empty for traces without a user.
    """

    search: str = ""
    user: str | None = None
    sort: str = "timestamp"
    start: str = ""
    end: str = ""

    @property
    def scans(self) -> bool:
        """Whether the server has to scan: for up to two minutes, and never more than the newest 1,000 traces."""
        return bool(self.search) or self.sort != "timestamp"

    def bounded(self, now: datetime) -> Self:
        """Return the query with both times, because one kind of server lists nothing without them.

        They are rounded to the minute: the server keeps the result of a scan for exactly these times.
        """
        now = now.replace(second=0, microsecond=0)
        start, end = (own or rfc3339(now + edge) for own, edge in ((self.start, FIRST), (self.end, LAST)))
        return msgspec.structs.replace(self, start=start, end=end)


_EXACT = msgspec.json.Decoder(Observation)


def observations_of(raw: Iterable[bytes | msgspec.Raw]) -> Iterator[Observation]:
    """Yield the observations in raw JSON, whatever the types of their values. Leaves out what is not an object."""
    for entry in raw:
        try:
            yield _EXACT.decode(entry)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            with suppress(ValueError, RecursionError):
                value = json_of(entry)
                if isinstance(value, dict):
                    yield _tolerantly(value)


def _amount(value: object) -> float:
    number = number_of(value) or 0.0
    return number if 0 <= number <= MOST else 0.0


def _tolerantly(value: dict[str, object]) -> Observation:
    usage = value.get("usage")
    tokens = usage if isinstance(usage, dict) else {}
    texts = ("id", "parent_id", "type", "name", "start_time", "end_time", "level", "status_message", "model")
    return Observation(
        **{name: text_of(value.get(name)) for name in texts},
        latency_ms=_amount(value.get("latency_ms")),
        cost=_amount(value.get("cost")),
        usage=TokenUsage(*(int(_amount(tokens.get(name))) for name in ("input", "output", "total"))),
    )
