"""The demo platform refuses bad query parameters as the contract says (platform.md §4, §5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.demo_caller import Caller, Clock, calling

from astro_tui.demo import DemoServer

LABS = "meridian-labs"
LOGS = "/deployments/q7k-0ab-x4d/logs?workload=claims-desk-agent"


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with DemoServer(clock=Clock()) as demo, calling(demo) as caller:
        yield caller


@pytest.mark.parametrize(
    "query",
    [
        *("limit=", "limit=abc", "limit=1.5", "limit=0", "limit=-1", "limit=%C2%B2", "limit=1e2", "limit=true"),
        *("offset=", "offset=abc", "offset=-1", "offset=10001", "offset=" + "9" * 5000),
        *("sort=", "sort=oldest", "sort=NAME"),
    ],
)
def test_pages_of_blueprints(caller: Caller, query: str) -> None:
    for path in ("/agents", f"/agents/{LABS}"):
        status, answer = caller.send(f"{path}?{query}")
        assert status == 400, (path, answer)
        assert answer["error"].startswith(query.partition("=")[0])


def test_a_large_limit_is_capped(caller: Caller) -> None:
    for limit in ("101", "1000000", "9" * 5000):
        assert caller.get(f"/agents?limit={limit}")["limit"] == 100
    assert caller.get("/agents?offset=10000")["agents"] == []


def test_visibility(caller: Caller) -> None:
    assert caller.send(f"/agents/{LABS}?visibility=secret")[0] == 400
    assert caller.send(f"/agents/{LABS}?visibility=")[0] == 400
    assert caller.send("/agents?visibility=public")[0] == 400


@pytest.mark.parametrize(
    "query",
    ["direction=", "direction=up", "direction=Backward", "tailLines=", "tailLines=ten", "since=x", "timezone=x"],
)
def test_malformed_parameters_of_the_logs_are_ignored(caller: Caller, query: str) -> None:
    assert caller.get(f"{LOGS}&{query}") == caller.get(LOGS)


def test_logs_with_odd_but_valid_numbers(caller: Caller) -> None:
    assert len(caller.get(LOGS + "&tailLines=0")) == len(caller.get(LOGS + "&tailLines=-5")) == len(caller.get(LOGS))


@pytest.mark.parametrize("name", ["", "A", "claims_desk", "Claims Desk (EU)", "-agent", "a" * 64])
def test_malformed_workload_of_the_logs(caller: Caller, name: str) -> None:
    from urllib.parse import quote

    answer = caller.send(f"/deployments/q7k-0ab-x4d/logs?workload={quote(name)}")
    assert answer == (400, {"error": f'invalid workload name "{name}"'})
