"""A log line, its time in nanoseconds, and where it comes from (platform.md §10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from math import inf
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.platform.client.address import logs, path_of
from astro_tui.text.common_prefix import differ_at
from astro_tui.text.foreign import bounded, visible
from astro_tui.text.times import counted, joined

MOST_MESSAGE = 1 << 16
"""Characters that are kept of a message."""
_CUT = f"\n… cut after {MOST_MESSAGE:,} characters."
_MOST_NS = (1 << 63) - 1
_FRACTION = "000000000"


class LogLine(NamedTuple):
    """One log line as received: neither masked nor made visible.

    `ns` is its time in Unix nanoseconds, or 0 if unknown. A line that the platform sent without a time has the time
    of the line before it. `level` is the word that was sent, or empty. A `message` with more than `MOST_MESSAGE`
    characters is cut, and its last line says so.
    """

    ns: int
    level: str
    message: str


class Untimed(LogLine):
    """A line that was sent without a time: its real time lies between `low` and `high`.

    `reads` has the reads that brought it, for the join of the stream and the history.
    """

    low: float = 0
    high: float = inf
    reads: set[int]

    def between(self, low: float, high: float) -> Untimed:
        """Return the line at another place."""
        line = Untimed(*self)
        line.low, line.high, line.reads = low, high, set()
        return line


class LogSource(Struct, frozen=True):
    """Where lines come from: a workload of a deployment. An empty `container` or `pod` means all of them.

    `agent` is the name of the deployment where the logs of several are shown together, else empty.
    """

    deployment_id: str
    workload: str
    container: str = ""
    pod: str = ""
    agent: str = ""

    @property
    def request(self) -> str:
        """What errors call the requests for its log."""
        return f"GET {path_of(logs(self.deployment_id, self.workload))}"


def message_of(text: str) -> str:
    """Return a message of a bounded length."""
    return text if len(text) <= MOST_MESSAGE else bounded(text, MOST_MESSAGE) + _CUT


def nanoseconds(text: str) -> int:
    """Return a time in Unix nanoseconds, or 0 if the text is not a time.

    The text is RFC 3339 with up to nine decimals, such as `2026-07-02T06:41:12.000000001Z`, or Unix nanoseconds.
    """
    second, rest = text[:19], text[19:]
    if len(rest) == 11 and rest[0] == "." and rest[10] == "Z" and (digits := rest[1:10]).isdecimal():
        # Nearly all times have this form.
        whole = _second(second, "Z")
        return _bounded(whole + int(digits)) if whole else 0
    if text.isdecimal():
        return _bounded(int(text[:20]))
    if rest[:1] == ".":
        if rest[-1] in "Zz":
            fraction, zone = rest[1:-1], "Z"
        else:
            fraction, zone = rest[1:-6], rest[-6:]
        if not fraction.isdecimal():
            return 0
        whole = _second(second, zone)
        return _bounded(whole + int((fraction + _FRACTION)[:9])) if whole else 0
    return _bounded(_second(second, rest))


def _bounded(ns: int) -> int:
    return ns if 0 < ns <= _MOST_NS else 0


@lru_cache(maxsize=4096)
def _second(second: str, zone: str) -> int:
    """Return a whole second in Unix nanoseconds, or 0. Cached, because many lines share a second."""
    try:
        moment = datetime.fromisoformat(f"{second}{zone}".upper())
    except ValueError:
        return 0
    if len(second) != 19:
        return 0
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * 10**9


_NAMED = 3
"""How many workloads a sentence names."""


def name_of(source: LogSource) -> str:
    """Return the name of a source: `worker`, `worker/app` for one container, `claims/worker` among several agents."""
    return "/".join(filter(None, (source.agent, source.workload, source.container)))


def short_names(sources: Sequence[LogSource]) -> list[str]:
    """Return the names of sources without their common prefix, usually the name of the agent.

    If the sources belong to several agents, return the names of these.
    """
    agents = [source.agent for source in sources]
    if len({*agents}) > 1:
        return _short(agents)
    return _short([name_of(replace(source, agent="")) for source in sources])


def full_names(sources: Sequence[LogSource]) -> list[str]:
    """Return the short names of sources, in which those of an agent with several workloads differ."""
    names = short_names(sources)
    for agent in {source.agent for source in sources}:
        own = [at for at, source in enumerate(sources) if source.agent == agent]
        if 1 < len(own) < len(sources):
            workloads = short_names([sources[at] for at in own])
            for at, workload in zip(own, workloads, strict=True):
                names[at] += f" {workload}"
    return names


def _short(names: Sequence[str]) -> list[str]:
    first, last = min(names, default=""), max(names, default="")
    same = differ_at(first, last) if first != last else 0
    start = max(first.rfind("-", 0, same), first.rfind(" ", 0, same)) + 1
    return [name[start:] for name in names]


def mixed_in(workloads: Iterable[str], existing: Iterable[str]) -> str:
    """Return a sentence about the known workloads whose lines the platform mixes into those of others, or nothing.

    It finds the lines of a workload by the beginning of a name, and a line does not say where it is from.
    """
    names = sorted(set(existing))
    for workload in workloads:
        if others := [visible(name, 100) for name in names if name.startswith(f"{workload}-")]:
            also = joined(others[:_NAMED]) if len(others) <= _NAMED else counted(len(others), "other workload")
            return f"The log of {visible(workload, 100)} also has the lines of {also}: the platform mixes them."
    return ""
