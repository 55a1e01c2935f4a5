"""The numbers never say more than was measured: each test is a trap of the platform (platform.md §11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from astro_tui.errors import ErrorFacts, ErrorKind, PlatformError
from astro_tui.platform.lenient import LARGEST
from astro_tui.platform.models import Bucket, Costs, Flow, PodMetrics, Traffic, TrafficSide
from astro_tui.presentation.charts import Series
from astro_tui.presentation.numbers import (
    HOUR,
    KINDS,
    LENGTHS,
    Length,
    Mark,
    Measured,
    Numbers,
    Panel,
    cost_numbers,
    observation_numbers,
    pod_numbers,
    traffic_numbers,
)
from astro_tui.presentation.panels import PanelDrawing, table_rows
from astro_tui.presentation.peers import COLUMNS, as_json, peers_of

NOW = datetime(2026, 7, 4, 12, 30, tzinfo=UTC)
SHORT, SIX, LONG, WEEK = LENGTHS.values()
ID = "q7k-0ab-x4d"


def iso(ago: float) -> str:
    return (NOW - timedelta(seconds=ago)).isoformat()


def points(*values: tuple[float, Any]) -> list[dict[str, Any]]:
    """Return points from how long ago they are and their values."""
    return [{"timestamp": iso(ago), "value": value} for ago, value in values]


def traffic(*values: tuple[float, Any]) -> Traffic:
    return Traffic.model_validate({"series": [{"label": "total", "points": points(*values)}]})


def side(requests: int | None, errors: int | None) -> TrafficSide:
    return TrafficSide.model_validate({"request_count": requests, "error_count": errors})


def bucket(hour: int, **fields: Any) -> Bucket:
    latency = dict.fromkeys(("avg_latency_ms", "p95_latency_ms", "min_latency_ms", "max_latency_ms"), 900)
    return Bucket.model_validate({"timestamp": f"2026-07-04T{hour:02d}:00:00Z", "trace_count": 5, **latency, **fields})


def error(status: int, **facts: bool) -> PlatformError:
    return PlatformError(ErrorKind.SERVER, "It failed.", request="GET x", status=status, facts=ErrorFacts(**facts))


def values(measured: Measured, name: str) -> list[float]:
    return [value for _, value in measured.series[name].samples]


def numbers(readings: dict[str, Measured], length: Length = LONG) -> Numbers:
    return Numbers(NOW, length, readings)


def panel(readings: dict[str, Measured], name: str, length: Length = LONG) -> Panel:
    return next(each for each in numbers(readings, length).panels if each.kind.name == name)


def facts(readings: dict[str, Measured], name: str, length: Length = LONG) -> list[str]:
    return numbers(readings, length).facts(panel(readings, name, length))


# ---- pods


def test_a_limit_of_zero_draws_no_line_and_an_unknown_pod_is_not_measured() -> None:
    known = pod_numbers(PodMetrics.model_validate({"cpu": points((60, 0.5)), "cpu_limit": 0}), LONG)
    assert panel({"pod": known}, "cpu").limit == 0
    assert "limit" not in " ".join(facts({"pod": known}, "cpu"))
    unknown = pod_numbers(PodMetrics.model_validate({"pod": "gone", "cpu": [], "memory": None, "cpu_limit": 0}), LONG)
    for name in ("cpu", "memory"):
        assert panel({"pod": unknown}, name).series is None
        assert panel({"pod": unknown}, name).note == "Not measured."


def test_points_without_a_value_or_a_time_are_gaps() -> None:
    sent = [*points((120, 0.5), (60, None), (90, "x")), {"timestamp": "never", "value": 1}]
    assert values(pod_numbers(PodMetrics.model_validate({"cpu": sent}), LONG), "cpu") == [0.5]


def test_restarts_and_ooms_are_times_and_are_not_counted() -> None:
    sent = {"restarts": [iso(7200), iso(3600), iso(3600), "never", 5, None], "ooms": [iso(3600)]}
    readings = {"pod": pod_numbers(PodMetrics.model_validate(sent), LONG)}
    assert [mark.what for mark in numbers(readings).marks] == ["restart", "OOM", "restart"]
    assert [mark.what for mark in numbers(readings, SHORT).marks] == ["OOM", "restart"]


@pytest.mark.parametrize(
    ("oom", "words"),
    [(4300, "rev 12, OOM (order not known)"), (3700, "rev 12, OOM (order not known)"), (3400, "OOM"), (5000, "rev 12")],
    ids=["the bucket before", "the bucket after", "later", "earlier"],
)
def test_an_oom_is_never_drawn_before_a_deploy_in_the_same_bucket(oom: float, words: str) -> None:
    pod = pod_numbers(PodMetrics.model_validate({"ooms": [iso(oom)], "restarts": [iso(oom)]}), LONG)
    shown = numbers({"pod": pod, "deploys": deployed(4000)}, LONG)
    [*_, last] = [row.happened for row in reversed(table_rows(shown))]
    assert last.replace("OOM, restart", "OOM") == words
    axis, of_pod = (
        "".join(piece.text for piece in line) for line in PanelDrawing(shown, 209, 8).lines(Panel(KINDS[0]))[-2:]
    )
    assert (axis.index("D") == of_pod.index("O")) == ("not known" in words)
    assert of_pod.strip() == "O"


def test_after_a_502_the_last_good_data_stays_and_a_shorter_range_is_suggested() -> None:
    good = pod_numbers(PodMetrics.model_validate({"cpu": points((60, 0.5))}), LONG)
    old = replace(good, at=NOW.timestamp() - 300, error=error(502))
    assert panel({"pod": old}, "cpu").series is good.series["cpu"]
    assert panel({"pod": old}, "cpu").warning.endswith(". 6h may work. It failed.")
    assert facts({"pod": old}, "cpu")[0].startswith("As of ")
    assert panel({"pod": Measured(error=error(502))}, "cpu").note == "6h may work. It failed."
    assert panel({"pod": Measured(error=error(502))}, "cpu", SHORT).note == "It failed."


# ---- traffic


def test_the_share_of_failed_requests() -> None:
    rate = traffic((180, 2.0), (120, 0.0), (60, 4.0))
    some = traffic_numbers(rate, traffic((180, 0.5), (120, 0.0)), traffic((180, 90.0)), side(100, 9), 60)
    # Without requests there is no share, and a missing number of errors is no zero.
    assert values(some, "errors") == [0.25]
    assert panel({"traffic": some}, "errors").words((0.25, 0.25)) == "25%"
    none = traffic_numbers(rate, traffic(), traffic(), side(100, 0), 60)
    assert values(none, "errors") == [0.0, 0.0]
    assert panel({"traffic": none}, "latency").series is None


def test_no_traffic_and_no_metrics_look_alike_so_neither_is_claimed() -> None:
    nothing = traffic_numbers(traffic(), traffic(), traffic(), side(0, 0), 60)
    for name in ("requests", "errors", "latency"):
        shown = panel({"traffic": nothing}, name)
        assert (shown.series, shown.note) == (None, "No requests, or not measured.")


def test_missing_points_are_not_connected() -> None:
    rate = traffic((600, 1.0), (540, 1.0), (120, 1.0), (60, 1.0))
    spans = (
        traffic_numbers(rate, traffic(), traffic(), side(9, 0), 60)
        .series["requests"]
        .spans(numbers({}, SHORT).window._replace(begin=NOW.timestamp() - 600), 10)
    )
    assert [span is not None for span in spans] == [True, True, *[False] * 6, True, True]


# ---- observations


def test_missing_hours_have_no_observations_and_no_latency() -> None:
    late = bucket(7, input_tokens=0, timestamp="2026-07-04T07:12:30Z")
    shown = observation_numbers([[bucket(9, input_tokens=40, output_tokens=2), late]], numbers({}, SIX).window)
    assert values(shown, "observations") == [0, 5, 0, 5, 0, 0, 0]
    assert values(shown, "tokens") == [0, 0, 0, 42, 0, 0, 0]
    assert [at for at, _ in shown.series["trace-latency"].samples] == [
        datetime(2026, 7, 4, hour, tzinfo=UTC).timestamp() for hour in (7, 9)
    ]


def test_after_a_response_of_100_hours_the_next_ones_are_unknown() -> None:
    start = (NOW - timedelta(days=7)).replace(minute=0)
    hours = [bucket(0, timestamp=(start + timedelta(hours=hour)).isoformat()) for hour in range(120) if hour % 7]
    window = numbers({}, WEEK).window
    assert len(values(observation_numbers([hours[:99]], window), "observations")) == 169
    assert values(observation_numbers([hours[:100]], window), "observations") == ([0, *[5] * 6] * 17)[:117]


def test_an_hour_that_is_not_over_is_no_drop() -> None:
    hours = [*((hour, 100) for hour in range(6, 12)), (12, 3)]
    shown = observation_numbers([[bucket(hour, trace_count=count) for hour, count in hours]], numbers({}, SIX).window)
    readings = {"observations": shown, "deploys": deployed(2.5 * HOUR)}
    assert facts(readings, "observations", SIX)[0] == "3 so far"
    # Of the hours after the deploy, only two are over.
    assert numbers(readings, SIX).changes([panel(readings, "observations", SIX)]) == []


def test_a_count_that_cannot_be_true_is_not_counted() -> None:
    shown = observation_numbers([[bucket(9, trace_count=10**400, input_tokens=None)]], numbers({}, SIX).window)
    assert values(shown, "observations") == values(shown, "tokens") == [0] * 6


def test_latencies_of_zero_next_to_observations_are_unknown() -> None:
    failed = dict.fromkeys(("avg_latency_ms", "p95_latency_ms", "min_latency_ms", "max_latency_ms"), 0)
    shown = observation_numbers([[bucket(9, **failed), bucket(10)]], numbers({}, SIX).window)
    assert values(shown, "trace-latency") == [900]
    # One value of zero is a latency.
    quick = observation_numbers([[bucket(9, min_latency_ms=0, p95_latency_ms=0)]], numbers({}, SIX).window)
    assert values(quick, "trace-latency") == [0]


def test_observations_are_called_so_and_their_errors_are_not_charted() -> None:
    titles = [kind.title for kind in KINDS if kind.source == "observations"]
    assert titles == ["observations per hour", "tokens per hour", "trace p95"]
    assert [kind.source for kind in KINDS if "fail" in kind.title] == ["traffic"]


def test_without_tracing_there_is_nothing_to_repair() -> None:
    assert panel({"observations": Measured(error=error(503, not_set_up=True))}, "tokens").note == "No tracing."


# ---- cost


@pytest.mark.parametrize(
    ("body", "days", "note"),
    [
        ({"deployments": [{"deployment_id": ID, "total_tokens": 9, "cost_usd": 0,
                           "cost_over_time": [{"date": "2026-07-03", "cost_usd": 0}]}]}, None,
         "The cost is below $0.0001, or the price is unknown."),
        ({"deployments": [{"deployment_id": ID, "total_tokens": 9, "cost_usd": 0.0, "top_model": "small-1"}]}, None,
         "The cost is below $0.0001."),
        ({"deployments": [{"deployment_id": ID, "total_tokens": 0, "cost_usd": 0,
                           "cost_over_time": [{"date": "2026-07-03", "cost_usd": 0}]}]}, [0.0], ""),
        ({"deployments": [{"deployment_id": ID, "total_tokens": 9, "cost_usd": 1.5,
                           "cost_over_time": [{"date": "2026-07-04", "cost_usd": 1}, {"date": "2026-07-03",
                                               "cost_usd": 0.5}, {"date": "x", "cost_usd": 9}]}]},
         [0.5, 1.0], "$1.50 in these days"),
        ({"deployments": None, "metrics_unavailable": True}, None, "No data available."),
        ({"deployments": [{"deployment_id": ID, "cost_usd": 0}], "metrics_unavailable": True}, None,
         "No data available."),
        ({"deployments": [{"deployment_id": "other", "cost_usd": 4}]}, None, "No data available."),
        ({"deployments": [{"deployment_id": f"other {number}"} for number in range(100)]}, None,
         "Not among the 100 most expensive agents of the account."),
    ],
    ids=["no price", "tiny", "nothing used", "sum", "unavailable", "zeros", "not listed", "not among 100"],
)  # fmt: skip
def test_costs(body: dict[str, Any], days: list[float] | None, note: str) -> None:
    shown = panel({"cost": cost_numbers(Costs.model_validate(body), ID)}, "cost")
    assert shown.note == note
    assert ([value for _, value in shown.series.samples] if shown.series else None) == days


# ---- before and after


def series(*samples: tuple[float, float], step: float = 60) -> Series:
    return Series([(NOW.timestamp() - ago, value) for ago, value in samples], step)


def deployed(ago: float, name: str = "rev 12") -> Measured:
    return Measured(marks=[Mark(NOW.timestamp() - ago, name)])


def test_medians_on_both_sides_of_the_last_deploy() -> None:
    flat = series(*((ago, 1.0) for ago in range(1200, 0, -60)))
    # Until 260 s ago, samples of requests are means that contain what was before the deploy.
    slower = series(
        *((ago, 100.0) for ago in (900, 800, 700)), *((ago, 200.0) for ago in (480, 400, 300)),
        *((ago, 300.0) for ago in (200, 100)), (20, 9000.0),
    )  # fmt: skip
    # The sample from 530 s ago stands for a minute in which the deploy was.
    across = series(*((ago, 1.0) for ago in (700, 630, 530, 100, 60, 30)))
    larger = series(*((ago, 1.0) for ago in (700, 600, 560)), *((ago, 2.0) for ago in (499, 450, 400)))
    panels = [Panel(KINDS[2], flat), Panel(KINDS[4], slower), Panel(KINDS[0], across), Panel(KINDS[1], larger)]
    known = numbers({"deploys": deployed(500)}, SHORT)
    said = "request p95 100 ms → 300 ms", "memory 1 B → 2 B", "requests 1/s → 1/s"
    assert tuple(map(str, known.changes(panels))) == said
    assert known.comparison(panels) == f"Medians before → after rev 12, 8m ago: {', '.join(said)}"


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ({}, ""),
        ({"deploys": Measured(error=error(500))}, "The deploys cannot be read."),
        ({"deploys": (Measured())}, "No deploys are known."),
        ({"deploys": deployed(60)}, "Last deploy: rev 12, 1m ago. Too few samples to compare before and after."),
        ({"deploys": deployed(30 * HOUR)}, "Last deploy: rev 12, 1d ago, before this range. 7d shows it."),
        ({"deploys": deployed(900 * HOUR)}, "Last deploy: rev 12, 37d ago, before this range."),
    ],
)
def test_what_is_said_without_a_comparison(readings: dict[str, Measured], words: str) -> None:
    assert numbers(readings).comparison(numbers(readings).panels) == words


def test_json_has_no_samples_but_a_reason_where_nothing_was_measured() -> None:
    body = numbers({"observations": Measured(error=error(503, not_set_up=True))}).as_json()
    tokens = next(each for each in body["numbers"] if each["name"] == "tokens")  # type: ignore[attr-defined]
    assert (tokens["samples"], tokens["note"], tokens["limit"]) == ([], "No tracing.", None)


ANY = st.floats(-LARGEST, LARGEST, exclude_min=True, exclude_max=True)


@given(st.lists(st.tuples(st.integers(-90_000, 1000), ANY), max_size=12), ANY, st.integers(20, 130), st.booleans())
def test_any_numbers_can_be_drawn(samples: list[tuple[int, float]], limit: float, width: int, plain: bool) -> None:
    wild = Series(sorted((NOW.timestamp() + ago, value) for ago, value in samples), 600)
    value = Measured({kind.name: wild for kind in KINDS}, {"cpu": limit}, [Mark(NOW.timestamp() - 60, "OOM")])
    shown = numbers(dict.fromkeys(("pod", "traffic", "observations", "cost"), value))
    for cross in (None, 0):
        drawing = PanelDrawing(shown, width, 8, cross, plain)
        for each in (*shown.panels, Panel(KINDS[0])):
            assert len(drawing.lines(each)) == 8
    table_rows(shown)


@given(st.lists(st.tuples(ANY, ANY), max_size=6))
def test_any_traffic_has_shares_up_to_one(pairs: list[tuple[float, float]]) -> None:
    rate, errors = (traffic(*((60.0 * (place + 1), pair[part]) for place, pair in enumerate(pairs))) for part in (0, 1))
    shown = traffic_numbers(rate, errors, traffic(), side(5, 5), 60)
    assert all(share <= 1 for share in values(shown, "errors"))


def test_databases_report_no_errors_and_what_was_not_measured_is_no_zero() -> None:
    flow = Flow.model_validate({"peer": "postgresql", "request_count": 40, "error_count": 0, "latency_p95_ms": None})
    [row] = peers_of("database", [flow])
    assert [column.text(row) or column.empty for column in COLUMNS] == ["database", "postgresql", "40", "–", "–", "–"]
    unknown = {"direction": "database", "peer": "postgresql", "requests": 40}
    assert as_json(row) == unknown | dict.fromkeys(("errors", "error_rate", "p50_ms", "p95_ms"))
