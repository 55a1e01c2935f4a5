"""What the platform measures: pods, traffic, observations, and costs (platform.md §11).

A value is None if it was not sent, was null, or is not a number. None never means zero.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, PlainValidator

from astro_tui.platform.lenient import items_of
from astro_tui.platform.models.values import NO_TIME, Flag, Number, Objects, Record, Text, Time

LARGEST = 1e18
"""A number that is at least as large is a mistake, and so is what is no number at all."""
MOST_POINTS = 20_000
"""The most entries of one list that are read; the platform sends at most 11,000."""


def _amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < LARGEST else None


def _amounts(value: object) -> tuple[float | None, ...]:
    return tuple(map(_amount, list(items_of(value))[:MOST_POINTS]))


Amount = Annotated[float | None, PlainValidator(_amount)]
Amounts = Annotated[tuple[float | None, ...], PlainValidator(_amounts)]


class Point(Record):
    """One sample of a series."""

    timestamp: Time = NO_TIME
    value: Amount = None


Points = Annotated[tuple[Point, ...], Objects, BeforeValidator(lambda value: list(items_of(value))[:MOST_POINTS])]


class PodMetrics(Record):
    """The use of one pod: `cpu` in cores, `memory` in bytes. A limit of 0 means unknown or unlimited.

    `restarts` and `ooms` are times rounded to the step, and no counts.
    """

    pod: Text = ""
    range: Text = ""
    cpu: Points = ()
    memory: Points = ()
    restarts: Points = ()
    ooms: Points = ()
    cpu_limit: Amount = None
    memory_limit: Amount = None


class TrafficSeries(Record):
    """The points of one series of traffic. Times without a value are missing."""

    label: Text = ""
    points: Points = ()


class Traffic(Record):
    """Traffic over time. `step` is a Go duration such as `1m0s`."""

    direction: Text = ""
    metric: Text = ""
    step: Text = ""
    series: Annotated[tuple[TrafficSeries, ...], Objects] = ()


class TrafficSide(Record):
    """The traffic of a window in one direction. Without a metrics backend, everything is 0."""

    request_count: Number = None
    error_count: Number = None


class Bucket(Record):
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


class Month(Record):
    """The last 30 days of one agent, oldest first; the last is today, which is not over. `total_traces` is all time."""

    total_traces: Number = None
    request_series: Amounts = ()
    token_series: Amounts = ()
    cost_series: Amounts = ()


class DayCost(Record):
    """What the observations of one day cost, in US dollars."""

    date: Time = NO_TIME
    cost_usd: Amount = None


class Cost(Record):
    """What the observations of one agent cost in a window, in US dollars. 0 with tokens: the price is unknown."""

    deployment_id: Text = ""
    total_tokens: Number = None
    cost_usd: Amount = None
    cost_over_time: Annotated[tuple[DayCost, ...], Objects] = ()


class Costs(Record):
    """The costs of the agents of an account. With `metrics_unavailable`, nothing is known."""

    deployments: Annotated[tuple[Cost, ...], Objects] = ()
    metrics_unavailable: Flag = False
