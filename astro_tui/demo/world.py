"""The demo platform's accounts, blueprints and deployments, and what time it is there."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any, Literal

from astro_tui.demo.life import Condition, Timeline, at

Json = dict[str, Any]
MINUTE, HOUR, DAY = 60, 3600, 86400
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def digest(*words: str) -> int:
    """Return a number that depends on `words` only; everything random-looking in the demo comes from here."""
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode(), digest_size=8).digest(), "big")


def deployment_id(*words: str) -> str:
    """Return an id of today's form, such as `ze5-r2l-m16` (contract §3)."""
    number, letters = digest("id", *words), ""
    for _ in range(9):
        number, rest = divmod(number, 36)
        letters += _BASE36[rest]
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}"


def build_id(*words: str) -> str:
    """Return a build id of 8 hex digits, as the platform's CLI pushes them."""
    return f"{digest('build', *words):016x}"[:8]


@dataclass(frozen=True, slots=True)
class Account:
    """An account; the demo's user belongs to it when `member`.

    A `guard` wants a token of the account's organization: "scope" asks for one with 403, "session" with 503.
    """

    name: str
    type: str
    display_name: str
    member: bool = True
    bio: str = ""
    guard: Literal["", "scope", "session"] = ""

    @property
    def id(self) -> str:
        """The platform's id of the account."""
        return f"acct_{digest('account', self.name):016x}"

    @property
    def organization(self) -> str:
        """The identity provider's id of the organization; empty for a personal account."""
        return f"org_01EXAMPLE{digest(self.name) % 10**6:06d}" if self.type == "organization" else ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One running instance. `age` is the time since its latest deploy in seconds at the server's start.

    `moment` replaces the age by a fixed time of the server's own spelling (the published example has one).
    `build` is that of the newest of `revisions`; `shape` names its kind of spec (see `specs.py`).
    After a rollback, `current` is the deployed revision and `redeployed` the time. `restarts` has the time of the
    last restart of each workload, in seconds since the server's start.
    """

    account: str
    name: str
    id: str
    build: str
    age: float
    life: Timeline
    display_name: str = ""
    latest_build: str = ""
    namespace: str = ""
    revisions: int = 1
    shape: str = "standard"
    moment: str = ""
    urls: Sequence[Json] = ()
    colors: Sequence[str] = ("#3b82f6", "#22c55e")
    operable: bool = True
    current: int = 0
    redeployed: str = ""
    restarts: Mapping[str, float] = field(default_factory=dict)

    @property
    def revision(self) -> int:
        """The revision that is deployed: the newest one unless someone rolled back."""
        return self.current or self.revisions

    @property
    def running_build(self) -> str:
        """The build of the deployed revision."""
        return self.revision_build(self.revision)

    def revision_build(self, revision: int) -> str:
        """Return the build that `revision` ran."""
        if revision == self.revisions:
            return self.build
        return (
            "4be19c07"
            if self.name == "tide-notes" and revision == 3
            else (
                "c1f00a92"
                if self.id == "q7k-0ab-x4d" and revision == 11
                else build_id(self.account, self.id, str(revision))
            )
        )

    def revision_age(self, revision: int) -> float:
        """Return how long before the server's start `revision` was deployed, in seconds."""
        behind = self.revisions - revision
        return self.age + behind * (9 * DAY + 7 * HOUR) + (digest(self.id, str(revision)) % (5 * DAY) if behind else 0)


@dataclass(frozen=True, slots=True)
class Blueprint:
    """Published code that deployments run: `account/name`.

    `readme` names a file of the data folder, `shape` the kind of its spec (see `blueprints.py`).
    """

    account: str
    name: str
    visibility: str = "public"
    summary: str = ""
    tags: Sequence[str] = ()
    builds: Sequence[str] = ()
    age: float = 30 * DAY
    archived: bool = False
    readme: str = ""
    shape: str = "standard"


@dataclass(slots=True)
class Cast:
    """Everybody on stage, as `cast.py` writes it down."""

    accounts: list[Account] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    blueprints: list[Blueprint] = field(default_factory=list)


