"""A confirmed action is sent once if nothing has changed, and not at all otherwise. Its recorded outcome is true."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from support.acting import CLAIMS, EU, LABS, QUICK, Operator, operating, together, writes
from support.deadline import DEADLINE
from support.demo_caller import Caller
from support.open_demo import OpenDemo

from astro_tui.actions.context import intended
from astro_tui.actions.follow import follow
from astro_tui.actions.kinds import ABOUT, DEPLOYS, ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.actions.resolving import resolve_all, words_of
from astro_tui.actions.run import ActionOutcome, run
from astro_tui.demo import Fault
from astro_tui.platform.client import Call
from astro_tui.platform.client.permit import Permit
from astro_tui.state.journal import ActionStage, Journal, JournalEntry, JournalError

STOP = f"POST /api/v1/deployments/{EU}/stop"
ARGUMENTS = {
    ActionKind.ROLLBACK: "11",
    ActionKind.RESTART_POD: "claims-desk-agent",
    ActionKind.TRIGGER: "nightly-policies",
    ActionKind.RENAME: "New name",
}
FIRST = {ActionKind.ROLLBACK, ActionKind.DELETE}
"""Actions that are tried before the nightly run."""
ENDING_ALIKE = [kind for kind in ActionKind if kind not in DEPLOYS]
"""Those with an end that the state alone shows; the history shows that of a deploy."""
STARTS_FROM = {ActionKind.RESUME: "stopped", ActionKind.CANCEL: "deploying"}


@pytest.mark.parametrize("kind", ActionKind)
def test_every_action(demo: OpenDemo, operator: Operator, other: Caller, kind: ActionKind) -> None:
    demo.put(EU, STARTS_FROM.get(kind, "active"))
    preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code, outcome.error) == (ActionStage.DONE, 0, None), outcome
    assert writes(demo.requests) == [preview.request]
    assert outcome.sentence.startswith(f"Claims Desk (EU): request accepted ({ABOUT[kind].doing}).")
    (entry,) = operator.journal.entries()
    assert (entry.action, entry.state, entry.id) == (kind.value, "accepted", EU)
    assert entry.outcome.startswith("accepted")
    expected = {
        ActionKind.PAUSE: "stopped",
        ActionKind.DELETE: "undeploying",
        ActionKind.CANCEL: "failed",
        ActionKind.RESUME: "pending",
    }
    if kind in expected:
        assert demo.world.condition(demo.world.by_id[EU]).word == expected[kind]


def test_a_success_in_plain_text_is_done(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.RESTART)
    demo.faults.set(f"/deployments/{EU}/restart", Fault.response(200, "OK", content_type="text/plain"))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code, outcome.reply) == (ActionStage.DONE, 0, {})
    assert operator.journal.entries()[0].outcome == "accepted"


# ---- what has changed since the preview


def redeployed(other: Caller) -> None:
    assert other.send(f"/deployments/{EU}/rollback", "POST", {"revision": 10})[0] == 202


def finished(demo: OpenDemo) -> None:
    demo.put(EU, "active")


@pytest.mark.parametrize(
    "kind",
    [
        ActionKind.RESTART,
        ActionKind.PAUSE,
        ActionKind.ROLLBACK,
        ActionKind.DELETE,
        ActionKind.RENAME,
        ActionKind.TRIGGER,
    ],
)
def test_a_redeploy_by_somebody_else_is_refused(
    demo: OpenDemo, operator: Operator, other: Caller, kind: ActionKind
) -> None:  # fmt: skip
    preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
    redeployed(other)
    before = writes(demo.requests)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.changed, outcome.exit_code) == (ActionStage.REFUSED, True, 1)
    assert outcome.sentence == (
        "Claims Desk (EU) has changed since you looked at it: it was active, revision 12, and is now deploying, "
        "revision 10. Nothing was sent."
    )
    # Still refused once the redeploy has finished and only the revision differs.
    finished(demo)
    assert operator.run(preview).changed
    assert writes(demo.requests) == before
    assert operator.journal.entries() == []
    # A new preview is fine.
    assert operator.run(operator.preview(ActionKind.PAUSE)).step is ActionStage.DONE


@pytest.mark.parametrize("again", ["active", "failed"])
def test_a_redeploy_on_a_server_without_revision_numbers_is_refused(
    demo: OpenDemo, operator: Operator, other: Caller, again: str
) -> None:
    history = f"/agents/{LABS}/claims-desk/deployment/history"
    body = other.get(f"{history}?deployment_id={EU}")
    rows = [
        {key: value for key, value in row.items() if key not in ("revision", "is_current")}
        for row in body["deployments"]
    ]
    rows[0] |= {"status": "failed"}
    rows[1] |= {"status": "active"}
    demo.faults.set(history, Fault.response(200, json.dumps({**body, "deployments": rows})))
    preview = operator.preview(ActionKind.PAUSE)
    rows.insert(0, rows[0] | {"status": again, "deployed_at": "2026-07-04T11:59:59Z"})
    demo.faults.set(history, Fault.response(200, json.dumps({**body, "deployments": rows})))
    assert operator.run(preview).sentence == (
        "Claims Desk (EU) has changed since you looked at it: it was deployed again. Nothing was sent."
    )


def test_a_redeploy_of_the_same_revision_is_refused(demo: OpenDemo, operator: Operator, other: Caller) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    history = f"/agents/{LABS}/claims-desk/deployment/history"
    body = other.get(f"{history}?deployment_id={EU}")
    body["deployments"][0]["deployed_at"] = "2026-07-04T11:59:59Z"
    demo.faults.set(history, Fault.response(200, json.dumps(body)))
    outcome = operator.run(preview)
    assert outcome.sentence == (
        "Claims Desk (EU) has changed since you looked at it: it was deployed again. Nothing was sent."
    )
    assert writes(demo.requests) == []


ANOTHER = {ActionKind.RESUME: "active", ActionKind.CANCEL: "active"}
"""The state that somebody else makes of it meanwhile, if not `stopped`."""


@pytest.mark.parametrize("kind", ActionKind)
def test_another_state_is_refused(demo: OpenDemo, operator: Operator, kind: ActionKind) -> None:
    demo.put(EU, STARTS_FROM.get(kind, "active"))
    preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
    assert preview.verdict.allowed
    demo.put(EU, ANOTHER.get(kind, "stopped"))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.changed, outcome.exit_code) == (ActionStage.REFUSED, True, 1)
    assert outcome.sentence.endswith("Nothing was sent.")
    assert writes(demo.requests) == []
    assert operator.journal.entries() == []


def test_a_pod_that_is_gone_is_not_restarted(demo: OpenDemo, operator: Operator, other: Caller) -> None:
    stores = "claims-desk-knowledge-sessions"
    preview = operator.preview(ActionKind.RESTART_POD, stores)
    gone = {"runtime": {"workloads": [{"name": stores, "pod_name": "another", "age": "1s", "containers": []}]}}
    demo.faults.set(re.compile("/runtime$"), Fault.response(200, json.dumps(gone)))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.changed) == (ActionStage.REFUSED, True)
    assert "no longer exists" in outcome.sentence
    assert writes(demo.requests) == []


def test_what_cannot_be_read_again_is_not_done(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    demo.faults.set(re.compile("/status$"), Fault.response(503))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.FAILED, 1)
    assert outcome.sentence.endswith("Nothing was sent.")
    assert writes(demo.requests) == []


def test_a_confirmation_works_once(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.RENAME, "New name")
    permit = operator.arming.permit(preview)
    outcomes = [run(operator.context, preview, permit, Call()) for _ in range(3)]
    assert [outcome.step for outcome in outcomes] == [ActionStage.DONE, ActionStage.REFUSED, ActionStage.REFUSED]
    assert len(writes(demo.requests)) == 1


def test_an_old_confirmation_sends_nothing(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("astro_tui.platform.client.permit.LIFETIME", 0.0)
    outcome = operator.act(ActionKind.PAUSE)
    assert (outcome.step, outcome.exit_code) == (ActionStage.REFUSED, 1)
    assert outcome.sentence == "This confirmation is older than 0 seconds. Nothing was sent."
    assert writes(demo.requests) == []
    assert operator.states == ["refused"]


# ---- a slow platform


class SlowStatus:
    """A platform whose `/status` takes these seconds, one after the other, by a clock of its own."""

    def __init__(self, operator: Operator, patch: pytest.MonkeyPatch, *seconds: float) -> None:
        self.now, self.reads = 0.0, 0
        self.meanwhile: Callable[[], object] = lambda: None
        """What happens during the first of these requests: after the history was read."""
        status = type(operator.platform).status_body

        def slow(platform: Any, key: str, **more: Any) -> Any:
            self.reads += 1
            if self.reads == 1:
                self.meanwhile()
            self.now += seconds[self.reads - 1]
            return status(platform, key, **more)

        patch.setattr(type(operator.platform), "status_body", slow)

    def run(self, operator: Operator, preview: Preview) -> ActionOutcome:
        permit = Permit(preview.target.account, preview.change, preview.state.standing, clock=lambda: self.now)
        return run(operator.context, preview, permit, Call())


@pytest.mark.parametrize("seconds", [(1.1, 0.1), (14.0, 0.2), (2.0, 2.0), (9.0, 9.0), (14.0, 14.0)], ids=str)
def test_a_change_during_a_slow_check_is_noticed(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch, seconds: tuple[float, float]
) -> None:
    preview = operator.preview(ActionKind.RESTART)
    slow = SlowStatus(operator, monkeypatch, *seconds)
    slow.meanwhile = lambda: demo.world.change(demo.world.by_id[EU], current=10)
    outcome = slow.run(operator, preview)
    assert (outcome.step, outcome.changed, slow.reads) == (ActionStage.REFUSED, True, 2)
    assert writes(demo.requests) == []


@pytest.mark.parametrize(
    ("seconds", "reads"), [((0.9,), 1), ((1.1, 0.1), 2), ((14.0, 0.2), 2), ((2.0, 2.0), 2), ((14.0, 9.9), 2)], ids=str
)
def test_a_slow_check_without_a_change_is_enough(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch, seconds: tuple[float, ...], reads: int
) -> None:
    preview = operator.preview(ActionKind.RESTART)
    slow = SlowStatus(operator, monkeypatch, *seconds)
    assert slow.run(operator, preview).step is ActionStage.DONE
    assert slow.reads == reads
    assert len(writes(demo.requests)) == 1


def test_two_checks_that_were_too_slow_send_nothing(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    preview = operator.preview(ActionKind.RESTART)
    outcome = SlowStatus(operator, monkeypatch, 14.0, 14.0).run(operator, preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.REFUSED, 1)
    assert outcome.sentence == (
        "Claims Desk (EU): reading the state took 14s, so it may have changed meanwhile. Nothing was sent."
    )
    assert writes(demo.requests) == []
    assert operator.journal.entries() == []


# ---- two at once


@pytest.mark.parametrize("kind", [ActionKind.RESTART, ActionKind.PAUSE, ActionKind.ROLLBACK, ActionKind.TRIGGER])
def test_of_two_instances_one_sends(demo: OpenDemo, operator: Operator, tmp_path: Path, kind: ActionKind) -> None:
    with operating(demo.url, demo.token, tmp_path / "actions") as second:
        operators = [operator, second]
        previews = [each.preview(kind, ARGUMENTS.get(kind, "")) for each in operators]
        outcomes = together(*(lambda n=n: operators[n].run(previews[n]) for n in range(2)))  # type: ignore[misc]
    assert sorted(outcome.step for outcome in outcomes if isinstance(outcome, ActionOutcome)) == ["done", "refused"]
    assert len(writes(demo.requests)) == 1
    refused = next(each for each in outcomes if isinstance(each, ActionOutcome) and each.step is ActionStage.REFUSED)
    assert "Another" in refused.sentence or "changed" in refused.sentence
    assert operator.states == ["accepted"]


def test_a_second_one_that_comes_later_is_refused_too(demo: OpenDemo, operator: Operator, tmp_path: Path) -> None:
    with operating(demo.url, demo.token, tmp_path / "actions") as second:
        first, late = operator.preview(ActionKind.RESTART), second.preview(ActionKind.RESTART)
        assert operator.run(first).step is ActionStage.DONE
        outcome = second.run(late)
    assert (outcome.step, outcome.changed) == (ActionStage.REFUSED, True)
    assert outcome.sentence == "Another action on Claims Desk (EU) came first. Nothing was sent."
    assert len(writes(demo.requests)) == 1


def test_while_one_is_sending_another_is_refused(demo: OpenDemo, operator: Operator, tmp_path: Path) -> None:
    demo.faults.set(f"/deployments/{EU}/restart", Fault.hang())
    call, sending = Call(), threading.Event()
    preview = operator.preview(ActionKind.RESTART)
    permit = operator.arming.permit(preview)

    def report(words: str) -> None:
        if words == "sending the request":
            sending.set()

    thread = threading.Thread(target=run, args=(operator.context, preview, permit, call, report))
    thread.start()
    assert sending.wait(DEADLINE)
    with operating(demo.url, demo.token, tmp_path / "actions") as second:
        outcome = second.act(ActionKind.RESTART)
        # It is not unresolved either, because someone is still working on it.
        assert resolve_all(second.context, Call()) == []
    assert outcome.sentence == "Another astro-tui on this machine is changing this agent right now. Nothing was sent."
    call.abort()
    thread.join()
    assert len(writes(demo.requests)) <= 1
    assert operator.states == ["unknown"]


# ---- refusals

REFUSALS: list[tuple[int, str, ActionStage, str]] = [
    (
        400,
        '{"error":"deployment is not stopped"}',
        ActionStage.REFUSED,
        "The platform refused: deployment is not stopped.",
    ),
    (
        401,
        '{"error":"unauthorized"}',
        ActionStage.REFUSED,
        "The platform does not accept the token; it may have expired.",
    ),
    (
        402,
        '{"error":"Billing suspended","details":"The last payment failed."}',
        ActionStage.REFUSED,
        "The platform refused this because of billing: The last payment failed.",
    ),
    (
        403,
        '{"error":"insufficient permissions"}',
        ActionStage.REFUSED,
        "You are not allowed to do this: insufficient permissions.",
    ),
    (403, '{"error":"Members only."}', ActionStage.REFUSED, "You are not allowed to do this: Members only."),
    (403, "", ActionStage.REFUSED, "You have no access to this."),
    (
        403,
        '{"error":"deployment not found"}',
        ActionStage.REFUSED,
        "The platform did not find the target (deployment not found): it is gone or was replaced.",
    ),
    (
        404,
        '{"error":"active deployment not found"}',
        ActionStage.REFUSED,
        "The platform did not find the target (active deployment not found): it is gone or was replaced.",
    ),
    (409, '{"error":"display name in use"}', ActionStage.REFUSED, "The platform refused: display name in use."),
    (429, "{}", ActionStage.REFUSED, "The platform received too many requests."),
    (
        500,
        '{"error":"failed to restart pod","details":"pods \\"x\\" not found"}',
        ActionStage.FAILED,
        'The platform failed to carry out the action: pods "x" not found.',
    ),
    (
        500,
        '{"error":"failed to update display name"}',
        ActionStage.FAILED,
        (
            "The platform failed to carry out the action: failed to update display name. "
            "Another agent in this account may have that name."
        ),
    ),
    (
        404,
        '{"error":"deployment not found"}',
        ActionStage.REFUSED,
        "The platform did not find the target (deployment not found): it is gone or was replaced.",
    ),
    (
        503,
        '{"error":"cluster disabled"}',
        ActionStage.FAILED,
        "The platform failed to carry out the action: cluster disabled.",
    ),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal[0]}-{refusal[1][:40]}")
def test_refusals(demo: OpenDemo, operator: Operator, refusal: tuple[int, str, ActionStage, str]) -> None:
    status, body, step, sentence = refusal
    preview = operator.preview(ActionKind.PAUSE)
    demo.faults.set(f"/deployments/{EU}/stop", Fault.response(status, body))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.sentence, outcome.exit_code) == (step, sentence, 1)
    assert outcome.error is not None
    assert writes(demo.requests) == [STOP]
    assert operator.states == [step.value]
    assert operator.journal.entries()[0].outcome == sentence


def test_a_platform_that_broke_down_may_have_done_it(demo: OpenDemo, operator: Operator) -> None:
    # This is what it says after a bug in its handler (platform.md §4), which may have come late.
    preview = operator.preview(ActionKind.PAUSE)
    demo.faults.set(f"/deployments/{EU}/stop", Fault.response(500, '{"error":"Internal server error"}'))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.RESOLVED, 2)
    assert "It is unknown whether the platform carried out the action." in outcome.sentence
    assert operator.journal.entries()[0].outcome == "outcome unknown → now active, revision 12"
    assert writes(demo.requests) == [STOP]


# ---- lost responses


@pytest.mark.parametrize(
    "fault",
    [
        Fault.hang(),
        Fault.reset(),
        Fault.lost_response(),
        Fault.cut(),
        Fault.html(502),
        Fault.html(200),
        Fault.redirect("/login", 303),
        Fault.redirect("http://[::1", 303),
        Fault.slow(3),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_a_lost_response_is_resolved_by_reading(demo: OpenDemo, tmp_path: Path, fault: Fault) -> None:
    quick = replace(QUICK, read=1.5, total=2.5)
    with operating(demo.url, demo.token, tmp_path / "actions", quick) as operator:
        preview = operator.preview(ActionKind.PAUSE)
        demo.faults.set(f"/deployments/{EU}/stop", fault)
        outcome = operator.run(preview)
        assert (outcome.step, outcome.exit_code) == (ActionStage.RESOLVED, 2)
        (entry,) = operator.journal.entries()
    assert entry.state == "resolved"
    assert re.fullmatch(r"outcome unknown → now (active|paused), revision 12", entry.outcome)
    assert ("paused" in entry.outcome) is (demo.world.condition(demo.world.by_id[EU]).word == "stopped")
    assert "paused" in entry.outcome or fault.kind != "lost"
    assert entry.outcome in outcome.sentence
    assert writes(demo.requests) == [STOP]


def test_after_a_redirect_an_earlier_preview_sends_nothing(demo: OpenDemo, operator: Operator, tmp_path: Path) -> None:
    with operating(demo.url, demo.token, tmp_path / "actions") as second:
        first, late = operator.preview(ActionKind.RESTART), second.preview(ActionKind.RESTART)
        demo.faults.set(f"/deployments/{EU}/restart", Fault.redirect("/login", 303))
        outcome = operator.run(first)
        assert (outcome.step, outcome.exit_code) == (ActionStage.RESOLVED, 2)
        assert "It is unknown whether the platform carried out the action." in outcome.sentence
        outcome = second.run(late)
    assert outcome.sentence == "Another action on Claims Desk (EU) came first. Nothing was sent."
    assert len(writes(demo.requests)) == 1


ENDING = replace(QUICK, read=2.0, total=4.0)
"""Timeouts for a request that gets no response, and for those around it, on a busy machine, too."""
ENDS: list[tuple[Fault, ActionStage, str]] = [
    (
        Fault.response(402, '{"error":"Limit reached","code":"ENTITLEMENT_LIMIT_REACHED"}'),
        ActionStage.REFUSED,
        "billing",
    ),
    (Fault.response(403, '{"error":"deployment not found"}'), ActionStage.REFUSED, "it is gone or was replaced"),
    (
        Fault.response(403, '{"error":"insufficient permissions"}'),
        ActionStage.REFUSED,
        "You are not allowed to do this",
    ),
    (
        Fault.response(409, '{"error":"display name already in use"}'),
        ActionStage.REFUSED,
        "display name already in use",
    ),
    (
        Fault.response(500, '{"error":"failed","details":"no leader"}'),
        ActionStage.FAILED,
        "failed to carry out the action: no leader",
    ),
    (Fault.response(503, '{"error":"cluster disabled"}'), ActionStage.FAILED, "carry out the action: cluster disabled"),
    (Fault.html(502), ActionStage.RESOLVED, "It is unknown whether the platform carried out the action."),
    (Fault.hang(), ActionStage.RESOLVED, "It is unknown whether the platform carried out the action."),
    (Fault.lost_response(), ActionStage.RESOLVED, "It is unknown whether the platform carried out the action."),
]


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=() if kind in FIRST else pytest.mark.nightly) for kind in ENDING_ALIKE]
)
def test_every_action_ends_in_words_and_is_never_sent_again(demo: OpenDemo, tmp_path: Path, kind: ActionKind) -> None:
    for number, (fault, step, words) in enumerate(ENDS):
        demo.put(EU, STARTS_FROM.get(kind, "active"))
        demo.world.change(demo.world.by_id[EU], display_name=CLAIMS.name, current=12)
        with operating(demo.url, demo.token, tmp_path / str(number), ENDING) as operator:
            preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
            demo.faults.set(re.compile(re.escape(preview.change.endpoint) + "$"), fault, count=1)
            before = len(writes(demo.requests))
            outcome = operator.run(preview)
            sent = writes(demo.requests)[before:]
            assert (outcome.step, sent) == (step, [preview.request]), (fault, outcome)
            assert words in outcome.sentence
            assert outcome.exit_code == (2 if step is ActionStage.RESOLVED else 1)
            assert operator.states == [step.value]
        demo.faults.clear()


def test_what_cannot_be_read_stays_unknown_until_the_next_start(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    demo.faults.set(f"/deployments/{EU}/stop", Fault.reset())
    demo.faults.set(f"^/deployments/{EU}$", Fault.response(500))
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.UNKNOWN, 2)
    assert operator.states == ["unknown"]
    assert resolve_all(operator.context, Call()) == operator.journal.entries()
    demo.faults.clear()
    redeploy: Any = demo.world.by_id[EU]
    demo.world.change(redeploy, current=9)
    (entry,) = resolve_all(operator.context, Call())
    assert (entry.state, entry.outcome) == ("resolved", "outcome unknown → now active, revision 9")
    assert re.fullmatch(
        r"Claims Desk \(EU\): pause, sent \d\d:\d\d, outcome unknown → now active, revision 9",
        words_of(entry, operator.context.clock()),
    )
    assert resolve_all(operator.context, Call()) == []
    assert writes(demo.requests) == [STOP]


def test_what_is_gone_is_resolved(demo: OpenDemo, operator: Operator, other: Caller) -> None:
    preview = operator.preview(ActionKind.DELETE)
    demo.faults.set("/undeploy", Fault.reset(), count=1)
    demo.faults.set(f"^/deployments/{EU}$", Fault.response(500), count=1)
    assert operator.run(preview).step is ActionStage.UNKNOWN
    demo.put(EU, "undeployed")
    demo.faults.set("/deployments/", Fault.deleted_hidden())
    (entry,) = resolve_all(operator.context, Call())
    assert entry.state == "resolved"
    assert entry.outcome == "outcome unknown → now gone, or not visible to this login"


def test_an_action_of_another_day_has_its_date(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    at = datetime(2026, 7, 4, 12, 30, tzinfo=UTC)
    entry = intended(operator.journal, demo.url, preview.action, CLAIMS, preview.state, now=at)
    entry = operator.journal.record(entry, ActionStage.SENT)
    assert words_of(entry, at) == "Claims Desk (EU): rollback 11, sent 12:30, outcome unknown"
    later = words_of(entry, at + timedelta(hours=12))
    assert later == "Claims Desk (EU): rollback 11, sent 2026-07-04 12:30, outcome unknown"


def test_an_intent_alone_is_known_not_to_have_been_sent(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    intended(operator.journal, demo.url, preview.action, CLAIMS, preview.state, now=operator.context.clock())
    (entry,) = resolve_all(operator.context, Call())
    assert (entry.state, entry.outcome) == ("failed", "nothing was sent: the program ended first")
    assert words_of(entry, operator.context.clock()).startswith("Claims Desk (EU): pause, intended ")


# ---- the journal


@pytest.mark.parametrize("step", ["intend", "record"])
def test_what_cannot_be_recorded_is_not_sent(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    preview = operator.preview(ActionKind.PAUSE)

    def full(*_arguments: object) -> None:
        raise JournalError("The journal cannot be written: No space left on device.")

    monkeypatch.setattr(Journal, step, full)
    outcome = operator.run(preview)
    assert (outcome.step, outcome.exit_code) == (ActionStage.REFUSED, 1)
    assert outcome.sentence == "The journal cannot be written: No space left on device. Nothing was sent."
    assert writes(demo.requests) == []


def test_an_outcome_that_cannot_be_recorded_is_said(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview, append = operator.preview(ActionKind.PAUSE), Journal._append

    def full(journal: Journal, entry: JournalEntry) -> None:
        if entry.state not in (ActionStage.INTENDED, ActionStage.SENT):
            raise JournalError("The journal cannot be written: No space left on device.")
        append(journal, entry)

    monkeypatch.setattr(Journal, "_append", full)
    outcome = operator.run(preview)
    warning = "The journal cannot be written: No space left on device. The outcome is not recorded."
    assert (outcome.step, outcome.exit_code) == (ActionStage.DONE, 0)
    assert outcome.sentence == f"Claims Desk (EU): request accepted (pausing). {warning}"
    settled = follow(operator.context, preview, outcome, Call())
    assert settled.ok
    assert " was paused (" in settled.sentence
    assert settled.sentence.endswith(f"s). {warning}")
    # The next start finds out what became of it.
    assert operator.states == ["sent"]
    assert len(writes(demo.requests)) == 1


def test_the_intent_is_on_disk_when_the_request_arrives(
    demo: OpenDemo, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    seen: list[list[str]] = []
    change = type(operator.platform).change

    def looked(platform: Any, permit: Any, **more: Any) -> Any:
        seen.append([json.loads(line)["state"] for line in operator.journal.path.read_text().splitlines()])
        return change(platform, permit, **more)

    monkeypatch.setattr(type(operator.platform), "change", looked)
    operator.act(ActionKind.PAUSE)
    assert seen == [["intended", "sent"]]
    assert LABS in operator.journal.path.read_text()
