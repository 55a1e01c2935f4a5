"""Which actions work now: by state (platform.md §16.3), by the user's rights, and by what exists. Pure.

The server decides. An action is allowed unless it is known to be forbidden, and the server's refusal is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.actions.kinds import ABOUT, DEPLOYS, ActionKind
from astro_tui.platform.status_words import UNREADABLE
from astro_tui.presentation.status import status_of

if TYPE_CHECKING:
    from astro_tui.platform.models import StatusReport


class Lifecycle(StrEnum):
    """Where a deployment is in its life, as far as it makes a difference to actions."""

    PENDING = "pending"
    DEPLOYING = "deploying"
    ACTIVE = "active"
    FAILED = "failed"
    PAUSED = "paused"
    SUSPENDED = "suspended"
    REMOVING = "removing"
    REMOVED = "removed"
    UNREADABLE = "unreadable"
    """It may have been deleted (platform.md §16.3)."""
    UNKNOWN = "unknown"


_WORDS = {
    Lifecycle.PENDING: ("pending", "provisioning"),
    Lifecycle.DEPLOYING: ("deploying",),
    Lifecycle.ACTIVE: ("active",),
    Lifecycle.FAILED: ("failed",),
    Lifecycle.PAUSED: ("stopped",),
    Lifecycle.SUSPENDED: ("suspended",),
    Lifecycle.REMOVING: ("undeploying",),
    Lifecycle.REMOVED: ("undeployed",),
}
_BY_LABEL = {status_of(word).label: lifecycle for lifecycle, words in _WORDS.items() for word in words}


def lifecycle_of(word: str, reason: str = "", *, listed: bool = False) -> Lifecycle:
    """Return the stage of life for a status word of the platform and the `reason` of `/status`.

    With `listed`, the word comes from the list, where `error` may also mean a suspension, unlike in `/status`.
    """
    if listed and word.strip().lower() == "error":
        return Lifecycle.UNKNOWN
    if word == UNREADABLE:
        return Lifecycle.UNREADABLE
    status = status_of(word, reason)
    return Lifecycle.ACTIVE if status.active else _BY_LABEL.get(status.label, Lifecycle.UNKNOWN)


OVER = frozenset({Lifecycle.FAILED, Lifecycle.PAUSED, Lifecycle.SUSPENDED, Lifecycle.REMOVING, Lifecycle.REMOVED})
"""The stages in which a rollout does not become ready by itself."""


def is_ready(report: StatusReport) -> bool:
    """Whether a deployment is active and its pods do not lag behind (platform.md §16.4)."""
    ready = report.reason.strip().lower() in ("", "ready")
    return ready and lifecycle_of(report.value, report.reason) is Lifecycle.ACTIVE


_LIVE = frozenset(Lifecycle) - {Lifecycle.REMOVING, Lifecycle.REMOVED, Lifecycle.UNREADABLE}
_WITH_PODS = frozenset({Lifecycle.ACTIVE, Lifecycle.FAILED, Lifecycle.DEPLOYING})
_STARTING = frozenset({Lifecycle.PENDING, Lifecycle.DEPLOYING})
WORKS_FROM: Mapping[ActionKind, Collection[Lifecycle]] = {
    ActionKind.RESTART: _WITH_PODS,
    ActionKind.RESTART_POD: _WITH_PODS,
    ActionKind.PAUSE: _LIVE - _STARTING - {Lifecycle.PAUSED},
    ActionKind.RESUME: {Lifecycle.PAUSED},
    ActionKind.CANCEL: _STARTING,
    ActionKind.ROLLBACK: {Lifecycle.ACTIVE, Lifecycle.FAILED},
    ActionKind.TRIGGER: _LIVE,
    ActionKind.RENAME: _LIVE,
    ActionKind.DELETE: _LIVE,
    **{kind: {Lifecycle.ACTIVE, Lifecycle.FAILED} for kind in DEPLOYS},
    ActionKind.REBUILD: _LIVE,
}
"""The stages of life in which each action works, besides unknown ones."""
_GONE = {
    Lifecycle.REMOVING: "the agent is being removed",
    Lifecycle.REMOVED: "the agent was deleted",
    Lifecycle.UNREADABLE: "the agent's state cannot be read, and it may have been deleted",
}
_OTHERWISE = {
    ActionKind.RESTART: "no pods are running",
    ActionKind.RESTART_POD: "no pods are running",
    ActionKind.PAUSE: "a deploy is in progress; cancel it first",
    ActionKind.RESUME: "the agent is not paused",
    ActionKind.CANCEL: "nothing is being deployed",
    ActionKind.ROLLBACK: "only an active or failed agent can be rolled back",
    **dict.fromkeys(DEPLOYS, "only an active or failed agent can be deployed again"),
}


_ALREADY = {(ActionKind.PAUSE, Lifecycle.PAUSED): "the agent is already paused"}


class ActionFacts(NamedTuple):
    """What else is known about a deployment; None means unknown.

    `rights` are the `actions` of `/capabilities`. `pods` are the names of its pods, `ingestions` those of its
    manual ingestions, and `revisions` is how many it has.
    """

    rights: Mapping[str, object] | None = None
    pods: Collection[str] | None = None
    ingestions: Collection[str] | None = None
    revisions: int | None = None


class ActionVerdict(NamedTuple):
    """Whether an action works, and if not, why, as the end of a sentence. There may be `nothing` to do."""

    allowed: bool
    reason: str = ""
    nothing: bool = False


ALLOWED = ActionVerdict(allowed=True)


def allowed(kind: ActionKind, lifecycle: Lifecycle, facts: ActionFacts = ActionFacts()) -> ActionVerdict:  # noqa: B008  it is immutable
    """Return whether an action can be chosen for a deployment at this stage of its life."""
    reason = (
        _lifecycle_forbids(kind, lifecycle)
        or _rights_forbid(kind, facts.rights)
        or _nothing_there(kind, lifecycle, facts)
    )
    return ActionVerdict(allowed=False, reason=reason) if reason else ALLOWED


def _lifecycle_forbids(kind: ActionKind, lifecycle: Lifecycle) -> str:
    if lifecycle is Lifecycle.UNKNOWN or lifecycle in WORKS_FROM[kind]:
        return ""
    return _GONE.get(lifecycle) or _ALREADY.get((kind, lifecycle)) or _OTHERWISE[kind]


def _rights_forbid(kind: ActionKind, rights: Mapping[str, object] | None) -> str:
    """Only an explicit no forbids an action: a missing or unreadable value does not."""
    needed = ABOUT[kind].capabilities
    if rights is None or not needed or any(rights.get(each) is not False for each in needed):
        return ""
    return f"you do not have permission ({needed[0]})"


def _nothing_there(kind: ActionKind, lifecycle: Lifecycle, facts: ActionFacts) -> str:
    # While a deployment runs, an empty list of pods may mean that none has been observed yet (platform.md §8.5).
    if (
        kind in (ActionKind.RESTART, ActionKind.RESTART_POD)
        and lifecycle is Lifecycle.FAILED
        and facts.pods is not None
        and not facts.pods
    ):
        return "no pods are running"
    if kind is ActionKind.TRIGGER and facts.ingestions is not None and not facts.ingestions:
        return "the agent has no manual ingestions"
    if kind is ActionKind.ROLLBACK and facts.revisions is not None and facts.revisions < 2:
        return "the agent has no other revisions"
    return ""
