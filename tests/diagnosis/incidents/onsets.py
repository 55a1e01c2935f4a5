"""Failures that are older than what a single source shows."""

from __future__ import annotations

from diagnosis.incidents.scene import DAY, HOUR, Incident, Scene, agent_spec, changed, incident, large_spec

AGENT = "tide-notes-agent"
GOOD = agent_spec()
LARGE = large_spec()
LOWER = changed(GOOD, "agent/resources/memory", "200Mi")


def pod_is_older_than_the_newest_revision() -> Incident:
    built = changed(LOWER, "agent/image", "registry.test/harborline/tide-notes:90ab12ff")
    scene = Scene([(40 * DAY, GOOD), (5 * HOUR, LOWER), (1 * HOUR, built)], revision=19)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", "CrashLoopBackOff; last exit OOMKilled (137)", restarts=20, age=5 * HOUR)
    pod = scene.pod(AGENT)
    scene.event("BackOff", "Back-off restarting failed container app in pod x", pod, 57, 0.2, 230)
    return incident(
        "the pod is older than the newest revision", scene, "memory", AGENT, 18, [".agent.resources.memory"]
    )


def not_ready_without_a_probe_event() -> Incident:
    scene = Scene([(9 * DAY, GOOD), (12, changed(GOOD, "target/display_name", "Tides"))])
    scene.deploying(scene.issue(AGENT, "progressing", "0 of 1 replicas ready"))
    scene.container(AGENT, "Running", "")
    scene.started(AGENT, 11.8)
    return incident("running for minutes, not ready, no probe event", scene, "timeout", AGENT, None)


def job_out_of_memory_since_its_last_run() -> Incident:
    workload = "tide-notes-ingestion-nightly"
    bad = changed(LARGE, "ingestion/nightly/resources/memory", "300Mi")
    scene = Scene([(20 * DAY, LARGE), (21 * HOUR, bad)])
    scene.observed(workload)["runs"] = []
    scene.run(workload, "Succeeded", 31 * HOUR)
    scene.run(workload, "Failed", 7 * HOUR)
    message = "BackoffLimitExceeded: container app OOMKilled"
    scene.failed("1 of 6 workloads failed", scene.issue(workload, message=message))
    ended = {"state": "Terminated", "ready": False, "restart_count": 0, "message": "OOMKilled, exit code 137"}
    scene.observed(workload)["containers"] = [{"name": "app", **ended}]
    return incident(
        "a job out of memory since its last run",
        scene,
        "memory",
        workload,
        18,
        [".ingestion.nightly.resources.memory"],
    )


def _builds(*minutes: float) -> Scene:
    """Return an agent with a good revision and builds deployed so many minutes ago."""
    built = [
        (each, changed(GOOD, "agent/image", f"registry.test/harborline/tide-notes:{place}"))
        for place, each in enumerate(minutes)
    ]
    return Scene([(40 * DAY, GOOD), *built], revision=17 + len(built))


def _looping(
    scene: Scene, restarts: int, age: float, first: float | None = None, message: str = "Error, exit code 1"
) -> Scene:
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    scene.container(AGENT, "Waiting", f"CrashLoopBackOff: {message}", restarts=restarts, age=age)
    if first is not None:
        pod = scene.pod(AGENT)
        scene.event("BackOff", f"Back-off restarting failed container app in pod {pod}_ns(9f)", pod, first, 0.2, 99)
    return scene


def _fatal(scene: Scene, first: float, period: float = 6, since: float = 7 * DAY) -> Scene:
    times = [first - period * place for place in range(int(first / period) + 1)]
    return scene.log(AGENT, *[(each, "", "panic: index out of range [4]") for each in times if each > 0.5], since=since)


def second_build_does_not_help() -> Incident:
    """The pod of the second build is younger than the failure, whose first events have expired."""
    scene = _fatal(_looping(_builds(7 * HOUR, 2 * HOUR), 25, 2 * HOUR, 58), 7 * HOUR - 2)
    return incident("a second build does not help", scene, "crash", AGENT, 18, [".agent.image"])


def log_begins_too_late() -> Incident:
    """The log shows the failure from its beginning on, which is after the second build."""
    scene = _fatal(_looping(_builds(7 * HOUR, 2 * HOUR), 15, 2 * HOUR), 80, since=81)
    scene.observed(AGENT)["age"] = ""
    return incident("the log begins too late", scene, "crash", AGENT, None, (), "unread")


def first_event_has_expired() -> Incident:
    """The new pods fail since one of two builds, and the oldest event is an hour old. The old pod serves."""
    scene = _builds(7 * HOUR, 70)
    old = scene.pod(AGENT, 17)
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ProgressDeadlineExceeded"))
    scene.observed(AGENT)["pod_name"] = old
    scene.observed(AGENT)["age"] = "40d"
    scene.event(
        "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", scene.pod(AGENT), 58, 0.2, 300
    )
    return incident("the first event has expired", scene, "probe", AGENT, None, (), "unread")


