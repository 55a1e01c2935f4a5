"""Which actions work now: by state (platform.md §16.3), by the user's rights, and by what exists. Pure.

The server decides. An action is allowed unless it is known to be forbidden, and the server's refusal is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.presentation.status import status_of


class State(StrEnum):
    """The states that make a difference to actions."""

    PENDING = "pending"
    DEPLOYING = "deploying"
    ACTIVE = "active"
    FAILED = "failed"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    REMOVING = "removing"
    REMOVED = "removed"
    UNKNOWN = "unknown"


_WORDS = {
    State.PENDING: ("pending", "provisioning"),
    State.DEPLOYING: ("deploying",),
    State.ACTIVE: ("active",),
    State.FAILED: ("failed",),
    State.PAUSED: ("stopped",),
    State.SUSPENDED: ("suspended",),
    State.REMOVING: ("undeploying",),
    State.REMOVED: ("undeployed",),
}
_BY_LABEL = {status_of(word).label: state for state, words in _WORDS.items() for word in words}


def state_of(word: str, reason: str = "", *, listed: bool = False) -> State:
    """Return the state for a status word of the platform and the `reason` of `/status`.

    With `listed`, the word comes from the list, where `error` may also mean a suspension; only `/status` tells which.
    """
    if listed and word.strip().lower() == "error":
        return State.UNKNOWN
    status = status_of(word, reason)
    return State.ACTIVE if status.active else _BY_LABEL.get(status.label, State.UNKNOWN)


_LIVE = frozenset(State) - {State.REMOVING, State.REMOVED}
_WITH_PODS = frozenset({State.ACTIVE, State.FAILED, State.DEPLOYING})
_STARTING = frozenset({State.PENDING, State.DEPLOYING})
WORKS_FROM: Mapping[ActionKind, Collection[State]] = {
    ActionKind.RESTART: _WITH_PODS,
    ActionKind.RESTART_POD: _WITH_PODS,
    ActionKind.PAUSE: _LIVE - _STARTING,
    ActionKind.RESUME: {State.PAUSED},
    ActionKind.CANCEL: _STARTING,
    ActionKind.ROLLBACK: {State.ACTIVE, State.FAILED},
    ActionKind.TRIGGER: _WITH_PODS,
    ActionKind.RENAME: _LIVE,
    ActionKind.DELETE: _LIVE,
}
"""The states in which each action works, besides unknown ones."""
_OTHERWISE = {
    ActionKind.RESTART: "no pods are running",
    ActionKind.RESTART_POD: "no pods are running",
    ActionKind.PAUSE: "a deploy is in progress; cancel it first",
    ActionKind.RESUME: "the agent is not paused",
    ActionKind.CANCEL: "nothing is being deployed",
    ActionKind.ROLLBACK: "only an active or failed agent can be rolled back",
    ActionKind.TRIGGER: "the agent is not running",
}


class Known(NamedTuple):
    """What else is known about a deployment; None means unknown.

    `rights` are the `actions` of `/capabilities`. `pods` are the names of its pods, `ingestions` those of its
    ingestions, and `revisions` is how many it has.
    """

    rights: Mapping[str, object] | None = None
    pods: Collection[str] | None = None
    ingestions: Collection[str] | None = None
    revisions: int | None = None


class ActionVerdict(NamedTuple):
    """Whether an action works, and if not, why, as the end of a sentence."""

    allowed: bool
    reason: str = ""


ALLOWED = ActionVerdict(allowed=True)


def allowed(kind: ActionKind, state: State, known: Known = Known()) -> ActionVerdict:  # noqa: B008  it is immutable
    """Return whether an action can be chosen for a deployment in this state."""
    reason = _state_forbids(kind, state) or _rights_forbid(kind, known.rights) or _nothing_there(kind, state, known)
    return ActionVerdict(allowed=False, reason=reason) if reason else ALLOWED


def _state_forbids(kind: ActionKind, state: State) -> str:
    if state is State.UNKNOWN or state in WORKS_FROM[kind]:
        return ""
    if state is State.REMOVING:
        return "the agent is being removed"
    if state is State.REMOVED:
        return "the agent was removed"
    return _OTHERWISE[kind]


def _rights_forbid(kind: ActionKind, rights: Mapping[str, object] | None) -> str:
    """Only an explicit no forbids an action: a missing or unreadable value does not."""
    needed = ABOUT[kind].capabilities
    if rights is None or any(rights.get(each) is not False for each in needed):
        return ""
    return f"you do not have permission ({needed[0]})"


def _nothing_there(kind: ActionKind, state: State, known: Known) -> str:
    # While a deployment runs, an empty list of pods may mean that none has been observed yet (platform.md §8.5).
    if (
        kind in (ActionKind.RESTART, ActionKind.RESTART_POD)
        and state is State.FAILED
        and known.pods is not None
        and not known.pods
    ):
        return "no pods are running"
    if kind is ActionKind.TRIGGER and known.ingestions is not None and not known.ingestions:
        return "the agent has no ingestions"
    if kind is ActionKind.ROLLBACK and known.revisions is not None and known.revisions < 2:
        return "the agent has no other revisions"
    return ""
