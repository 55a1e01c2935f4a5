"""The actions: their keys, their words, and the request that each of them sends (platform.md §9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from astro_tui.platform.client import changes
from astro_tui.platform.client.changes import ChangeRequest


class ActionKind(StrEnum):
    """The actions, in the order of the menu. The values are those in the journal."""

    RESTART = "restart"
    RESTART_POD = "restart-pod"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    ROLLBACK = "rollback"
    TRIGGER = "trigger"
    RENAME = "rename"
    DELETE = "delete"
    DEPLOY = "deploy"
    REDEPLOY = "redeploy"
    REBUILD = "rebuild"


DEPLOYS = (ActionKind.DEPLOY, ActionKind.REDEPLOY)
"""The actions that send a template."""


class About(NamedTuple):
    """What is known about a kind of action.

    `letter` chooses it in the menu, and `confirm` (the capital letter) confirms it. `title` is what it is called,
    `effect` what it does, `doing` the word displayed until the platform catches up, and `done` what happened, in a
    sentence about an agent. `needs` names the argument it takes. Users need one of `capabilities` (platform.md §8.6).
    """

    letter: str
    title: str
    effect: str
    doing: str
    done: str
    capabilities: tuple[str, ...] = ("deployment:operate",)
    needs: str = ""
    undo: ActionKind | None = None

    @property
    def confirm(self) -> str:
        """The key that confirms it."""
        return self.letter.upper()


_EITHER = ("deployment:operate", "deployment:edit")
"""It is not known which of them the server requires: refuse only users who have neither."""
ABOUT: Mapping[ActionKind, About] = {
    ActionKind.RESTART: About(
        "r", "Restart all pods", "All pods are replaced. There is a short interruption.", "restarting", "was restarted"
    ),
    ActionKind.RESTART_POD: About(
        "o",
        "Restart one pod",
        "This pod is replaced. Other pods keep running.",
        "restarting",
        "had a pod restarted",
        needs="pod",
    ),
    ActionKind.PAUSE: About(
        "p",
        "Pause",
        "It is scaled to zero: no requests until resumed. Its data and history are kept.",
        "pausing",
        "was paused",
        undo=ActionKind.RESUME,
    ),
    ActionKind.RESUME: About(
        "s", "Resume", "The agent's pods are started again.", "resuming", "was resumed", undo=ActionKind.PAUSE
    ),
    ActionKind.CANCEL: About(
        "c", "Cancel the deploy", "The deploy ends now and counts as failed.", "canceling", "stopped deploying"
    ),
    ActionKind.ROLLBACK: About(
        "b",
        "Roll back",
        "An older or newer revision is deployed again. Secrets keep their current values.",
        "rolling back",
        "was rolled back",
        _EITHER,
        needs="revision",
        undo=ActionKind.ROLLBACK,
    ),
    ActionKind.TRIGGER: About(
        "t", "Run an ingestion", "A job for this manual ingestion starts now.", "running", "started an ingestion",
        needs="ingestion",
    ),
    ActionKind.RENAME: About(
        "n",
        "Rename",
        "Only the display name changes.",
        "renaming",
        "was renamed",
        _EITHER,
        needs="name",
        undo=ActionKind.RENAME,
    ),
    ActionKind.DELETE: About(
        "d",
        "Delete",
        "The deployment and its data are removed. This cannot be undone.",
        "removing",
        "was deleted",
        ("deployment:delete",),
    ),
    ActionKind.DEPLOY: About(
        "l", "Deploy a build", "The newest build replaces the one that runs.", "deploying", "runs the build",
        undo=ActionKind.ROLLBACK,
    ),
    ActionKind.REDEPLOY: About(
        "e", "Deploy same again", "The build that runs is deployed again, with the current variables.",
        "deploying", "was deployed again", undo=ActionKind.ROLLBACK,
    ),
    ActionKind.REBUILD: About(
        "g", "Rebuild", "The head of the blueprint's branch is built. Nothing is deployed.",
        "building", "started a build of its blueprint", (),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, repr=False)
class Inputs:
    """What was typed in for a deploy: never shown, logged, or stored. Others can see the values of `visible` names."""

    variables: tuple[tuple[str, str], ...] = ()
    visible: frozenset[str] = frozenset()
    timeout: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the variables."""
        return tuple(name for name, _value in self.variables)

    @property
    def values(self) -> Mapping[str, str]:
        """The values by name."""
        return dict(self.variables)


NO_INPUTS = Inputs()


class Action(NamedTuple):
    """One action. `argument` is the pod, the revision's number, the ingestion, the new name, or the build.

    Without a build, a deploy is of the newest one.
    """

    kind: ActionKind
    argument: str = ""
    inputs: Inputs = NO_INPUTS

    @property
    def about(self) -> About:
        """What is known about its kind."""
        return ABOUT[self.kind]

    def change(self, deployment_id: str) -> ChangeRequest:
        """Return the request that does this to a deployment."""
        make = _CHANGES.get(self.kind)
        if make is not None:
            return make(deployment_id)
        match self.kind:
            case ActionKind.ROLLBACK:
                return changes.rollback(deployment_id, int(self.argument))
            case ActionKind.RESTART_POD:
                return changes.restart_pod(deployment_id, self.argument)
            case ActionKind.TRIGGER:
                return changes.trigger(deployment_id, self.argument)
            case _:
                return changes.rename(deployment_id, self.argument)


_CHANGES: Mapping[ActionKind, Callable[[str], ChangeRequest]] = {
    ActionKind.RESTART: changes.restart,
    ActionKind.PAUSE: changes.stop,
    ActionKind.RESUME: changes.wakeup,
    ActionKind.CANCEL: changes.cancel,
    ActionKind.DELETE: changes.undeploy,
}
