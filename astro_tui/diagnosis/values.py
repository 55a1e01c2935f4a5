"""The values that the steps of a diagnosis pass on: facts, observations, findings, a verdict, and the diagnosis."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from astro_tui.diagnosis.tables import Kind, Match, Meaning, Rank, Tables, form, table
from astro_tui.document import Path
from astro_tui.logs.levels import Level
from astro_tui.logs.templates import template_of
from astro_tui.platform.lenient import Moment
from astro_tui.text.times import rfc3339

YOUNG = timedelta(minutes=2)
"""Age of a rollout up to which waiting is normal."""
RECENT = timedelta(minutes=15)
"""How long a warning about a ready container counts."""
SKEW = timedelta(seconds=15)
"""How far the clocks of the cluster and the platform may differ."""
GAP = timedelta(minutes=30)
"""A longer time without a sign of the failure separates two failures."""
MINUTE = timedelta(minutes=1)
UNITS = timedelta(days=1), timedelta(hours=1), MINUTE
MANY = 10
NEARLY_FULL, FULL = 0.9, 0.97
"""How full a volume, as a fraction, must be for a warning, and so that nothing can be stored."""
_AGE = re.compile(r"(\d+)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST = timedelta(hours=2)
RUNNING = frozenset({"running", "active", "pending"})
UNSAID = (Level.NONE, Level.ERROR, Level.FATAL)
_ONCE = timedelta(seconds=1)
_STRONG = 6
_MOST_TEXTS = 100

# ---- facts: what was read


RevisionKey = int | str
"""The number of a revision; on servers without numbers, its `deployed_at` as sent."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One response: its `value`, or the `error` that took its place. A fact with neither was never requested.

    `read_at` is when the value was received. With both a value and an error, the value is from before the error.
    `since` is when reading began to fail; None if the server does not offer the source.
    `refused` says that this login may not read it. `regenerated` marks a spec that the platform regenerated: except in
    the current revision, its variables, resources, storage, and access are those of today (platform.md §8.7).
    """

    value: object = None
    error: str = ""
    read_at: datetime | None = None
    since: datetime | None = None
    regenerated: bool = False
    refused: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a value, however old."""
        return self.value is not None

    @property
    def requested(self) -> bool:
        """Whether a response or an error is known."""
        return self.known or bool(self.error)

    @property
    def stale(self) -> bool:
        """Whether a newer value was requested and not received."""
        return self.known and bool(self.error)

    def followed_by(self, new: Fact) -> Fact:
        """Return the new fact, or, if it is only an error, this value with that error: better an old value than none.

        The error keeps the time when reading began to fail.
        """
        if not new.error:
            return new
        since = self.since or new.since or self.read_at
        return replace(new if new.known else self, error=new.error, since=since, refused=new.refused)


MISSING = Fact()
"""A response that was never requested."""
SOURCES = ("row", "status", "record", "runtime", "events", "alerts", "history")
ON_DEMAND = ("variables", "peers")
"""Sources that are read only for somebody who looks at one agent, and kept for some minutes."""


