"""Turns response bodies of any shape into typed observations, once. No other module of the diagnosis reads JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import dropwhile
from operator import itemgetter
from typing import Any

from astro_tui.diagnosis.tables import Kind, Meaning, Rank, Tables, form, table
from astro_tui.diagnosis.values import (
    MISSING,
    UNSAID,
    Address,
    Alert,
    Claim,
    Cluster,
    Container,
    Event,
    Fact,
    Facts,
    Issue,
    Log,
    LogFact,
    Names,
    Observations,
    Phase,
    Ranked,
    Revision,
    Run,
    State,
    Stated,
    TailLine,
    Workload,
    age,
    goes_on,
    workload_name,
)
from astro_tui.logs.colors import plain
from astro_tui.logs.levels import Level, guess, level_of
from astro_tui.platform.lenient import (
    LONGEST,
    field,
    flag,
    is_object,
    items_of,
    moment,
    number,
    objects,
    text,
    text_of,
    time_of,
    word,
)
from astro_tui.platform.status_words import REASONS, UNLISTED, UNREADABLE, WORDS, StatusMeaning
from astro_tui.text.times import of_unix, who

MOST_LINES = 4000
"""Lines of a log that are examined, the newest ones."""
_USUAL_LIMIT = 200
"""How many lines a server sends unless the request says how many."""
_DETAILS = (Level.DEBUG, Level.TRACE)
MOST = 2000
"""The most entries of one list that are read; a server lists a few dozen."""
_PLAIN = frozenset({"name", "state", "ready", "restart_count", "image", "started_at", "container_id", "image_id"})
_SAME_DEPLOY = timedelta(minutes=2)
"""How far the times of a deploy in the audit log and in the history may differ."""
_RUNS = ("failed", "succeeded", "complete", "pending", "running")


# ---- facts


def unix_or_moment(raw: str) -> datetime | None:
    """Return a time given as RFC 3339 or as Unix nanoseconds."""
    return of_unix(int(raw[:20]) / 1e9) if len(raw) > 15 and raw.isdecimal() else time_of(raw)


def body(fact: Fact, wrapper: str) -> object:
    """Return the value of a fact without the object that some servers wrap it in."""
    inside = field(fact.value, wrapper)
    return fact.value if inside is None else inside


def entries(fact: Fact, name: str) -> list[object]:
    """Return the objects of a list that is the body itself or one of its fields."""
    if isinstance(fact.value, list | tuple):
        return [item for item in fact.value if is_object(item)]
    return objects(fact.value, name)


# ---- everything about one deployment


def observations_of(facts: Facts, tables: Tables, ranked: Ranked) -> Observations:
    """Return what all sources say about one deployment. `ranked` ranks the lines of a log (`logs.py`)."""
    record, runtime, row = body(facts.record, "deployment"), body(facts.runtime, "runtime"), facts.row.value
    every, cluster = all_revisions(facts), cluster_of(facts)
    mine = _current(every)
    state = _state(facts, mine)
    addresses = tuple(_addresses(record, row))
    ready, wanted = number(runtime, "ready"), number(runtime, "replicas")
    served = any(each.kind == "messaging" and each.ready for each in addresses)
    configured = flag(record, "messaging_configured") or flag(row, "messaging_web_configured")
    names = ("value", "reason", "details", "error_message")
    value, reason, details, error = (text(facts.status.value, name) for name in names)
    return Observations(
        facts=facts,
        tables=tables,
        state=state,
        names=_names(facts, record, row),
        stated=Stated(value, reason, details, error, text(row, "status"), text(record, "error_message")),
        cluster=cluster,
        events=tuple(events_of(facts)),
        alerts=tuple(firing(facts)),
        revisions=mine,
        rolled_back=every[0] if len(mine) < len(every) else None,
        issues=tuple(issues_of(facts)),
        addresses=addresses,
        logs=tuple(read_log(log, cluster.jobs.get(log.workload, log.workload), ranked) for log in widest(facts.logs)),
        deployed=(
            next((each.deployed for each in mine), None) or moment(row, "created_at") or moment(record, "updated_at")
        ),
        rising=_rising(facts, cluster),
        replicas=(max(0, ready), wanted) if wanted > 0 and not facts.runtime.stale else None,
        unmatched=ready < wanted,
        unreachable=bool(configured) and not served and flag(runtime, "messaging_reachable") is False,
    )


def _names(facts: Facts, record: object, row: object) -> Names:
    """Return what the deployment is called in the list or the record, unless that is given."""
    key = facts.deployment_id or text(row, "id") or text(record, "id")
    account = facts.account or text(row, "account_name") or text(record, "account_name")
    account = account or text(record, "source_account")
    name, listed = text(row, "name"), text(row, "display_name")
    agent = facts.agent or key or name
    return Names(
        key,
        account,
        facts.agent or listed or name or text(record, "name"),
        f"{account}/{agent}" if account else agent,
    )


def issues_of(facts: Facts) -> Iterator[Issue]:
    """Yield what `/status` says about workloads, those that failed first."""
    names = ("workload", "component", "reason", "message", "title", "guidance")
    for name in ("failed_on", "waiting_on"):
        for each in objects(facts.status.value, name):
            yield Issue(name == "failed_on", word(each, "phase"), *(text(each, part) for part in names))


def _addresses(record: object, row: object) -> Iterator[Address]:
    """Yield the addresses in the record, else those in the list; there, an address can be a mere text."""
    rows = objects(record, "external_urls")
    for each in rows or [item for item in items_of(field(row, "external_urls")) if item]:
        url = text(each, "url") or text(each, "name")
        # Records read a missing `ready` as false.
        bare = not isinstance(each, Mapping)
        yield Address(url, word(each, "type"), flag(each, "ready"), text(each, "message"), bare, bool(rows))


# ---- revisions


def all_revisions(facts: Facts) -> list[Revision]:
    """Return the revisions of the deployment, newest first, including those that were rolled back."""
    rows = entries(facts.history, "deployments") or entries(facts.history, "rows")
    wanted = facts.deployment_id or text(facts.row.value, "id") or text(body(facts.record, "deployment"), "id")
    mine = [row for row in rows if wanted and text(row, "id") == wanted]
    names = getattr(facts.history.value, "names", {})
    revisions = [_revision(row, facts, names) for row in mine or rows]
    return sorted((each for each in revisions if each.key), key=_order, reverse=True)


def revisions_of(facts: Facts) -> list[Revision]:
    """Return the current revision of the deployment and those before it, newest first.

    After a rollback, later ones do not run: the history marks the current one (platform.md §9).
    """
    return _current(all_revisions(facts))


def last_deploy(facts: Facts) -> datetime | None:
    """Return when the deployment got its current values. A rollback is no deploy."""
    times = [each.deployed for each in all_revisions(facts)] + [moment(facts.row.value, "created_at")]
    return max((at for at in times if at is not None), default=None)


def _current(every: list[Revision]) -> list[Revision]:
    return list(dropwhile(lambda each: not each.current, every)) or every


def _revision(row: object, facts: Facts, names: Mapping[str, str]) -> Revision:
    key = number(row, "revision") or text(row, "deployed_at")
    return Revision(
        key,
        moment(row, "deployed_at"),
        facts.specs.get(key, MISSING),
        field(row, "spec"),
        text(row, "build_id"),
        bool(flag(row, "is_current")),
        word(row, "status"),
        who(text(row, "deployed_by"), names) or _deployed_by(facts, row),
        text(row, "commit_message").strip().partition("\n")[0],
    )


def _deployed_by(facts: Facts, row: object) -> str:
    """Return who deployed a revision, as the audit log says, if the history does not."""
    at, build = moment(row, "deployed_at"), text(row, "build_id")
    for each in entries(facts.audit, "rows"):
        mine = text(each, "resource_id") == text(row, "id") and text(each, "action") == "deployment.deploy"
        near = mine and at is not None and (done := moment(each, "at")) is not None and abs(done - at) <= _SAME_DEPLOY
        if near and text(each, "build") in ("", build):
            return text(each, "who")
    return ""


def _order(revision: Revision) -> tuple[int, float]:
    number = revision.key if isinstance(revision.key, int) else 0
    return number, revision.deployed.timestamp() if revision.deployed is not None else 0.0


# ---- workloads


def cluster_of(facts: Facts) -> Cluster:
    """Return the workloads: those in the record, joined with what was observed."""
    record, runtime = body(facts.record, "deployment"), body(facts.runtime, "runtime")
    since_read = max(timedelta(0), facts.now - (facts.runtime.read_at or facts.now))
    cluster = Cluster({}, {})
    for each in objects(record, "workloads")[:MOST]:
        _add(cluster, each, since_read, declared=each)
    for each in objects(runtime, "workloads")[:MOST]:
        _add(cluster, each, since_read)
    _join_runs(cluster, facts.now)
    _add_oldest(cluster, record, since_read)
    for issue in issues_of(facts):
        if issue.workload:
            cluster.workloads.setdefault(issue.workload, Workload(issue.workload, component=issue.component))
    rows = field(runtime, "workloads")
    # A list of nothing but nulls says nothing.
    listed = rows is not None and (bool(cluster.workloads) or not rows)
    return replace(cluster, observed=listed or any(each.containers or each.runs for each in cluster))


def _add(cluster: Cluster, value: object, since_read: timedelta, declared: object = None) -> None:
    name, phase = text(value, "name"), word(value, "phase")
    if not name:
        return
    workloads = cluster.workloads
    # Only the pods of jobs end, and the record does not list each job (platform.md §8.5).
    finished = phase == "succeeded" or (phase == "failed" and bool(workloads) and name not in workloads)
    new: dict[str, Any] = {
        "kind": word(value, "kind") or ("job" if finished and not workloads.get(name, Workload(name)).kind else ""),
        "component": text(value, "component"),
        "image": text(value, "image"),
        "pod": text(value, "pod_name"),
        "phase": phase,
        "age": _age(value, since_read),
        "containers": tuple(_containers(value, complete=phase == "succeeded")),
        "runs": tuple(_runs(value)),
        "used": number(value, "storage_used_bytes"),
        "capacity": number(value, "storage_capacity_bytes"),
        "status": word(value, "status"),
        "completions": text(value, "completions"),
        "schedule": text(declared, "schedule"),
        "declared": declared,
    }
    workloads[name] = workloads.get(name, Workload(name))._replace(**{key: part for key, part in new.items() if part})


def _age(value: object, since_read: timedelta) -> tuple[timedelta, timedelta] | None:
    """Return the age now, and its precision: it was sent when the observation was read."""
    parsed = age(text(value, "age"))
    return (parsed[0] + since_read, parsed[1]) if parsed is not None else None


def _join_runs(cluster: Cluster, now: datetime) -> None:
    """Make the jobs that the record does not list runs of the one that it lists (platform.md §8.5)."""
    for each in tuple(cluster):
        jobs = [name for name, other in cluster.workloads.items() if other.declared is not None and other.is_job]
        owner = max((name for name in jobs if each.name.startswith(f"{name}-")), key=len, default="")
        if owner and each.declared is None:
            cluster.jobs[each.name] = owner
            run = Run(each.name, each.phase or each.status, each.started(now), rounded=True)
            old = cluster.workloads[owner]
            cluster.workloads[owner] = old._replace(runs=(*old.runs, run))


def _add_oldest(cluster: Cluster, record: object, since_read: timedelta) -> None:
    """Add the pods and jobs that the oldest servers list next to the record."""
    for pod in objects(record, "pods")[:MOST]:
        old = _owner_of(cluster, pod)
        if not old.name:
            continue
        new = old._replace(pods=(*old.pods, text(pod, "name")))
        if not old.containers or old.ready:
            new = new._replace(
                component=old.component or text(pod, "component"),
                pod=text(pod, "name"),
                phase=word(pod, "phase") or word(pod, "status"),
                age=_age(pod, since_read),
                containers=tuple(_containers(pod)),
            )
        cluster.workloads[old.name] = new
    for job in objects(record, "jobs")[:MOST]:
        old = _owner_of(cluster, job, kind="job")
        cluster.workloads[old.name] = old._replace(runs=(*old.runs, _run(job)))


def _owner_of(cluster: Cluster, value: object, kind: str = "") -> Workload:
    name, component = text(value, "name"), text(value, "component")
    owner = cluster.workload_of(name, component) or workload_name(name)
    return cluster.workloads.get(owner, Workload(owner, kind, component if kind else ""))


def _containers(value: object, *, complete: bool = False) -> Iterator[Container]:
    for each in objects(value, "containers"):
        state = text(each, "state")
        said = [state if state.lower() not in ("running", "waiting", "terminated", "unknown") else ""]
        if isinstance(each, dict):
            said += [_in_words(key, inside) for key, inside in each.items() if key not in _PLAIN]
        else:
            said += [text(each, "reason"), text(each, "message")]
        ready = flag(each, "ready")
        yield Container(
            text(each, "name"),
            state.strip().lower(),
            # A running container that does not report its readiness counts as ready.
            complete or (state.strip().lower() == "running" if ready is None else ready),
            number(each, "restart_count"),
            "; ".join(part for part in said if part)[:LONGEST],
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
    finished = field(value, "completions") or field(value, "start_time")
    if not runs and word(value, "status") in _RUNS and finished:
        yield _run(value)


def _run(value: object) -> Run:
    return Run(
        text(value, "name"),
        word(value, "status"),
        moment(value, "start_time"),
        moment(value, "end_time", "completion_time", "finished_at"),
        text(value, "completions"),
    )


def _rising(facts: Facts, cluster: Cluster) -> frozenset[str]:
    """Return the workloads that restarted since the earlier observation of `/runtime`."""
    if not facts.earlier_runtime.known:
        return frozenset()
    before = cluster_of(Facts(facts.now, runtime=facts.earlier_runtime)).workloads
    return frozenset(
        each.name
        for each in cluster
        if each.name in before and each.pod == before[each.name].pod and each.restarts > before[each.name].restarts
    )


# ---- events and alerts


def events_of(facts: Facts) -> Iterator[Event]:
    """Yield the events about the deployment's workloads, newest first."""
    objects = table("blame")["events"]["objects"]
    for order, each in enumerate(entries(facts.events, "events")):
        if word(each, "object_kind") in objects:
            yield Event(
                text(each, "reason"),
                text(each, "message") or text(each, "title"),
                word(each, "object_kind"),
                text(each, "object_name"),
                word(each, "type") == "normal",
                max(1, number(each, "count")),
                moment(each, "first_timestamp", "last_timestamp"),
                moment(each, "last_timestamp", "first_timestamp"),
                order,
            )


