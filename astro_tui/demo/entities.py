"""The accounts, blueprints, and deployments of the demo platform, with their IDs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple

from astro_tui.demo.schedule import DAY, HOUR, Schedule

Json = dict[str, Any]
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def digest(*words: str) -> int:
    """Return a number that depends only on `words`. Everything in the demo that looks random is based on it."""
    return int.from_bytes(hashlib.blake2b("\0".join(words).encode(), digest_size=8).digest(), "big")


def deployment_id(*words: str) -> str:
    """Return an ID in the current form, such as `ze5-r2l-m16` (platform.md §3)."""
    number, letters = digest("id", *words), ""
    for _ in range(9):
        number, rest = divmod(number, 36)
        letters += _BASE36[rest]
    return f"{letters[:3]}-{letters[3:6]}-{letters[6:]}"


def build_id(*words: str) -> str:
    """Return a build ID of 8 hex digits, as pushed by the platform's CLI."""
    return f"{digest('build', *words):016x}"[:8]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account. The demo's user belongs to it if `member` is true, and may edit its blueprints if `edits` is.

    With a `guard`, the account requires a token of its organization: "scope" refuses others with 403, "session" with
    503. Owners and admins may read its audit log and its money; `money` and `quota` are described in `money.py`.
    """

    name: str
    type: str
    display_name: str
    member: bool = True
    edits: bool = True
    bio: str = ""
    guard: Literal["", "scope", "session"] = ""
    variables: Sequence[Json] = ()
    billing: Mapping[str, Any] = field(default_factory=dict)
    role: Literal["owner", "admin", "member"] = "owner"
    money: Mapping[str, Any] = field(default_factory=dict)
    quota: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The platform's ID of the account."""
        return f"acct_{digest('account', self.name):016x}"

    @property
    def organization(self) -> str:
        """The identity provider's ID of the organization; empty for a personal account."""
        return f"org_01EXAMPLE{digest(self.name) % 10**6:06d}" if self.type == "organization" else ""


@dataclass(frozen=True, slots=True)
class RevisionChange:
    """What a revision set: `values` by their dotted paths in the spec, where None removes one.

    It holds from `revision` on, and before `until` if that is given. With a `spec`, the revision begins a new document,
    without earlier changes. `message` and `commit` are the message and ID of its commit, and `build` is its build.
    `age` is how many seconds before the server's start the revision was deployed; 0 means the default age, and `by` is
    who deployed it.
    """

    revision: int
    message: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    age: float = 0.0
    until: int = 0
    build: str = ""
    spec: str | Json = ""
    commit: str = ""
    by: str = ""


class Triggered(NamedTuple):
    """A run that someone started: the names of its Job and of its ingestion, and when it began."""

    job: str
    ingestion: str
    begun: float


class PendingQuestion(NamedTuple):
    """A question to an agent: its conversation, when it was sent, and a function that says whether it was answered."""

    conversation: str
    at: datetime
    answered: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class DemoDeployment:
    """One running instance. `age` is how many seconds before the server's start it was deployed.

    `deployed_at` replaces the age with a fixed time in the server's format (the published example has one). `revisions`
    counts its revisions, and `build` is the build of the newest. `spec` is a document, or the name of one (see
    `specs.py`). It differs from revision to revision unless it is `steady`, and `history` has more changes. After a
    rollback, `current` is the deployed revision. `triggered` has the runs that users started. `restarts` has the times
    of the restarts of each workload, oldest first, in seconds since the server's start.
    """

    account: str
    name: str
    id: str
    build: str
    age: float
    schedule: Schedule
    display_name: str = ""
    latest_build: str = ""
    namespace: str = ""
    revisions: int = 1
    spec: str | Json = "standard"
    steady: bool = False
    deployed_at: str = ""
    urls: Sequence[Json] = ()
    colors: Sequence[str] = ("#3b82f6", "#22c55e")
    operable: bool = True
    current: int = 0
    triggered: Sequence[Triggered] = ()
    restarts: Mapping[str, Sequence[float]] = field(default_factory=dict)
    history: Sequence[RevisionChange] = ()

    def restarted(self, workload: str) -> float | None:
        """Return when a workload was last restarted, None if it never was."""
        return self.restarts[workload][-1] if workload in self.restarts else None

    @property
    def revision(self) -> int:
        """The deployed revision: the newest one unless someone rolled back."""
        return self.current or self.revisions

    @property
    def running_build(self) -> str:
        """The build of the deployed revision."""
        return self.revision_build(self.revision)

    def revision_build(self, revision: int) -> str:
        """Return the build that `revision` ran."""
        if revision == self.revisions:
            return self.build
        build = next((change.build for change in self.history if change.revision == revision and change.build), "")
        return build or build_id(self.account, self.id, str(revision))

    def revision_age(self, revision: int) -> float:
        """Return how long before the server's start `revision` was deployed, in seconds."""
        behind = self.revisions - revision
        age = next((change.age for change in self.history if change.revision == revision and change.age), 0.0)
        if age:
            return age
        return self.age + behind * (9 * DAY + 7 * HOUR) + (digest(self.id, str(revision)) % (5 * DAY) if behind else 0)


@dataclass(frozen=True, slots=True)
class DemoBlueprint:
    """Published code that deployments run: `account/name`.

    `readme` names a file in the data folder. `shape` is the kind of its spec (see `blueprints.py`).
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


@dataclass(frozen=True, slots=True)
class DemoBuild:
    """One build of a blueprint. It began `age` seconds before the server's start, took `took`, and ended as `status`.

    `step` is where it ended. `changes` has what it changes in a spec: old and new values by their dotted paths.
    `deploys` is what becomes of a deploy of it: a name in `data/deploy.json`, or "has no image". `log` names its log.
    """

    id: str
    age: float
    took: float = 95.0
    status: str = "registered"
    step: str = ""
    error: str = ""
    message: str = ""
    source: str = "github"
    log: str = ""
    deploys: str = "succeeds"
    changes: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Contents:
    """Everything that exists on the platform."""

    accounts: list[DemoAccount] = field(default_factory=list)
    deployments: list[DemoDeployment] = field(default_factory=list)
    blueprints: list[DemoBlueprint] = field(default_factory=list)
