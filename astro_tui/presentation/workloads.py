"""The workloads of a deployment as rows: what is declared, joined with what was observed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

from astro_tui.diagnosis import Tables, failing_now, observed
from astro_tui.diagnosis.values import Container, Facts, Finding, Issue, Observations, Run, Workload
from astro_tui.diagnosis.wording import said, short_name
from astro_tui.platform import lenient
from astro_tui.platform.lenient import Moment
from astro_tui.presentation.cluster_status import (
    NOT_OBSERVED,
    container_status,
    failing_status,
    made,
    reason_words,
    restarts_severity,
    word_status,
)
from astro_tui.presentation.columns import Column, Fit, steps
from astro_tui.presentation.nodes import (
    ATTENTION,
    UNFOLDED,
    Copy,
    Key,
    Node,
    Nodes,
    is_problem,
    more,
    newest_first,
    tone_of,
    word_of,
)
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity, Status
from astro_tui.text.redaction import MASK, masked_line, secret_reason
from astro_tui.text.schedules import schedule_words
from astro_tui.text.times import counted, of_capacity, span

NAME, VALUE = 80, 400
"""The most characters of a name, and of a value."""
MOST_ROLES = 12
MOST_OF_ROLE = 200
"""The most variables of one role that are shown."""


class Variables:
    """How many variables can still be shown: each has to be masked, which takes time."""

    def __init__(self, left: int) -> None:
        self._left = left

    def take(self, wanted: int) -> int:
        """Return how many of the `wanted` variables to show."""
        taken = min(wanted, self._left, MOST_OF_ROLE)
        self._left -= taken
        return taken


def environment_of(declared: object, key: Key, variables: Variables) -> Iterator[Node]:
    """Yield one folded row for each role, with its variables below it."""
    env = lenient.field(declared, "env")
    roles = list(env.items()) if isinstance(env, Mapping) else [("", env)] if isinstance(env, list | tuple) else []
    for number, (role, listed) in enumerate(roles[:MOST_ROLES]):
        entries = lenient.objects({"env": listed}, "env")
        if entries:
            yield _of_role(masked_line(str(role), NAME), entries, (*key, "env", str(number)), variables)
    if len(roles) > MOST_ROLES:
        yield more((*key, "env"), len(roles) - MOST_ROLES, "role")


def _of_role(role: str, entries: list[object], key: Key, variables: Variables) -> Node:
    taken = variables.take(len(entries))
    rows = [_variable(entry, (*key, str(place))) for place, entry in enumerate(entries[:taken])]
    if len(entries) > taken:
        rows.append(more(key, len(entries) - taken, "variable"))
    number = counted(len(entries), "variable")
    return Node(
        key,
        "environment",
        note=f"{role} · {number}" if role else number,
        below=tuple(rows),
        folded=True,
        fields=(Field("environment", number), *([Field("role", role)] if role else [])),
    )


def _variable(entry: object, key: Key) -> Node:
    raw, sent = lenient.text(entry, "name"), lenient.text(entry, "value")
    name, source = masked_line(raw, NAME), masked_line(lenient.text(entry, "source"), NAME)
    secret = bool(lenient.flag(entry, "is_secret")) or secret_reason(("environment", raw), sent) is not None
    value = MASK if secret else masked_line(sent, VALUE)
    fields = [Field("variable", name), Field("value", value or "empty")]
    if source:
        fields.append(Field("source", source))
    return Node(
        key,
        name,
        note=value,
        fields=tuple(fields),
        copies=(Copy("l", "as one line", f"{name}={value}"), Copy("n", "name", name)),
    )


MOST = 200
"""Maximum number of workloads shown."""
FEW = 3
"""With at most this many workloads, everything but their environment is unfolded."""
MOST_CONTAINERS = 12
MOST_RUNS = 8
MOST_VARIABLES = 1000
"""Maximum number of environment variables of all workloads together."""
NAME, TEXT = 80, 600
"""Maximum lengths of a name and of a message."""
_KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "job": "Job",
    "cronjob": "CronJob",
    "daemonset": "DaemonSet",
}


@dataclass(frozen=True, slots=True)
class WorkloadNode(Node):
    """A workload. `role` is `agent`, `dependency`, `job`, or `collector`; `ready` counts containers, as `1/2`."""

    name: str = ""
    role: str = ""
    kind: str = ""
    ready: str = ""
    restarts: int = 0
    restarted: Severity = Severity.MUTED
    pod: str = ""
    pods: str = ""
    """All pods that the platform names, else how many there should be besides the one that it names."""
    image: str = ""

    @property
    def short_image(self) -> str:
        """The image without its registry."""
        return self.image.rpartition("/")[2]


COLUMNS: Sequence[Column[WorkloadNode]] = (
    Column(
        "workload", attrgetter("label"), "name", fit=Fit.MIDDLE, order="by name", key=lambda node: node.label.casefold()
    ),
    Column("state", word_of, tone_of, order="problems first"),
    # READY counts replicas in the list of agents.
    Column(
        "containers", attrgetter("ready"), lambda node: "" if is_problem(node) else "quiet", fit=Fit.RIGHT, empty="—"
    ),
    Column(
        "rst",
        lambda node: f"{node.restarts:,}" if node.restarts else "",
        attrgetter("restarted.value"),
        fit=Fit.RIGHT,
        empty="0",
        optional=True,
        order="most restarts first",
        key=lambda node: -node.restarts,
    ),
    Column("age", style="quiet", fit=Fit.RIGHT, at=attrgetter("at"), order="newest first", key=newest_first),
    Column("kind", attrgetter("kind"), "quiet", optional=True),
    Column("role", attrgetter("role"), "quiet", optional=True),
    Column("image", attrgetter("short_image"), "quiet", fit=Fit.MIDDLE, optional=True),
    Column("pod", attrgetter("pods"), "quiet", fit=Fit.MIDDLE, optional=True),
)
"""The columns of the workloads, from left to right."""
LAYOUT = steps(
    "workload 8, state 10, workload 14, state 24, containers, rst, age, workload 28, kind, role, image 24, pod 24,"
    "age whole, workload, state, image, pod"
)


def workload_nodes(facts: Facts, tables: Tables | None = None) -> Nodes:
    """Return the workloads: problems first, then the agent, other workloads, dependencies, jobs, and collectors."""
    seen = observed(facts, tables)
    failing = failing_now(seen)
    issues = {each.workload: each for each in sorted(seen.issues, key=lambda each: each.failed)}
    statuses = {
        each.name: _State(
            _state(each, failing.get(each.name, []), issues.get(each.name, Issue()), seen.tables),
            failing.get(each.name, []),
            issues.get(each.name, Issue()),
        )
        for each in seen.cluster
    }
    problems = sum(each.status.severity in ATTENTION for each in statuses.values())
    ordered = sorted(seen.cluster, key=lambda each: _order(each, statuses[each.name].status))
    titles, variables = _titles(ordered), Variables(MOST_VARIABLES)
    # Those that need attention come first.
    unfolded = len(ordered) if len(ordered) <= FEW else min(problems, UNFOLDED)
    tops = [
        _Builder(seen, each, statuses[each.name]).node(titles[each.name], variables, folded=number >= unfolded)
        for number, each in enumerate(ordered[:MOST])
    ]
    return Nodes(tuple(tops), max(0, len(ordered) - MOST), problems)


class _State(NamedTuple):
    """What is known of a workload's state: the findings about a failure, and its `issue` from `/status`."""

    status: Status
    failing: Sequence[Finding]
    issue: Issue