@dataclass(frozen=True, slots=True)
class LogFact:
    """Log lines of one container: the body of `/logs`, requested for the time from `since` on.

    `limit` is how many lines were requested, 0 if that is not known: a server that has more sends the newest ones.
    """

    workload: str
    container: str = ""
    lines: Fact = MISSING
    since: datetime | None = None
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about one deployment at the time `now`.

    `row` is its row in the list, and `earlier_runtime` an observation of `/runtime` from some minutes ago. `variables`
    are `AgentVariable`s, and `peers` its outbound requests of the last hour. `billing` and `audit`, which is the audit
    log, are about its account.
    `specs` has the documents of revisions: each fact holds a `Document`, bytes, or decoded JSON. `account` and `agent`
    are what commands call it; they default to the names in the row.
    """

    now: datetime
    row: Fact = MISSING
    status: Fact = MISSING
    record: Fact = MISSING
    runtime: Fact = MISSING
    earlier_runtime: Fact = MISSING
    events: Fact = MISSING
    alerts: Fact = MISSING
    history: Fact = MISSING
    variables: Fact = MISSING
    peers: Fact = MISSING
    billing: Fact = MISSING
    audit: Fact = MISSING
    logs: tuple[LogFact, ...] = ()
    specs: Mapping[RevisionKey, Fact] = field(default_factory=dict)
    deployment_id: str = ""
    account: str = ""
    agent: str = ""


class AgentVariable(NamedTuple):
    """A variable of a deployment, and where its value comes from, in words: an account, typed in, default, or missing.

    `ref` is the account's variable that it is linked to, and when that was created, and edited last. All texts are as
    sent.
    """

    name: str
    origin: str
    secret: bool = False
    ref: str = ""
    edited: datetime | None = None
    created: datetime | None = None

    def late(self, deployed: datetime | None) -> bool:
        """Whether it was edited after a deploy, so that the deployment still has the earlier value."""
        return _after(self.edited, deployed)

    def change(self, deployed: datetime | None) -> tuple[str, datetime | None]:
        """Whether it was edited, or even created after a deploy (then it may have replaced a deleted one), and when."""
        return ("created", self.created) if _after(self.created, deployed) else ("edited", self.edited)


def _after(at: datetime | None, deployed: datetime | None) -> bool:
    return at is not None and deployed is not None and at > deployed


# ---- observations: what the sources say


class Revision(NamedTuple):
    """One revision; `spec` is its document, and `sent` what the history has of it. `current` says that it is to run.

    `word` is its status; today's server reports no outcome of earlier revisions.
    """

    key: RevisionKey
    deployed: datetime | None
    spec: Fact
    sent: object
    build: str
    current: bool
    word: str
    author: str = ""
    message: str = ""
    """The first line of its commit message."""

    @property
    def failed(self) -> bool:
        """Whether the platform says that it failed."""
        return self.word in ("failed", "error")

    @property
    def title(self) -> str:
        """The revision in a sentence."""
        return f"revision {self.key}" if isinstance(self.key, int) else f"the revision of {self.key}"


def age(raw: str) -> tuple[timedelta, timedelta] | None:
    """Return an age such as `3h` and its precision, or None."""
    parts = _AGE.findall(raw.lower()[:40])
    if not parts:
        return None
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in parts)
    if seconds > 3650 * 86_400:
        return None
    return timedelta(seconds=seconds), timedelta(seconds=_SECONDS[parts[-1][1]])


def named_container(message: str) -> str:
    """Return the container that a message from the cluster names, or an empty string."""
    match = form("container").search(message)
    return next((group for group in match.groups() if group), "") if match else ""


class Container(NamedTuple):
    """One container of a pod. `text` has everything that was said about its state and its last exit."""

    name: str
    state: str
    ready: bool
    restarts: int
    text: str

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self.state.startswith("running")

    def last_exit(self, now: datetime) -> datetime | None:
        """Return when it ended last, if its text says so: `OOMKilled 4 minutes ago`, or a time."""
        if match := form("ago").search(self.text):
            elapsed = age(f"{match[1]}{match[2][0]}")
            return now - elapsed[0] if elapsed is not None else None
        times = [at for raw in form("time").findall(self.text) if (at := Moment.of(raw).at) is not None]
        return max(times, default=None)

    @property
    def said(self) -> str:
        """Everything about it in one line: `app waiting: CrashLoopBackOff, restarted 12 times`."""
        ready = ", not ready" if self.running and not self.ready else ""
        text = f": {self.text}" if self.text else ""
        restarts = f", {self.restarted}" if self.restarts else ""
        return f"{self.name or 'container'} {self.state or 'unknown'}{ready}{text}{restarts}"

    @property
    def restarted(self) -> str:
        """How many times it restarted: `restarted once`, `restarted 12 times`, or empty."""
        if not self.restarts:
            return ""
        return "restarted once" if self.restarts == 1 else f"restarted {self.restarts:,} times"


class Run(NamedTuple):
    """One run of a job."""

    name: str
    status: str
    start: datetime | None
    end: datetime | None = None
    completions: str = ""
    rounded: bool = False
    """Whether only the age of its pod is known, not exactly when it started."""

    @property
    def succeeded(self) -> bool:
        """Whether it ended without an error."""
        return self.status in ("succeeded", "complete")


class Workload(NamedTuple):
    """One workload. Everything from `pod` on is an observation of one representative pod and may be missing."""

    name: str
    kind: str = ""
    component: str = ""
    image: str = ""
    pod: str = ""
    pods: tuple[str, ...] = ()
    """All its pods, on servers that name them."""
    phase: str = ""
    age: tuple[timedelta, timedelta] | None = None
    containers: tuple[Container, ...] = ()
    runs: tuple[Run, ...] = ()
    used: int = 0
    capacity: int = 0
    status: str = ""
    completions: str = ""
    schedule: str = ""
    declared: object = None
    """Its entry in the record, with fields that no rule needs, such as its environment."""

    @property
    def is_job(self) -> bool:
        """Whether it runs to completion instead of serving."""
        if self.kind or self.runs:
            return self.kind in ("job", "cronjob", "")
        named = "ingestion" in self.component or "-ingestion-" in self.name
        return named and form("serving_pod").search(self.pod) is None

    @property
    def newest_run(self) -> Run | None:
        """The run that started last; the first one if no start is known."""
        return max(self.runs, key=lambda run: run.start.timestamp() if run.start else float("-inf"), default=None)

    @property
    def is_dependency(self) -> bool:
        """Whether other workloads need it: a knowledge store or a model."""
        words = f"{self.component} {self.name}".lower()
        if self.component == "agent":
            return False
        return "knowledge" in words or "model" in self.component.lower() or "-model-" in words

    @property
    def is_collector(self) -> bool:
        """Whether it only observes the others."""
        words = f"{self.component} {self.name}".lower()
        return self.component != "agent" and ("collector" in words or "observability" in words)

    @property
    def order(self) -> int:
        """Its place among workloads that failed at the same time: what others need first, what only observes last."""
        return 0 if self.is_dependency else 2 if self.is_collector else 1

    @property
    def full(self) -> bool:
        """Whether its volume is full."""
        return self.capacity > 0 and self.used >= FULL * self.capacity

    @property
    def nearly_full(self) -> bool:
        """Whether its volume soon needs more room."""
        return self.capacity > 0 and self.used >= NEARLY_FULL * self.capacity

    @property
    def ready(self) -> bool:
        """Whether a pod was observed and all its containers are ready."""
        return bool(self.containers) and all(each.ready for each in self.containers)

    @property
    def restarts(self) -> int:
        """The restarts of all its containers."""
        return sum(each.restarts for each in self.containers)

    def started(self, now: datetime) -> datetime | None:
        """Return when the observed pod was created, or None."""
        return None if self.age is None else now - self.age[0]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workloads of a deployment by name. `jobs` are the owners of jobs that the record does not list.

    `observed` says that a source says what containers do, even if it says that there are none.
    """

    workloads: dict[str, Workload]
    jobs: dict[str, str]
    observed: bool = False

    def workload_of(self, name: str, component: str = "") -> str:
        """Return the workload that an object of the cluster belongs to, by its name or component; empty if none does.

        Pods, replica sets, jobs, and volume claims have the name of their workload in theirs.
        """
        best = ""
        for each in self.workloads:
            starts = name == each or name.startswith(f"{each}-")
            if len(each) > len(best) and (starts or f"-{each}-" in name or name.endswith(f"-{each}")):
                best = each
        if not best and component:
            best = next((each.name for each in self.workloads.values() if each.component == component), "")
        return best

    def owner(self, name: str, object_kind: str = "") -> str:
        """Return the workload of an object, guessed from the object's own name if no source names the workload."""
        owner = self.workload_of(name)
        if object_kind == "node" and not owner:
            # A node is about what it ended, if only one workload restarted.
            names = [each.name for each in self if each.restarts or (each.containers and not each.ready)]
            return names[0] if len(names) == 1 else ""
        if owner or object_kind == "persistentvolumeclaim":
            return owner
        return name if object_kind in ("deployment", "statefulset", "cronjob", "daemonset") else workload_name(name)

    def declares(self, workload: Workload) -> bool:
        """Whether the record declares a workload, as far as it declares any. Every spec declares the agent itself."""
        declared = workload.declared is not None or workload.name == self.agent.name
        return declared or all(each.declared is None for each in self)

    @property
    def agent(self) -> Workload:
        """The workload that serves users; without a name if no source lists it. Only the record names components."""
        named = (each for each in self if each.component == "agent")
        return next(named, None) or next((each for each in self if each.name.endswith("-agent")), Workload(""))

    def get(self, name: str) -> Workload:
        """Return a workload, with nothing known about it if no source names it."""
        return self.workloads.get(name, Workload(name))

    def __iter__(self) -> Iterator[Workload]:
        return iter(self.workloads.values())


