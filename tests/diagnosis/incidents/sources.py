"""Incidents whose sources are late, empty, skewed, unread, or from older servers and older specs."""

from __future__ import annotations

from copy import deepcopy

from diagnosis.incidents.scene import (
    DAY,
    HOUR,
    NOW,
    Incident,
    Json,
    Scene,
    agent_spec,
    at,
    changed,
    incident,
    large_spec,
)

from astro_tui.diagnosis import Fact, LogFact

AGENT = "tide-notes-agent"
GOOD = agent_spec()
LARGE = large_spec()


def _crashing(scene: Scene, restarts: int = 9, message: str = "CrashLoopBackOff: Error, exit code 1") -> Scene:
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="CrashLoopBackOff"))
    return scene.container(AGENT, "Waiting", message, restarts=restarts)


def events_expired() -> Incident:
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    later = changed(bad, "agent/environment/CACHE_TTL", "10")
    scene = _crashing(Scene([(5 * DAY, GOOD), (9 * HOUR, bad), (4 * HOUR, later)], revision=19), 40)
    scene.log(
        AGENT,
        *[(float(each), "error", "KeyError: 'UPSTREAM_URL'") for each in range(538, 0, -6)],
        since=12 * HOUR,
    )
    return incident("events expired", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def events_expired_memory() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "200Mi")
    scene = Scene([(5 * DAY, GOOD), (6 * HOUR, bad)])
    _crashing(scene, 66, "CrashLoopBackOff: OOMKilled").observed(AGENT)["age"] = "6h"
    return incident("events expired, out of memory", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def null_times() -> Incident:
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:oops")
    scene = Scene([(5 * DAY, GOOD), (14, bad)])
    pod = scene.pod(AGENT)
    scene.failed("1 of 2 workloads failed")
    scene.container(AGENT, "Waiting", "ImagePullBackOff")
    scene.event("Scheduled", f"Successfully assigned ns/{pod} to node-1", pod, None, None, type="Normal")
    scene.event(
        "Failed", 'Failed to pull image "registry.test/harborline/tide-notes:oops": not found', pod, None, None, 6
    )
    scene.event("BackOff", 'Back-off pulling image "registry.test/harborline/tide-notes:oops"', pod, None, None, 6)
    return incident("events without times", scene, "image", AGENT, 18, [".agent.image"])


def clock_skew() -> Incident:
    """The cluster's clock is behind: the failure seems to begin nine seconds before the deploy."""
    bad = changed(GOOD, "agent/healthcheck/path", "/livez")
    scene = Scene([(5 * DAY, changed(GOOD, "agent/replicas", 3)), (3 * DAY, GOOD), (20, bad)])
    scene.failed("1 of 2 workloads failed", scene.issue(AGENT, message="ProgressDeadlineExceeded"))
    scene.container(AGENT, "Running", "")
    scene.event(
        "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 404", scene.pod(AGENT), 20.15, 0.1, 120
    )
    return incident("clock skew", scene, "probe", AGENT, 18, [".agent.healthcheck.path"])


def future_times() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "128Mi")
    scene = Scene([(5 * DAY, GOOD), (9, bad)])
    _crashing(scene, 6, "CrashLoopBackOff: OOMKilled, exit code 137")
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 8, -0.2, 30)
    return incident("an event from the future", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def runtime_unread() -> Incident:
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    scene = _crashing(Scene([(5 * DAY, GOOD), (28, bad)]))
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 27, 0.4, 60)
    scene.log(AGENT, *[(each, "error", "KeyError: 'UPSTREAM_URL'") for each in (27, 20, 10, 2)])
    scene.extra["runtime"] = Fact(error="500: failed to read runtime")
    return incident("runtime cannot be read", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def history_unread() -> Incident:
    scene = Scene([(5 * DAY, GOOD), (12, changed(GOOD, "agent/resources/memory", "64Mi"))])
    _crashing(scene, 7, "CrashLoopBackOff: OOMKilled")
    scene.extra |= {"history": Fact(error="403: insufficient permissions"), "specs": {}}
    return incident("history cannot be read", scene, "memory", AGENT, None, (), "unread")


def list_alone() -> Incident:
    scene = Scene([(5 * DAY, GOOD)])
    scene.failed("Deployment failed")
    nothing = Fact()
    scene.extra |= dict.fromkeys(("status", "record", "runtime", "events", "alerts", "history"), nothing)
    scene.extra["specs"] = {}
    return incident("only the list row", scene, "unknown")


def list_alone_healthy() -> Incident:
    scene = Scene([(5 * DAY, GOOD)])
    nothing = Fact()
    scene.extra |= dict.fromkeys(("status", "record", "runtime", "events", "alerts", "history"), nothing)
    scene.extra["specs"] = {}
    return incident("only the list row, healthy", scene, "none")


def conflicting_status() -> Incident:
    bad = changed(GOOD, "agent/resources/memory", "192Mi")
    scene = Scene([(5 * DAY, GOOD), (35, bad)])
    scene.container(AGENT, "Waiting", "CrashLoopBackOff: OOMKilled, exit code 137", restarts=9)
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 33, 0.5, 70)
    return incident(
        "status says ready, container is in a crash loop", scene, "memory", AGENT, 18, [".agent.resources.memory"]
    )


def older_record() -> Incident:
    """An older server: containers are in the record, and there is neither runtime nor event route."""
    bad = changed(GOOD, "agent/environment/CACHE_TTL")
    scene = _crashing(Scene([(5 * DAY, GOOD), (31, bad)]))
    for each in scene.record["workloads"]:
        seen = scene.observed(each["name"])
        each |= {"pod_name": seen["pod_name"], "containers": seen["containers"]}
    scene.log(AGENT, *[(each, "error", "env CACHE_TTL: required") for each in (30, 22, 12, 1)])
    scene.extra |= {"runtime": Fact(error="404: not found"), "events": Fact(error="404: not found")}
    return incident("an older server", scene, "crash", AGENT, 18, [".agent.environment.CACHE_TTL"])


