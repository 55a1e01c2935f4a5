"""A preview says what would happen, from what the platform says right now, and sends nothing that changes anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.acting import CLAIMS, EU, LABS, Operator, writes
from support.open_demo import OpenDemo

from astro_tui.actions.context import intended
from astro_tui.actions.described import lines_of
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.actions.preview import prepare
from astro_tui.demo import Fault
from astro_tui.difference import as_text
from astro_tui.document import Document
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import ActionStage
from astro_tui.state.last_seen import Seen

TEMPLATE = re.compile("deployment-template")
ARGUMENTS = {
    ActionKind.ROLLBACK: "11",
    ActionKind.RESTART_POD: "claims-desk-agent",
    ActionKind.TRIGGER: "nightly-policies",
    ActionKind.RENAME: "New name",
}


@pytest.mark.parametrize("kind", ActionKind)
def test_a_preview_changes_nothing(demo: OpenDemo, operator: Operator, kind: ActionKind) -> None:
    preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
    allowed = kind not in (ActionKind.RESUME, ActionKind.CANCEL)
    assert preview.verdict.allowed is allowed, preview.verdict
    assert writes(demo.requests) == []
    assert operator.journal.entries() == []
    assert (preview.state.words, preview.state.revision) == ("active, revision 12", 12)
    assert preview.request.startswith(("POST /api/v1/", "PATCH /api/v1/"))
    assert preview.effect.endswith(".")


def test_the_request_and_the_command(operator: Operator) -> None:
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    assert preview.request == f"POST /api/v1/deployments/{EU}/rollback"
    assert preview.body == '{"revision": 11}'
    assert preview.command == f"astro-tui rollback --to 11 {LABS}/{EU}"
    assert preview.effect.startswith("Revision 11 is deployed in place of revision 12.")


def test_a_rollback_is_planned(operator: Operator) -> None:
    plan = operator.preview(ActionKind.ROLLBACK, "11").rollback
    assert plan is not None
    assert (plan.expected, plan.valid, plan.errors, plan.missing) == (11, True, (), ())
    assert plan.old is not None
    assert (plan.old.number, plan.new.number) == (12, 11)
    assert plan.difference is not None
    assert plan.difference.counts.total > 0
    assert "c1f00a92" in as_text(plan.difference)


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        ("12", "the agent is already on revision 12"),
        ("13", "the agent has no revision 13; choose from 12, 11, 10"),
        ("", "the agent has no revision (none)"),
        ("-1", "the agent has no revision -1"),
        ("11x", "the agent has no revision 11x"),
    ],
)
def test_there_is_no_rollback_to_other_revisions(operator: Operator, revision: str, reason: str) -> None:
    preview = operator.preview(ActionKind.ROLLBACK, revision)
    assert not preview.verdict.allowed
    assert preview.verdict.reason.startswith(reason)


def template(variables: object = None, validation: object = None) -> Fault:
    body = {"template": {"spec": "deployment/v1"}, "variables": variables, "validation": validation}
    return Fault.response(200, json.dumps(body))


def test_a_rollback_says_what_its_changes_do_not_show(operator: Operator) -> None:
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    assert preview.cautions == (
        (
            "The changes do not show variables, resources, storage, and access: the platform's template of rev 11 has "
            "those of the newest one, but the rollback applies the stored ones, except for secrets and access."
        ),
    )


@pytest.mark.parametrize(
    ("build", "days", "used"), [("c1f00a92", 0.0, True), ("other", 0.0, False), ("c1f00a92", 99.0, False)]
)
def test_a_spec_that_was_stored_here_is_what_a_rollback_applies(
    operator: Operator, build: str, days: float, used: bool
) -> None:
    state = operator.preview(ActionKind.PAUSE).state
    old = next(row for row in state.rows if row.number == 11)
    assert old.deployed is not None
    stored = operator.platform.template(LABS, "claims-desk", EU, 11)["template"].replace(
        b'"MAX_CLAIM_EUR"', b'"MAX_CLAIM_USD"'
    )
    seen = Seen(old.deployed + timedelta(hours=1, days=days), "ACTIVE", build).with_spec(Document.parse(stored))
    context = replace(operator.context, seen=lambda _key: seen)
    preview = prepare(context, CLAIMS, Action(ActionKind.ROLLBACK, "11"), Call())
    assert preview.rollback is not None
    assert preview.rollback.seen is used
    assert preview.rollback.difference is not None
    assert ("MAX_CLAIM_USD" in as_text(preview.rollback.difference)) is used
    stated = "The changes show what this machine stored of rev 11 while it was current."
    assert (stated in preview.cautions) is used
    # The secrets of both were replaced in the same way, so they are no changes.
    assert "bearer" not in as_text(preview.rollback.difference)


def test_what_the_server_finds_wrong_with_a_revision(demo: OpenDemo, operator: Operator) -> None:
    errors = [{"field": "variables.API_KEY", "message": "a value is required"}, {"message": "no such model"}, 7]
    demo.faults.set(TEMPLATE, template(validation={"valid": False, "errors": errors}))
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    assert preview.verdict.reason == (
        "revision 11 failed the platform's validation: variables.API_KEY: a value is required and no such model"
    )
    demo.faults.set(TEMPLATE, template(validation={"valid": False}))
    assert operator.preview(ActionKind.ROLLBACK, "11").verdict.reason.endswith("no reason given")


def test_missing_variables_are_named(demo: OpenDemo, operator: Operator) -> None:
    variables = {
        "A": {"configured": False},
        "B": {"configured": True},
        "C": {"configured": False, "optional": True},
        "D": {"configured": False, "default": "x"},
        "E": {},
        "F": None,
    }
    demo.faults.set(TEMPLATE, template(variables))
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    assert preview.verdict.allowed
    assert preview.rollback is not None
    assert preview.rollback.missing == ("A",)
    assert "No value is set for A." in preview.cautions
    assert "The platform did not say whether this revision is valid." in preview.cautions


def test_objections_come_before_the_difference(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(TEMPLATE, template({"A": {"configured": False}}))
    labels = [line.label for line in lines_of(operator.preview(ActionKind.ROLLBACK, "11"), 100)]
    assert labels[:5] == ["state", "note", "note", "note", "effect"]
    assert "changes" in labels[5:]
    refused = [line.label for line in lines_of(operator.preview(ActionKind.RESUME), 100)]
    assert refused[:2] == ["state", "refused"]


def test_a_revision_without_a_template_cannot_be_rolled_back_to(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(TEMPLATE, Fault.response(404, '{"error_code":"build_not_found"}'))
    assert "has no spec for revision 11" in operator.preview(ActionKind.ROLLBACK, "11").verdict.reason
    demo.faults.set(TEMPLATE, Fault.response(422, '{"error":"the build has no manifest"}'))
    reason = operator.preview(ActionKind.ROLLBACK, "11").verdict.reason
    assert reason == "the platform has no spec for revision 11: the build has no manifest"
    demo.faults.set(TEMPLATE, Fault.response(503))
    with pytest.raises(PlatformError):
        operator.preview(ActionKind.ROLLBACK, "11")


def test_an_unknown_difference_is_stated(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(TEMPLATE, Fault.response(503))
    demo.faults.set(TEMPLATE, template(validation={"valid": True}), count=1)
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    assert preview.verdict.allowed
    assert preview.rollback is not None
    assert preview.rollback.difference is None
    assert preview.cautions[-1].startswith("The changes are unknown: ")


def test_a_workload_stands_for_its_pod(operator: Operator) -> None:
    preview = operator.preview(ActionKind.RESTART_POD, "claims-desk-agent")
    assert preview.action.argument.startswith("claims-desk-agent-")
    assert list(preview.pods) == ["claims-desk-agent"]
    assert preview.action.argument in preview.request
    unknown = operator.preview(ActionKind.RESTART_POD, "nobody")
    assert unknown.verdict.reason.startswith("the agent has no pod nobody; choose from claims-desk-")


def test_ingestions_and_names(operator: Operator) -> None:
    unknown = operator.preview(ActionKind.TRIGGER, "x").verdict.reason
    assert unknown == "the agent has no manual ingestion x; choose from nightly-policies"
    # A server starts only what the spec calls manual.
    assert not operator.preview(ActionKind.TRIGGER, "inbound-mail").verdict.allowed
    assert operator.preview(ActionKind.TRIGGER, "nightly-policies").verdict.allowed
    assert operator.preview(ActionKind.RENAME, CLAIMS.name).verdict.reason == "the agent already has this name"
    for name in ("", "  ", "two\nlines", "\x1b[31m"):
        reason = operator.preview(ActionKind.RENAME, name).verdict.reason
        assert reason == "a name cannot be blank or contain control characters"
    assert operator.preview(ActionKind.RENAME, f" {'x' * 42} ").verdict.allowed
    assert operator.preview(ActionKind.RENAME, "x" * 43).verdict.reason == "a name has at most 42 characters"
    assert operator.preview(ActionKind.RENAME, f" {CLAIMS.name}").verdict.reason == "the agent already has this name"
    # Any other text may be a name (platform.md §3), also one of several joined emoji.
    assert operator.preview(ActionKind.RENAME, "🎈 Party 👩‍👩‍👧‍👦").verdict.allowed


def test_an_earlier_action_without_an_outcome_is_a_caution(operator: Operator) -> None:
    assert operator.preview(ActionKind.RESTART).cautions == ()
    preview = operator.preview(ActionKind.RESTART)
    entry = intended(
        operator.journal, operator.platform.server, preview.action, CLAIMS, preview.state, now=operator.context.clock()
    )
    assert operator.preview(ActionKind.RESTART).cautions == ()
    operator.journal.record(entry, ActionStage.SENT)
    (caution,) = operator.preview(ActionKind.RESTART).cautions
    assert re.fullmatch(r"Earlier: Claims Desk \(EU\): restart, sent \d\d:\d\d, outcome unknown\.", caution)


@pytest.mark.parametrize("fault", [Fault.response(403), Fault.response(500), Fault.empty(404), Fault.nulls()], ids=str)
def test_an_error_in_fetching_rights_or_pods_forbids_nothing(demo: OpenDemo, operator: Operator, fault: Fault) -> None:
    demo.faults.set(re.compile("/(capabilities|runtime)$"), fault)
    for kind in (ActionKind.RESTART, ActionKind.PAUSE, ActionKind.DELETE):
        assert operator.preview(kind).verdict.allowed
    assert operator.preview(ActionKind.RESTART_POD, "a-pod").verdict.allowed


def test_rights_forbid(demo: OpenDemo, operator: Operator) -> None:
    found = next(each for each in operator.platform.deployments(LABS).rows if each.name == "policy-search")
    preview = operator.preview(ActionKind.PAUSE, target=Target(LABS, found.id, found.label, found.name))
    assert preview.verdict.reason == "you do not have permission (deployment:operate)"


def test_a_state_that_cannot_be_read_is_an_error(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(re.compile("/status$"), Fault.response(503))
    with pytest.raises(PlatformError) as caught:
        operator.preview(ActionKind.PAUSE)
    assert caught.value.kind is ErrorKind.SERVER


def test_a_paused_agent_has_no_record_but_its_ingestions_can_be_started(demo: OpenDemo, operator: Operator) -> None:
    demo.put(EU, "stopped")
    assert operator.preview(ActionKind.TRIGGER, "nightly-policies").verdict.allowed
    assert not operator.preview(ActionKind.TRIGGER, "inbound-mail").verdict.allowed
    demo.faults.set(re.compile("deployment-template"), Fault.response(503))
    # What cannot be read forbids nothing.
    assert operator.preview(ActionKind.TRIGGER, "inbound-mail").verdict.allowed


def test_a_canceled_deploy_may_become_active_again(demo: OpenDemo, operator: Operator) -> None:
    demo.put(EU, "deploying")
    assert operator.preview(ActionKind.CANCEL).cautions == (
        "Workloads that run now keep running. If they are healthy, the agent becomes active again.",
    )


def test_older_servers_without_a_history_can_be_operated(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(re.compile("/history"), Fault.response(404))
    preview = operator.preview(ActionKind.PAUSE)
    assert (preview.verdict.allowed, preview.state.revision) == (True, None)
    assert operator.preview(ActionKind.ROLLBACK, "11").verdict.reason == "this platform does not number revisions"


# ---- commands and undoing


def test_commands_of_the_platform(operator: Operator) -> None:
    production = Platform("https://astropods.com")
    from astro_tui.actions.commands import command_of

    def command(kind: ActionKind, argument: str = "", target: Target = CLAIMS) -> str:
        return command_of(Action(kind, argument), target, production.server)

    assert command(ActionKind.PAUSE) == f"ast agent pause --id {EU}"
    assert command(ActionKind.RESUME) == f"ast agent resume --id {EU}"
    assert command(ActionKind.TRIGGER, "a b") == f"ast agent trigger 'a b' --id {EU}"
    assert command(ActionKind.DELETE) == f"ast agent delete --id {EU} --confirm {EU}"
    assert command(ActionKind.RESTART) == f"astro-tui restart {LABS}/{EU}"
    assert command(ActionKind.CANCEL) == f"astro-tui cancel {LABS}/{EU}"
    assert command(ActionKind.RESTART_POD, "p-1") == f"astro-tui restart --pod p-1 {LABS}/{EU}"
    assert command(ActionKind.RENAME, "$(x); 'y'") == f"astro-tui rename '$(x); '\"'\"'y'\"'\"'' {LABS}/{EU}"
    assert "\x1b" not in command(ActionKind.TRIGGER, "\x1b[31m")


def test_what_undoes_an_action(operator: Operator) -> None:
    assert operator.preview(ActionKind.PAUSE).undo == Action(ActionKind.RESUME)
    assert operator.preview(ActionKind.ROLLBACK, "11").undo == Action(ActionKind.ROLLBACK, "12")
    assert operator.preview(ActionKind.RENAME, "New name").undo == Action(ActionKind.RENAME, CLAIMS.name)
    assert operator.preview(ActionKind.DELETE).undo is None
