"""The demo platform at a point in time: what exists, in which state, and what time it is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from astro_tui.demo.entities import Contents, DemoAccount, DemoBlueprint, DemoBuild, DemoDeployment, PendingQuestion
from astro_tui.demo.schedule import DAY, HOUR, MINUTE, Condition, Schedule
from astro_tui.runtime import Clock, made_once


class World:
    """Everything that exists, at a point in time. `frozen` worlds stay at the moment of their start.

    The server reads its tracing product with a `reader`: `v3` or `v4`.
    """

    def __init__(self, read: Callable[[], Contents], clock: Clock, *, frozen: bool = False, reader: str = "v3") -> None:
        self._read, self._clock, self._frozen = read, clock, frozen
        self.start, self.reader = clock().astimezone(UTC), reader
        self.lock = threading.RLock()
        self.builds: dict[tuple[str, str], list[DemoBuild]] = {}
        """Builds by account and name of their blueprint, as far as somebody has requested them."""
        self.asked: dict[str, list[PendingQuestion]] = {}
        """Questions that agents were sent in chats, by the ID of the deployment."""
        self.noted: list[tuple[datetime, DemoDeployment, str, dict[str, Any]]] = []
        """The actions of the demo's user since the start, for the audit log: when, on what, which, and more."""
        self._changes = 0

    @made_once
    def contents(self) -> Contents:
        """Everything that exists, read on first use."""
        return self._read()

    @made_once
    def accounts(self) -> dict[str, DemoAccount]:
        """Accounts by name."""
        return {account.name: account for account in self.contents.accounts}

    @made_once
    def blueprints(self) -> dict[tuple[str, str], DemoBlueprint]:
        """Blueprints by account and name."""
        return {(each.account, each.name): each for each in self.contents.blueprints}

    @made_once
    def by_id(self) -> dict[str, DemoDeployment]:
        """Deployments of all accounts by id."""
        return {deployment.id: deployment for deployment in self.contents.deployments}

    @made_once
    def stories(self) -> frozenset[str]:
        """IDs of the deployments with an incident of their own, whether or not anyone has operated them since."""
        deployments = self.contents.deployments
        return frozenset(
            each.id for each in deployments if any(condition.pods.stories for _, condition in each.schedule)
        )

    @made_once
    def by_account(self) -> dict[str, list[DemoDeployment]]:
        """Deployments per account, newest deploy first, as `GET /deployments` lists them."""
        listed: dict[str, list[DemoDeployment]] = {name: [] for name in self.accounts}
        for deployment in sorted(self.contents.deployments, key=lambda each: (bool(each.deployed_at), each.age)):
            listed[deployment.account].append(deployment)
        return listed

    def listed(self, account: str) -> list[DemoDeployment]:
        """Return the deployments of an account that are not removed, newest deploy first."""
        return [each for each in self.by_account[account] if self.condition(each).word != "undeployed"]

    def change(self, deployment: DemoDeployment, **changes: Any) -> DemoDeployment:
        """Replace some fields of a deployment, and return it. Hold `lock` to check and change in one step."""
        with self.lock:
            changed = replace(self.by_id[deployment.id], **changes)
            others = self.by_account[changed.account]
            listed = [changed if each.id == changed.id else each for each in others]
            # A new deploy comes first.
            listed.sort(key=lambda each: "age" in changes and each.id != changed.id)
            self.by_account[changed.account] = listed
            self.by_id[changed.id] = changed
            self._changes += 1
            self.__dict__.pop("_edges", None)
        return changed

    def note(self, deployment: DemoDeployment, action: str, **more: Any) -> None:
        """Note an action for the audit log."""
        self.noted.append((self.now(), deployment, action, more))

    def add(self, deployment: DemoDeployment) -> None:
        """Add a deployment, and list it first."""
        with self.lock:
            self.by_account[deployment.account].insert(0, deployment)
            self.by_id[deployment.id] = deployment
            self._changes += 1
            self.__dict__.pop("_edges", None)

    def turn(self, deployment: DemoDeployment, steps: Schedule, **changes: Any) -> DemoDeployment:
        """Give a deployment another schedule from now on: the times in `steps` are seconds from now."""
        with self.lock:
            elapsed = self.elapsed()
            past = tuple(step for step in deployment.schedule if step[0] <= elapsed)
            return self.change(
                deployment, schedule=(*past, *((elapsed + begin, each) for begin, each in steps)), **changes
            )

    @made_once
    def _edges(self) -> list[float]:
        return sorted({begin for each in self.by_id.values() if len(each.schedule) > 1 for begin, _ in each.schedule})

    def elapsed(self) -> float:
        """Seconds since the server's start; 0 in a frozen world."""
        return 0.0 if self._frozen else max(0.0, (self._clock() - self.start).total_seconds())

    def now(self) -> datetime:
        """Return the time on the server's clock, in UTC."""
        return self.start if self._frozen else self._clock().astimezone(UTC)

    def time(self) -> datetime:
        """Return the time. It always advances, so that tokens also expire in a frozen world."""
        return self._clock().astimezone(UTC)

    def stage(self) -> tuple[int, int, int]:
        """Return a value that stays the same as long as all lists do."""
        elapsed = self.elapsed()
        # A change must not come between the list of edges and its cache.
        with self.lock:
            built = sum(each.took - each.age <= elapsed for builds in self.builds.values() for each in builds)
            return self._changes, sum(edge <= elapsed for edge in self._edges), built

    def condition(self, deployment: DemoDeployment) -> Condition:
        """Return how a deployment is doing now."""
        (_, current), *later = deployment.schedule
        for begin, condition in later:
            if begin <= self.elapsed():
                current = condition
        return current

    def began(self, deployment: DemoDeployment) -> float:
        """Return when a deployment's condition began, in seconds since the server's start; negative before it."""
        begun = [begin for begin, _ in deployment.schedule[1:] if begin <= self.elapsed()]
        return begun[-1] if begun else -deployment.age

    def ago(self, seconds: float) -> datetime:
        """Return the moment that is this many seconds before the server's start."""
        return self.start - timedelta(seconds=seconds)

    def deployed_at(self, deployment: DemoDeployment, revision: int = 0) -> str:
        """Return in RFC 3339 when `revision` was deployed; 0 is the latest deploy. A rollback is none."""
        revision = revision or deployment.revisions
        if not deployment.deployed_at:
            return timestamp(self.ago(deployment.revision_age(revision)))
        if revision == deployment.revisions:
            return deployment.deployed_at
        return timestamp(
            datetime.fromisoformat(deployment.deployed_at) - timedelta(seconds=deployment.revision_age(revision))
        )

    def active(self, account: str, name: str) -> DemoDeployment | None:
        """Return the newest active deployment of a blueprint: there may be several (platform.md §8.7)."""
        for deployment in self.by_account[account]:
            if deployment.name == name and self.condition(deployment).word == "active":
                return deployment
        return None


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 with seconds and `Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}Z"


def short_age(seconds: float) -> str:
    """Return an age as the platform writes it for display: `45s`, `5m`, `3h`, `2d`."""
    for size, letter in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if seconds >= size:
            return f"{int(seconds // size)}{letter}"
    return f"{int(seconds)}s"