def hour_old_event_is_the_first() -> Incident:
    """The event is an hour old, and older ones are still there."""
    scene = _builds(7 * HOUR, 59)
    scene.started(AGENT, 58.8)
    _looping(scene, 14, 59, 58)
    _fatal(scene, 58.5)
    return incident("an event of an hour ago is the first one", scene, "crash", AGENT, 19, [".agent.image"])


def rounded_age() -> Incident:
    """The pod is two days old, more or less: it can be of either revision."""
    lowest = changed(LOWER, "agent/resources/memory", "190Mi")
    scene = Scene([(40 * DAY, GOOD), (2.9 * DAY, LOWER), (2.1 * DAY, lowest)], revision=19)
    _looping(scene, 600, 2 * DAY, message="OOMKilled")
    return incident("a rounded age does not tell which change", scene, "memory", AGENT, None, (), "unread")


def rounded_age_of_one_build() -> Incident:
    scene = _fatal(_looping(_builds(5 * DAY, 2.1 * DAY), 600, 2 * DAY), 2.1 * DAY - 3)
    return incident("a rounded age fits one build", scene, "crash", AGENT, 19, [".agent.image"])


def memory_in_the_log() -> Incident:
    """The events began an hour ago, with the pod of a second build; the log shows that memory ran out before."""
    lowest = changed(LOWER, "agent/resources/memory", "190Mi")
    scene = Scene([(40 * DAY, GOOD), (6 * HOUR, LOWER), (65, lowest)], revision=19)
    _looping(scene, 14, 65, 58, "OOMKilled")
    times = [6 * HOUR - 4 - 7 * place for place in range(50)]
    scene.log(AGENT, *[(each, "", "FATAL: killed by signal 9, memory exhausted") for each in times], since=7 * DAY)
    return incident("the log tells since when memory ran out", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def errors_from_before() -> Incident:
    """The agent always logged this error; what it crashes of leaves no last words."""
    scene = _looping(_builds(2 * HOUR), 26, 2 * HOUR, 2 * HOUR - 2)
    scene.log(
        AGENT,
        *[(float(each), "error", "tool call failed: upstream 502") for each in range(9000, 0, -40)],
        since=7 * DAY,
    )
    return incident("errors from before the crash", scene, "crash", AGENT, 18, [".agent.image"])


def frequent_errors_from_before() -> Incident:
    scene = _looping(_builds(40), 9, 40, 39)
    scene.log(
        AGENT, *[(float(each), "error", "tool call failed: upstream 502") for each in range(380, 0, -1)], since=7 * DAY
    )
    return incident("frequent errors from before the crash", scene, "crash", AGENT, 18, [".agent.image"])


def memory_and_errors_from_before() -> Incident:
    """Two hours ago it began to run out of memory; the error in the log is older."""
    scene = Scene([(40 * DAY, GOOD), (2 * HOUR, LOWER)])
    _looping(scene, 25, 2 * HOUR, 58, "OOMKilled")
    scene.log(
        AGENT,
        *[(float(each), "error", "tool call failed: upstream 502") for each in range(9000, 0, -30)],
        since=7 * DAY,
    )
    return incident("memory, and errors from before", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def memory_by_the_starts() -> Incident:
    """The log has no last words, but a line for each start: it also ran out of memory before the second change."""
    lowest = changed(LOWER, "agent/resources/memory", "190Mi")
    scene = Scene([(40 * DAY, GOOD), (7 * HOUR, LOWER), (2 * HOUR, lowest)], revision=19)
    _looping(scene, 25, 2 * HOUR, 58, "OOMKilled")
    starts = [40 * DAY, *range(7 * 60 - 1, 0, -6)]
    scene.log(AGENT, *[(float(each), "info", "Starting tide-notes on port 8080") for each in starts], since=7 * DAY)
    return incident("memory, and a line for each start", scene, "memory", AGENT, 18, [".agent.resources.memory"])


INCIDENTS: list[Incident] = [
    errors_from_before(),
    frequent_errors_from_before(),
    memory_and_errors_from_before(),
    pod_is_older_than_the_newest_revision(),
    not_ready_without_a_probe_event(),
    job_out_of_memory_since_its_last_run(),
    second_build_does_not_help(),
    first_event_has_expired(),
    hour_old_event_is_the_first(),
    rounded_age(),
    rounded_age_of_one_build(),
]
LOG_BEGINS_TOO_LATE = log_begins_too_late()
ONE_SOURCE = [memory_in_the_log(), memory_by_the_starts()]
