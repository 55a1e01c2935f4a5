"""Smaller read endpoints of the demo platform: names, summaries, pod metrics, network, configuration, stores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.contract import validator
from support.demo_caller import Caller, Clock, calling

from astro_tui.demo import DemoServer
from astro_tui.demo.identity import DemoIdentity
from astro_tui.demo.traces import Trace

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


def test_a_run_delegates_as_often_as_its_recipe_says() -> None:
    begun = datetime(2026, 7, 1, tzinfo=UTC)
    run = Trace("0" * 32, "deep", {}, begun, begun + timedelta(minutes=2), "")
    names = Counter(each["name"] for each in run.arrived())
    assert names == {"run": 1, "delegate": run.recipe["spans"][0]["deep"], "work": 1}
