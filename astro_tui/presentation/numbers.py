"""What is measured of an agent, as panels to draw: load, traffic, observations, and cost. Pure.

A source that failed keeps its last good values. What was not measured has no samples, and is never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.platform.models import Bucket, Costs, PodMetrics, Traffic, TrafficSide
from astro_tui.presentation.charts import Series, TimeRange, Window
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.text.foreign import visible
from astro_tui.text.times import age, binary_size, clock, local_time, money, rfc3339, short_number, took

HOUR, DAY = 3600.0, 86400.0
MEAN_OF = 4
"""How many steps each sample of CPU and traffic is the mean of (platform.md §11)."""
MEANS = f"CPU and requests are means over {MEAN_OF} steps."
LEAST_ROUNDED = 60.0
"""The platform looks back at least so many seconds for restarts and OOMs, even if a step is shorter."""
_MOST_BUCKETS, _MOST_AGENTS = 100, 100
"""A response with this many buckets may lack newer ones; one with this many agents lacks cheaper ones."""
LEAST_SAMPLES = 3
"""Medians before and after a deploy are compared only with at least this many samples on each side."""


class Length(NamedTuple):
    """How far back the numbers go, in seconds, and how many seconds are between two samples of a pod."""

    name: str
    seconds: float
    step: float


LENGTHS = {
    length.name: length
    for length in (
        Length("1h", HOUR, 30),
        Length("6h", 6 * HOUR, 120),
        Length("24h", DAY, 600),
        Length("7d", 7 * DAY, HOUR),
    )
}
"""The ranges that the platform offers by name, the shortest first."""
USUAL = LENGTHS["24h"]


class PanelKind(Struct, frozen=True):
    """What a panel is about. `words` returns a value in at most eight cells; `source` has its samples."""

    name: str
    title: str
    source: str
    words: Callable[[float], str] = short_number
    binary: bool = False
    sums: bool = False
    """Whether a sample counts what happened in its time, so that one that is not over is too low."""
    mean: bool = False
    """Whether a sample is the mean of the last steps, so that the first ones after a deploy contain what was before."""

    @property
    def traced(self) -> bool:
        """Whether it is about observations, so that its times are best explained by traces."""
        return self.source in ("observations", "cost")


def _milliseconds(value: float) -> str:
    return took(round(value * 1000))


KINDS = (
    PanelKind("cpu", "CPU cores", "pod", mean=True),
    PanelKind("memory", "memory", "pod", binary_size, binary=True),
    PanelKind("requests", "requests", "traffic", lambda value: f"{short_number(value)}/s", mean=True),
    PanelKind("errors", "failed requests", "traffic", lambda value: f"{short_number(value * 100)}%", mean=True),
    PanelKind("latency", "request p95", "traffic", _milliseconds, mean=True),
    PanelKind("observations", "observations per hour", "observations", sums=True),
    PanelKind("tokens", "tokens per hour", "observations", sums=True),
    PanelKind("trace-latency", "trace p95", "observations", _milliseconds),
    PanelKind("cost", "cost by day", "cost", lambda value: f"${short_number(value)}", sums=True),
)
"""All panels, in their order."""

# ---- what the sources return


class Mark(NamedTuple):
    """What happened, and when. The platform rounds the times of a pod by up to `rounded` seconds, and may repeat them.

    If a deploy is so close that the order is not known, the mark is not `sure`, and `at` is the time of the deploy.
    """

    at: float
    what: str
    rounded: float = 0.0
    sure: bool = True


class Measured(Struct, frozen=True):
    """The last good samples of one source by panel, with limits, and what happened. `note` says what they do not show.

    Of a pod, `workloads` are those that could be measured, and `workload` is the one that was. `error` says why the
    last request failed, and `at` when the last good one was sent.
    """

    series: Mapping[str, Series] = {}
    limits: Mapping[str, float] = {}
    marks: Sequence[Mark] = ()
    note: str = ""
    workload: str = ""
    workloads: Sequence[str] = ()
    at: float = 0.0
    error: PlatformError | None = None


def pod_numbers(metrics: PodMetrics, length: Length, workload: str = "", workloads: Sequence[str] = ()) -> Measured:
    """Return what the pod of a workload used. An unknown pod looks like one that was never measured."""
    series = {name: Series(getattr(metrics, name), length.step) for name in ("cpu", "memory")}
    limits = {"cpu": metrics.cpu_limit or 0.0, "memory": metrics.memory_limit or 0.0}
    rounded = max(length.step, LEAST_ROUNDED)
    times = {"restart": metrics.restarts, "OOM": metrics.ooms}
    marks = [Mark(at, what, rounded) for what in times for at in times[what]]
    note = f"pod of {visible(workload, 60)}" if len(workloads) > 1 else ""
    return Measured(series, limits, marks, note if series["cpu"].samples else "", workload, workloads)


def traffic_numbers(rate: Traffic, errors: Traffic, latency: Traffic, whole: TrafficSide, step: float) -> Measured:
    """Return the requests per second, the share that failed, and the latency.

    Without requests, there is no share. A missing number of errors is zero only if the whole window had none.
    """
    rates, failed = rate.samples, dict(errors.samples)
    none = whole.error_count == 0 and bool(whole.request_count)
    shares = [
        (at, min(1.0, failed.get(at, 0.0) / value)) for at, value in rates if value > 0 and (at in failed or none)
    ]
    samples = {"requests": rates, "errors": shares, "latency": latency.samples}
    note = "" if rates else "No requests, or not measured."
    return Measured({name: Series(each, step) for name, each in samples.items()}, note=note)


def observation_numbers(pages: Sequence[Sequence[Bucket]], window: Window) -> Measured:
    """Return observations, tokens, and the latency of traces by hour; hours without observations are not in `pages`.

    A page may be cut off: then it is not known whether later hours had observations.
    """
    hours = [
        {each.timestamp.at.timestamp() // HOUR * HOUR: each for each in page if each.timestamp.at is not None}
        for page in pages
    ]
    complete = min((max(page) for page in hours if len(page) >= _MOST_BUCKETS), default=window.end)
    buckets = {at: bucket for page in hours for at, bucket in page.items()}
    samples: dict[str, list[tuple[float, float]]] = {"observations": [], "tokens": [], "trace-latency": []}
    first = window.begin // HOUR * HOUR
    for hour in (first + number * HOUR for number in range(int((window.end - first) // HOUR) + 1)):
        bucket, empty = buckets.get(hour), 0.0 if hour <= complete else None
        values = (empty, empty, None) if bucket is None else (bucket.trace_count, _tokens(bucket), _latency(bucket))
        for each, value in zip(samples.values(), values, strict=True):
            if value is not None:
                each.append((hour, value))
    return Measured({name: Series(each, HOUR) for name, each in samples.items()})


def _tokens(bucket: Bucket) -> float | None:
    counts = [each for each in (bucket.input_tokens, bucket.output_tokens) if each is not None]
    return sum(counts) if counts else None


def _latency(bucket: Bucket) -> float | None:
    """Return the latency; None if all of them are 0, which is the only sign that their query failed."""
    every = (bucket.avg_latency_ms, bucket.p95_latency_ms, bucket.min_latency_ms, bucket.max_latency_ms)
    return bucket.p95_latency_ms if any(every) else None


def cost_numbers(costs: Costs, deployment_id: str) -> Measured:
    """Return what an agent cost by day; a cost of 0 says nothing if tokens were used."""
    own = next((each for each in costs.deployments if each.deployment_id == deployment_id), None)
    if costs.metrics_unavailable or (own is None and len(costs.deployments) < _MOST_AGENTS):
        return Measured(note="No data available.")
    if own is None:
        return Measured(note=f"Not among the {_MOST_AGENTS} most expensive agents of the account.")
    if own.total_tokens and not own.cost_usd:
        return Measured(note=f"The cost is below $0.0001{'' if own.top_model else ', or the price is unknown'}.")
    note = f"{money(own.cost_usd)} in these days" if own.cost_usd else ""
    return Measured({"cost": Series(own.cost_over_time, DAY)}, note=note)


def deploy_marks(rows: Iterable[RevisionRow]) -> Measured:
    """Return the deploys of an agent."""
    marks = [Mark(row.deployed.timestamp(), row.title) for row in rows if row.deployed is not None]
    return Measured(marks=sorted(marks))


# ---- panels


LOADING = "Loading…"


class Panel(Struct, frozen=True):
    """One kind of numbers. Without samples, `note` says why; with samples, it says what they do not show.

    `warning` says why the newest values are missing.
    """

    kind: PanelKind
    series: Series | None = None
    limit: float = 0.0
    note: str = ""
    warning: str = ""

    @property
    def empty(self) -> bool:
        """Whether it has no samples, and none are on their way."""
        return self.series is None and self.note != LOADING

    def words(self, span: TimeRange) -> str:
        """Return the values of a column: one, or the smallest and the largest."""
        low, high = map(self.kind.words, span)
        return low if low == high else f"{low}-{high}"


class MedianChange(NamedTuple):
    """The medians of a panel before and after the last deploy."""

    kind: PanelKind
    before: float
    after: float

    @property
    def factor(self) -> float:
        """How much larger the larger one is."""
        low, high = sorted((abs(self.before), abs(self.after)))
        return high / low if low else float("inf") if high else 1.0

    def __str__(self) -> str:
        return f"{self.kind.title} {self.kind.words(self.before)} → {self.kind.words(self.after)}"


class Numbers(Struct, frozen=True):
    """What was read of each source for a range that ends at `now`, and the workload whose pod the user chose."""

    now: datetime
    length: Length = USUAL
    readings: Mapping[str, Measured] = {}
    workload: str = ""

    @property
    def begin(self) -> datetime:
        """The begin of the range."""
        return self.now - timedelta(seconds=self.length.seconds)

    @property
    def window(self) -> Window:
        """The times that are shown."""
        return Window(self.begin.timestamp(), self.now.timestamp())

    def of(self, source: str) -> Measured:
        """Return what was read of a source; it is empty if nothing was."""
        return self.readings.get(source, Measured())

    @property
    def marks(self) -> list[Mark]:
        """What happened in the range, in order. A rounded time close to a deploy says nothing about their order."""
        window, marks = self.window, dict[Mark, None]()
        deploys = [each.at for each in self.of("deploys").marks if window.begin <= each.at < window.end]
        for mark in (mark for source in self.readings for mark in self.of(source).marks):
            close = [at for at in deploys if abs(at - mark.at) < mark.rounded]
            marks[mark._replace(at=max(close), sure=False) if close else mark] = None
        shown = [mark for mark in marks if window.begin <= mark.at < window.end]
        return sorted(shown, key=lambda mark: (mark.at, mark.rounded, mark.what))

    def happened(self, width: int) -> dict[int, str]:
        """Return what happened in each of `width` columns, such as `rev 12, OOM (order not known)`."""
        columns: dict[int, list[Mark]] = {}
        for mark in self.marks:
            columns.setdefault(self.window.column(mark.at, width), []).append(mark)
        return {
            column: ", ".join(dict.fromkeys(mark.what for mark in marks))
            + ("" if all(mark.sure for mark in marks) else " (order not known)")
            for column, marks in columns.items()
        }

    @property
    def deploy(self) -> Mark | None:
        """The last deploy; None if none is known."""
        return next(reversed(self.of("deploys").marks), None)

    def local(self, at: float) -> str:
        """Return a local time: with seconds in a short range, and with its date unless it is today."""
        text = local_time(datetime.fromtimestamp(at, UTC), self.now)
        return text.rpartition(":")[0] if text.count(":") == 2 and self.length.seconds > HOUR else text

    # ---- panels

    @property
    def panels(self) -> list[Panel]:
        """All panels."""
        return list(map(self._panel, KINDS))

    def _panel(self, kind: PanelKind) -> Panel:
        value = self.readings.get(kind.source)
        if value is None:
            return Panel(kind, note=LOADING)
        warning = self._failure(kind, value.at, value.error) if value.error is not None else ""
        series = value.series.get(kind.name)
        if series is None or not series.samples:
            return Panel(kind, note=warning or value.note or "Not measured.")
        return Panel(kind, series, value.limits.get(kind.name, 0.0), value.note, warning)

    def _failure(self, kind: PanelKind, at: float, error: PlatformError) -> str:
        """Return why there are no new values, and what may help."""
        if error.facts.not_set_up:
            return "No tracing." if kind.traced else "Not measured by this server."
        if error.not_offered:
            return "Not offered by this server."
        old = f"As of {clock(datetime.fromtimestamp(at, UTC), self.now)}." if at else ""
        shorter = [name for name, length in LENGTHS.items() if length.seconds < self.length.seconds]
        # One of many queries failed; a shorter range may succeed.
        hint = f"{shorter[-1]} may work." if error.status == 502 and shorter else ""
        return " ".join(part for part in (old, hint, str(error)) if part)

    def facts(self, panel: Panel) -> list[str]:
        """Return the warning, the newest value, the largest one with its time, the limit, and the note."""
        words, facts = panel.kind.words, [panel.warning]
        if panel.series is not None and (shown := panel.series.within(self.window)):
            at, most = max(shown, key=lambda each: each[1])
            begun, newest = shown[-1]
            open_end = panel.kind.sums and begun + panel.series.step > self.window.end
            facts += [words(newest) + (" so far" if open_end else ""), f"max {words(most)} at {self.local(at)}"]
        facts += [f"limit {words(panel.limit)}" if panel.limit else "", panel.note]
        return [fact for fact in facts if fact]

    # ---- before and after

    def changes(self, panels: Iterable[Panel]) -> list[MedianChange]:
        """Return the medians on both sides of the last deploy, the largest change first."""
        changes, window, deploy = list[MedianChange](), self.window, self.deploy
        for panel in panels:
            if panel.series is None or deploy is None:
                continue
            samples, step = panel.series.within(window), panel.series.step
            if panel.kind.sums:
                # What lies partly outside of the range may have been counted only in part.
                samples = [(at, value) for at, value in samples if window.begin <= at <= window.end - step]
            before = [value for at, value in samples if at + step <= deploy.at]
            begin = deploy.at + (MEAN_OF * step if panel.kind.mean else 0.0)
            after = [value for at, value in samples if at >= begin]
            if min(len(before), len(after)) >= LEAST_SAMPLES:
                changes.append(MedianChange(panel.kind, median(before), median(after)))
        return sorted(changes, key=lambda change: -change.factor)

    def comparison(self, panels: Iterable[Panel]) -> str:
        """Return one line about the medians before and after the last deploy."""
        deploy, deploys = self.deploy, self.readings.get("deploys")
        if deploy is None:
            unknown = "The deploys cannot be read." if deploys and deploys.error else "No deploys are known."
            return unknown if deploys is not None else ""
        named = f"{deploy.what}, {age(datetime.fromtimestamp(deploy.at, UTC), self.now)} ago"
        if deploy.at < self.window.begin:
            ago = self.window.end - deploy.at
            longer = next((f" {name} shows it." for name, length in LENGTHS.items() if length.seconds > ago), "")
            return f"Last deploy: {named}, before this range.{longer}"
        if changes := self.changes(panels):
            return f"Medians before → after {named}: " + ", ".join(map(str, changes))
        return f"Last deploy: {named}. Too few samples to compare before and after."

    def as_json(self) -> dict[str, object]:
        """Return the numbers for scripts. A panel without samples has a `note` that says why."""
        panels, deploy = self.panels, self.deploy
        return {
            "range": self.length.name,
            "start": _iso(self.window.begin),
            "end": _iso(self.window.end),
            "numbers": [
                {
                    "name": panel.kind.name,
                    "title": panel.kind.title,
                    "limit": panel.limit or None,
                    "step": panel.series.step if panel.series else None,
                    "mean_of_steps": MEAN_OF if panel.kind.mean else 1,
                    "note": panel.warning or panel.note or None,
                    "newest": panel.series.samples[-1][1] if panel.series else None,
                    "samples": [[_iso(at), value] for at, value in panel.series.samples] if panel.series else [],
                }
                for panel in panels
            ],
            "marks": [
                {"time": _iso(mark.at), "what": mark.what, "rounded": mark.rounded, "order_known": mark.sure}
                for mark in self.marks
            ],
            "last_deploy": {"time": _iso(deploy.at), "what": deploy.what} if deploy else None,
            "medians": [
                {"name": each.kind.name, "before": each.before, "after": each.after} for each in self.changes(panels)
            ],
        }


def _iso(at: float) -> str:
    return rfc3339(datetime.fromtimestamp(at, UTC), "seconds")
