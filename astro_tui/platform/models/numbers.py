"""What the platform measures: pods, traffic, observations, and costs (platform.md §11).

A value is None if it was not sent, was null, or is not a number. None never means zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import PlainValidator

from astro_tui.platform.lenient import Moment, count_of, items_of, number_of
from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, PlatformModel, Text, Time

MOST_POINTS = 20_000
"""The most entries of one list that are read; the platform sends at most 11,000."""


def _amounts(value: object) -> tuple[float | None, ...]:
    return tuple(map(number_of, list(items_of(value))[:MOST_POINTS]))


def _samples(time: str, value: str) -> PlainValidator:
    """Return a validator for samples under two keys. Those without a time or a value are gaps."""

    def samples(entries: object) -> tuple[tuple[float, float], ...]:
        rows = [entry for entry in list(items_of(entries))[:MOST_POINTS] if isinstance(entry, Mapping)]
        pairs = [(Moment.of(row.get(time)).at, number_of(row.get(value))) for row in rows]
        return tuple(sorted((at.timestamp(), amount) for at, amount in pairs if at and amount is not None))

    return PlainValidator(samples)


def _times(value: object) -> tuple[float, ...]:
    moments = [Moment.of(entry).at for entry in list(items_of(value))[:MOST_POINTS]]
    return tuple(sorted({at.timestamp() for at in moments if at is not None}))


def _counts(value: object) -> tuple[tuple[str, int], ...]:
    rows = value.items() if isinstance(value, Mapping) else ()
    counts = [(str(key), count_of(count)) for key, count in rows]
    return tuple((key, count) for key, count in counts if count is not None)


Amount = Annotated[float | None, PlainValidator(number_of)]
Amounts = Annotated[tuple[float | None, ...], PlainValidator(_amounts)]
Counts = Annotated[tuple[tuple[str, int], ...], PlainValidator(_counts)]
Samples = Annotated[tuple[tuple[float, float], ...], _samples("timestamp", "value")]
"""Pairs of a Unix time and a value, in order of time."""
Moments = Annotated[tuple[float, ...], PlainValidator(_times)]
"""Unix times, in order."""
DayCosts = Annotated[tuple[tuple[float, float], ...], _samples("date", "cost_usd")]


class PodMetrics(PlatformModel):
    """The use of one pod: `cpu` in cores, `memory` in bytes. A limit of 0 means unknown or unlimited.

    `restarts` and `ooms` are times rounded to the step, and no counts.
    """

    cpu: Samples = ()
    memory: Samples = ()
    restarts: Moments = ()
    ooms: Moments = ()
    cpu_limit: Amount = None
    memory_limit: Amount = None


class TrafficSeries(PlatformModel):
    """One series of traffic. Times without a value are missing."""

    points: Samples = ()


class Traffic(PlatformModel):
    """Traffic over time."""

    series: Annotated[tuple[TrafficSeries, ...], Objects] = ()

    @property
    def samples(self) -> list[tuple[float, float]]:
        """The samples of all series."""
        return sorted(sample for series in self.series for sample in series.points)


class TrafficSide(PlatformModel):
    """The traffic of a window in one direction. Without a metrics backend, everything is 0."""

    request_count: Number = None
    error_count: Number = None


class Flow(PlatformModel):
    """The traffic with one peer in a window. Latencies are milliseconds, and None without samples.

    `peer` is untrusted text: a route, a host, or the kind of a database. Databases have no errors.
    """

    peer: Text = ""
    peer_kind: Text = ""
    registrable_domain: Text = ""
    request_count: Number = None
    error_count: Number = None
    latency_p50_ms: Amount = None
    latency_p95_ms: Amount = None
    status_codes: Counts = ()


class Bucket(PlatformModel):
    """The observations of an hour, a day, a week, or a month.

    `trace_count` counts observations. If it is not 0 and all latencies are, the query for latencies failed.
    """

    timestamp: Time = NO_TIME
    trace_count: Amount = None
    avg_latency_ms: Amount = None
    p95_latency_ms: Amount = None
    min_latency_ms: Amount = None
    max_latency_ms: Amount = None
    input_tokens: Amount = None
    output_tokens: Amount = None


class Month(PlatformModel):
    """The last 30 days of one agent, oldest first; the last is today, which is not over.

    `total_traces` and `last_trace_at` are about all time.
    """

    total_traces: Number = None
    last_trace_at: Text = ""
    request_series: Amounts = ()
    token_series: Amounts = ()
    cost_series: Amounts = ()


class Cost(PlatformModel):
    """What the observations of one agent cost in a window, in US dollars, rounded to four digits.

    0 with tokens means that the price is unknown, or that the cost is tiny. `top_model` is empty if no price is known.
    """

    deployment_id: Text = ""
    top_model: Text = ""
    total_tokens: Number = None
    cost_usd: Amount = None
    cost_over_time: DayCosts = ()


class Costs(PlatformModel):
    """The costs of the agents of an account. With `metrics_unavailable`, nothing is known."""

    deployments: Annotated[tuple[Cost, ...], Objects] = ()
    metrics_unavailable: Flag = False