def oldest_record() -> Incident:
    """The oldest servers: pods beside the record, words of Kubernetes, history rows without numbers but with specs."""
    bad = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:nope")
    scene = Scene([(5 * DAY, GOOD), (31, bad)], numbered=False)
    scene.failed("1 of 2 workloads failed")
    scene.row["status"] = "Pending"
    scene.extra["record"] = Fact(
        {
            "id": scene.id,
            "name": scene.agent,
            "status": "Pending",
            "replicas": 1,
            "ready": 0,
            "pods": [
                {
                    "name": scene.pod(AGENT),
                    "status": "Pending",
                    "component": "agent",
                    "age": "31m",
                    "containers": [
                        {
                            "name": "app",
                            "state": "waiting",
                            "ready": False,
                            "restart_count": 0,
                            "reason": "ImagePullBackOff",
                            "message": "Back-off pulling image registry.test/harborline/tide-notes:nope",
                        }
                    ],
                }
            ],
            "jobs": None,
        }
    )
    scene.extra |= {"runtime": Fact(error="404"), "events": Fact(error="404"), "alerts": Fact()}
    return incident("the oldest server", scene, "image", AGENT, str(at(31)), [".agent.image"])


def template_against_stored() -> Incident:
    """The current spec is the stored document, the earlier one a regenerated template with display fields."""
    bad = changed(GOOD, "agent/resources/memory", "100Mi")
    scene = Scene([(5 * DAY, GOOD), (16, bad)])
    _crashing(scene, 8, "CrashLoopBackOff: OOMKilled")
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 15, 0.5, 30)
    template = deepcopy(GOOD)
    for each in template["variables"].values():
        each |= {"configured": True, "description": "", "label": "x", "datatype": "string"}
    whole = {"spec": "deployment-template/v1", "template": template, "variables": {}, "validation": {"valid": True}}
    scene.extra["specs"] = {17: Fact(whole), 18: Fact(bad)}
    return incident("a template against the stored document", scene, "memory", AGENT, 18, [".agent.resources.memory"])


def _flat(memory: str = "512Mi", **env: str) -> Json:
    return {
        "replicas": 1,
        "image": "example/rain-radar:v0.4.1",
        "resources": {"limits": {"cpu": "1", "memory": memory}, "requests": {"cpu": "200m", "memory": "64Mi"}},
        "env": [
            {"name": "RADAR_TOKEN", "valueFrom": {"secretKeyRef": {"name": "radar", "key": "token"}}},
            *[{"name": name, "value": value} for name, value in env.items()],
        ],
        "ports": [{"containerPort": 8080, "protocol": "TCP"}],
    }


def _flat_scene(*specs: tuple[float, Json]) -> Scene:
    scene = Scene([(5 * DAY, GOOD), (16, GOOD)])
    scene.extra["specs"] = {17: Fact(specs[0][1]), 18: Fact(specs[1][1])}
    return scene


def pod_like_spec_memory() -> Incident:
    scene = _flat_scene((0, _flat(GRID="1km")), (0, _flat("96Mi", GRID="1km")))
    _crashing(scene, 8, "CrashLoopBackOff: OOMKilled")
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 15, 0.5, 30)
    return incident("a spec like a pod's, memory", scene, "memory", AGENT, 18, [".resources.limits.memory"])


def pod_like_spec_env() -> Incident:
    scene = _flat_scene((0, _flat(GRID="1km", SPEED="2")), (0, _flat(GRID="1km")))
    _crashing(scene)
    scene.event("BackOff", "Back-off restarting failed container app in pod x", scene.pod(AGENT), 15, 0.5, 30)
    scene.log(AGENT, *[(each, "error", "panic: SPEED not set") for each in (15, 9, 2)])
    return incident("a spec like a pod's, variable", scene, "crash", AGENT, 18, [".env[2]"])


def logs_as_text() -> Incident:
    bad = changed(GOOD, "variables/UPSTREAM_URL")
    scene = _crashing(Scene([(5 * DAY, GOOD), (28, bad)]))
    scene.log_list.append(LogFact(AGENT, "app", Fact("boot\nError: UPSTREAM_URL is not defined\n"), NOW))
    return incident("logs as plain text", scene, "crash", AGENT, 18, [".variables.UPSTREAM_URL"])


def everything_null() -> Incident:
    scene = Scene([(5 * DAY, GOOD)])
    scene.extra |= {
        "status": Fact({"value": None, "reason": None, "waiting_on": None, "failed_on": [None, 3]}),
        "record": Fact({"deployment": {"workloads": None, "components": None}}),
        "runtime": Fact({"runtime": {"workloads": [None, {"name": None, "containers": None, "runs": [1]}]}}),
        "events": Fact({"events": [None, {"reason": None, "message": None, "count": "x", "last_timestamp": ""}]}),
        "alerts": Fact({"alerts": None}),
        "history": Fact({"deployments": [{"revision": None, "spec": {}}, 5]}),
        "specs": {},
    }
    return incident("everything null", scene, "none")


INCIDENTS = [
    events_expired(),
    events_expired_memory(),
    null_times(),
    clock_skew(),
    future_times(),
    runtime_unread(),
    history_unread(),
    list_alone(),
    list_alone_healthy(),
    conflicting_status(),
    older_record(),
    oldest_record(),
    template_against_stored(),
    pod_like_spec_memory(),
    pod_like_spec_env(),
    logs_as_text(),
    everything_null(),
]
