"""The demo platform: its data, how it changes over time, and how it behaves as an HTTP server."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st
from support.deadline import DEADLINE
from support.demo_caller import START, Caller, Clock

from astro_tui.demo import TOKEN, DemoServer
from astro_tui.demo.api import Api
from astro_tui.demo.contents import contents
from astro_tui.demo.world import World

LABS = "meridian-labs"


def rows(caller: Caller, account: str = LABS) -> dict[str, Any]:
    listed = caller.get(f"/deployments?account={account}")
    assert listed["count"] == len(listed["deployments"])
    return {row.get("display_name", row["name"]): row for row in listed["deployments"]}


def test_states_change_over_time(caller: Caller, clock: Clock) -> None:
    def word(name: str) -> str:
        summary = caller.get("/deployments/summary")["accounts"][0]["deployments"]
        return next(str(row["status"]) for row in summary if row["name"] == name)

    seen = []
    for _ in range(36):
        seen.append((word("harvest-planner"), word("barcode-reader")))
        clock.advance(1)
    rising = list(dict.fromkeys(first for first, _ in seen))
    falling = list(dict.fromkeys(second for _, second in seen))
    assert rising == ["pending", "provisioning", "deploying", "active"]
    assert falling == ["deploying", "failed"]
    assert [first for first, _ in seen].index("active") == 20
    assert [second for _, second in seen].index("failed") == 30
    names = rows(caller)
    assert names["Harvest Planner"]["status"] == "Running"
    assert names["Harvest Planner"]["external_urls"][0]["ready"]
    assert names["Barcode Reader"]["status"] == "error"
    active = caller.get(f"/agents/{LABS}/harvest-planner/deployment")
    assert active["id"] == names["Harvest Planner"]["id"]


def test_frozen_world_does_not_change(clock: Clock) -> None:
    with DemoServer(clock=clock, frozen=True) as demo:
        caller = Caller(demo)
        before = caller.raw("/deployments/summary"), caller.raw("/health")
        clock.advance(3600)
        assert (caller.raw("/deployments/summary"), caller.raw("/health")) == before
        caller.connection.close()


def test_responses_are_the_same_in_every_run() -> None:
    def everything() -> list[bytes]:
        with DemoServer(clock=Clock(), agents=50) as demo:
            caller = Caller(demo)
            paths = [
                "/me",
                "/agents?limit=100",
                f"/agents/{LABS}",
                "/deployments/summary",
                f"/deployments?account={LABS}",
            ]
            for row in caller.get(f"/deployments?account={LABS}")["deployments"]:
                paths.append(f"/agents/{LABS}/{row['name']}/deployment/history")
                paths += [
                    f"/deployments/{row['id']}{part}" for part in ("", "/status", "/runtime", "/events", "/alerts")
                ]
                paths.append(f"/deployments/{row['id']}/logs?workload={row['name']}-agent")
            answers = [caller.raw(path)[1] for path in paths]
            caller.connection.close()
            return answers

    assert everything() == everything()


def test_catalog_pages(caller: Caller) -> None:
    first = caller.get("/agents")
    assert (len(first["agents"]), first["limit"], first["has_more"]) == (50, 50, True)
    second = caller.get("/agents?offset=50&limit=1000")
    assert (second["limit"], second["has_more"]) == (100, True)
    seen, offset = [], 0
    while offset < first["count"]:
        page = caller.get(f"/agents?limit=100&offset={offset}")
        assert page["has_more"] == (offset + 100 < page["count"] == first["count"])
        seen += [(blueprint["account"], blueprint["name"]) for blueprint in page["agents"]]
        offset += 100
    assert len(seen) == len(set(seen)) == first["count"] >= 250
    tagged = caller.get("/agents?tag=space")["agents"]
    assert [blueprint["name"] for blueprint in tagged] == ["aurora-forecaster"]
    assert caller.get("/agents?q=tea&tag=legal")["count"] == 0
    found = caller.get("/agents?q=FERRY&sort=name")
    names = [blueprint["name"] for blueprint in found["agents"]]
    assert names == sorted(names)
    assert all(name.startswith("ferry-") for name in names)
    newest = [blueprint["versions"][0]["published_at"] for blueprint in first["agents"] if blueprint["versions"]]
    assert newest == sorted(newest, reverse=True)
    assert caller.send("/agents?visibility=public")[0] == 400
    assert caller.send("/agents?offset=10001")[0] == 400
    private = caller.get(f"/agents/{LABS}?visibility=private&limit=100")["agents"]
    assert {blueprint["visibility"] for blueprint in private} == {"private"}


def test_who_may_see_what(caller: Caller) -> None:
    assert caller.send("/deployments?account=rival-works") == (403, {"error": "insufficient permissions"})
    assert caller.send("/deployments?account=nobody") == (404, {"error": "account not found"})
    assert caller.send("/deployments/zzz-zzz-zzz") == (403, {"error": "deployment not found"})
    assert caller.send("/agents/rival-works/secret-sauce/deployment")[0] == 403
    assert caller.send("/deployments", "DELETE")[0] == 405
    for token in (None, "wrong"):
        caller.token = token
        gate = {"error": "unauthorized", "error_description": "Authentication required"}
        assert caller.send("/me") == (401, gate)
        assert caller.send(f"/deployments?account={LABS}") == (401, gate)
        assert caller.get("/health")["status"] == "ok"
        blueprints = caller.get(f"/agents/{LABS}?limit=100")["agents"]
        assert {each["visibility"] for each in blueprints} == {"public"}
        assert caller.send(f"/agents/{LABS}/blank-page")[0] == 404


WORDS = [
    "agents",
    "me",
    "deployments",
    "accounts",
    LABS,
    "claims-desk",
    "q7k-0ab-x4d",
    "deployment",
    "history",
    "logs",
    "status",
]
KEYS = [
    "account",
    "limit",
    "offset",
    "cursor",
    "since",
    "until",
    "tailLines",
    "workload",
    "build_id",
    "scope",
    "q",
    "revision",
]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=5),
    st.lists(st.tuples(st.sampled_from(KEYS), st.text(max_size=12) | st.integers().map(str)), max_size=4),
    st.binary(max_size=20) | st.just(b"[" * 100_000),
)
def test_every_request_gets_json(path: list[str], query: list[tuple[str, str]], body: bytes) -> None:
    api = Api(World(contents, lambda: START), TOKEN)
    target = "/api/v1/" + "/".join(quote(word, safe="") for word in path) + "?" + urlencode(query)
    for method in ("GET", "POST"):
        reply = api.reply(method, target, f"Bearer {TOKEN}", body)
        assert reply.status in (200, 400, 403, 404, 405), (method, target, reply)
        json.loads(reply.body)


def test_module_prints_url_and_token_and_ends_on_signal() -> None:
    command = [sys.executable, "-m", "astro_tui.demo", "--agents", "3", "--frozen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url, token = process.stdout.readline().split()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=DEADLINE)
        connection.request("GET", "/api/v1/me", headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
        process.terminate()
        assert process.wait(DEADLINE) == 0
        assert process.stderr.read() == ""
        connection.close()


def test_import_is_cheap() -> None:
    script = "import sys, astro_tui.demo; print(sorted(set(sys.modules) & {'textual', 'httpx', 'pydantic'}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