def firing(facts: Facts) -> Iterator[Alert]:
    """Yield the firing alerts."""
    component = text(facts.alerts.value, "component")
    for each in entries(facts.alerts, "alerts"):
        if word(each, "state") == "firing":
            yield _alert(each, component)


def _alert(value: object, component: str) -> Alert:
    name, title = text(value, "name"), text(value, "title")
    said = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", f"{name} {title}").lower()
    kind = next((kind for kind in Kind if any(each in said for each in kind.row.alerts)), None)
    # An alert says less than the container's exit code, but more than the mere fact that the container keeps ending.
    meaning = Meaning(kind, Rank.LOOP, name or title, vague=not kind.row.proof) if kind is not None else None
    return Alert(title or name, moment(value, "activeSince", "active_since"), meaning, component)


# ---- the state as a whole


_MEANINGS = {meaning: Phase(name) for name, meanings in table("blame")["phases"].items() for meaning in meanings}
_WORDS = {word: _MEANINGS[meaning] for word, meaning in (WORDS | REASONS | UNLISTED).items() if meaning in _MEANINGS}


def _state(facts: Facts, revisions: list[Revision]) -> State:
    """Return the state of a deployment. `/status` counts most, then the record, then the history, then the list."""
    claims = tuple(claim for claim in _claims(facts, revisions) if claim.phase is not Phase.UNKNOWN)
    error = text(facts.status.value, "error_message") or text(body(facts.record, "deployment"), "error_message")
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


