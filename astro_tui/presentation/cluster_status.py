"""What workloads, containers, jobs, and events are doing, as labels, glyphs, and severities (platform.md §16.7, §16.8).

The only definition. The statuses of deployments are in `status`.
"""

from __future__ import annotations

from astro_tui.diagnosis.tables import Kind, Rank, Tables, built_in
from astro_tui.diagnosis.values import Container, Finding, Workload
from astro_tui.diagnosis.wording import said
from astro_tui.presentation.status import Severity, Status

CRASH_LOOP = "crash loop"
LONGEST = 24
"""The most characters of an unknown word."""
_GLYPHS = {
    Severity.ERROR: ("✖", "x"),
    Severity.WARN: ("▲", "!"),
    Severity.INFO: ("◑", "~"),
    Severity.OK: ("●", "*"),
    Severity.MUTED: ("○", "o"),
}
_KINDS = {
    Kind.IMAGE: "image cannot be pulled",
    Kind.CRASH: "crashes repeatedly",
    Kind.MEMORY: "out of memory",
    Kind.PROBE: "killed by its probe",
    Kind.CONFIG: "cannot start",
    Kind.SCHEDULING: "no room on the cluster",
    Kind.STORAGE: "volume problem",
    Kind.JOB: "failed",
    Kind.TIMEOUT: "took too long",
}
_WORDS = {
    # Phases of pods and workloads, states of containers and of jobs.
    "running": Severity.OK,
    "ready": Severity.OK,
    "succeeded": Severity.OK,
    "complete": Severity.OK,
    "completed": Severity.OK,
    "pending": Severity.INFO,
    "progressing": Severity.INFO,
    "waiting": Severity.INFO,
    "active": Severity.INFO,
    "failed": Severity.ERROR,
    "error": Severity.ERROR,
    "missing": Severity.WARN,
    "unknown": Severity.WARN,
    "idle": Severity.MUTED,
    "suspended": Severity.MUTED,
    "terminated": Severity.MUTED,
}
_EVENTS = {
    "stuck": Severity.ERROR,
    "transient": Severity.WARN,
    "info": Severity.INFO,
    "warning": Severity.WARN,
    "normal": Severity.MUTED,
}
_REASONS = {
    reason: words
    for words, reasons in {
        "image cannot be pulled": "ImagePullBackOff ErrImagePull InvalidImageName",
        "container cannot start: configuration": "CreateContainerError CreateContainerConfigError RunContainerError",
        "starts and crashes repeatedly": "CrashLoopBackOff",
        "ran out of memory": "OOMKilled OOMKilling",
        "took too long": "ProgressDeadlineExceeded DeadlineExceeded",
        "job failed too many times": "BackoffLimitExceeded",
        "no room on the cluster": "FailedScheduling",
        "still starting": "ContainerCreating PodInitializing GenerationLag",
        "may recover on its own": "Unhealthy BackOff FailedMount FailedAttachVolume",
    }.items()
    for reason in reasons.split()
}
NOT_OBSERVED = Status("not observed", "○", "o", Severity.MUTED)
"""The status of a workload without an observation: it may not be running."""
_MORE_RESTARTS = 5


def made(label: str, severity: Severity) -> Status:
    """Return a status in words, with the glyph of its severity."""
    return Status(label, *_GLYPHS[severity], severity)


def word_status(word: str) -> Status:
    """Return the status for a phase or state; an unknown word is shown as it is."""
    severity = _WORDS.get(word.strip().lower())
    return made(word.strip().lower(), severity) if severity else _as_received(word)


def event_status(severity: str, kind: str, reason: str = "", message: str = "") -> Status:
    """Return the status of an event: its severity, else its type (`Warning`, `Normal`).

    The platform calls a crash loop transient, however often it has happened.
    """
    word = (severity or kind).strip()
    level = _EVENTS.get(word.lower())
    if not level:
        return _as_received(word)
    glyph = ("·", "-") if level is Severity.MUTED else ("●", "*") if level is Severity.INFO else _GLYPHS[level]
    meaning = built_in().meaning(message, reason) if level is Severity.WARN else None
    loops = meaning is not None and meaning.kind is Kind.CRASH and meaning.rank is Rank.LOOP
    return Status(CRASH_LOOP if loops else word.lower(), *glyph, level)


def _as_received(word: str) -> Status:
    shown = said(word, LONGEST)
    return Status(shown, "?", "?", Severity.WARN) if shown else Status("unknown", "?", "?", Severity.MUTED)


def failing_status(signal: Finding, workload: Workload) -> Status:
    """Return the status of a workload that fails, from the most specific signal about it."""
    ready = workload.ready and not workload.is_job
    severity = Severity.WARN if ready or signal.rank in (Rank.NOT_READY, Rank.UNREADY) else Severity.ERROR
    if signal.rank is Rank.NOT_READY:
        return made("not ready", severity)
    if signal.rank is Rank.UNREADY:
        return made("health check fails", severity)
    if signal.kind is Kind.CRASH and ready:
        return made("restarts repeatedly", severity)
    return made(_KINDS.get(signal.kind, "failed"), severity)


def container_status(container: Container, tables: Tables, *, job: bool) -> Status:
    """Return the status of a container; that of a `job` is expected to end."""
    state = container.state.split(":")[0].strip()
    if state == "running":
        return word_status(state) if container.ready else made("not ready", Severity.WARN)
    meaning = tables.meaning(container.text)
    if meaning is not None and state in ("waiting", "terminated"):
        return made(_KINDS.get(meaning.kind, "failed"), Severity.ERROR)
    if state == "waiting":
        return made("starting", Severity.INFO)
    if state == "terminated":
        return made("ended", Severity.MUTED if job or "completed" in container.text.lower() else Severity.ERROR)
    return word_status(container.state)


def restarts_severity(restarts: int) -> Severity:
    """Return how serious it is that a failing workload restarted so often."""
    return Severity.ERROR if restarts >= _MORE_RESTARTS else Severity.WARN if restarts else Severity.MUTED


def reason_words(reason: str) -> str:
    """Return what a reason from the cluster means; empty for one that is not known."""
    return _REASONS.get(reason, "")
