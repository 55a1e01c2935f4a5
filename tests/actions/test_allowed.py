"""Every state of the platform × every action: allowed or refused as platform.md §16.3 says, and as the demo acts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.acting import EU
from support.demo_caller import Caller
from support.open_demo import OpenDemo

from astro_tui.actions.allowed import ALLOWED, ActionFacts, Lifecycle, allowed, lifecycle_of
from astro_tui.actions.kinds import ABOUT, DEPLOYS, Action, ActionKind

R, O, P, S, C, B, T, N, D, L, E, G = ActionKind  # noqa: E741  the letters of the actions
PODS, LIVE = {R, O}, {T, N, D, G}
DATABASE = {
    # What works from each database word (platform.md §16.2, §16.3).
    "pending": {C} | LIVE,
    "provisioning": {C} | LIVE,
    "deploying": {C} | PODS | LIVE,
    "active": {P, B, L, E} | PODS | LIVE,
    "failed": {P, B, L, E} | PODS | LIVE,
    "stopped": {S} | LIVE,
    "scaled_down": {S} | LIVE,
    "suspended": {P} | LIVE,
    "undeploying": set(),
    "undeployed": set(),
}
STATUS = {
    # Value and reason of /status (platform.md §16.4).
    ("active", "ready"): DATABASE["active"],
    ("active", "ready_lag"): DATABASE["active"],
    ("active", "cluster_unreachable"): DATABASE["active"],
    ("deploying", "provisioning"): DATABASE["deploying"],
    ("inactive", "paused"): DATABASE["stopped"],
    ("inactive", "suspended"): DATABASE["suspended"],
    ("undeploying", "undeploying"): set(),
    ("error", "failed"): DATABASE["failed"],
}
LISTED = {
    # Words of the list (platform.md §16.1). `error` may be a failure or a suspension: the server decides.
    "Running": DATABASE["active"],
    "Stopped": DATABASE["stopped"],
    "pending": DATABASE["pending"],
    "undeploying": set(),
    "error": set(ActionKind),
}
NOTHING_ELSE = ActionFacts()
UNKNOWN = ["", "hibernating", "unknown", "restarting", "Active?", "[bold]", "unreachable"]


def works(lifecycle: Lifecycle, facts: ActionFacts = NOTHING_ELSE) -> set[ActionKind]:
    return {kind for kind in ActionKind if allowed(kind, lifecycle, facts).allowed}


@pytest.mark.parametrize("word", DATABASE)
def test_database_words(word: str) -> None:
    assert (
        works(lifecycle_of(word))
        == works(lifecycle_of(word.upper()))
        == works(lifecycle_of(f" {word} "))
        == DATABASE[word]
    )


@pytest.mark.parametrize(("value", "reason"), STATUS)
def test_value_and_reason(value: str, reason: str) -> None:
    assert (
        works(lifecycle_of(value, reason))
        == works(lifecycle_of(value.title(), reason.upper()))
        == STATUS[value, reason]
    )


@pytest.mark.parametrize("word", LISTED)
def test_words_of_the_list(word: str) -> None:
    assert works(lifecycle_of(word, listed=True)) == LISTED[word]


@pytest.mark.parametrize("word", UNKNOWN)
def test_an_unknown_state_allows_everything(word: str) -> None:
    assert lifecycle_of(word) is Lifecycle.UNKNOWN
    assert works(Lifecycle.UNKNOWN) == set(ActionKind)


def test_a_refusal_has_a_reason_that_ends_a_sentence() -> None:
    for lifecycle in Lifecycle:
        for kind in ActionKind:
            verdict = allowed(kind, lifecycle, ActionFacts({"deployment:operate": False}, [], [], 1))
            assert verdict.allowed is not bool(verdict.reason)
            assert not verdict.reason.endswith(".")
            assert verdict.reason[:1].islower() or verdict.allowed


# ---- rights


@given(
    st.none()
    | st.dictionaries(
        st.sampled_from([f"deployment:{word}" for word in ("read", "edit", "operate", "delete")]),
        st.sampled_from([True, None, "no", 0, {}]),
    ),
    st.sampled_from(list(Lifecycle)),
)
def test_only_an_explicit_no_forbids(rights: dict[str, Any] | None, lifecycle: Lifecycle) -> None:
    assert works(lifecycle, ActionFacts(rights)) == works(lifecycle)


def test_a_no_forbids_what_needs_it() -> None:
    assert works(Lifecycle.ACTIVE, ActionFacts({"deployment:operate": False})) == {B, N, D, G}
    assert works(Lifecycle.ACTIVE, ActionFacts({"deployment:delete": False})) == DATABASE["active"] - {D}
    none = {f"deployment:{word}": False for word in ("edit", "operate", "delete")}
    assert works(Lifecycle.ACTIVE, ActionFacts(none)) == {G}
    assert allowed(P, Lifecycle.ACTIVE, ActionFacts(none)).reason == "you do not have permission (deployment:operate)"


# ---- what there is


def test_nothing_can_be_done_to_what_does_not_exist() -> None:
    assert allowed(R, Lifecycle.FAILED, ActionFacts(pods=[])).reason == "no pods are running"
    assert allowed(R, Lifecycle.FAILED, ActionFacts(pods=["a"])) == ALLOWED
    # Nothing may have been observed yet.
    assert allowed(R, Lifecycle.ACTIVE, ActionFacts(pods=[])) == ALLOWED
    assert allowed(T, Lifecycle.ACTIVE, ActionFacts(ingestions=[])).reason == "the agent has no manual ingestions"
    assert allowed(B, Lifecycle.ACTIVE, ActionFacts(revisions=1)).reason == "the agent has no other revisions"
    assert allowed(B, Lifecycle.ACTIVE, ActionFacts(revisions=2)) == ALLOWED


# ---- the demo platform


LAXER = {
    *((kind, "undeploying") for kind in (R, O, N, T)),
    *((R, word) for word in ("stopped", "scaled_down", "suspended")),
    *((P, word) for word in ("stopped", "scaled_down")),
}
"""What the platform accepts, though it is not offered, because it does nothing (platform.md §9)."""


@pytest.mark.parametrize("word", [word for word in DATABASE if word != "undeployed"])
@pytest.mark.parametrize("kind", [kind for kind in ActionKind if kind not in (*DEPLOYS, G)])
def test_the_demo_agrees(demo: OpenDemo, other: Caller, word: str, kind: ActionKind) -> None:
    demo.put(EU, word)
    status = other.get(f"/deployments/{EU}/status")
    pods = [each.get("pod_name", "") for each in other.get(f"/deployments/{EU}/runtime")["runtime"]["workloads"] or ()]
    argument = {B: "11", O: next(filter(None, pods), "none"), T: "nightly-policies", N: "Other"}.get(kind, "")
    change = Action(kind, argument).change(EU)
    code, body = other.raw(change.endpoint, change.method, change.body or None)
    expected = allowed(
        kind, lifecycle_of(status["value"], status["reason"]), ActionFacts(pods=list(filter(None, pods)))
    )
    if (kind, word) in LAXER:
        assert (code < 300, expected.allowed) == (True, False)
    else:
        assert (code < 300) is expected.allowed, (code, body, expected)


# ---- kinds


def test_every_action_has_its_own_letter_that_nothing_else_in_the_menu_uses() -> None:
    letters = [about.letter for about in ABOUT.values()]
    assert sorted(ABOUT) == sorted(ActionKind)
    assert len(set(letters)) == len(letters)
    # w arms, j opens the journal, y copies.
    assert not set(letters) & set("wjy")
    assert all(about.confirm == about.letter.upper() for about in ABOUT.values())


@pytest.mark.parametrize("kind", [kind for kind in ActionKind if kind not in DEPLOYS])
def test_undo_goes_both_ways(kind: ActionKind) -> None:
    undo = ABOUT[kind].undo
    assert undo is None or ABOUT[undo].undo is kind