class World:
    """The cast seen at a point in time. `frozen` worlds stay at the moment of their start."""

    def __init__(self, cast: Callable[[], Cast], clock: Callable[[], datetime], *, frozen: bool = False) -> None:
        self._write, self._clock, self._frozen = cast, clock, frozen
        self.start = clock().astimezone(UTC)
        self.lock = threading.RLock()
        self._changes = 0

    @cached_property
    def cast(self) -> Cast:
        """Everybody, written on first use."""
        return self._write()

    @cached_property
    def accounts(self) -> dict[str, Account]:
        """Accounts by name."""
        return {account.name: account for account in self.cast.accounts}

    @cached_property
    def by_id(self) -> dict[str, Deployment]:
        """Deployments of all accounts by id."""
        return {deployment.id: deployment for deployment in self.cast.deployments}

    @cached_property
    def by_account(self) -> dict[str, list[Deployment]]:
        """Deployments per account, newest deploy first, as `GET /deployments` lists them."""
        listed: dict[str, list[Deployment]] = {name: [] for name in self.accounts}
        for deployment in sorted(self.cast.deployments, key=lambda each: (bool(each.moment), each.age)):
            listed[deployment.account].append(deployment)
        return listed

    def listed(self, account: str) -> list[Deployment]:
        """Return the deployments of an account that are not removed, newest deploy first."""
        return [each for each in self.by_account[account] if self.condition(each).word != "undeployed"]

    def change(self, deployment: Deployment, **changes: Any) -> Deployment:
        """Replace some fields of a deployment from now on, and return it. Hold `lock` to check and change in one step.

        A deployment that is redeployed becomes the newest one.
        """
        with self.lock:
            changed = replace(self.by_id[deployment.id], **changes)
            others = [changed if each.id == changed.id else each for each in self.by_account[changed.account]]
            if "redeployed" in changes:
                others.sort(key=lambda each: each.id != changed.id)
            self.by_account[changed.account] = others
            self.by_id[changed.id] = changed
            self._changes += 1
            self.__dict__.pop("_edges", None)
        return changed

    def turn(self, deployment: Deployment, life: Timeline, **changes: Any) -> Deployment:
        """Let a deployment lead another life from now on: the times in `life` are seconds from now."""
        elapsed = self.elapsed()
        past = tuple(step for step in deployment.life if step[0] <= elapsed)
        return self.change(deployment, life=(*past, *((elapsed + begin, each) for begin, each in life)), **changes)

    @cached_property
    def _edges(self) -> list[float]:
        return sorted({begin for each in self.by_id.values() if len(each.life) > 1 for begin, _ in each.life})

    def elapsed(self) -> float:
        """Seconds since the server's start; 0 in a frozen world."""
        return 0.0 if self._frozen else max(0.0, (self._clock() - self.start).total_seconds())

    def now(self) -> datetime:
        """Return the time on the server's clock, in UTC."""
        return self.start if self._frozen else self._clock().astimezone(UTC)

    def time(self) -> datetime:
        """Return the time, which stands still nowhere: tokens run out in a frozen world, too."""
        return self._clock().astimezone(UTC)

    def stage(self) -> tuple[int, int]:
        """Return a value that stays the same as long as all lists do."""
        elapsed = self.elapsed()
        return self._changes, sum(edge <= elapsed for edge in self._edges)

    def condition(self, deployment: Deployment) -> Condition:
        """Return how a deployment is doing now."""
        life = deployment.life
        return life[0][1] if len(life) == 1 else at(life, self.elapsed())

    def began(self, deployment: Deployment) -> float:
        """Return when its condition began, in seconds since the server's start; negative before it."""
        begun = [begin for begin, _ in deployment.life[1:] if begin <= self.elapsed()]
        return begun[-1] if begun else -deployment.age

    def ago(self, seconds: float) -> datetime:
        """Return the moment so many seconds before the server's start."""
        return self.start - timedelta(seconds=seconds)

    def deployed_at(self, deployment: Deployment, revision: int = 0) -> str:
        """Return in RFC 3339 when `revision` was deployed; 0 is the latest deploy."""
        if not revision and deployment.redeployed:
            return deployment.redeployed
        revision = revision or deployment.revision
        if not deployment.moment:
            return timestamp(self.ago(deployment.revision_age(revision)))
        if revision == deployment.revisions:
            return deployment.moment
        return timestamp(
            datetime.fromisoformat(deployment.moment) - timedelta(seconds=deployment.revision_age(revision))
        )

    def active(self, account: str, name: str) -> Deployment | None:
        """Return the newest active deployment of a blueprint: there may be several (contract §8.7)."""
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
