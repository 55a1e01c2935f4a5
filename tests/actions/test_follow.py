"""An accepted action is followed until the platform has done it; a restart is followed through its pods."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.acting import EU, Operator
from support.demo_caller import Clock
from support.open_demo import OpenDemo

from astro_tui.actions.follow import Settled, follow
from astro_tui.actions.kinds import ActionKind
from astro_tui.demo import Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.presentation.pods import Pod, pods_of, progress_of
from astro_tui.state.journal import ActionStage

ARGUMENTS = {
    ActionKind.ROLLBACK: "11",
    ActionKind.RESTART_POD: "claims-desk-agent",
    ActionKind.TRIGGER: "nightly-policies",
    ActionKind.RENAME: "New name",
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[OpenDemo]:
    """A platform on which time passes only when a test says so."""
    with OpenDemo(clock=clock) as server:
        server.make_manual(EU, "nightly-policies")
        yield server


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.01)


def followed(
    operator: Operator, kind: ActionKind, seen: Callable[[str], None], *, limit: float = 20.0
) -> tuple[Settled, list[str]]:  # fmt: skip
    """Do an action and follow it; `seen` gets each report. Returns the end, and the reports without repeats."""
    preview = operator.preview(kind, ARGUMENTS.get(kind, ""))
    outcome = operator.run(preview)
    assert outcome.exit_code == 0, outcome
    reports: dict[str, None] = {}

    def report(words: str) -> None:
        reports[words] = None
        seen(words)

    return follow(operator.context, preview, outcome, Call(), report, limit=limit), list(reports)


def plain(settled: Settled) -> tuple[bool | None, str]:
    return settled.ok, re.sub(r"\(\d+s\)", "(…)", settled.sentence)


def test_a_pause_settles_at_once(operator: Operator, clock: Clock) -> None:
    settled, reports = followed(operator, ActionKind.PAUSE, lambda _words: clock.advance(1))
    assert plain(settled) == (True, "Claims Desk (EU) was paused (…).")
    assert reports == []
    (entry,) = operator.journal.entries()
    assert (entry.state, entry.outcome) == ("done", settled.sentence)


def test_a_resumed_agent_is_followed_until_it_is_ready(demo: OpenDemo, operator: Operator, clock: Clock) -> None:
    demo.put(EU, "stopped")
    settled, reports = followed(operator, ActionKind.RESUME, lambda _words: clock.advance(3))
    assert plain(settled) == (True, "Claims Desk (EU) was resumed (…).")
    assert reports == ["deploying, revision 12"]
    assert settled.state is not None


@pytest.mark.parametrize("word", ["active", "failed"])
def test_a_rollback_is_followed_to_its_end(demo: OpenDemo, operator: Operator, clock: Clock, word: str) -> None:
    looks = 0

    def seen(_words: str) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            demo.put(EU, word)

    settled, reports = followed(operator, ActionKind.ROLLBACK, seen)
    assert reports == ["deploying, revision 11"]
    if word == "active":
        assert plain(settled) == (True, "Claims Desk (EU) was rolled back (…).")
    else:
        assert plain(settled) == (False, "Claims Desk (EU): failed, revision 11 (…).")
        assert [entry.state for entry in operator.journal.entries()] == ["failed"]


def test_the_failure_from_before_is_not_taken_for_a_new_one(
    demo: OpenDemo, operator: Operator, clock: Clock
) -> None:  # fmt: skip
    demo.put(EU, "failed")
    stale = {"value": "error", "reason": "failed", "details": ""}
    preview = operator.preview(ActionKind.ROLLBACK, "11")
    outcome = operator.run(preview)
    demo.faults.set(re.compile("/status$"), Fault.response(200, json.dumps(stale)), count=3)
    settled = follow(operator.context, preview, outcome, Call(), lambda _words: clock.advance(5), limit=20)
    assert settled.ok is True


def test_a_canceled_deploy(demo: OpenDemo, operator: Operator) -> None:
    demo.put(EU, "deploying")
    settled, _reports = followed(operator, ActionKind.CANCEL, lambda _words: None)
    assert plain(settled) == (True, "Claims Desk (EU) stopped deploying (…).")


def test_a_deleted_agent_is_gone(demo: OpenDemo, operator: Operator, clock: Clock) -> None:
    demo.faults.set("/deployments/", Fault.deleted_hidden())
    settled, reports = followed(operator, ActionKind.DELETE, lambda _words: clock.advance(3))
    assert plain(settled) == (True, "Claims Desk (EU) was deleted (…).")
    assert reports == ["removing, revision 12"]


def test_a_name_and_an_ingestion(operator: Operator) -> None:
    assert plain(followed(operator, ActionKind.RENAME, lambda _words: None)[0])[0] is True
    settled, reports = followed(operator, ActionKind.TRIGGER, lambda _words: None)
    assert re.fullmatch(
        r"Claims Desk \(EU\) started an ingestion \(claims-desk-ingestion-nightly-policies-\d+\)\.", settled.sentence
    )
    assert reports == []


@pytest.mark.parametrize("kind", [ActionKind.RESTART, ActionKind.RESTART_POD])
def test_a_restart_is_followed_through_its_pods(operator: Operator, clock: Clock, kind: ActionKind) -> None:
    clock.advance(60)
    settled, reports = followed(operator, kind, lambda _words: clock.advance(5))
    assert settled.ok is True
    pods = len(operator.preview(ActionKind.RESTART).pods) if kind is ActionKind.RESTART else 1
    assert reports[0] == f"{pods} of {pods} pods replaced, 0 ready"


def test_a_restart_without_observed_pods_cannot_be_followed(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(re.compile("/runtime$"), Fault.response(404))
    settled, _reports = followed(operator, ActionKind.RESTART, lambda _words: None)
    assert settled.ok is None
    assert "progress cannot be tracked" in settled.sentence


RESTART = f"/deployments/{EU}/restart"
STORES = "claims-desk-knowledge-sessions"


def restarts(*names: str) -> Fault:
    return Fault.response(200, json.dumps({"status": "restarting", "pods": list(names) or None}))


def test_a_restart_that_restarts_nothing_is_not_done(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(RESTART, restarts())
    outcome = operator.act(ActionKind.RESTART)
    assert (outcome.step, outcome.exit_code) == (ActionStage.FAILED, 1)
    assert outcome.sentence.startswith(
        "Claims Desk (EU): The platform accepted the request, but restarted nothing: it found no pods of the build"
    )
    (entry,) = operator.journal.entries()
    assert (entry.state, entry.outcome) == ("failed", outcome.sentence)


def test_a_restart_names_what_it_left_out_and_waits_only_for_the_rest(demo: OpenDemo, operator: Operator) -> None:
    demo.faults.set(RESTART, restarts("claims-desk-agent"))
    preview = operator.preview(ActionKind.RESTART)
    assert STORES in preview.workloads
    assert {"claims-desk-agent", STORES} <= preview.pods.keys()
    outcome = operator.run(preview)
    assert f"{STORES}" in outcome.left_out
    assert outcome.sentence == f"Claims Desk (EU): request accepted (restarting).{outcome.left_out}"
    assert operator.journal.entries()[0].outcome == f"accepted: restarting{outcome.left_out}"
    new = {"name": "claims-desk-agent", "pod_name": "new", "age": "1s", "containers": [{"name": "app", "ready": True}]}
    demo.faults.set(re.compile("/runtime$"), Fault.response(200, json.dumps({"runtime": {"workloads": [new]}})))
    settled = follow(operator.context, preview, outcome, Call(), limit=5)
    assert plain(settled) == (True, f"Claims Desk (EU) was restarted (…).{outcome.left_out}")


@pytest.mark.parametrize("phase", ["Succeeded", "Failed", "succeeded"])
def test_a_finished_job_is_not_waited_for(phase: str) -> None:
    job = pod("job-x", "3h", ready=False, workload="claims-desk-ingestion-backfill-1") | {"phase": phase}
    before = observed(pod("a", "3h"), job)
    assert list(before) == ["w"]
    assert progress_of(before, observed(pod("b", "1s"), job)).complete


def test_following_ends_after_the_limit(demo: OpenDemo, operator: Operator) -> None:
    demo.put(EU, "stopped")
    settled, _reports = followed(operator, ActionKind.RESUME, lambda _words: None, limit=1)
    assert settled == Settled(
        None,
        "Claims Desk (EU): not finished after 1s; last seen: deploying, revision 12. "
        "The platform may still be working on it.",
    )  # fmt: skip
    # The action stays accepted.
    assert [(entry.state, entry.outcome) for entry in operator.journal.entries()] == [("accepted", "accepted: pending")]


def test_an_error_is_retried_and_a_cancellation_is_not(demo: OpenDemo, operator: Operator) -> None:
    preview = operator.preview(ActionKind.PAUSE)
    outcome = operator.run(preview)
    demo.faults.set(re.compile("/status$"), Fault.response(500), count=2)
    reports: list[str] = []
    assert follow(operator.context, preview, outcome, Call(), reports.append, limit=20).ok is True
    assert len(reports) == 2
    demo.faults.set(re.compile("/status$"), Fault.response(500))
    call = Call()
    with pytest.raises(PlatformError) as caught:
        follow(operator.context, preview, outcome, call, lambda _words: call.abort(), limit=20)
    assert caught.value.kind is ErrorKind.CANCELED


# ---- pods


def observed(*pods: dict[str, object]) -> dict[str, Pod]:
    return pods_of({"runtime": {"workloads": list(pods)}})


def pod(name: str, age: str, *, ready: bool = True, restarts: int = 0, workload: str = "w") -> dict[str, object]:
    container = {"name": "app", "ready": ready, "restart_count": restarts}
    return {"name": workload, "pod_name": name, "age": age, "containers": [container]}


def test_what_counts_as_replaced() -> None:
    before = observed(pod("a", "3h"))
    for now, count in [
        (pod("a", "3h"), (0, 0)),
        (pod("b", "3h"), (1, 1)),
        (pod("b", "1s", ready=False), (1, 0)),
        (pod("a", "2s"), (1, 1)),
        (pod("a", "3h", restarts=1), (1, 1)),
        (pod("b", "1s", workload="other"), (0, 0)),
    ]:
        assert progress_of(before, observed(now))[1:] == count, now


KEYS = st.sampled_from(["runtime", "workloads", "name", "pod_name", "containers", "age"])
SHAPES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@given(SHAPES)
def test_any_shape_can_be_read(runtime: object) -> None:
    assert not progress_of(pods_of(runtime), {}).replaced
