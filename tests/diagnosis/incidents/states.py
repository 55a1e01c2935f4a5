"""Incidents that are no failure of a workload, and agents that only look broken."""

from __future__ import annotations

from diagnosis.incidents.scene import DAY, HOUR, Incident, Scene, agent_spec, changed, incident, large_spec

AGENT = "tide-notes-agent"
GOOD = agent_spec()
LARGE = large_spec()
LOWER = changed(GOOD, "agent/resources/memory", "256Mi")


def billing() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (40, LOWER)])
    scene.word("suspended")
    scene.runtime |= {"ready": 0, "replicas": 0, "workloads": None}
    scene.event("Killing", "Stopping container app", scene.pod(AGENT), 30, 30, type="Normal")
    return incident("billing suspended", scene, "billing")


def canceled() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (12, LOWER)])
    scene.failed("Deployment cancelled")
    scene.container(AGENT, "Waiting", "ImagePullBackOff")
    scene.event("BackOff", 'Back-off pulling image "x"', scene.pod(AGENT), 11, 9, 5)
    return incident("canceled", scene, "cancelled")


def paused() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (300, LOWER)])
    scene.word("stopped")
    scene.runtime |= {"ready": 0, "replicas": 0, "workloads": None}
    scene.log(AGENT, (280, "error", "upstream timed out"))
    return incident("paused", scene, "paused")


def stale_list_says_stopped() -> Incident:
    """The list comes from a cache; the agent was resumed and is ready."""
    scene = Scene([(5 * DAY, GOOD)])
    scene.row["status"] = "Stopped"
    return incident("stale list row", scene, "none")


def healthy() -> Incident:
    scene = Scene([(5 * DAY, LARGE), (3 * DAY, changed(LARGE, "agent/replicas", 2))])
    return incident("healthy", scene, "none")


def old_stuck_event() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (4 * DAY, LOWER)])
    scene.event(
        "FailedScheduling",
        "0/6 nodes are available: 6 Insufficient cpu.",
        scene.pod(AGENT, 17),
        3 * DAY,
        3 * DAY,
        4,
        severity="stuck",
    )
    return incident("stuck event from three days ago", scene, "none")


def error_line() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (40, changed(GOOD, "agent/environment/CACHE_TTL", "1"))])
    scene.log(
        AGENT,
        (9, "error", "Traceback (most recent call last):"),
        (9, "error", "ValueError: CACHE_TTL of conversation 18 is odd"),
        (3, "fatal", "tool call failed: upstream 502"),
        (1, "info", "request handled status=200"),
    )
    return incident("error lines of a serving agent", scene, "none")


def restarts_ended() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (4 * DAY, LOWER)])
    scene.container(AGENT, "Running", "OOMKilled", ready=True, restarts=5, age=4 * DAY)
    scene.event(
        "BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 6 * HOUR, 5.5 * HOUR, 5
    )
    return incident("five restarts that ended hours ago", scene, "none")


def fixed_by_rollback() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:typo")
    scene = Scene([(5 * DAY, GOOD), (25, bad), (9, GOOD)], revision=19)
    scene.event(
        "Failed",
        'Failed to pull image "registry.test/harborline/tide-notes:typo": not found',
        scene.pod(AGENT, 18),
        24,
        10,
        12,
    )
    scene.started(AGENT, 9)
    return incident("fixed by a rollback nine minutes ago", scene, "none")


def slow_start_is_over() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (7, changed(GOOD, "agent/replicas", 2))])
    scene.started(AGENT, 7)
    scene.event(
        "Unhealthy",
        'Readiness probe failed: Get "http://10.2.14.7:8080/healthz": dial tcp 10.2.14.7:8080: connect: '
        "connection refused",
        scene.pod(AGENT),
        6.9,
        6.2,
        4,
        severity="transient",
    )
    return incident("failed probes while it started", scene, "none")


def young_rollout() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (1.2, LOWER)])
    scene.deploying(scene.issue(AGENT, "progressing", "ContainerCreating"))
    scene.container(AGENT, "Waiting", "ContainerCreating")
    pod = scene.pod(AGENT)
    scene.normal("Scheduled", f"Successfully assigned ns/{pod} to node-2", pod, 1.1, 1.1)
    scene.normal("Pulling", 'Pulling image "x"', pod, 1.1, 1.1)
    return incident("a rollout one minute old", scene, "none")


def scheduled_at_last() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (6, LOWER)])
    pod = scene.pod(AGENT)
    scene.event("FailedScheduling", "0/6 nodes are available: 6 Insufficient memory.", pod, 6, 4, 3, severity="stuck")
    scene.started(AGENT, 3)
    return incident("room was found", scene, "none")


def endpoint() -> Incident:
    bad = changed(GOOD, "interfaces/endpoints/http/expose", {"enabled": True, "domain": "notes.harborline.test"})
    scene = Scene([(5 * DAY, GOOD), (45, bad)])
    url = {
        "name": "web",
        "url": "https://notes.harborline.test",
        "type": "messaging",
        "ready": False,
        "message": "DNS record for notes.harborline.test does not point here",
    }
    scene.row["external_urls"] = [url]
    scene.record["external_urls"] = [url]
    scene.runtime["messaging_reachable"] = False
    return incident("endpoint not ready", scene, "endpoint", None, 18, [".interfaces.endpoints.http.expose.domain"])


def removing() -> Incident:
    scene = Scene([(5 * DAY, GOOD)])
    scene.word("undeploying")
    scene.event("Killing", "Stopping container app", scene.pod(AGENT), 1, 1, type="Normal")
    return incident("being removed", scene, "none")


INCIDENTS = [
    billing(),
    canceled(),
    paused(),
    stale_list_says_stopped(),
    healthy(),
    old_stuck_event(),
    error_line(),
    restarts_ended(),
    fixed_by_rollback(),
    slow_start_is_over(),
    young_rollout(),
    scheduled_at_last(),
    endpoint(),
    removing(),
]