def _claims(facts: Facts, revisions: list[Revision]) -> list[Claim]:
    value, reason = word(facts.status.value, "value"), word(facts.status.value, "reason")
    stated = _WORDS.get(reason) if reason in ("suspended", "cluster_unreachable") else None
    phase = stated or _WORDS.get(value) or _WORDS.get(reason) or Phase.UNKNOWN
    if phase is Phase.PAUSED and form("billing").search(text(facts.status.value, "details")):
        phase = Phase.BILLING
    claims = [Claim("status", phase, value or reason)]
    if value == UNREADABLE or WORDS.get(value) is StatusMeaning.REMOVED:
        # The other sources describe the agent before it was deleted.
        return claims
    record, listed = word(body(facts.record, "deployment"), "status"), word(facts.row.value, "status")
    past = _past_word(revisions, _WORDS.get(listed, Phase.UNKNOWN))
    said = {"record": record, "history": past, "list": listed}
    return claims + [
        Claim(source, _WORDS.get(each, Phase.UNKNOWN), each)
        for source, each in said.items()
        if (source, each) != ("history", "undeployed")
    ]


def _past_word(revisions: list[Revision], listed: Phase) -> str:
    """Return the status of the latest deploy, or that of the one before if the list agrees with that one.

    An older server marks no row, so that the one before can be the one that runs.
    """
    words = [each.word for each in revisions[: 1 if any(each.current for each in revisions) else 2]]
    return next((each for each in words if _WORDS.get(each) is listed), next(iter(words), ""))