def workload_name(pod: str) -> str:
    """Return the name of the workload that a pod, job, or replica set belongs to, by the usual forms of their names."""
    return form("pod").sub("", pod)


class Event(NamedTuple):
    """One event of the cluster. `order` is the position in the list, newest first, and orders events without times."""

    reason: str
    message: str
    object_kind: str
    object_name: str
    normal: bool
    times: int
    first: datetime | None
    last: datetime | None
    order: int

    @property
    def text(self) -> str:
        """The reason and the message."""
        return f"{self.reason}: {self.message}" if self.reason else self.message

    @property
    def container(self) -> str:
        """The container that the message names, or empty."""
        return named_container(self.message)

    @property
    def pod(self) -> str:
        """The pod that it is about, or empty."""
        return self.object_name if self.object_kind in ("", "pod") else ""

    def recent(self, now: datetime) -> bool:
        """Whether it still happens, judged by how often it has happened so far; an event without a time counts."""
        if self.last is None:
            return True
        again = self.first is not None and self.times > 2
        interval = (self.last - self.first) / (self.times - 1) if again and self.first else timedelta(0)
        return now - self.last <= max(RECENT, min(_LONGEST, 2 * interval))

    def is_about(self, workload: Workload) -> bool:
        """Whether it is about the observed pod of a workload, or about any pod of it if none was observed."""
        names = (workload.pod, workload.name)
        return self.object_name in names if workload.pod else self.object_name.startswith(workload.name)

    def after(self, other: Event) -> bool:
        """Whether this event happened after another one."""
        if self.last is None or other.last is None or self.last == other.last:
            return self.order < other.order
        return self.last > other.last