def _order(workload: Workload, status: Status) -> tuple[int, int, str]:
    urgency = status.urgency if status.severity in ATTENTION else len(ATTENTION)
    return urgency, ("agent", "", "dependency", "job", "collector").index(_role(workload)), workload.name


def _role(workload: Workload) -> str:
    if workload.component == "agent":
        return "agent"
    if workload.is_dependency:
        return "dependency"
    return "job" if workload.is_job else "collector" if workload.is_collector else ""


def _titles(workloads: Sequence[Workload]) -> dict[str, str]:
    """Return a short title for each workload; its name where two titles would be equal."""
    titles = {each.name: short_name(each) for each in workloads}
    numbers = Counter(titles.values())
    return {name: masked_line(name, NAME) if numbers[title] > 1 else title for name, title in titles.items()}


def _state(workload: Workload, failing: Sequence[Finding], issue: Issue, tables: Tables) -> Status:
    """Return what a workload is doing."""
    if failing:
        return failing_status(failing[0], workload)
    severity = _storage_severity(workload)
    if severity is not None:
        return made("volume full" if severity is Severity.ERROR else "volume nearly full", severity)
    if workload.is_job:
        newest = workload.runs[0].status if workload.runs else ""
        word = workload.status or newest or workload.phase
        return word_status(word) if word else NOT_OBSERVED
    if workload.containers:
        bad = [each for each in workload.containers if not each.ready]
        # A container that is waiting or not ready is not a problem yet: the diagnosis would have reported one.
        return _starting(bad[0], tables) if bad else word_status("running")
    word = workload.phase or issue.phase or workload.status
    return word_status(word) if word else NOT_OBSERVED


