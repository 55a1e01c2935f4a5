"""The result of a diagnosis, safe to show: every text in it is masked and printable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from astro_tui.diagnosis.facts import RevisionKey
from astro_tui.text.times import rfc3339


class Kind(StrEnum):
    """What is wrong with a deployment, in one word."""

    IMAGE = "image"
    CRASH = "crash"
    MEMORY = "memory"
    PROBE = "probe"
    CONFIG = "config"
    SCHEDULING = "scheduling"
    STORAGE = "storage"
    JOB = "job"
    BILLING = "billing"
    CANCELED = "cancelled"
    """Spelled like the platform's message, and as `why --json` prints it."""
    TIMEOUT = "timeout"
    ENDPOINT = "endpoint"
    PAUSED = "paused"
    NONE = "none"
    UNKNOWN = "unknown"


EXPLAINED_BY_LOGS = frozenset({Kind.CRASH, Kind.MEMORY, Kind.PROBE, Kind.JOB, Kind.UNKNOWN})
"""Kinds of causes that a log can say more about: in the others, the program never started or was stopped."""


class Rank(IntEnum):
    """How specific a signal is. Within one workload, the most specific signal decides."""

    GENERIC = 1
    """`1 of 3 workloads failed`."""
    NOT_READY = 9
    """A container runs and is not ready. A failing probe would also cause events."""
    DEADLINE = 10
    """The rollout took too long, for an unknown reason."""
    UNREADY = 12
    """A readiness probe fails. It never ends a container."""
    LOOP = 20
    """A container ends again and again, for an unknown reason."""
    KILLED = 30
    """A liveness or startup probe ends the container."""
    EXIT = 40
    """The container ends by itself, with its own exit code or last words."""
    EXACT = 50
    """Nothing is more specific: out of memory, image, config, storage, scheduling."""


class ChangeState(StrEnum):
    """Whether a change explains the failure, and if not, why none is blamed."""

    EXPLAINED = "explained"
    UNCHANGED = "unchanged"
    UNRELATED = "unrelated"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that was used, with the source that stated it. `time` is when it happened, if the source says so."""

    source: str
    time: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class LogPlace:
    """Where to look in a log: at the line that states the cause or, if `message` is empty, when the failure began.

    `ns` is the time in Unix nanoseconds, 0 if it is not known. `container` is empty if it is not known. The message is
    shortened and masked like evidence.
    """

    workload: str
    container: str
    ns: int
    message: str


@dataclass(frozen=True, slots=True)
class BlamedChange:
    """The revision that introduced the failure, the one before it, and the jq paths that explain the failure."""

    revision: RevisionKey
    previous: RevisionKey | None
    paths: tuple[str, ...]
    sentence: str
    author: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Sources that disagree."""

    sources: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Unread:
    """A source that could not be read: `since` when, and from when the old value is that was used instead, if any.

    Without `since`, the server does not offer the source.
    """

    source: str
    error: str
    since: datetime | None = None
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do next, and the command that does it, if there is one.

    `keys` are the ID of an action of the app, the letter to press in its menu, and what to choose then, such as
    `deployment.actions b 8`.
    """

    text: str
    command: str | None = None
    keys: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with one deployment, since when, and which change introduced it.

    `sentence` is the whole answer: `cause`, then `after`, which says what is known about the change and may be empty.
    `workload`, `container`, and `reason` are empty if they do not apply. `list_only` means that only the list, or
    the list and the status, was read. `wanted` has the revisions whose specs would show more about the change.
    """

    deployment_id: str
    account: str
    name: str
    status: str
    kind: Kind
    cause: str
    after: str = ""
    headline: str = ""
    """The cause and the change for one line of a list, the most telling words first."""
    workload: str = ""
    container: str = ""
    reason: str = ""
    began: datetime | None = None
    or_earlier: bool = False
    """Whether the failure may have begun before `began`, because a time is rounded or older data has expired."""
    evidence: tuple[Evidence, ...] = ()
    change: BlamedChange | None = None
    change_state: ChangeState = ChangeState.UNCHANGED
    conflicts: tuple[Conflict, ...] = ()
    unread: tuple[Unread, ...] = ()
    made: datetime | None = None
    """When the diagnosis was made."""
    oldest: datetime | None = None
    """When the oldest value that it is based on was read, besides the row of the list."""
    next_steps: tuple[NextStep, ...] = ()
    list_only: bool = False
    replicas: tuple[int, int] | None = None
    """How many replicas of the agent itself are ready, and how many there should be; None if that is not known now."""
    failing: bool = False
    """Whether something is wrong, even if its kind is not known."""
    rolled_back_from: str = ""
    """The build of the newest revision, if an earlier one was made current again."""
    rolled_back_to: str = ""
    """The build of that earlier revision; the list and the record still have the other one."""
    wanted: tuple[RevisionKey, ...] = ()
    place: LogPlace | None = None
    """Where the log shows the cause, if a log can show it."""
    bug: str = ""
    """What ended the diagnosis, if an error did."""

    @property
    def sentence(self) -> str:
        """The whole answer."""
        return f"{self.cause}{self.after}"

    @property
    def outage(self) -> bool:
        """Whether something is wrong and no replica of the agent is ready."""
        return self.failing and self.replicas is not None and not self.replicas[0]

    @property
    def as_of(self) -> datetime | None:
        """The time of the oldest value that was used because a newer one could not be read, or None."""
        return min((each.as_of for each in self.unread if each.as_of is not None), default=None)

    @property
    def fine(self) -> bool:
        """Whether it has no problem. What is neither `fine` nor `unknown` has a problem of a known kind."""
        return self.kind in (Kind.NONE, Kind.PAUSED)

    @property
    def unknown(self) -> bool:
        """Whether the facts are not enough to name a kind; it can still be `failing`."""
        return self.kind is Kind.UNKNOWN


def as_json(diagnosis: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON values."""
    found, change = diagnosis, diagnosis.change
    cause: dict[str, object] = {"kind": found.kind.value, "sentence": found.sentence, "headline": found.headline}
    cause |= {name: getattr(found, name) or None for name in ("workload", "container", "reason")}
    return {
        "deployment": {"id": found.deployment_id, **_fields(found, "account", "name", "status")},
        "cause": cause,
        "evidence": [_fields(each, "source", "time", "text") for each in found.evidence],
        "change": None
        if change is None
        else _fields(change, "revision", "previous", "paths", "sentence", "author", "message"),
        "change_state": found.change_state.value,
        "conflicts": [_fields(each, "sources", "text") for each in found.conflicts],
        "unread": [_fields(each, "source", "error", "since", "as_of") for each in found.unread],
        "next": [_fields(each, "text", "command") for each in found.next_steps],
    }


def _fields(value: object, *names: str) -> dict[str, object]:
    found = {name: getattr(value, name) for name in names}
    return {
        name: rfc3339(each) if isinstance(each, datetime) else list(each) if isinstance(each, tuple) else each
        for name, each in found.items()
    }