class Alert(NamedTuple):
    """A firing alert: its title, when it began to fire, and its meaning, None if it is not about a failure.

    `component` is the one that it is about, if that is known.
    """

    title: str
    since: datetime | None
    meaning: Meaning | None
    component: str = ""

    def is_about(self, workload: Workload) -> bool:
        """Whether it is about a failure of a workload, as far as is known."""
        return self.meaning is not None and workload.component in ("", self.component or workload.component)


class Phase(StrEnum):
    """What a deployment is doing."""

    HEALTHY = "healthy"
    MOVING = "moving"
    FAILED = "failed"
    PAUSED = "paused"
    BILLING = "billing"
    CANCELED = "cancelled"
    REMOVING = "removing"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


class Claim(NamedTuple):
    """What one source says: its phase and its own word for it."""

    source: str
    phase: Phase
    word: str


class State(NamedTuple):
    """The phase that counts, the source and word that say so, the server's error text, and all claims.

    `confirmed` says that a source other than the list agrees: the list comes from a cache.
    """

    phase: Phase
    source: str
    word: str
    error: str
    claims: tuple[Claim, ...]
    confirmed: bool

    @property
    def unsettled(self) -> bool:
        """Whether an error text is about the current deploy."""
        return self.phase in (Phase.FAILED, Phase.MOVING, Phase.UNKNOWN)

    @property
    def final(self) -> bool:
        """Whether the state explains everything, so that no finding counts."""
        return self.phase in (Phase.PAUSED, Phase.BILLING, Phase.CANCELED, Phase.REMOVING)


class TailLine(NamedTuple):
    """One line; `fatal` when it says that a program ended or cannot go on, `error` when it says that it failed."""

    at: datetime | None
    text: str
    fatal: bool
    error: bool
    level: Level = Level.NONE
    time: str = ""
    """Its time as sent, which has nanoseconds."""
    owner: Level = Level.NONE
    """Its own level or, if it has none, that of the line that it continues."""

    def is_at_once_with(self, other: TailLine) -> bool:
        """Whether both may have been written at once."""
        return self.at is None or other.at is None or abs(other.at - self.at) <= _ONCE

    @property
    def template(self) -> str:
        """What it has in common with lines like it."""
        return _template(self.text)

    @property
    def is_start(self) -> bool:
        """Whether it is about a start or a planned end of a program."""
        lowered = self.text.lower()
        hints = table("lines")["hints"]["starts"]
        return any(hint in lowered for hint in hints) and form("starts").search(lowered) is not None


def goes_on(message: str) -> bool:
    """Whether a program says that it tries again: what it reports did not end it."""
    return ("try" in message or "reconnect" in message) and form("goes_on").search(message) is not None


