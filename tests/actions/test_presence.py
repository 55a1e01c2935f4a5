"""A deleted agent is still answered for by its ID: two signs say that it is gone, and one alone that nobody knows."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.acting import CLAIMS, EU, Operator, writes
from support.open_demo import OpenDemo

from astro_tui.actions.allowed import Lifecycle
from astro_tui.actions.follow import follow as followed
from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.target import read_state
from astro_tui.demo import Fault
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import presence_of, read_status
from astro_tui.state.journal import ActionStage

LIST, STATUS = re.compile(r"^/deployments\?"), re.compile("/status$")
HISTORY = re.compile("/history")
ACTIVE = {"value": "active", "reason": "ready", "details": "Deployment is active"}
HIDDEN = Fault.response(403, '{"error":"deployment not found"}')
GONE = Fault.response(404, '{"error":"deployment not found"}')
FORBIDDEN = Fault.response(403, '{"error":"insufficient permissions"}')
REMOVED, UNREADABLE = Lifecycle.REMOVED, Lifecycle.UNREADABLE


def answer(body: object) -> Fault:
    return Fault.response(200, json.dumps(body))


def history(current: str) -> Fault:
    """Return a history of two revisions; the newer one is current."""
    rows = [{"id": EU, "revision": number, "is_current": number == 12, "status": "undeployed"} for number in (12, 11)]
    rows[0]["status"] = current
    return answer({"deployments": rows})


LISTED = {"id": EU, "name": "claims-desk", "display_name": "Claims Desk (EU)", "status": "Running"}
YES, NO, UNREAD = answer({"deployments": [LISTED]}), answer({"deployments": []}), Fault.response(503)
ODD = answer({"deployments": [17]})
SIGNS: list[tuple[Fault, str, Fault, Lifecycle]] = [
    # /status, the current row of the history, the list
    (answer(ACTIVE), "undeployed", NO, REMOVED),
    (answer(ACTIVE), "undeployed", YES, UNREADABLE),
    (answer(ACTIVE), "undeployed", UNREAD, UNREADABLE),
    (answer(ACTIVE), "undeployed", ODD, UNREADABLE),
    (answer(ACTIVE), "active", YES, Lifecycle.ACTIVE),
    (answer({"value": "undeploying", "reason": "undeploying"}), "undeploying", YES, Lifecycle.REMOVING),
    (answer({"value": "error", "reason": "failed"}), "failed", YES, Lifecycle.FAILED),
    (HIDDEN, "active", NO, REMOVED),
    (GONE, "active", NO, REMOVED),
    (FORBIDDEN, "active", NO, REMOVED),
    (HIDDEN, "active", YES, UNREADABLE),
    (GONE, "undeployed", UNREAD, UNREADABLE),
]


@pytest.mark.parametrize("signs", SIGNS)
def test_it_takes_two_signs(demo: OpenDemo, operator: Operator, signs: tuple[Fault, str, Fault, Lifecycle]) -> None:
    status, current, listed, lifecycle = signs
    for path, fault in ((STATUS, status), (HISTORY, history(current)), (LIST, listed)):
        demo.faults.set(path, fault)
    assert read_state(operator.platform, CLAIMS, operator.context.clock, Call()).lifecycle is lifecycle
    gone = lifecycle in (REMOVED, UNREADABLE)
    for kind in ActionKind:
        verdict = operator.preview(kind, "11").verdict
        assert not (gone and verdict.allowed), kind
    body = read_status(operator.platform, CLAIMS, Call())
    assert (body["value"] in ("undeployed", "unreadable")) is gone


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("undeployed", [False, True])
@pytest.mark.parametrize("listed", [False, True, None])
def test_one_sign_is_never_enough(refused: bool, undeployed: bool, listed: bool | None) -> None:
    state = presence_of(refused=refused, undeployed=undeployed, listed=listed)
    removed = listed is False and (refused or undeployed)
    assert (state.get("value") == "undeployed") is removed
    assert bool(state) is (refused or undeployed)


def test_counted_workloads_cost_no_more_requests(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(STATUS, answer(ACTIVE | {"details": "3 of 3 workloads ready"}))
    assert read_status(operator.platform, CLAIMS, Call())["value"] == "active"
    assert len(demo.requests) == 1


def deleted(demo: OpenDemo) -> None:
    for path, fault in ((STATUS, answer(ACTIVE)), (HISTORY, history("undeployed")), (LIST, NO)):
        demo.faults.set(path, fault)


@pytest.mark.parametrize("kind", [ActionKind.PAUSE, ActionKind.RESTART, ActionKind.DELETE, ActionKind.RENAME])
def test_a_row_that_was_deleted_since_the_preview_gets_no_request(
    demo: OpenDemo, operator: Operator, kind: ActionKind
) -> None:
    preview = operator.preview(kind, "New name")
    deleted(demo)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.changed) == (ActionStage.REFUSED, True)
    assert "it was active, revision 12, and is now removed, revision 12" in outcome.sentence
    assert writes(demo.requests) == []


def test_a_deletion_ends(demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)
    preview = operator.preview(ActionKind.DELETE)
    outcome = operator.run(preview)
    assert outcome.step is ActionStage.DONE
    deleted(demo)
    settled = followed(operator.context, preview, outcome, Call(), limit=5)
    assert (settled.ok, settled.sentence) == (True, "Claims Desk (EU) was deleted (1s).")


@pytest.mark.parametrize("before", ["", "undeploy failed: an older reason"])
def test_a_deletion_fails(demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)
    failed: dict[str, Any] = {"value": "error", "reason": "failed"}
    if before:
        demo.faults.set(STATUS, answer(failed | {"error_message": before}))
    preview = operator.preview(ActionKind.DELETE)
    outcome = operator.run(preview)
    if before:
        settled = followed(operator.context, preview, outcome, Call(), limit=0.2)
        assert settled.ok is None
    demo.faults.set(STATUS, answer(failed | {"error_message": "undeploy failed: namespace is stuck"}))
    settled = followed(operator.context, preview, outcome, Call(), limit=5)
    assert not settled.ok
    assert settled.sentence == ("Claims Desk (EU): failed, revision 12: undeploy failed: namespace is stuck (1s).")
