"""The observations of a trace as a tree, in order of time. Nothing here is recursive, and nothing can make it fail.

Each observation is in the tree once. A parent that is missing, or that is below its own child, makes an observation an
outermost one. Of two observations with one ID, the one with an end counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from astro_tui.platform.lenient import time_of
from astro_tui.platform.observations import Observation

NOWHERE = -1
"""The position of what an outermost observation is in."""
_FIRST, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Span(Struct, gc=False):
    """An observation in its place. Times are in microseconds since 1970, and are those that it is drawn with.

    `parent` and `stop` are positions: those of the span around it, and of the first one that is no longer below it.
    Tokens, cost, and errors are those of the span and of all below it. `priceless` counts model calls without a price.
    """

    seen: Observation
    start: int
    end: int
    parent: int
    is_open: bool
    """Whether it has no end yet, or none that was reported."""
    skewed: bool
    """Whether it ends before it starts, so that its duration is what it says itself."""
    tokens: int
    cost: float
    priceless: int
    errors: int
    depth: int = 0
    stop: int = 0

    @property
    def failed(self) -> bool:
        """Whether it reports an error."""
        return is_error(self.seen)

    @property
    def orphaned(self) -> bool:
        """Whether the span around it is not among the observations, or is below it."""
        return self.parent == NOWHERE and bool(self.seen.parent_id)

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
    return observation.level.lower() == "error"


def tokens_of(observation: Observation) -> int:
    """Return the tokens of an observation: the total, or the sum of the parts if no total was sent."""
    usage = observation.usage
    return max(0, usage.total or usage.input + usage.output)


class TraceTree(Struct):
    """The spans of a trace, each before those below it. The other fields are the sums of the outermost ones."""

    spans: Sequence[Span]
    start: int = 0
    end: int = 0
    tokens: int = 0
    cost: float = 0.0
    priceless: int = 0
    errors: int = 0
    skew: int = 0
    """The most microseconds by which a span begins before the one around it: clocks differ at least as much."""
    rooted: bool = False
    """Whether an outermost span names none around it. It arrives last, and one kind of server does not send it."""

    def stop(self, position: int) -> int:
        """Return the position of the first span that is not below one; with `NOWHERE`, the number of spans."""
        return len(self.spans) if position == NOWHERE else self.spans[position].stop

    def children(self, position: int) -> Iterable[int]:
        """Yield the positions of the spans directly below one, or of the outermost ones below `NOWHERE`."""
        child, stop = position + 1, self.stop(position)
        while child < stop:
            yield child
            child = self.spans[child].stop


def micros(text: str) -> int | None:
    """Return a time in microseconds since 1970; None if it is not a time."""
    moment = time_of(text) if text else None
    return None if moment is None else (moment - _FIRST) // _MICROSECOND


def build(observations: Iterable[Observation]) -> TraceTree:
    """Return the tree of the observations, which may come in any order."""
    distinct = _without_repeats(observations)
    times = [_times(each) for each in distinct]
    # Without a start, it comes after its siblings.
    order = sorted(range(len(distinct)), key=lambda at: (times[at][0] is None, times[at][0] or 0, distinct[at].id))
    below: dict[int, list[int]] = {}
    parents = _parents(distinct, order)
    for at in reversed(order):
        below.setdefault(parents[at], []).append(at)
    earliest = min((start for start, _end in times if start is not None), default=0)
    spans: list[Span] = []
    rest = [(at, NOWHERE) for at in below.get(NOWHERE, ())]
    while rest:
        at, parent = rest.pop()
        start, end = times[at]
        if start is None:
            start = spans[parent].start if parent != NOWHERE else earliest
        rest += [(child, len(spans)) for child in below.get(at, ())]
        span = _span(distinct[at], start, end, parent)
        spans.append(span)
        span.depth, span.stop = spans[parent].depth + 1 if parent != NOWHERE else 0, len(spans)
    _add_up(spans)
    return _tree(spans)


def _span(seen: Observation, start: int, end: int | None, parent: int) -> Span:
    is_open, skewed, tokens = end is None, end is not None and end < start, tokens_of(seen)
    if end is None or skewed:
        # How long it took by itself counts only if the times do not say it.
        end = max(start, start + round(seen.latency_ms * 1000))
    priceless, failed = int(tokens > 0 and not seen.cost), int(is_error(seen))
    return Span(seen, start, end, parent, is_open, skewed, tokens, seen.cost, priceless, failed)


def _add_up(spans: Sequence[Span]) -> None:
    """Add to each span what depends on those below it."""
    for span in reversed(spans):
        if span.parent != NOWHERE:
            above = spans[span.parent]
            above.stop = max(above.stop, span.stop)
            above.tokens += span.tokens
            above.cost += span.cost
            above.priceless += span.priceless
            above.errors += span.errors
            if above.is_open:
                above.end = max(above.end, span.end)


def _tree(spans: Sequence[Span]) -> TraceTree:
    outermost = [span for span in spans if span.parent == NOWHERE]
    return TraceTree(
        spans,
        min((span.start for span in outermost), default=0),
        max((span.end for span in outermost), default=0),
        sum(span.tokens for span in outermost),
        sum(span.cost for span in outermost),
        sum(span.priceless for span in outermost),
        sum(span.errors for span in outermost),
        max([0, *(spans[span.parent].start - span.start for span in spans if span.parent != NOWHERE)]),
        rooted=any(not span.seen.parent_id for span in outermost),
    )


def _without_repeats(observations: Iterable[Observation]) -> list[Observation]:
    distinct: list[Observation] = []
    places: dict[str, int] = {}
    for each in observations:
        at = places.get(each.id) if each.id else None
        if at is None:
            places[each.id] = len(distinct)
            distinct.append(each)
        elif each.end_time and not distinct[at].end_time:
            distinct[at] = each
    return distinct


def _times(observation: Observation) -> tuple[int | None, int | None]:
    start, end = micros(observation.start_time), micros(observation.end_time)
    if start is None and end is not None:
        start = end - round(observation.latency_ms * 1000)
    return start, end


def _parents(distinct: Sequence[Observation], order: Sequence[int]) -> list[int]:
    """Return the index of the parent of each observation. A cycle is cut above the one that is reached first."""
    places = {each.id: at for at, each in enumerate(distinct) if each.id}
    parents = [places.get(each.parent_id, NOWHERE) for each in distinct]
    walks = [NOWHERE] * len(distinct)
    for walk in order:
        at = walk
        while at != NOWHERE and walks[at] == NOWHERE:
            walks[at] = walk
            at = parents[at]
        if at != NOWHERE and walks[at] == walk:
            parents[at] = NOWHERE
    return parents