@lru_cache(maxsize=8192)
def _template(text: str) -> str:
    """Most lines are repeated."""
    return template_of(text)


class Quote(NamedTuple):
    """What a log says about the end of a program: the line, its words with those that belong to it, and a known phrase.

    `states` says that it states a cause; otherwise, these are only the last words.
    """

    line: TailLine
    text: str
    score: int
    match: Match | None = None
    around: tuple[tuple[TailLine, str], ...] = ()
    """The informative texts of the same run, from some before the line to some after it."""

    @property
    def states(self) -> bool:
        """Whether it states a cause."""
        return self.score > 0

    @property
    def strong(self) -> bool:
        """Whether it does so beyond doubt, however often it was written."""
        return self.line.fatal or self.score >= _STRONG

    @property
    def rank(self) -> str:
        """The rank of the phrase that it contains; empty if it contains none."""
        return self.match.row.rank if self.match is not None else ""

    def proves(self, kind: Kind) -> bool:
        """Whether it is about a kind of cause: what a program logs is no reason for some kinds, unless it says so."""
        proof = kind.row.proof
        if proof == "phrase":
            return self.match is not None and self.strong
        return not proof or form(proof).search(self.text) is not None


Ranked = Callable[[Sequence[TailLine]], Quote | None]
"""What ranks lines by how well each states a cause (`logs.py`)."""


@dataclass(frozen=True)
class Log:
    """The lines of one container, oldest first. `edge` is the time before which the log shows nothing, if known."""

    workload: str
    container: str
    lines: Sequence[TailLine]
    edge: datetime | None
    ranked: Ranked

    @cached_property
    def quote(self) -> Quote | None:
        """What the newest run with a cause says about it, else its last words; None if there are no words."""
        return self.ranked(self.lines)

    @property
    def _stated(self) -> TailLine | None:
        """The line that is quoted, if it states a cause beyond doubt."""
        return self.quote.line if self.quote is not None and self.quote.strong and self.quote.states else None

    @cached_property
    def last_words(self) -> list[TailLine]:
        """The lines that say why the program ended, oldest first: fatal ones, else repeated errors."""
        stated, bare = self._stated, form("bare")
        bad = [
            line
            for line in self.lines
            if (stated and line.text == stated.text) or (line.fatal and not bare.fullmatch(line.text))
        ]
        if bad:
            return bad
        errors = [line for line in self.lines if line.error]
        counted = Counter(line.template for line in errors)
        return [line for line in errors if counted[line.template] > 1]

    @cached_property
    def same_end(self) -> list[TailLine]:
        """The lines like the one that is quoted, or the newest of the last words: the same failure, again and again."""
        like = self._stated or next(iter(self.last_words[-1:]), None)
        return [line for line in self.last_words if like and line.template == like.template]

    @cached_property
    def ending_text(self) -> str:
        """All distinct lines about failures as one text, to look for names in it.

        A line without a level belongs to the failure that was logged right before it.
        """
        texts: dict[str, None] = {}
        failed: TailLine | None = None
        for line in self.lines:
            if line.fatal or line.error:
                failed = line
            elif line.level or failed is None or not failed.is_at_once_with(line):
                failed = None
            if failed is not None:
                texts[line.text] = None
        quoted = [self.quote.text] if self.quote is not None and self.quote.states else []
        return "\n".join([*list(texts)[-_MOST_TEXTS:], *quoted])


class Issue(NamedTuple):
    """What `/status` says about a workload that failed or that a rollout waits for."""

    failed: bool = False
    phase: str = ""
    workload: str = ""
    component: str = ""
    reason: str = ""
    message: str = ""
    title: str = ""
    guidance: str = ""


class Address(NamedTuple):
    """An address of the agent: its URL or name, and whether it works; `ready` is None if that is not said."""

    url: str
    kind: str
    ready: bool | None
    message: str
    bare: bool
    """Whether it is no JSON object, so that a missing `ready` may have been read as false."""
    recorded: bool
    """Whether the record has it, and not only the list."""


class Names(NamedTuple):
    """What the deployment is called: its ID, its account, its name, and what commands call it."""

    key: str
    account: str
    name: str
    argument: str


class Stated(NamedTuple):
    """What `/status`, the list, and the record say in words: today's status, its reason, its details, and errors."""

    status: str = ""
    reason: str = ""
    details: str = ""
    error: str = ""
    listed: str = ""
    recorded_error: str = ""


