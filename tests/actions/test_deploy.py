"""Deploying: nothing is lost without a word, nothing is sent twice, and nothing that was typed in is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.acting import CLAIMS, EU, LABS, Operator, operating, together, writes
from support.demo_caller import Clock, calling
from support.open_demo import OpenDemo

from astro_tui.actions.context import ActionContext
from astro_tui.actions.described import lines_of
from astro_tui.actions.follow import follow
from astro_tui.actions.kinds import NO_INPUTS, Action, ActionKind, Inputs
from astro_tui.actions.preview import Preview, prepare
from astro_tui.actions.run import ActionOutcome
from astro_tui.demo import Fault
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import Target, target_of
from astro_tui.state.journal import ActionStage

DEPLOY, REDEPLOY, ROLLBACK = ActionKind.DEPLOY, ActionKind.REDEPLOY, ActionKind.ROLLBACK
TEMPLATE = f"/agents/{LABS}/claims-desk/deployment-template"
NEWEST = "1fa07c3b"
SECRET = "typed-3fJ9kQ27-secret"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[OpenDemo]:
    with OpenDemo(clock=clock) as server:
        yield server


@pytest.fixture
def operator(demo: OpenDemo, clock: Clock, tmp_path: Path) -> Iterator[Operator]:
    with operating(demo.url, demo.token, tmp_path / "actions") as operator:
        operator.context = ActionContext(operator.platform, operator.journal, clock)
        yield operator


def previewed(
    operator: Operator, kind: ActionKind = DEPLOY, build: str = "", inputs: Inputs = NO_INPUTS, target: Target = CLAIMS
) -> Preview:
    return prepare(operator.context, target, Action(kind, build, inputs), Call())


def named(operator: Operator, name: str, account: str = LABS) -> Target:
    return target_of(account, next(row for row in operator.platform.deployments(account).rows if row.name == name))


def given(secret: str = SECRET, name: str = "CALENDAR_API_KEY", *, seen: bool = False) -> Inputs:
    return Inputs(((name, secret),), frozenset({name} if seen else ()))


def said(preview: Preview) -> str:
    return "\n".join(f"{line.label} {line.text}" for line in lines_of(preview, 100))


# ---- what a preview shows


def test_the_newest_build_is_shown_deployed_and_followed(demo: OpenDemo, operator: Operator, clock: Clock) -> None:
    preview = previewed(operator)
    assert preview.verdict.allowed
    assert len(demo.requests) <= 11
    assert writes(demo.requests) == []
    words = said(preview)
    assert 'POLICY_SET: "2026-07" → "2026-08"' in words
    assert "TRANSLATE_TO" in words
    assert "Not compared" not in words
    outcome = operator.run(preview)
    assert (outcome.step, writes(demo.requests)) == (ActionStage.DONE, ["POST /api/v1/deploy"])
    settled = follow(operator.context, preview, outcome, Call(), lambda _words: clock.advance(9), limit=30)
    assert settled.ok
    assert settled.state is not None
    assert settled.state.words == "active, revision 13"
    spec = operator.platform.active_deployment(LABS, "claims-desk").spec
    # The platform would forget it.
    assert json.loads(spec)["agent"]["response_timeout"] == "45s"
    again = previewed(operator)
    assert (again.verdict.allowed, again.verdict.nothing) == (False, True)
    assert preview.undo == Action(ROLLBACK, "12")


def test_the_same_build_is_that_of_the_current_revision(demo: OpenDemo, operator: Operator, clock: Clock) -> None:
    operator.run(prepare(operator.context, CLAIMS, Action(ROLLBACK, "11"), Call()))
    clock.advance(60)
    preview = previewed(operator, REDEPLOY)
    assert preview.deploy is not None
    assert preview.action.argument == "c1f00a92"
    assert json.loads(preview.change.body)["source"]["build"] == "c1f00a92"
    assert "no changes" not in said(preview).split("since")[0]
    # The stored spec is that from before the rollback.
    assert "response timeout is unknown" in said(preview)
    assert "Not compared: the spec that runs." in said(preview)


def test_edited_variables_of_the_account_are_named(operator: Operator) -> None:
    words = said(previewed(operator, REDEPLOY, target=named(operator, "price-watch", "copper-lantern")))
    assert "edited or created after the last deploy: OPENAI_API_KEY" in words
    assert "SHOP_TOKEN" not in words


def test_what_a_failed_agent_hides_is_said(operator: Operator) -> None:
    parcel = named(operator, "parcel-tracker")
    words = said(previewed(operator, REDEPLOY, target=parcel))
    assert "response timeout is unknown" in words
    assert "Not compared: the spec that runs." in words
    timed = previewed(operator, REDEPLOY, inputs=Inputs(timeout="40s"), target=parcel)
    assert json.loads(timed.change.body)["agent"]["response_timeout"] == "40s"
    assert "response timeout is unknown" not in said(timed)


def test_a_build_that_is_gone_does_not_prevent_another_one(demo: OpenDemo, operator: Operator) -> None:
    demo.world.change(demo.world.by_id[EU], build="00000000")
    real = operator.platform.template

    def gone(*names: Any, more: Any, **rest: Any) -> Any:
        return real(*names, more={**more, "build": "gone"} if more["build"] == "00000000" else more, **rest)

    operator.platform.template = gone  # type: ignore[method-assign]
    preview = previewed(operator)
    assert preview.verdict.allowed
    assert "the build that runs" in said(preview)


def test_another_response_timeout_is_a_change(operator: Operator) -> None:
    preview = previewed(operator, build="e88d3146", inputs=Inputs(timeout="40s"))
    assert preview.verdict.allowed
    assert 'response_timeout: "45s" → "40s"' in said(preview)


# ---- what would be lost


def without_slack(template: Any) -> None:
    template["interfaces"]["adapters"] = ["slack"]


def other_agent(template: Any) -> None:
    del template["target"]["deployment_id"]


def other_blueprint(template: Any) -> None:
    template["source"]["name"] = "mail-triage"


def other_build(template: Any) -> None:
    template["source"]["build"] = "00000000"


def unbound(template: Any) -> None:
    del template["knowledge"]["shared-faq"]["binding"]


LOST: list[tuple[Callable[[Any], None], str]] = [
    (without_slack, "it would disconnect web"),
    (unbound, "it would unbind the knowledge of shared-faq"),
    (other_agent, "not for this agent, so it would create or replace another one"),
    (other_blueprint, "for another blueprint, mail-triage"),
    (other_build, "for another build, 00000000"),
]


@pytest.mark.parametrize(("change", "reason"), LOST)
def test_a_template_that_would_lose_something_is_refused(
    demo: OpenDemo, operator: Operator, change: Callable[[Any], None], reason: str
) -> None:
    with calling(demo) as caller:
        _status, body = caller.send(TEMPLATE, "POST", {"deployment_id": EU, "build": NEWEST, "finalize": True})
    change(body["template"])
    demo.faults.set(TEMPLATE, Fault.response(200, json.dumps(body)))
    preview = previewed(operator)
    assert not preview.verdict.allowed
    assert reason in preview.verdict.reason


def test_what_the_server_remembers_from_before_is_not_sent(demo: OpenDemo, operator: Operator) -> None:
    demo.world.change(demo.world.by_id[EU], age=60.0)
    demo.faults.set(TEMPLATE, Fault.cached())
    preview = previewed(operator, REDEPLOY)
    assert not preview.verdict.allowed
    assert "may still remember the deploy before (interfaces.adapters" in preview.verdict.reason
    demo.faults.clear()
    assert previewed(operator, REDEPLOY).verdict.allowed


VALUES = [
    (given(name="NO_SUCH"), "the build has no variable NO_SUCH"),
    (given(""), "the value of CALENDAR_API_KEY is empty"),
    (given(seen=True), "CALENDAR_API_KEY is a secret: use --set-file"),
    (NO_INPUTS, "variables.CALENDAR_API_KEY: required variable is empty"),
]


@pytest.mark.parametrize(("inputs", "reason"), VALUES)
def test_values_that_would_be_lost_or_seen_are_refused(operator: Operator, inputs: Inputs, reason: str) -> None:
    preview = previewed(operator, inputs=inputs, target=named(operator, "meeting-minutes"))
    assert not preview.verdict.allowed
    assert reason in preview.verdict.reason
    assert preview.deploy is not None
    assert "The build no longer has TONE, so what was set there is dropped." in said(preview)


def test_a_secret_is_sent_and_kept_nowhere(demo: OpenDemo, operator: Operator, tmp_path: Path) -> None:
    preview = previewed(operator, inputs=given(), target=named(operator, "meeting-minutes"))
    assert SECRET.encode() in preview.change.body
    outcome = operator.run(preview)
    assert outcome.step is ActionStage.DONE
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    shown = f"{said(preview)}{preview!r}{preview.change!r}{preview.body}{preview.command}{outcome!r}{preview.action!r}"
    assert SECRET.encode() not in kept
    assert SECRET not in shown
    assert f"{demo.requests}".count(SECRET) == 0


# ---- right before it is sent


def test_a_template_that_changed_since_the_preview_is_not_sent(demo: OpenDemo, operator: Operator) -> None:
    preview = previewed(operator)
    with calling(demo) as caller:
        _status, body = caller.send(TEMPLATE, "POST", {"deployment_id": EU, "build": NEWEST, "finalize": True})
    body["template"]["variables"]["REGION"]["value"] = "us"
    demo.faults.set(TEMPLATE, Fault.response(200, json.dumps(body)))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.changed, writes(demo.requests)) == (ActionStage.REFUSED, True, [])
    assert "has changed since you looked at it" in outcome.sentence


def test_of_eight_at_once_one_sends(demo: OpenDemo, operator: Operator) -> None:
    previews = [previewed(operator) for _ in range(8)]
    steps = together(*(lambda each=each: operator.run(each).step for each in previews))  # type: ignore[misc]
    assert sorted(map(str, steps)) == ["done", *["refused"] * 7]
    assert writes(demo.requests) == ["POST /api/v1/deploy"]


# ---- refusals and lost responses

REFUSALS = [
    (400, "invalid deployment spec", "cannot deploy this template"),
    (400, "invalid or missing template signature", "out of date"),
    (404, "not found", "gone, or you are not allowed"),
    (503, "authorization session is unavailable; refresh or sign in again", "organization"),
    (403, "insufficient permissions for target account", "not a member"),
    (404, "source agent not found", "blueprint is gone, or private"),
    (404, "agent build not found", "build was removed"),
    (404, "deployment not found for given deployment_id", "agent was deleted"),
    (400, "deployment is not active or failed", "only while it is active or failed"),
    (400, "display_name must be 42 characters or fewer", "name is too long"),
    (400, "failed to preserve configured secret", "stored secret is gone"),
    (400, "failed to resolve variable references", "variable of the account is missing"),
    (400, "deployment spec validation failed", "found mistakes"),
    (400, "authorization grants invalid", "access rules are not valid"),
    (422, "image_not_found", "image is gone"),
    (400, "binding validation failed", "knowledge store is missing"),
    (409, "display_name already in use by another active deployment", "has the same name"),
    (503, "deployment store not configured", "cannot deploy"),
]


@pytest.mark.parametrize(("status", "error", "words"), REFUSALS)
def test_each_refusal_has_its_own_sentence_and_a_remedy(
    demo: OpenDemo, operator: Operator, status: int, error: str, words: str
) -> None:
    preview = previewed(operator)
    body = {"error": error, "details": "why-not", "validation_errors": [{"field": "a.b", "message": "is wrong"}]}
    demo.faults.set("^/deploy$", Fault.response(status, json.dumps(body)))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.REFUSED, 1), outcome
    assert words in outcome.sentence
    assert outcome.remedies
    assert writes(demo.requests) == ["POST /api/v1/deploy"]


def test_billing_is_read_before(demo: OpenDemo, operator: Operator) -> None:
    row = next(row for row in operator.platform.deployments("harborline").rows if row.name == "tide-notes")
    tide = target_of("harborline", row)
    assert "A payment is late." in said(previewed(operator, REDEPLOY, target=tide))
    body = b'{"status":"suspended","gated":true,"enforced":true}'
    demo.faults.set("/accounts/harborline/billing/status", Fault.response(200, body))
    suspended = previewed(operator, REDEPLOY, target=tide)
    assert suspended.verdict.reason.startswith("Billing has stopped the account. Ask an owner or admin")


@pytest.mark.parametrize("fault", [Fault.billing(), Fault.over_limit(), Fault.not_in_plan()], ids=str)
def test_billing_and_limits(demo: OpenDemo, operator: Operator, fault: Fault) -> None:
    preview = previewed(operator)
    demo.faults.set("^/deploy$", fault)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.REFUSED, 1)
    assert outcome.remedies
    assert "billing" in outcome.sentence


WRITTEN = [Fault.lost_response(), Fault.not_scheduled(), Fault.empty_success()]
NOT_WRITTEN = [Fault.response(500, b'{"error":"failed to process spec"}'), Fault.reset(), Fault.html(502)]


@pytest.mark.parametrize("fault", WRITTEN, ids=lambda fault: fault.kind)
def test_a_deploy_that_the_history_shows_succeeded(demo: OpenDemo, operator: Operator, fault: Fault) -> None:
    preview = previewed(operator)
    demo.faults.set("^/deploy$", fault)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code, operator.states) == (ActionStage.DONE, 0, ["accepted"]), outcome
    assert writes(demo.requests) == ["POST /api/v1/deploy"]


@pytest.mark.parametrize("fault", NOT_WRITTEN, ids=lambda fault: f"{fault.kind} {fault.status}")
def test_without_a_trace_in_the_history_the_outcome_is_unknown(
    demo: OpenDemo, operator: Operator, fault: Fault
) -> None:
    preview = previewed(operator)
    demo.faults.set("^/deploy$", fault)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.RESOLVED, 2)
    assert "now active, revision 12" in outcome.sentence
    assert writes(demo.requests) == ["POST /api/v1/deploy"]


@pytest.mark.parametrize(("name", "words"), [("shift-planner", "failed"), ("party-planner", "failed")])
def test_a_deploy_that_fails_is_not_a_success(
    operator: Operator, clock: Clock, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.01)
    preview = previewed(operator, target=named(operator, name))
    outcome: ActionOutcome = operator.run(preview)
    settled = follow(operator.context, preview, outcome, Call(), lambda _words: clock.advance(5), limit=30)
    assert settled.ok is False
    assert words in settled.sentence


# ---- builds


def test_a_rebuild_deploys_nothing_and_says_what_still_runs(demo: OpenDemo, operator: Operator) -> None:
    preview = previewed(operator, ActionKind.REBUILD, target=named(operator, "quality-gate"))
    assert "The build 04c9b6d1 still runs." in said(preview)
    outcome = operator.run(preview)
    assert outcome.step is ActionStage.DONE
    assert writes(demo.requests) == [f"POST /api/v1/agents/{LABS}/quality-gate/github/rebuild"]
    pushed = previewed(operator, ActionKind.REBUILD, target=named(operator, "invoice-sorter"))
    assert pushed.verdict.reason == "the blueprint is not connected to GitHub"
