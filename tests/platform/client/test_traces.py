"""Traces over HTTP: what is requested, and what the client makes of odd responses and lost connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.demo_deployments import CLAIMS
from support.platforms import Opened, asked
from support.raw_server import answer

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Platform, Timeouts
from astro_tui.platform.observations import Observation, TokenUsage, TraceQuery, observations_of


def listed(query: TraceQuery, limit: int = 50, offset: int = 0) -> Callable[[Platform], Any]:
    return lambda platform: platform.traces("d1", query, limit=limit, offset=offset)


def test_a_list_is_requested_in_pages_and_a_search_with_its_fixed_window() -> None:
    query = TraceQuery("a b", "u1", "cost", start="2026-07-02T10:00:00Z", end="2026-07-02T11:00:00Z")
    for wanted, expected in (
        (TraceQuery(), {"limit": "50", "offset": "100", "sort": "timestamp", "direction": "desc"}),
        (TraceQuery(user=""), {"no_user": "true"}),
        (query, {"search": "a b", "user_id": "u1", "sort": "cost", "direction": "desc", "start_time": query.start,
                 "end_time": query.end}),
    ):  # fmt: skip
        _page, sent = asked(listed(wanted, offset=100), answer(b'{"traces":null}'))
        path, parameters = urlsplit(sent[0]).path, parse_qs(urlsplit(sent[0]).query)
        assert path == "/deployments/d1/observability/traces"
        assert {key: value[0] for key, value in parameters.items()}.items() >= expected.items()


def test_rows_are_kept_as_sent_and_a_hyphen_is_no_user() -> None:
    rows = [{"trace_id": "a", "user_id": "-", "user_details": {"kind": "unknown", "display_name": "x"}}, 7,
            {"trace_id": "b", "latency_ms": "912.5", "total_cost": None, "status": "ok", "user_id": "u",
             "user_details": {"kind": "slack", "username": "robin"}}]  # fmt: skip
    page, _sent = asked(listed(TraceQuery()), answer(json.dumps({"traces": rows, "total": 0}).encode()))
    assert [(row.user, row.user_name, row.latency_ms) for row in page.rows] == [("", "", None), ("u", "robin", 912.5)]
    assert (page.odd, page.truncated, page.scanned_count) == (1, False, None)
    assert not hasattr(page.rows[0], "status")


def test_a_lost_response_to_a_scan_is_requested_once_more_and_a_plain_list_is_not(
    demo: DemoServer, opened: Opened
) -> None:
    path = f"^/deployments/{CLAIMS}/observability/traces"
    demo.faults.set(path, Fault.cut(), count=1)
    platform = opened(demo.url, demo.token, Timeouts(pauses=()))
    assert len(platform.traces(CLAIMS, TraceQuery(search="refund")).rows) == 1
    assert len(demo.requests) == 2
    assert demo.requests[0] == demo.requests[1]
    demo.faults.set(path, Fault.cut(), count=1)
    with pytest.raises(PlatformError) as caught:
        platform.traces(CLAIMS, TraceQuery())
    assert caught.value.kind is ErrorKind.CUT_BODY
    assert len(demo.requests) == 3


@pytest.mark.timed
def test_a_scan_has_more_time_than_other_requests(demo: DemoServer, opened: Opened) -> None:
    demo.faults.set(f"^/deployments/{CLAIMS}/observability/traces", Fault.slow(1.0))
    platform = opened(demo.url, demo.token, Timeouts(read=0.4, total=0.8, pauses=()))
    assert len(platform.traces(CLAIMS, TraceQuery(sort="cost"), limit=5).rows) == 5
    with pytest.raises(PlatformError) as caught:
        platform.traces(CLAIMS, TraceQuery(), limit=5)
    assert caught.value.kind is ErrorKind.TIMEOUT


def test_a_backend_that_fails_is_not_asked_again_and_no_tracing_is_normal() -> None:
    failed = answer(b'{"error":"failed to query langfuse traces"}', "502 Bad Gateway")
    error, sent = asked(listed(TraceQuery()), failed)
    assert (error.kind, error.status, len(sent)) == (ErrorKind.SERVER, 502, 1)
    assert not error.facts.temporary
    off = answer(b'{"error":"langfuse not configured for this account"}', "503 Service Unavailable")
    error, sent = asked(lambda platform: platform.trace("d1", "t1"), off)
    assert error.facts.not_set_up
    assert len(sent) == 1
    assert sent == ["/deployments/d1/observability/traces/t1"]


@pytest.mark.parametrize("body", [b'{"id":"a/1","input":"x"}', b'{"observation":{"id":"a/1","input":"x"}}'])
def test_an_observation_is_not_below_its_trace_and_its_values_are_kept_as_sent(body: bytes) -> None:
    found, sent = asked(lambda platform: platform.observation("d1", "a/1"), answer(body))
    assert sent == ["/deployments/d1/observability/observations/a%2F1"]
    assert found["input"] == b'"x"'


def test_a_trace_has_its_observations_whatever_their_shape() -> None:
    odd = {"id": 7, "parent_id": None, "start_time": None, "latency_ms": "12", "usage": {"total": "9", "input": None}}
    body = {"trace": {"trace_id": "t1", "tags": None, "metadata": None}, "observations": [odd, None, {"id": "b"}]}
    (head, found), _sent = asked(lambda platform: platform.trace("d1", "t1"), answer(json.dumps(body).encode()))
    assert head.trace_id == "t1"
    assert found == (Observation(id="7", latency_ms=12.0, usage=TokenUsage(0, 0, 9)), Observation(id="b"))
    (head, found), _sent = asked(lambda platform: platform.trace("d1", "t1"), answer(b'{"trace":{}}'))
    assert (head.trace_id, found) == ("t1", ())
    error, _sent = asked(lambda platform: platform.trace("d1", "t1"), answer(b'{"trace":{"trace_id":"t2"}}'))
    assert error.kind is ErrorKind.ODD_SHAPE
    assert list(observations_of([b'{"name":"\xff"}', b"[", b"3"])) == [Observation(name="�")]
