"""The observations of a trace as a tree, in order of time. Nothing here is recursive, and nothing can make it fail.

Each observation is in the tree once. A parent that is missing, or that is below its own child, makes an observation an
outermost one. Of two observations with one ID, the one with an end counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from msgspec import Struct

from astro_tui.platform.lenient import time_of
from astro_tui.platform.observations import Observation

NOWHERE = -1
"""The position of what an outermost observation is in."""
_ERROR = "error"
_FIRST, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Span(Struct, gc=False):
    """An observation in its place. Times are in microseconds since 1970, and are those that it is drawn with.

    `parent` and `stop` are positions: those of the span around it, and of the first one that is no longer below it.
    Tokens, cost, and errors are those of the span and of all below it. `priceless` counts model calls without a price.
    """

    seen: Observation
    start: int
    end: int
    parent: int = NOWHERE
    depth: int = 0
    stop: int = 0
    is_open: bool = False
    """Whether it has no end yet, or none that was reported."""
    skewed: bool = False
    """Whether it ends before it starts, so that its duration is what it says itself."""
    orphaned: bool = False
    """Whether the span around it is not among the observations."""
    tokens: int = 0
    cost: float = 0.0
    priceless: int = 0
    errors: int = 0

    @property
    def failed(self) -> bool:
        """Whether it reports an error."""
        return is_error(self.seen)

    @property
    def own_tokens(self) -> int:
        """The tokens of this observation alone."""
        return tokens_of(self.seen)

    @property
    def duration(self) -> int:
        """Its duration in microseconds."""
        return self.end - self.start


def is_error(observation: Observation) -> bool:
    """Return whether an observation reports an error; older servers write levels in capitals."""
    level = observation.level
    return level == _ERROR or (level != "default" and level.lower() == _ERROR)


def tokens_of(observation: Observation) -> int:
    """Return the tokens of an observation: the total, or the sum of the parts if no total was sent."""
    usage = observation.usage
    return max(0, usage.total or usage.input + usage.output)


class TraceTree(Struct):
    """The spans of a trace, each before those below it. `start` and `end` are those of the outermost ones."""

    spans: Sequence[Span]
    start: int = 0
    end: int = 0
    headless: bool = False
    """Whether all outermost spans name the same missing one: one kind of server does not send it."""

    @property
    def errors(self) -> list[int]:
        """The positions of the spans that report an error."""
        return [position for position, span in enumerate(self.spans) if span.failed]

    @property
    def causes(self) -> list[int]:
        """The positions of the spans that report an error, without those that only pass on one from below."""
        return [position for position, span in enumerate(self.spans) if span.failed and span.errors == 1]

    def children(self, position: int) -> Iterable[int]:
        """Yield the positions of the spans directly below one, or of the outermost ones below `NOWHERE`."""
        child = position + 1
        stop = len(self.spans) if position == NOWHERE else self.spans[position].stop
        while child < stop:
            yield child
            child = self.spans[child].stop


@lru_cache(4096)
def _minute(prefix: str) -> int | None:
    """Return the start of a minute, given as `2026-07-02T09:30:`; None if it is none."""
    moment = time_of(f"{prefix}00Z") if prefix[-1:] == ":" else None
    return None if moment is None else (moment - _FIRST) // _MICROSECOND


def micros(text: str) -> int | None:
    """Return a time in microseconds since 1970; None if it is not a time."""
    # Many times of a trace are in the same minutes, and all are usually written like this.
    if len(text) > 19 and text[-1] == "Z" and text[17:19].isdecimal():
        minute, rest = _minute(text[:17]), text[17:-1]
        if minute is not None and rest < "60" and (len(rest) == 2 or (rest[2] == "." and rest[3:].isdecimal())):
            return minute + round(float(rest) * 1e6)
    moment = time_of(text) if text else None
    return None if moment is None else (moment - _FIRST) // _MICROSECOND


def build(observations: Iterable[Observation]) -> TraceTree:
    """Return the tree of the observations, which may come in any order."""
    found = _without_repeats(observations)
    times = [_times(each) for each in found]
    # Without a start, it comes after its siblings.
    order = sorted(range(len(found)), key=lambda at: (times[at][0] is None, times[at][0] or 0, found[at].id))
    parents, missing = _parents(found, order)
    below: dict[int, list[int]] = {}
    for at in order:
        below.setdefault(parents[at], []).append(at)
    earliest = min((start for start, _end in times if start is not None), default=0)
    made = _Preorder()
    rest = [(at, NOWHERE) for at in reversed(below.get(NOWHERE, ()))]
    while rest:
        at, parent = rest.pop()
        start, end = times[at]
        if start is None:
            start = made.starts[parent] if parent != NOWHERE else earliest
        rest += [(child, len(made.seen)) for child in reversed(below.get(at, ()))]
        made.add(found[at], parent, start, end)
    spans = made.spans(missing={found[at].id for at in missing})
    roots = [span for span in spans if span.parent == NOWHERE]
    named = {span.seen.parent_id for span in roots}
    return TraceTree(
        spans,
        min((span.start for span in roots), default=0),
        max((span.end for span in roots), default=0),
        headless=len(named) == 1 and "" not in named,
    )


class _Preorder:
    """What is known of the spans while they are put into their order, in one list for each fact."""

    def __init__(self) -> None:
        self.seen: list[Observation] = []
        self.parents: list[int] = []
        self.starts: list[int] = []
        self.ends: list[int | None] = []

    def add(self, seen: Observation, parent: int, start: int, end: int | None) -> None:
        """Add a span after those that come before it."""
        self.seen.append(seen)
        self.parents.append(parent)
        self.starts.append(start)
        self.ends.append(end)

    def spans(self, missing: AbstractSet[str]) -> list[Span]:
        """Return the spans, with what depends on those below them. `missing` has the IDs of those without a parent."""
        count = len(self.seen)
        stops = list(range(1, count + 1))
        latest = list(self.starts)
        tokens, priceless, errors = [0] * count, [0] * count, [0] * count
        costs = [0.0] * count
        spans: list[Span] = []
        for at in range(count - 1, -1, -1):
            seen, parent, start, known = self.seen[at], self.parents[at], self.starts[at], self.ends[at]
            # How long it took by itself counts only if the times do not say it.
            if known is None:
                end = max(latest[at], start + round(seen.latency_ms * 1000))
            else:
                end = known if known >= start else max(start, start + round(seen.latency_ms * 1000))
            own = tokens_of(seen)
            tokens[at] += own
            costs[at] += seen.cost
            priceless[at] += own > 0 and not seen.cost
            errors[at] += is_error(seen)
            spans.append(
                Span(
                    seen,
                    start,
                    end,
                    parent,
                    stop=stops[at],
                    is_open=known is None,
                    skewed=known is not None and known < start,
                    orphaned=parent == NOWHERE and seen.id in missing,
                    tokens=tokens[at],
                    cost=costs[at],
                    priceless=priceless[at],
                    errors=errors[at],
                )
            )
            if parent != NOWHERE:
                stops[parent] = max(stops[parent], stops[at])
                latest[parent] = max(latest[parent], end)
                tokens[parent] += tokens[at]
                costs[parent] += costs[at]
                priceless[parent] += priceless[at]
                errors[parent] += errors[at]
        spans.reverse()
        for span in spans:
            if span.parent != NOWHERE:
                span.depth = spans[span.parent].depth + 1
        return spans


def _without_repeats(observations: Iterable[Observation]) -> list[Observation]:
    found: list[Observation] = []
    known: dict[str, int] = {}
    for each in observations:
        at = known.get(each.id) if each.id else None
        if at is None:
            known[each.id] = len(found)
            found.append(each)
        elif each.end_time and not found[at].end_time:
            found[at] = each
    return found


def _times(observation: Observation) -> tuple[int | None, int | None]:
    start, end = micros(observation.start_time), micros(observation.end_time)
    if start is None and end is not None:
        start = end - round(observation.latency_ms * 1000)
    return start, end


def _parents(found: Sequence[Observation], order: Sequence[int]) -> tuple[list[int], set[int]]:
    """Return the index of the parent of each observation, and those whose parent is missing."""
    known = {each.id: at for at, each in enumerate(found) if each.id}
    parents = [known.get(each.parent_id, NOWHERE) for each in found]
    missing = {at for at, each in enumerate(found) if each.parent_id and parents[at] == NOWHERE}
    done = bytearray(len(found))
    for at in order:
        path = []
        while at != NOWHERE and not done[at]:
            done[at] = 1
            path.append(at)
            at = parents[at]  # noqa: PLW2901  walks up
        if at != NOWHERE and done[at] == 1:
            # The path leads to itself: it is cut above the observation that the walk reached first.
            parents[at] = NOWHERE
            missing.add(at)
        for each in path:
            done[each] = 2
    return parents, missing
