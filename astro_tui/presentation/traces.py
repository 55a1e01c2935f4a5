"""Traces as displayed: the columns of the list, and what is said about one span. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from msgspec import Struct

from astro_tui.platform.lenient import Moment
from astro_tui.platform.models import TraceHead, TraceRow
from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.text.nearest import condition_value
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import NO_PRICE, counted, money, rfc3339, short_number, took
from astro_tui.traces import Span, Trace

NAME, MESSAGE = 120, 600
"""The most characters of a name, and of a message."""
MOST_READ = 60
"""The most traces that one search for an error reads, one at a time: the list does not say which have one."""
MOST_SCANNED = 1000
"""The most traces that the server looks through for a search or another order; one kind of server, the newest 100."""
MOST_SCORES = 3
"""The most scores of a trace that are shown."""


class Outcome(Struct, frozen=True):
    """What is known about the errors of a trace that was read: their number or None, a word, and what is in doubt."""

    errors: int | None
    word: str
    doubt: str = ""


UNREADABLE = Outcome(None, "unreadable", "could not be read")


def outcome_of(trace: Trace) -> Outcome:
    """Return what is known about the errors of a trace."""
    tree, doubt = trace.tree, ""
    if not tree.spans:
        return Outcome(None, "no spans", "without spans, so errors are not known")
    if trace.partial:
        doubt = "the newest 100 spans of a longer trace"
    elif not tree.rooted:
        doubt = "without an outermost span, so it may still run"
    return Outcome(
        tree.errors, counted(tree.errors, "error") if tree.errors else "none seen" if doubt else "none", doubt
    )


class TraceLine(Struct, frozen=True):
    """A row of the list with its texts, which are safe to draw. `outcomes` has those of the traces that were read."""

    row: TraceRow
    name: str = ""
    user: str = ""
    latency: str = ""
    cost: str = ""
    trace: str = ""
    outcomes: Mapping[str, Outcome] = {}

    @property
    def key(self) -> str:
        """The ID of the trace."""
        return self.row.trace_id

    @property
    def outcome(self) -> Outcome | None:
        """What is known about its errors; None unless it was read, or cannot be."""
        return self.outcomes.get(self.key)

    @property
    def errors(self) -> int | None:
        """The number of its errors; None if that is not known."""
        return self.outcome.errors if self.outcome is not None else None

    @property
    def known(self) -> str:
        """What is known about errors, in a word."""
        return self.outcome.word if self.outcome is not None else ""

    @property
    def tone(self) -> str:
        """The style of that word."""
        return Severity.ERROR.value if self.errors or self.outcome is UNREADABLE else "quiet"

    @property
    def haystack(self) -> str:
        """What the filter searches, in lower case."""
        return f"{self.name} {self.key} {self.user} {self.row.user}".lower()


def search_problem(search: str) -> str:
    """Return what is wrong with a search that looks like a condition and found nothing, or an empty string."""
    value = masked_line(condition_value(search), NAME)
    return f"A search for traces takes a text, not a condition. Did you mean {value}?" if value else ""


def line_of(row: TraceRow, outcomes: Mapping[str, Outcome]) -> TraceLine:
    """Return the row of a trace. Its cost is that of a list, which does not say whether there were tokens."""
    latency, cost = row.latency_ms, row.total_cost
    return TraceLine(
        row,
        masked_line(row.name, NAME),
        masked_line(row.user_name, NAME),
        took(round(latency * 1000)) if latency else "",
        "" if cost is None else money(cost, unknown=True).rstrip("+"),
        masked_line(row.trace_id, NAME),
        outcomes,
    )


COLUMNS: Sequence[Column[TraceLine]] = (
    Column("errors", attrgetter("known"), attrgetter("tone"), empty="?", most=10),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("row.timestamp.at"), order="timestamp"),
    Column("name", attrgetter("name"), least=9, empty="(no name)"),
    Column("latency", attrgetter("latency"), fit=Fit.RIGHT, sortable=True, order="latency"),
    Column("cost", attrgetter("cost"), fit=Fit.RIGHT, sortable=True, order="cost"),
    Column("user", attrgetter("user"), "quiet", optional=True),
    Column("trace", attrgetter("trace"), "quiet", rest=True),
)
"""The columns of the list, from left to right. The server sorts it."""
LAYOUT = steps("errors, age, name 12, latency, cost, user 8, trace 8, name 24, user 16, age whole, name, user, trace")


def searched(scanned: int | None, *, truncated: bool) -> str:
    """Return which traces a search or another order saw, in words; empty if it saw as many as were requested."""
    if not scanned:
        return "of the newest traces only"
    return f"of the newest {counted(scanned, 'trace')}" if truncated or scanned < MOST_SCANNED else ""


# ---- one span


def span_name(span: Span) -> str:
    """Return the name of a span, else its type, safe to draw."""
    return masked_line(span.seen.name or span.seen.type or "(no name)", NAME)


def message_of(span: Span) -> str:
    """Return what a span says about how it ended, safe to draw: its message, else its level if that is an error."""
    return masked_line(span.seen.status_message, MESSAGE) or ("failed, without a message" if span.failed else "")


def lasted(span: Span) -> str:
    """Return how long a span took; empty if neither its times nor what it says itself tell."""
    return took(span.duration) if span.duration or not (span.is_open or span.skewed) else ""


def remarks_of(span: Span, *, rooted: bool) -> list[str]:
    """Return what is odd about a span."""
    remarks = []
    if span.is_open:
        remarks.append("no end was reported")
    if span.skewed:
        remarks.append("ends before it starts")
    if span.orphaned and rooted:
        remarks.append("the span around it is missing")
    return remarks


def span_fields(span: Span, *, critical: int | None, rooted: bool = True) -> Iterator[Field]:
    """Yield what is known about a span, most important first."""
    seen = span.seen
    level = seen.level.lower()
    if message := message_of(span):
        tone = Severity.ERROR if span.failed else Severity.WARN if level == "warning" else None
        yield Field("message", message, tone)
    kind = masked_line(seen.type.lower() or "(no type)", NAME)
    yield Field("type", kind if level in ("", "default") else f"{kind}, level {masked_line(level, NAME)}")
    if seen.model:
        yield Field("model", masked_line(seen.model, NAME))
    path = f", {took(critical)} of it on the critical path" if critical is not None else ""
    if time := lasted(span):
        yield Field("took", (f"at least {time}" if span.is_open else time) + path)
    if span.tokens:
        parts = (
            f" ({seen.usage.input:,} in, {seen.usage.output:,} out)" if seen.usage.input or seen.usage.output else ""
        )
        yield Field("tokens", f"{span.tokens:,}{parts}")
    if cost := money(span.cost, unknown=bool(span.priceless)):
        yield Field("cost", cost.replace("<", "below ").replace(NO_PRICE, "the price of the model is not known"))
    if remarks := remarks_of(span, rooted=rooted):
        yield Field("note", ", ".join(remarks), Severity.WARN)
    yield Field("id", masked_line(seen.id, NAME))


def started(span: Span) -> Moment:
    """Return when a span started."""
    return Moment(span.seen.start_time, datetime.fromtimestamp(span.start / 1e6, UTC)) if span.start else Moment()


def title_of(head: TraceHead) -> str:
    """Return the name of a trace, safe to draw."""
    return masked_line(head.name or head.trace_id, NAME)


def summary_of(trace: Trace) -> list[str]:
    """Return how long a trace took, its tokens, cost, spans, and what users think of it, safe to draw."""
    tree, more = trace.tree, "+" if trace.partial else ""
    scores = [
        f"{each.name} {each.string_value or short_number(each.value or 0.0)}"
        for each in trace.head.scores
        if each.string_value or each.value is not None
    ]
    # The server rounds, so the cost of each span can be 0.
    cost = tree.cost or trace.head.total_cost or 0.0
    parts = [
        took(trace.duration) if trace.duration else "",
        f"{tree.tokens:,}{more} tokens" if tree.tokens else "",
        money(cost, unknown=bool(tree.priceless or more)).replace(NO_PRICE, "price unknown").replace("<", "below "),
        counted(len(tree.spans), "span") if tree.spans else "",
        outcome_of(trace).doubt,
        *(masked_line(score, NAME) for score in scores[:MOST_SCORES]),
    ]
    return [part for part in parts if part]


# ---- for programs


def line_as_json(line: TraceLine) -> dict[str, Any]:
    """Return a trace of the list for programs."""
    return {
        "trace_id": line.trace,
        "name": line.name,
        "user": line.user or None,
        "timestamp": masked_line(line.row.timestamp.raw) or None,
        # 0 can mean that it is not known.
        "latency_ms": line.row.latency_ms or None,
        "cost_usd": line.row.total_cost or None,
        "errors": line.errors,
    }


def trace_as_json(read: Trace) -> dict[str, Any]:
    """Return a trace and its spans, in the order of the tree, for programs."""
    head, tree, outcome = read.head, read.tree, outcome_of(read)
    return {
        "trace_id": masked_line(head.trace_id),
        "name": masked_line(head.name),
        "user": masked_line(head.user_name) or None,
        "start": None if read.began is None else rfc3339(datetime.fromtimestamp(read.began / 1e6, UTC)),
        "duration_ms": None if read.duration is None else read.duration / 1000,
        "errors": outcome.errors,
        "notes": [outcome.doubt] if outcome.doubt else [],
        "spans": [_span_as_json(span, read.timeline.path.get(position)) for position, span in enumerate(tree.spans)],
    }


def _span_as_json(span: Span, critical: int | None) -> dict[str, Any]:
    seen = span.seen
    return {
        "id": masked_line(seen.id),
        "parent": masked_line(seen.parent_id) or None,
        "depth": span.depth,
        "type": masked_line(seen.type.lower()),
        "name": masked_line(seen.name),
        "level": masked_line(seen.level.lower()),
        "message": masked_line(seen.status_message),
        "start": masked_line(seen.start_time) or None,
        "duration_ms": span.duration / 1000 if lasted(span) else None,
        "open": span.is_open,
        "critical_ms": None if critical is None else critical / 1000,
        "model": masked_line(seen.model) or None,
        "tokens": span.own_tokens or None,
        "cost_usd": seen.cost or None,
    }