def _starting(container: Container, tables: Tables) -> Status:
    status = container_status(container, tables, job=False)
    return made("starting", Severity.INFO) if container.running or status.severity is Severity.ERROR else status


def _storage_severity(workload: Workload) -> Severity | None:
    return Severity.ERROR if workload.full else Severity.WARN if workload.nearly_full else None


class _Builder:
    """Makes the rows of one workload."""

    def __init__(self, seen: Observations, workload: Workload, state: _State) -> None:
        self._workload, self._tables = workload, seen.tables
        self._status, self._failing, self._issue = state
        self._key: Key = (workload.name,)
        self._replicas = seen.replicas if _role(workload) == "agent" else None
        noticed = bool(self._failing) or seen.restarting(workload)
        self._restarted = restarts_severity(workload.restarts) if noticed else Severity.MUTED
        # Ages are relative to the time at which the observation was read.
        self._observed: datetime = seen.facts.runtime.read_at or seen.now

    def node(self, title: str, variables: Variables, *, folded: bool) -> WorkloadNode:
        """Return the workload with everything below it."""
        workload, status = self._workload, self._status
        name, pod = masked_line(workload.name, NAME), masked_line(workload.pod, NAME)
        image, kind = masked_line(workload.image, 300), _kind_of(workload)
        ready = sum(each.ready for each in workload.containers)
        completions = masked_line(workload.completions, 12) if workload.is_job else ""
        ready_text = f"{ready}/{len(workload.containers)}" if workload.containers else completions
        copies = (
            _line(self._as_text(title, kind, ready_text, pod, image)),
            Copy("p", "pod", pod),
            Copy("i", "image", image),
            Copy("n", "workload", name),
        )
        return WorkloadNode(
            self._key,
            label=title,
            status=status,
            at=workload.started(self._observed),
            below=tuple(self._below(variables)),
            folded=folded,
            fields=tuple(self._fields(name, kind, ready_text, pod, image)),
            copies=tuple(copy for copy in copies if copy.text),
            haystack=" ".join((title, name, kind, status.label, pod, image, _role(workload))).lower(),
            name=name,
            role=_role(workload),
            kind=kind,
            ready=ready_text,
            restarts=workload.restarts,
            restarted=self._restarted,
            pod=pod,
            pods=self._pods(pod),
            image=image,
        )

    def _as_text(self, title: str, kind: str, ready: str, pod: str, image: str) -> str:
        restarts = counted(self._workload.restarts, "restart") if self._workload.restarts else ""
        parts = (title, kind, self._status.label, ready and f"{ready} containers ready", restarts, pod, image)
        return ", ".join(part for part in parts if part)

    # ---- details

    def _fields(self, name: str, kind: str, ready: str, pod: str, image: str) -> Iterator[Field]:
        workload, status = self._workload, self._status
        words = said(self._issue.title, TEXT) or self._reason()
        yield Field("state", words if words != status.label else "", status=status)
        for label, value in (("why", self._why()), ("advice", said(self._issue.guidance, TEXT))):
            if value:
                yield Field(label, value, status.severity if label == "why" else None)
        yield Field("name", name)
        wanted = lenient.number(workload.declared, "replicas")
        role = {"dependency": "needed by the agent", "collector": "observes other workloads"}.get(_role(workload), "")
        yield Field("kind", ", ".join(part for part in (f"{kind} ×{wanted}" if wanted > 1 else kind, role) if part))
        provider = masked_line(lenient.text(workload.declared, "provider"), NAME)
        restarts = f", {counted(workload.restarts, 'restart')}" if workload.restarts else ""
        for label, value in (
            ("replicas", "{:,} of {:,} ready".format(*self._replicas) if self._replicas else ""),
            ("provider", provider),
            (
                "complete" if workload.is_job and not workload.containers else "containers",
                f"{ready} ready{restarts}" if workload.containers else ready,
            ),
            ("schedule", _schedule(workload)),
            ("storage", _storage(workload)),
            ("image", image),
            ("pod", self._pods(pod)),
        ):
            if value:
                yield Field(label, value, _storage_severity(workload) if label == "storage" else None)

    def _pods(self, pod: str) -> str:
        named, wanted = self._workload.pods, lenient.number(self._workload.declared, "replicas")
        if len(named) > 1:
            return ", ".join(masked_line(each, NAME) for each in named[:MOST_CONTAINERS])
        return f"{pod}, the only one named of {wanted:,}" if pod and wanted > 1 and not named else pod

    def _reason(self) -> str:
        reason = self._failing[0].meaning.reason if self._failing else ""
        words = reason_words(reason)
        return f"{masked_line(reason, NAME)}: {words}" if words else masked_line(reason, NAME)

    def _why(self) -> str:
        """Return the most informative message about the failure."""
        message = self._issue.message
        return said(message or (self._failing[0].text if self._failing else ""), TEXT)

    # ---- rows below

    def _below(self, variables: Variables) -> Iterator[Node]:
        workload, key = self._workload, self._key
        if self._status.severity in ATTENTION:
            yield from self._explanation()
        for number, container in enumerate(workload.containers[:MOST_CONTAINERS]):
            yield self._container(container, number)
        if len(workload.containers) > MOST_CONTAINERS:
            yield more((*key, "containers"), len(workload.containers) - MOST_CONTAINERS, "container")
        if schedule := _schedule(workload):
            yield Node((*key, "schedule"), "schedule", note=schedule, fields=(Field("schedule", schedule),))
        for number, run in enumerate(workload.runs[:MOST_RUNS]):
            yield self._run(run, number)
        if len(workload.runs) > MOST_RUNS:
            yield more((*key, "runs"), len(workload.runs) - MOST_RUNS, "run")
        if storage := _storage(workload):
            severity = _storage_severity(workload)
            yield Node(
                (*key, "storage"),
                "storage",
                note=storage,
                severity=severity,
                fields=(Field("storage", storage, severity),),
                copies=(_line(storage),),
            )
        yield from environment_of(workload.declared, key, variables)

    def _explanation(self) -> Iterator[Node]:
        title, guidance = self._issue.title, self._issue.guidance
        for name, text in (("why", said(title, TEXT)), ("guidance", said(guidance, TEXT))):
            if text:
                yield Node(
                    (*self._key, name),
                    note=text,
                    severity=self._status.severity if name == "why" else None,
                    wraps=True,
                    fields=(Field("why" if name == "why" else "advice", text),),
                    copies=(_line(text),),
                )

    def _container(self, container: Container, number: int) -> Node:
        status = container_status(container, self._tables, job=self._workload.is_job)
        name = masked_line(container.name, NAME) or "container"
        message = said(container.text, TEXT)
        restarts, key = container.restarted, (*self._key, "container", str(number))
        state = masked_line(container.state, NAME)
        shown = "" if state.lower() == status.label.lower() else state
        fields = [Field("container", name), Field("state", shown, status=status)]
        if restarts:
            fields.append(Field("restarts", f"{container.restarts:,}"))
        below: tuple[Node, ...] = ()
        if message:
            field = Field("last exit" if container.restarts or not container.running else "message", message)
            fields.append(field)
            below = (Node((*key, "message"), note=message, wraps=True, fields=(field,), copies=(_line(message),)),)
        line = ", ".join(part for part in (name, status.label, restarts, message) if part)
        return Node(key, name, status, restarts, below=below, fields=tuple(fields), copies=(_line(line),))

    def _run(self, run: Run, number: int) -> Node:
        name = masked_line(run.name, NAME)
        status = word_status(run.status)
        took = _duration(run, self._observed)
        completions = masked_line(run.completions, 12)
        note = ", ".join(part for part in (took, completions and f"{completions} complete") if part)
        fields = [Field("run", name), Field("state", "", status=status)]
        fields += [Field(label, value) for label, value in (("duration", took), ("complete", completions)) if value]
        times = [("started", run.start), ("ended", run.end)]
        return Node(
            (*self._key, "run", name or str(number)),
            name.removeprefix(f"{masked_line(self._workload.name, NAME)}-") or "run",
            status,
            note,
            at=run.start,
            fields=tuple(fields),
            times=tuple((label, Moment(at=at)) for label, at in times if at is not None),
            copies=(_line(", ".join(part for part in (name, status.label, note) if part)),),
        )


def _line(text: str) -> Copy:
    return Copy("l", "as one line", text)


def _kind_of(workload: Workload) -> str:
    return _KINDS.get(workload.kind) or masked_line(workload.kind, 20)


def _schedule(workload: Workload) -> str:
    """Return the schedule in words, and as sent."""
    raw = masked_line(workload.schedule, NAME)
    words = schedule_words(raw)
    return f"{words} ({raw})" if words else raw


def _storage(workload: Workload) -> str:
    """Return `3.1 of 8 GiB · 39%`; empty if the capacity is not known."""
    if workload.capacity <= 0 or workload.used < 0:
        return ""
    return f"{of_capacity(workload.used, workload.capacity)} · {workload.used / workload.capacity:.0%}"


def _duration(run: Run, now: datetime) -> str:
    """Return how long a run took, or how long it has been running."""
    if run.start is None:
        return ""
    if run.end is not None:
        return f"took {span((run.end - run.start).total_seconds())}"
    return f"for {span((now - run.start).total_seconds())}" if run.status in ("running", "active") else ""
