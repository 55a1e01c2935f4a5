"""What the platform says is deployed: workloads with their containers and runs, the state as a whole, and revisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import Facts, RevisionKey
from astro_tui.diagnosis.reading import field, number, objects, text, word
from astro_tui.diagnosis.tables import form, table
from astro_tui.platform.lenient import text_of
from astro_tui.platform.status_words import REASONS, UNLISTED, UNREADABLE, WORDS, Meaning
from astro_tui.text.times import who


class Revision(NamedTuple):
    """One revision; `spec` is the document that came with the history, if any. `current` says that it is to run.

    `word` is its status; today's server reports no outcome of earlier revisions.
    """

    key: RevisionKey
    deployed: datetime | None
    spec: object
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


def revisions_of(facts: Facts) -> list[Revision]:
    """Return the current revision of the deployment and those before it, newest first.

    After a rollback, later ones do not run: the history marks the current one (platform.md §9).
    """
    revisions = all_revisions(facts)
    return revisions[next((place for place, each in enumerate(revisions) if each.current), 0) :]


def rolled_back(facts: Facts) -> Revision | None:
    """Return the newest revision if the deployment was rolled back from it, else None."""
    revisions = all_revisions(facts)
    return revisions[0] if len(revisions_of(facts)) < len(revisions) else None


def all_revisions(facts: Facts) -> list[Revision]:
    """Return the revisions of the deployment, newest first, including those that were rolled back."""
    rows = reading.entries(facts.history, "deployments") or reading.entries(facts.history, "rows")
    wanted = facts.deployment_id or text(facts.row.value, "id") or text(reading.body(facts.record, "deployment"), "id")
    mine = [row for row in rows if wanted and text(row, "id") == wanted]
    names = getattr(facts.history.value, "names", {})
    revisions = [
        Revision(
            number(row, "revision") or text(row, "deployed_at"),
            reading.moment(row, "deployed_at"),
            field(row, "spec"),
            text(row, "build_id"),
            bool(reading.flag(row, "is_current")),
            word(row, "status"),
            who(text(row, "deployed_by"), names),
            text(row, "commit_message").strip().partition("\n")[0],
        )
        for row in mine or rows
    ]
    return sorted((each for each in revisions if each.key), key=_order, reverse=True)


def _order(revision: Revision) -> tuple[int, float]:
    number = revision.key if isinstance(revision.key, int) else 0
    return number, revision.deployed.timestamp() if revision.deployed is not None else 0.0


_PLAIN = frozenset({"name", "state", "ready", "restart_count", "image", "started_at", "container_id", "image_id"})
_JOBS = ("job", "cronjob")
MOST = 2000
"""The most entries of one list that are read; a server lists a few dozen."""


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
    declared: object = None
    """Its entry in the record, with fields that no rule needs, such as its environment and schedule."""

    @property
    def is_job(self) -> bool:
        """Whether it runs to completion instead of serving."""
        if self.kind or self.runs:
            return self.kind in _JOBS or not self.kind
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
        return self.capacity > 0 and self.used >= 0.97 * self.capacity

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


class Cluster:
    """The workloads of a deployment by name, and whether their state was observed."""

    def __init__(self, facts: Facts) -> None:
        self.workloads: dict[str, Workload] = {}
        self._since_read = max(timedelta(0), facts.now - (facts.runtime.read_at or facts.now))
        record = reading.body(facts.record, "deployment")
        runtime = reading.body(facts.runtime, "runtime")
        for each in objects(record, "workloads")[:MOST]:
            self._add(each, declared=each)
        for each in objects(runtime, "workloads")[:MOST]:
            self._add(each)
        self.jobs: dict[str, str] = {}
        """The workloads to which jobs belong that the record does not list."""
        self._join_runs(facts.now)
        self._add_oldest(record)
        for each in (*objects(facts.status.value, "failed_on"), *objects(facts.status.value, "waiting_on")):
            name = text(each, "workload")
            if name and name not in self.workloads:
                self.workloads[name] = Workload(name, component=text(each, "component"))
        rows = field(runtime, "workloads")
        # A list of nothing but nulls says nothing.
        listed = rows is not None and (bool(self.workloads) or not rows)
        self.observed = listed or any(each.containers or each.runs for each in self.workloads.values())
        """Whether any source says what containers do, even if it says that there are none."""

    def _add(self, value: object, declared: object = None) -> None:
        name = text(value, "name")
        if not name:
            return
        old = self.workloads.get(name, Workload(name))
        phase = word(value, "phase")
        # Only the pods of jobs end, and the record does not list each job (platform.md §8.5).
        finished = phase == "succeeded" or (phase == "failed" and bool(self.workloads) and name not in self.workloads)
        containers = tuple(_containers(value, complete=phase == "succeeded"))
        runs = tuple(_runs(value))
        self.workloads[name] = old._replace(
            kind=word(value, "kind") or old.kind or ("job" if finished else ""),
            component=text(value, "component") or old.component,
            image=text(value, "image") or old.image,
            pod=text(value, "pod_name") or old.pod,
            phase=phase or old.phase,
            age=self._age(value) or old.age,
            containers=containers or old.containers,
            runs=runs or old.runs,
            used=reading.number(value, "storage_used_bytes") or old.used,
            capacity=reading.number(value, "storage_capacity_bytes") or old.capacity,
            status=word(value, "status") or old.status,
            completions=text(value, "completions") or old.completions,
            declared=declared or old.declared,
        )

    def _age(self, value: object) -> tuple[timedelta, timedelta] | None:
        """Return the age now, and its precision: it was sent when the observation was read."""
        age = reading.age(text(value, "age"))
        return (age[0] + self._since_read, age[1]) if age is not None else None

    def _join_runs(self, now: datetime) -> None:
        """Make the jobs that the record does not list runs of the one that it lists (platform.md §8.5)."""
        for each in tuple(self):
            jobs = [name for name, other in self.workloads.items() if other.declared is not None and other.is_job]
            owner = max((name for name in jobs if each.name.startswith(f"{name}-")), key=len, default="")
            if owner and each.declared is None:
                self.jobs[each.name] = owner
                run = Run(each.name, each.phase or each.status, each.started(now), rounded=True)
                self.workloads[owner] = self.workloads[owner]._replace(runs=(*self.workloads[owner].runs, run))

    def _add_oldest(self, record: object) -> None:
        """Add the pods and jobs that the oldest servers list next to the record."""
        for pod in objects(record, "pods")[:MOST]:
            name = self.workload_of(text(pod, "name"), text(pod, "component")) or workload_name(text(pod, "name"))
            if not name:
                continue
            old = self.workloads.get(name, Workload(name))
            old = self.workloads[name] = old._replace(pods=(*old.pods, text(pod, "name")))
            if not old.containers or old.ready:
                self.workloads[name] = old._replace(
                    component=old.component or text(pod, "component"),
                    pod=text(pod, "name"),
                    phase=word(pod, "phase") or word(pod, "status"),
                    age=self._age(pod),
                    containers=tuple(_containers(pod)),
                )
        for job in objects(record, "jobs")[:MOST]:
            component = text(job, "component")
            name = self.workload_of(text(job, "name"), component) or workload_name(text(job, "name"))
            old = self.workloads.get(name, Workload(name, "job", component))
            run = _run(job)
            self.workloads[name] = old._replace(runs=(*old.runs, run))

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
        found = self.workload_of(name)
        if object_kind == "node" and not found:
            # A node is about what it ended, if only one workload restarted.
            names = [each.name for each in self if each.restarts or (each.containers and not each.ready)]
            return names[0] if len(names) == 1 else ""
        if found or object_kind == "persistentvolumeclaim":
            return found
        return name if object_kind in ("deployment", "statefulset", "cronjob", "daemonset") else workload_name(name)

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


def _containers(value: object, *, complete: bool = False) -> Iterator[Container]:
    for each in objects(value, "containers"):
        state = text(each, "state")
        said = [state if state.lower() not in ("running", "waiting", "terminated", "unknown") else ""]
        if isinstance(each, dict):
            said += [_in_words(key, inside) for key, inside in each.items() if key not in _PLAIN]
        else:
            said += [text(each, "reason"), text(each, "message")]
        ready = reading.flag(each, "ready")
        yield Container(
            text(each, "name"),
            state.strip().lower(),
            # A running container that does not report its readiness counts as ready.
            complete or (state.strip().lower() == "running" if ready is None else ready),
            reading.number(each, "restart_count"),
            "; ".join(part for part in said if part)[:4000],
        )


def _in_words(key: object, value: object) -> str:
    """Return an unknown field of a container as text that the vocabulary understands: `exitCode` as `exit code 1`."""
    if isinstance(value, dict):
        return "; ".join(part for part in (_in_words(name, inside) for name, inside in value.items()) if part)
    if value is None or value == "" or isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return f"exit code {value}" if "exit" in str(key).lower() else ""
    return text_of(value)


def _runs(value: object) -> Iterator[Run]:
    runs = objects(value, "runs")
    for each in runs:
        yield _run(each)
    status = word(value, "status")
    finished = field(value, "completions") or field(value, "start_time")
    if not runs and status in ("failed", "succeeded", "complete", "pending", "running") and finished:
        yield _run(value)


def _run(value: object) -> Run:
    return Run(
        text(value, "name"),
        word(value, "status"),
        reading.moment(value, "start_time"),
        reading.moment(value, "end_time", "completion_time", "finished_at"),
        text(value, "completions"),
    )


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


_MEANINGS = {meaning: Phase(name) for name, meanings in table("blame")["phases"].items() for meaning in meanings}
_WORDS = {word: _MEANINGS[meaning] for word, meaning in (WORDS | REASONS | UNLISTED).items() if meaning in _MEANINGS}


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


def state_of(facts: Facts) -> State:
    """Return the state of a deployment. `/status` counts most, then the record, then the history, then the list."""
    claims = tuple(claim for claim in _claims(facts) if claim.phase is not Phase.UNKNOWN)
    error = text(facts.status.value, "error_message") or text(reading.body(facts.record, "deployment"), "error_message")
    if not claims:
        return State(Phase.UNKNOWN, "", "", error, (), confirmed=False)
    best = claims[0]
    if best.source in ("history", "list") and len({claim.phase for claim in claims}) > 1:
        # The list says `error` for a suspended deployment; the history has the exact word.
        exact = next((claim for claim in claims if claim.phase is Phase.BILLING), None)
        best = exact or Claim(best.source, Phase.UNKNOWN, best.word)
    elif best.phase is Phase.FAILED and best.source == "record":
        best = next((claim for claim in claims if claim.phase is Phase.BILLING), best)
    phase = best.phase
    if phase is Phase.FAILED:
        details = text(facts.status.value, "details")
        if form("canceled").search(error) or form("canceled").search(details):
            phase = Phase.CANCELED
        elif form("billing").search(details) or form("billing").search(error):
            phase = Phase.BILLING
    confirmed = any(claim.source in ("status", "record") for claim in claims)
    return State(phase, best.source, best.word, error, claims, confirmed)


def _claims(facts: Facts) -> list[Claim]:
    value, reason = word(facts.status.value, "value"), word(facts.status.value, "reason")
    details = text(facts.status.value, "details")
    stated = _WORDS.get(reason) if reason in ("suspended", "cluster_unreachable") else None
    phase = stated or _WORDS.get(value) or _WORDS.get(reason) or Phase.UNKNOWN
    if phase is Phase.PAUSED and form("billing").search(details):
        phase = Phase.BILLING
    claims = [Claim("status", phase, value or reason)]
    if value == UNREADABLE or WORDS.get(value) is Meaning.REMOVED:
        # The other sources describe the agent before it was deleted.
        return claims
    record = word(reading.body(facts.record, "deployment"), "status")
    claims.append(Claim("record", _WORDS.get(record, Phase.UNKNOWN), record))
    listed = word(facts.row.value, "status")
    past = _past_word(facts, _WORDS.get(listed, Phase.UNKNOWN))
    if past != "undeployed":
        claims.append(Claim("history", _WORDS.get(past, Phase.UNKNOWN), past))
    claims.append(Claim("list", _WORDS.get(listed, Phase.UNKNOWN), listed))
    return claims


def _past_word(facts: Facts, listed: Phase) -> str:
    """Return the status of the latest deploy, or that of the one before if the list agrees with that one.

    An older server marks no row, so that the one before can be the one that runs.
    """
    revisions = revisions_of(facts)
    words = [each.word for each in revisions[: 1 if any(each.current for each in revisions) else 2]]
    return next((each for each in words if _WORDS.get(each) is listed), next(iter(words), ""))


def deployed_at(facts: Facts) -> datetime | None:
    """Return the time of the latest deploy, or None."""
    known = next((each.deployed for each in revisions_of(facts)), None)
    record = reading.body(facts.record, "deployment")
    return known or reading.moment(facts.row.value, "created_at") or reading.moment(record, "updated_at")
