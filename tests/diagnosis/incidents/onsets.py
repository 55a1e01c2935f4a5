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


INCIDENTS: list[Incident] = [
    pod_is_older_than_the_newest_revision(),
    not_ready_without_a_probe_event(),
    job_out_of_memory_since_its_last_run(),
]
