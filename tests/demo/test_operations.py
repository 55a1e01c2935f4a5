"""The demo platform's operations: allowed states, exact errors, and what happens next (platform.md §9, §16.3)."""

from __future__ import annotations

from typing import Any

import pytest
from support.demo_caller import Caller, Clock
from support.demo_deployments import CLAIMS

LABS = "meridian-labs"
STARTING = "deployment cannot be paused while it is still deploying"
NOT_STOPPED = "deployment is not stopped"
NOT_DEPLOYING = "deployment is not deploying"
NO_ROLLBACK = "can only rollback active or failed deployments"
GONE = "active deployment not found"

# Blueprint (one for each state of the database), then the error of stop, wakeup, cancel, rollback, undeploy.
STATES = [
    ("pending", "harvest-planner", STARTING, NOT_STOPPED, "", NO_ROLLBACK, ""),
    ("provisioning", "quality-gate", STARTING, NOT_STOPPED, "", NO_ROLLBACK, ""),
    ("deploying", "barcode-reader", STARTING, NOT_STOPPED, "", NO_ROLLBACK, ""),
    ("active", "invoice-sorter", "", NOT_STOPPED, NOT_DEPLOYING, "", ""),
    ("failed", "parcel-tracker", "", NOT_STOPPED, NOT_DEPLOYING, "", ""),
    ("stopped", "night-watch", "", "", NOT_DEPLOYING, NO_ROLLBACK, ""),
    ("scaled_down", "onboarding-buddy", "", "", NOT_DEPLOYING, NO_ROLLBACK, ""),
    ("suspended", "lead-scorer", "", NOT_STOPPED, NOT_DEPLOYING, NO_ROLLBACK, ""),
    ("undeploying", "old-faq", STARTING, NOT_STOPPED, NOT_DEPLOYING, NO_ROLLBACK, GONE),
    ("hibernating", "field-notes", "", NOT_STOPPED, NOT_DEPLOYING, NO_ROLLBACK, ""),
]
ACTIONS = ["stop", "wakeup", "cancel", "rollback", "undeploy"]
REQUESTED = {"stop": "stopped", "wakeup": "pending", "cancel": "failed", "rollback": "pending"}


def ident(caller: Caller, name: str) -> str:
    listed = caller.get(f"/deployments?account={LABS}")["deployments"]
    return next(str(row["id"]) for row in listed if row["name"] == name)


def word(caller: Caller, identifier: str) -> str:
    """Return the database's word for a deployment, empty if no list has it."""
    accounts = caller.get("/deployments/summary")["accounts"]
    rows = [row for account in accounts for row in account["deployments"]]
    return next((str(row["status"]) for row in rows if row["id"] == identifier), "")


def act(caller: Caller, action: str, identifier: str, body: Any = None) -> tuple[int, Any]:
    if action == "undeploy":
        return caller.send("/undeploy", "POST", {"deployment_id": identifier})
    body = {"revision": 1} if action == "rollback" and body is None else body
    return caller.send(f"/deployments/{identifier}/{action}", "POST", body)


@pytest.mark.parametrize("case", STATES, ids=lambda case: case[0])
@pytest.mark.parametrize("number", range(5), ids=ACTIONS.__getitem__)
def test_allowed_states(caller: Caller, case: tuple[str, ...], number: int) -> None:
    (state, name, *errors), action = case, ACTIONS[number]
    error = errors[number]
    identifier = ident(caller, name)
    assert word(caller, identifier) == state
    status, answer = act(caller, action, identifier)
    if error:
        assert (status, answer) == (404 if action == "undeploy" else 400, {"error": error})
        assert word(caller, identifier) == state
    else:
        assert status == 202, answer
        assert answer["status"] == REQUESTED.get(action, "undeploying")
        assert word(caller, identifier) == answer["status"]


def test_stop_and_wakeup(caller: Caller, clock: Clock) -> None:
    assert act(caller, "stop", CLAIMS) == (202, {"status": "stopped", "deployment_id": CLAIMS})
    clock.advance(30)
    row = next(e for e in caller.get(f"/deployments?account={LABS}")["deployments"] if e["id"] == CLAIMS)
    assert row["status"] == "Stopped"
    assert caller.get(f"/deployments/{CLAIMS}/status")["reason"] == "paused"
    assert caller.get(f"/deployments/{CLAIMS}/runtime")["runtime"]["workloads"] is None
    assert caller.get(f"/deployments/{CLAIMS}/events")["events"] == []
    assert caller.get(f"/agents/{LABS}/claims-desk/deployment")["id"] != CLAIMS
    assert act(caller, "wakeup", CLAIMS) == (202, {"status": "pending", "deployment_id": CLAIMS})
    assert act(caller, "wakeup", CLAIMS) == (400, {"error": NOT_STOPPED})
    seen = []
    for _ in range(30):
        seen.append(word(caller, CLAIMS))
        clock.advance(1)
    assert list(dict.fromkeys(seen)) == ["pending", "provisioning", "deploying", "active"]
    assert caller.get(f"/agents/{LABS}/claims-desk/deployment")["id"] == CLAIMS


def pods(caller: Caller, identifier: str) -> dict[str, Any]:
    listed = caller.get(f"/deployments/{identifier}/runtime")["runtime"]["workloads"] or ()
    return {each["name"]: each for each in listed if "pod_name" in each}


def test_restart_changes_pods_and_not_the_status(caller: Caller, clock: Clock) -> None:
    before = pods(caller, CLAIMS)
    status, answer = act(caller, "restart", CLAIMS)
    replaced = [name for name, each in before.items() if each["phase"] == "Running"]
    assert (status, answer["status"], answer["pods"]) == (200, "restarting", replaced)
    during = pods(caller, CLAIMS)
    assert word(caller, CLAIMS) == "active"
    assert not any(during[name]["containers"][0]["ready"] for name in replaced)
    clock.advance(30)
    after = pods(caller, CLAIMS)
    assert all(after[name]["containers"][0]["ready"] for name in replaced)
    assert {after[name]["age"] for name in replaced} == {"30s"}
    agent = "claims-desk-knowledge-sessions"
    assert after[agent]["pod_name"] != before[agent]["pod_name"]


def test_restart_of_one_pod(caller: Caller, clock: Clock) -> None:
    before = pods(caller, CLAIMS)
    pod = before["claims-desk-knowledge-sessions"]["pod_name"]
    path = f"/deployments/{CLAIMS}/pods/{pod}/restart"
    assert caller.send(path, "POST") == (200, {"status": "restarting", "pod": pod})
    clock.advance(30)
    after = pods(caller, CLAIMS)
    changed = [name for name in after if after[name]["age"] != before[name]["age"]]
    assert changed == ["claims-desk-knowledge-sessions"]
    status, answer = caller.send(path, "POST")
    assert status == 500
    assert set(answer) == {"error", "details"}
