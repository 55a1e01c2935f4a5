"""Numbers over HTTP: what is requested, and what the client makes of odd responses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support import app
from support.platforms import Opened, asked
from support.raw_server import answer

from astro_tui.demo import DemoServer
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Platform

NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
READ: dict[str, Callable[[Platform], Any]] = {
    "pod": lambda platform: platform.pod_metrics("d1", "p/1", "6h"),
    "traffic": lambda platform: platform.traffic("d1", "rate", NOW - WEEK, NOW),
    "short traffic": lambda platform: platform.traffic("d1", "rate", NOW - HOUR / 4, NOW),
    "summary": lambda platform: platform.traffic_summary("d1", NOW - HOUR, NOW),
    "buckets": lambda platform: platform.observation_metrics("d1", NOW - HOUR, NOW),
    "months": lambda platform: platform.months("acme"),
    "costs": lambda platform: platform.costs("acme", NOW - WEEK, NOW),
}


def read(name: str, body: bytes) -> tuple[Any, str]:
    """Return what the client makes of a response, and the path and query that it requested."""
    found, [sent] = asked(READ[name], answer(body))
    return found, sent


REQUESTS = [
    ("pod", b'{"pod":"p"}', "/deployments/d1/pods/p%2F1/metrics", {"range": "6h"}),
    ("traffic", b'{"series":[]}', "/deployments/d1/network/timeseries", {
        "direction": "inbound", "metric": "rate", "step": "3024s",
        "start_time": "2026-06-27T12:00:00Z", "end_time": "2026-07-04T12:00:00Z"}),
    ("short traffic", b'{"series":[]}', "/deployments/d1/network/timeseries", {
        "direction": "inbound", "metric": "rate", "step": "15s",
        "start_time": "2026-07-04T11:45:00Z", "end_time": "2026-07-04T12:00:00Z"}),
    ("buckets", b'{"buckets":[]}', "/deployments/d1/observability/metrics", {
        "granularity": "hour", "start_time": "2026-07-04T11:00:00Z", "end_time": "2026-07-04T12:00:00Z"}),
    ("months", b'{"summaries":{}}', "/accounts/acme/observability/deployment-summaries", {}),
    ("costs", b'{"deployments":null}', "/accounts/acme/observability/deployments-summary", {
        "from": "2026-06-27T12:00:00Z", "to": "2026-07-04T12:00:00Z"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "path", "query"), REQUESTS, ids=[row[0] for row in REQUESTS])
def test_requests(name: str, body: bytes, path: str, query: dict[str, str]) -> None:
    _, sent = read(name, body)
    assert urlsplit(sent).path == path
    assert {key: value for key, [value] in parse_qs(urlsplit(sent).query).items()} == query


def test_odd_values_are_unknown_and_never_zero() -> None:
    pod, _ = read(
        "pod",
        b'{"pod":"p","cpu":null,"memory":[7,{"timestamp":"x","value":1},{"timestamp":"2026-07-04","value":"NaN"},'
        b'{"timestamp":"2026-07-04","value":1e300},{"timestamp":"2026-07-04","value":"1.5"}],"ooms":5}',
    )
    assert pod.cpu == pod.ooms == ()
    assert [value for _, value in pod.memory] == [1.5]
    assert pod.cpu_limit is None
    assert read("summary", b'{"inbound":null}')[0].request_count is None
    months, _ = read("months", b'{"summaries":{"d1":{"cost_series":[0.5,null,"x"]},"d2":null}}')
    assert months["d1"].cost_series == (0.5, None, None)
    assert months.keys() == {"d1"}
    assert read("months", b'{"summaries":null}')[0] == {}
    assert read("costs", b'{"deployments":null,"metrics_unavailable":true}')[0].metrics_unavailable


def test_buckets_are_sorted_and_their_times_are_lenient() -> None:
    times = ["2026-07-04T11:00:00.5Z", "2026-07-04 09:00:00", "2026-07-04T10:00:00+00:00", "never"]
    body = ",".join(f'{{"timestamp":"{time}","trace_count":1}}' for time in times)
    buckets, _ = read("buckets", f'{{"buckets":[{body}]}}'.encode())
    assert [bucket.timestamp.at.hour for bucket in buckets] == [9, 10, 11]


@pytest.mark.parametrize("name", READ)
def test_another_shape_is_an_error(name: str) -> None:
    for body in (b"7", b'{"other":1}'):
        assert read(name, body)[0].kind is ErrorKind.ODD_SHAPE


def test_an_agent_without_tracing_is_no_failure_of_a_server(demo: DemoServer, opened: Opened) -> None:
    platform = opened(demo.url, demo.token)
    known = {row.name: row.id for row in platform.deployments(demo.default_account).rows}
    now = app.NOW
    with pytest.raises(PlatformError) as caught:
        platform.observation_metrics(known["souq-helper"], now - HOUR, now)
    assert caught.value.facts.not_set_up
    with pytest.raises(PlatformError) as caught:
        platform.pod_metrics("no-such-one", "pod", "1h")
    assert caught.value.facts.no_such_deployment
    assert len(platform.traffic(known["claims-desk"], "rate", now - WEEK, now).series[0].points) > 150