@dataclass(frozen=True)
class Observations:
    """What all sources say about one deployment, read once.

    `revisions` are the current one and those before it, newest first. `rolled_back` is the newest one of all if an
    earlier one was made current again. `rising` are the workloads whose restarts grew between two observations.
    """

    facts: Facts
    tables: Tables
    state: State
    names: Names
    stated: Stated
    cluster: Cluster
    events: tuple[Event, ...]
    alerts: tuple[Alert, ...]
    """The firing alerts."""
    revisions: Sequence[Revision]
    rolled_back: Revision | None
    issues: tuple[Issue, ...]
    addresses: tuple[Address, ...]
    logs: tuple[Log, ...]
    deployed: datetime | None
    rising: frozenset[str]
    replicas: tuple[int, int] | None
    """How many replicas of the agent itself are ready, and how many there should be; None if it is not known."""
    unmatched: bool
    """Whether fewer replicas are ready than there should be, as far as any observation says."""
    unreachable: bool
    """Whether the agent's messages are not reachable, although they are configured."""

    @property
    def now(self) -> datetime:
        """When the facts were put together."""
        return self.facts.now

    @property
    def phase(self) -> Phase:
        """What the deployment is doing."""
        return self.state.phase

    @cached_property
    def rollout_age(self) -> timedelta | None:
        """The time since the latest deploy, or since all observed pods were created if that is shorter."""
        ages = [each.age[0] for each in self.cluster if each.age is not None and each.containers]
        durations = ([self.now - self.deployed] if self.deployed is not None else []) + ([max(ages)] if ages else [])
        return min(durations, default=None)

    @property
    def young(self) -> bool:
        """Whether a rollout is too young for its waiting to mean anything."""
        return self.phase is Phase.MOVING and self.rollout_age is not None and self.rollout_age < YOUNG

    def alerts_about(self, workload: Workload) -> list[Finding]:
        """Return what firing alerts say about a workload that fails. A firing alert has fired without interruption."""
        return [
            Finding("alerts", workload.name, "", each.meaning, each.title, each.since, each.since and self.now)
            for each in self.alerts
            if each.meaning is not None and each.is_about(workload)
        ]

    @property
    def last_warning(self) -> Event | None:
        """The newest warning that still happens, whatever it means."""
        return next((event for event in self.events if not event.normal and event.recent(self.now)), None)

    def restarting(self, workload: Workload) -> bool:
        """Whether a workload that is ready now still restarts again and again."""
        now, reasons = self.now, table("blame")["events"]
        exits = [at for each in workload.containers if (at := each.last_exit(now)) is not None]
        events = [each for each in self.events if each.reason in reasons["restarts"] and each.is_about(workload)]
        lately = [each for each in events if each.last is not None and each.recent(now)]
        if not workload.restarts:
            # The pod may have been observed before it restarted.
            return workload.name in self.rising or any(each.reason in reasons["loops"] for each in lately)
        often = (
            workload.age is not None and workload.restarts >= MANY and workload.age[0] / workload.restarts <= _LONGEST
        )
        return (
            workload.name in self.rising
            or any(alert.is_about(workload) for alert in self.alerts)
            or any(now - at <= RECENT for at in exits)
            or bool(lately)
            or (often and not exits and not events)
        )


# ---- findings: what is wrong


class Finding(NamedTuple):
    """What one source says is wrong with a workload: its kind, how certain that is, when, and the text that proves it.

    `meaning` has the kind, the rank, and the row with the remedy, if there is one. `pod` and `event` are set if it
    comes from an event.
    """

    source: str
    workload: str
    container: str
    meaning: Meaning
    text: str
    first: datetime | None = None
    last: datetime | None = None
    times: int = 1
    pod: str = ""
    event: Event | None = None

    @property
    def kind(self) -> Kind:
        """The kind of cause that it states."""
        return self.meaning.kind

    @property
    def rank(self) -> Rank:
        """How specific it is."""
        return self.meaning.rank