# ---- logs


def read_log(fact: LogFact, workload: str, ranked: Ranked) -> Log:
    """Return the lines of the log of a workload, the newest last; lines without a time keep their place."""
    lines = list(_lines(fact))[-MOST_LINES:]
    first = next((line.at for line in lines if line.at is not None), None)
    most = fact.limit or (MOST_LINES if fact.since is not None else _USUAL_LIMIT)
    return Log(workload, fact.container, lines, first if len(lines) >= most else fact.since, ranked)


def widest(facts: Sequence[LogFact]) -> list[LogFact]:
    """Return the widest known log of each container: a later one with a wider window replaces an earlier one."""
    by_source: dict[tuple[str, str], LogFact] = {}
    for each in facts:
        key = (each.workload, each.container)
        old = by_source.get(key)
        wider = old is None or old.since is None or (each.since is not None and each.since <= old.since)
        if each.lines.known and wider and (old is None or each.lines.value):
            by_source[key] = each
    return list(by_source.values())


def _lines(fact: LogFact) -> Iterator[TailLine]:
    value = fact.lines.value
    texts = text_of(value).splitlines() if isinstance(value, str | bytes) else items_of(value)
    read = [_entry(each) for each in texts if each is not None]
    if all(each[0] is not None for each in read):
        read.sort(key=itemgetter(0))
    elif (times := [each[0] for each in read if each[0] is not None]) and times[0] > times[-1]:
        read.reverse()
    last: TailLine | None = None
    for at, level, message, time in read:
        severity, fatal = _severity(level, message)
        line = TailLine(at, message, fatal, fatal or severity is Level.ERROR, severity, time, severity)
        if severity is Level.NONE and last is not None and last.is_at_once_with(line):
            line = line._replace(owner=last.owner)
        last = line
        yield line


def _entry(entry: object) -> tuple[datetime | None, str, str, str]:
    if isinstance(entry, str):
        return None, "", plain(entry), ""
    time = text(entry, "timestamp")
    return unix_or_moment(time), word(entry, "level"), plain(text(entry, "message")), time


@lru_cache(maxsize=8192)
def _severity(level: str, message: str) -> tuple[Level, bool]:
    """Return the level of a line, and whether it says that the program ended. Most lines are repeated."""
    stated, guessed = level_of(level), guess(message)
    # A platform that finds no level often sends `info`.
    severity = guessed if stated in (Level.NONE, Level.INFO) and guessed > stated else stated
    return severity, severity is Level.FATAL or (severity not in _DETAILS and _says_end(severity, message))


def _says_end(level: Level, message: str) -> bool:
    hints = table("lines")["hints"]
    ends = form("ends").match(message) is not None or (
        any(hint in message for hint in hints["ends"]) and form("ends_within").search(message) is not None
    )
    complains = not ends and level in UNSAID and any(hint in message for hint in hints["complaint"])
    return (ends or (complains and form("complaint").search(message) is not None)) and not goes_on(message)
