"""From which states the platform allows an operation, and what it says otherwise (platform.md §16.3)."""

from __future__ import annotations

from typing import Any

import pytest
from support.demo_caller import Caller

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