class Onset(NamedTuple):
    """The latest time at which a failure may have begun.

    `slack` says how much earlier it may have begun, because a time is rounded. `hidden`
    says how much earlier than that, if earlier events have expired. `cut` says that it began before `at` in any case:
    the log shows it from its own beginning on. `wider` says that a wider log would show more. `stated` is
    the time that a source states: an age such as `3h` leads to another `at` with each request. `counted` says that
    only the number of restarts leads to `at`, so that it moves with the clock.
    """

    at: datetime
    slack: timedelta = timedelta(0)
    hidden: timedelta = timedelta(0)
    cut: bool = False
    wider: bool = False
    stated: datetime | None = None
    counted: bool = False

    @property
    def shown(self) -> datetime | None:
        """The time to show: the stated one, else a round one soon after, so that the same facts have the same time."""
        if self.counted and self.stated is None:
            return None
        unit = next((unit for unit in UNITS if unit <= self.slack), None)
        if self.stated is not None or unit is None:
            return self.stated or self.at
        return self.at + (datetime.min.replace(tzinfo=UTC) - self.at) % unit

    @property
    def or_earlier(self) -> bool:
        """Whether it may have begun before the time to show. A stated time is better than an age in minutes."""
        return not self.exact and not (self.stated and self.slack <= MINUTE and not self.hidden and not self.cut)

    @property
    def earliest(self) -> datetime:
        """The earliest time at which the failure may have begun, except if it is `cut`."""
        return self.at - self.slack - self.hidden

    @property
    def exact(self) -> bool:
        """Whether `at` is when it began."""
        return not (self.slack or self.hidden or self.cut)


class Failure(NamedTuple):
    """A workload that fails now. `certain` is False if a source that was not read could show a more specific kind."""

    workload: Workload
    container: str
    kind: Kind
    rank: Rank
    reason: str
    certain: bool
    onset: Onset | None
    findings: tuple[Finding, ...]
    logs: tuple[Log, ...]
    text: str
    """Everything that was said about it, to look for names in it."""
    spoken: tuple[Log, ...] = ()
    """Those of the logs that have the last words of the container."""
    replicas: tuple[int, int] | None = None
    """How many of its replicas are ready, and how many there should be, if some are not and that is known."""
    ended: tuple[Log, Quote] | None = None
    """The last lines before the container last ended, or the first ones after the failure began, with their log."""
    others: tuple[Failure, ...] = ()
    """What else fails, in other workloads."""

    @property
    def stated(self) -> tuple[Log, Quote] | None:
        """The line that states its cause, with its log: the last words of the container, else any that are about it.

        What a program logs is no reason for some kinds, unless it is about that.
        """
        quoted = [(log, log.quote) for log in self.logs if log.quote is not None and log.quote.proves(self.kind)]
        spoken = [(log, quote) for log, quote in quoted if log in self.spoken]
        others = [(log, quote) for log, quote in quoted if quote.states and not log.last_words]
        return next(iter([*spoken, *others]), None)

    @property
    def proof(self) -> tuple[Log, Quote] | None:
        """The lines that prove it: a cause, else the last ones before the end, with their log; None without."""
        last = [] if self.kind.row.proof else [(log, log.quote) for log in self.logs if log.quote is not None]
        unsure = (candidate for candidate in last if not (candidate[1].states and candidate[0].last_words))
        return self.stated or self.ended or next(unsure, None)

    @property
    def quote(self) -> Quote | None:
        """The lines that prove it, or None."""
        return self.proof[1] if self.proof is not None else None

    @property
    def began(self) -> float:
        """When it began, in Unix seconds, or 0."""
        return self.onset.at.timestamp() if self.onset is not None else 0.0


class FailedRequests(NamedTuple):
    """The newest requests, of which some or all failed: how many, of how many, and since when.

    `stated` says that the log has the status of each; otherwise, these are calls that another service refused. `cut`
    says that the log has hardly a successful one before them.
    """

    failed: int
    total: int
    since: datetime | None
    stated: bool
    cut: bool


class Trouble(NamedTuple):
    """What is wrong although everything is ready: an address that does not work, or requests that all failed.

    `requests` is None if it is about an address.
    """

    source: str
    words: str
    url: str = ""
    requests: FailedRequests | None = None
    quote: Quote | None = None
    log: Log | None = None
    """The log that says why requests fail."""
    like: Kind = Kind.ENDPOINT
    """The kind of cause whose changes explain it."""


