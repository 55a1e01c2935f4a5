"""Smaller read endpoints of the demo platform: names, summaries, pod metrics, network, configuration, stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.contract import validator
from support.demo_caller import Caller, Clock, calling
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity

LABS = "meridian-labs"


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with DemoServer(clock=Clock()) as demo, calling(demo) as caller:
        yield caller


def get(caller: Caller, template: str, query: str = "", status: int = 200, **names: str) -> Any:
    """Return a response that fits the contract."""
    found, answer = caller.send(template.format(**names) + query)
    assert found == status, answer
    assert not list(validator(template, "get", status).iter_errors(answer))
    return answer


@pytest.mark.parametrize(
    ("name", "available"),
    [("new-account", True), (LABS, False), ("rival-works", False), ("admin", False), ("www", False), ("a1", True)],
)
def test_account_names(caller: Caller, name: str, available: bool) -> None:
    answer = get(caller, "/accounts/check/{account}", account=name)
    assert answer["available"] == available
    assert bool(answer.get("reason")) != available


@pytest.mark.parametrize("name", ["a", "A1", "1a", "a-", "a--b", "a_b", "x" * 40, "%20"])
def test_malformed_account_names(caller: Caller, name: str) -> None:
    assert get(caller, "/accounts/check/{account}", account=name, status=400)["error"]


def test_ready(caller: Caller) -> None:
    assert set(caller.get("/ready")) == set(caller.get("/health")) == {"status", "timestamp"}


def test_name_check_needs_no_token(caller: Caller) -> None:
    caller.token, token = None, caller.token
    try:
        assert get(caller, "/accounts/check/{account}", account="new-account")["available"]
    finally:
        caller.token = token


def test_my_deployment_summaries(caller: Caller) -> None:
    rows = caller.get(f"/deployments?account={LABS}")["deployments"]
    wanted = [row["id"] for row in rows[:3]]
    foreign = "&deployment=zzz-zzz-zzz"
    answer = get(caller, "/me/deployment-summaries", "?deployment=" + "&deployment=".join(wanted) + foreign)
    assert list(answer["summaries"]) == wanted
    assert [each["status"] for each in answer["summaries"].values()] == [row["status"] for row in rows[:3]]
    get(caller, "/me/deployment-summaries", status=400)
    get(caller, "/me/deployment-summaries", "?deployment=", status=400)
    get(caller, "/me/deployment-summaries", "?" + "&".join(f"deployment=d{n}" for n in range(101)), status=400)
    get(caller, "/me/deployment-summaries", "?" + "&".join(f"deployment=d{n}" for n in range(100)))


def pod(caller: Caller, identifier: str, suffix: str = "-agent") -> str:
    listed = caller.get(f"/deployments/{identifier}/runtime")["runtime"]["workloads"]
    return next(str(each["pod_name"]) for each in listed if each["name"].endswith(suffix))


@pytest.mark.parametrize(("span", "step"), [("1h", "30s"), ("6h", "2m0s"), ("24h", "10m0s"), ("7d", "1h0m0s")])
def test_pod_metrics(caller: Caller, span: str, step: str) -> None:
    name = pod(caller, CLAIMS)
    template = "/deployments/{id}/pods/{pod}/metrics"
    answer = get(caller, template, f"?range={span}", id=CLAIMS, pod=name)
    assert (answer["pod"], answer["range"], answer["step"]) == (name, span, step)
    times = [point["timestamp"] for point in answer["cpu"]]
    assert times == sorted(times)
    assert times[-1] <= "2026-07-04T12:00:00Z"
    assert answer["cpu_limit"] == 2.0
    assert answer["memory_limit"] == 4 * 2**30
    assert all(0 < point["value"] < answer["memory_limit"] for point in answer["memory"])


def test_pod_metrics_at_the_edges(caller: Caller) -> None:
    template = "/deployments/{id}/pods/{pod}/metrics"
    name = pod(caller, CLAIMS)
    assert get(caller, template, id=CLAIMS, pod=name)["range"] == "1h"
    for query in ("?range=2h", "?range=", "?range=1H"):
        get(caller, template, query, 400, id=CLAIMS, pod=name)
    assert get(caller, template, id=CLAIMS, pod="nothing")["cpu"] == []
    assert get(caller, template, id=CLAIMS, pod=name)["storage_used"]
    assert get(caller, template, id=CLAIMS, pod=pod(caller, CLAIMS, "-ocr"))["storage_used"] == []
    get(caller, template, status=404, id="zzz-zzz-zzz", pod=name)


def test_pod_metrics_agree_with_the_runtime(caller: Caller) -> None:
    rows = caller.get(f"/deployments?account={LABS}")["deployments"]
    writer = next(row["id"] for row in rows if row["name"] == "report-writer")
    answer = get(caller, "/deployments/{id}/pods/{pod}/metrics", id=writer, pod=pod(caller, writer))
    runtime = caller.get(f"/deployments/{writer}/runtime")["runtime"]["workloads"][0]["containers"][0]
    assert len(answer["restarts"]) == len(answer["ooms"]) == runtime["restart_count"] == 11


def test_network_follows_the_state(caller: Caller) -> None:
    busy = get(caller, "/deployments/{id}/network/summary", id=CLAIMS)
    assert busy["inbound"]["request_count"] > 0
    assert busy["inbound"]["latency_p50_ms"] < busy["inbound"]["latency_p95_ms"] < busy["inbound"]["latency_p99_ms"]
    rows = caller.get(f"/deployments?account={LABS}")["deployments"]
    stopped = next(row["id"] for row in rows if row["name"] == "night-watch")
    idle = get(caller, "/deployments/{id}/network/summary", id=stopped)
    assert (idle["inbound"]["request_count"], idle["inbound"]["latency_p50_ms"]) == (0, None)


def test_config_map_and_secret(caller: Caller) -> None:
    data = get(caller, "/deployments/{id}/configmap/{configmap}", id=CLAIMS, configmap="claims-desk-config")
    assert data["data"]["MAX_CLAIM_EUR"] == "4000"
    assert data["data"]["DATABASE_URL"].startswith("postgres://")
    assert "ANTHROPIC_API_KEY" not in data["data"]
    keys = get(caller, "/deployments/{id}/secret/{secret}/keys", id=CLAIMS, secret="claims-desk-secrets")
    assert "ANTHROPIC_API_KEY" in keys["keys"]
    assert "MAX_CLAIM_EUR" not in keys["keys"]
    for template in ("/deployments/{id}/configmap/{configmap}", "/deployments/{id}/secret/{secret}/keys"):
        get(caller, template, status=404, id=CLAIMS, configmap="nothing", secret="nothing")
        get(caller, template, status=403, id="zzz-zzz-zzz", configmap="x", secret="x")


def test_variables_need_a_token_of_the_organization(caller: Caller) -> None:
    scope = {"error": "session is not scoped to this organization, use switch-org first"}
    assert caller.send(f"/accounts/{LABS}/variables") == (403, scope)
    personal = caller.get("/accounts/harborline/variables")["variables"]
    assert {each["name"]: "value" in each for each in personal} == {"HARBOR_SLACK_BOT": False, "HOME_TIMEZONE": True}
    for each in personal:
        assert {"name", "secret", "description", "created_at", "updated_at"} <= set(each)
        assert caller.get(f"/accounts/harborline/variables/{each['name']}") == each
    assert caller.send("/accounts/harborline/variables/NOTHING")[0] == 404
    assert caller.send("/accounts/rival-works/variables")[0] == 403
    assert caller.send("/accounts/nobody/variables")[0] == 404


def test_variables_of_an_organization() -> None:
    clock = Clock()
    with DemoIdentity(clock=clock) as identity, DemoServer(clock=clock, identity=identity) as demo:
        caller = Caller(demo)
        me = caller.get("/me")["accounts"]
        organization = next(each["workos_org_id"] for each in me if each["name"] == LABS)
        caller.token = identity.tokens(organization)["access_token"]
        names = {each["name"] for each in caller.get(f"/accounts/{LABS}/variables")["variables"]}
        spec = caller.get(f"/agents/{LABS}/claims-desk/deployment")["spec"]
        assert {each["ref"] for each in spec["variables"].values() if "ref" in each} <= names
        caller.connection.close()


def test_knowledge_is_a_bare_array(caller: Caller) -> None:
    stores = caller.get(f"/accounts/{LABS}/knowledge")
    assert {each["status"] for each in stores} == {"ready", "error", "connecting", "pending-acceptance"}
    bound = caller.get(f"/agents/{LABS}/claims-desk/deployment")["spec"]["knowledge"]["shared-faq"]["binding"]
    assert bound in {each["arn"] for each in stores}
    for each in stores:
        assert caller.get(f"/accounts/{LABS}/knowledge/{each['name']}") == each
    assert caller.get("/accounts/harborline/knowledge") == []
    assert caller.send(f"/accounts/{LABS}/knowledge/nothing")[0] == 404
    assert caller.send("/accounts/rival-works/knowledge")[0] == 403


def test_cluster_endpoints_agree_with_each_state(caller: Caller) -> None:
    for row in caller.get(f"/deployments?account={LABS}")["deployments"]:
        where = f"/deployments/{row['id']}"
        value = caller.get(f"{where}/status")["value"]
        runtime = caller.get(f"{where}/runtime")["runtime"]
        assert runtime["ready"] <= runtime["replicas"]
        # A job failed, and the agent still serves.
        assert runtime["messaging_reachable"] <= (value == "active" or row["name"] == "csv-importer"), row["name"]
        if value in ("inactive", "undeploying"):
            assert runtime["ready"] == 0, row["name"]
        firing = [each for each in caller.get(f"{where}/alerts?workload=agent")["alerts"] if each["state"] == "firing"]
        # One has been waiting too long, and one is listed as active but never became ready.
        assert value == "error" or not firing or row["name"] in ("contract-reader", "translation-desk"), row["name"]
        stuck = [each for each in caller.get(f"{where}/events")["events"] if each.get("severity") == "stuck"]
        assert not stuck or value in ("error", "deploying"), row["name"]
        events = caller.get(f"{where}/events")["events"]
        assert [each["last_timestamp"] for each in events] == sorted(
            (e["last_timestamp"] for e in events), reverse=True
        )