class Verdict(NamedTuple):
    """The kind, the failure behind it if a workload fails, and what was known."""

    kind: Kind
    seen: Observations
    failure: Failure | None = None
    trouble: Trouble | None = None
    list_only: bool = False
    down: int = 0
    """How many replicas there should be, if none is ready and nothing says why."""
    unread: tuple[str, ...] = ()
    """The sources that could not be read."""

    @property
    def state(self) -> State:
        """The state that counts."""
        return self.seen.state

    @property
    def stated(self) -> bool:
        """Whether the platform says that the deployment failed, and why, in words of unknown meaning."""
        failed = self.state.phase is Phase.FAILED and self.state.confirmed
        return not self.kind.known and failed and bool(self.state.error)


# ---- changes of the spec


class Way(StrEnum):
    """How a value changed."""

    ADDED = "added"
    REMOVED = "removed"
    RAISED = "raised"
    LOWERED = "lowered"
    CHANGED = "changed"


HOLDERS = frozenset({"environment", "env", "variables"})


class Changed(NamedTuple):
    """One changed value: its path in the whole spec, what it is about, and both values (None where it has none).

    `aspect` is one of `[aspects]` in `blame.toml`, or `whole` for a new workload, `dependency` for another workload
    that is gone or moved, and `other`. `less_memory` says that because of it, the workload may use less memory than
    before. `heap_too_large` says that because of it, the program may use a heap as large as its container's memory.
    """

    path: Path
    aspect: str
    way: Way
    old: object
    new: object
    less_memory: bool = False
    heap_too_large: bool = False
    secret: bool = False
    """Whether the spec declares it as a secret."""

    @property
    def name(self) -> str:
        """The last key of the path."""
        return next((step for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def own_steps(self) -> list[str]:
        """The keys of the path that say what changed, without those of its workload, which every text names."""
        steps = [step for step in self.path if isinstance(step, str)]
        return next((steps[place + 1 :] for place, step in enumerate(steps) if step in HOLDERS), steps)


class Place(NamedTuple):
    """Where in a spec a workload is configured, as text: its part, and what limits its memory, with the limit."""

    part: str = "agent"
    memory: str = ""
    limit: str = ""


class Blame(NamedTuple):
    """The revision and its changes, if one is blamed; otherwise, `why` is the key in `[unblamed]` that says why not.

    `others` are the revisions that this reason is about. `wanted` are the revisions whose specs would show more.
    """

    state: ChangeState
    revision: Revision | None = None
    previous: Revision | None = None
    changes: tuple[Changed, ...] = ()
    why: str = ""
    others: tuple[Revision, ...] = ()
    examined: tuple[Revision, ...] = ()
    wanted: tuple[RevisionKey, ...] = ()
    hidden: bool = False
    """Whether the specs do not show what could explain the failure: variables, resources, storage, and access."""


# ---- the diagnosis: safe to show, because every text in it is masked and printable


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
    `deployment.actions b 8`. `typed` is the command with what the user typed in this run: it is displayed, and is part
    of no report.
    """

    text: str
    command: str | None = None
    keys: str = ""
    typed: str = ""


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
        return self.kind.row.fine

    @property
    def unknown(self) -> bool:
        """Whether the facts are not enough to name a kind; it can still be `failing`."""
        return not self.kind.known


def as_json(diagnosis: Diagnosis) -> dict[str, object]:
    """Return a diagnosis as JSON values."""
    change = diagnosis.change
    cause: dict[str, object] = {"kind": diagnosis.kind.value, **_fields(diagnosis, "sentence", "headline")}
    cause |= {name: getattr(diagnosis, name) or None for name in ("workload", "container", "reason")}
    return {
        "deployment": {"id": diagnosis.deployment_id, **_fields(diagnosis, "account", "name", "status")},
        "cause": cause,
        "evidence": [_fields(each, "source", "time", "text") for each in diagnosis.evidence],
        "change": None
        if change is None
        else _fields(change, "revision", "previous", "paths", "sentence", "author", "message"),
        "change_state": diagnosis.change_state.value,
        "conflicts": [_fields(each, "sources", "text") for each in diagnosis.conflicts],
        "unread": [_fields(each, "source", "error", "since", "as_of") for each in diagnosis.unread],
        "next": [_fields(each, "text", "command") for each in diagnosis.next_steps],
    }


def _fields(value: object, *names: str) -> dict[str, object]:
    fields = {name: getattr(value, name) for name in names}
    return {
        name: rfc3339(each) if isinstance(each, datetime) else list(each) if isinstance(each, tuple) else each
        for name, each in fields.items()
    }
