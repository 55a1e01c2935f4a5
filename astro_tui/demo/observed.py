"""What the demo's cluster reports for each plot: runtime, events, alerts (platform.md §8.5, §8.6)."""

from __future__ import annotations

from astro_tui.demo.entities import DAY, HOUR, MINUTE, Deployment, Json, digest
from astro_tui.demo.specs import document, spec_of
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World, short_age, timestamp

# Plot -> pod phase, container state, ready, restarts, message of the agent's container.
_CONTAINERS: dict[str, tuple[str, str, bool, int, str]] = {
    "healthy": ("Running", "Running", True, 0, ""),
    "restarting": ("Running", "Running", True, 3, "OOMKilled 40 minutes ago"),
    "lagging": ("Running", "Running", False, 0, "Readiness probe has not passed yet"),
    "unreachable": ("Unknown", "Unknown", False, 0, "Cluster cannot be reached"),
    "queued": ("Pending", "Waiting", False, 0, "PodInitializing"),
    "starting": ("Pending", "Waiting", False, 0, "ContainerCreating"),
    "image": ("Pending", "Waiting", False, 0, "ImagePullBackOff"),
    "unschedulable": ("Pending", "Waiting", False, 0, "FailedScheduling"),
    "crash": ("Running", "Waiting", False, 11, "CrashLoopBackOff: OOMKilled, exit code 137"),
    "failed-job": ("Failed", "Terminated", False, 6, "Error, exit code 2"),
    "removing": ("Succeeded", "Terminated", False, 0, "Completed"),
}
_RESTART = 6
"""Seconds until a restarted pod is ready."""
_JOBS = {"healthy": "Succeeded", "failed-job": "Failed", "unschedulable": "Pending", "restarting": "Running"}
_CRONS = {"healthy": "Idle", "restarting": "Active", "failed-job": "Suspended"}


def _job(workload: Json, plot: str, world: World, seed: int) -> Json:
    begun = world.ago(4 * HOUR + seed % HOUR)
    status = _JOBS.get(plot, "Succeeded")
    done = "1/1" if status == "Succeeded" else "0/1"
    run = {
        "name": f"{workload['name']}-{seed % 9000 + 1000}",
        "status": status,
        "component": workload["component"],
        "age": short_age((world.now() - begun).total_seconds()),
        "start_time": timestamp(begun),
        "completions": done,
    }
    if workload["kind"] == "Job":
        return {"status": status, "start_time": run["start_time"], "completions": done, "runs": [run]}
    return {"status": _CRONS.get(plot, "Idle"), "runs": [run]}


def containers(workload: Json, deployment: Deployment) -> list[str]:
    """Return the names of the containers in a workload's pods, the main one first."""
    messaging = workload["component"] == "agent" and "interfaces" in spec_of(deployment)
    return ["app", "messaging"] if messaging else ["app"]


def pod_name(workload: Json, deployment: Deployment) -> str:
    """Return the name of a workload's representative pod. Pods of a StatefulSet keep their names after a restart."""
    if workload["kind"] == "StatefulSet":
        return f"{workload['name']}-0"
    again = deployment.restarts.get(workload["name"])
    suffix = f"{digest(deployment.id, workload['name'], *([] if again is None else [str(again)])):016x}"
    return f"{workload['name']}-{suffix[:10]}-{suffix[10:15]}"


def _pod(workload: Json, plot: str, world: World, deployment: Deployment, seed: int) -> Json:
    first = workload["component"] == "agent"
    age, again = deployment.age + world.elapsed(), deployment.restarts.get(workload["name"])
    plot = plot if first or plot == "unreachable" else "healthy"
    if again is not None:
        age = world.elapsed() - again
        plot = "starting" if age < _RESTART else plot
    phase, state, ready, restarts, message = _CONTAINERS[plot]
    container: Json = {"name": "app", "state": state, "ready": ready, "restart_count": restarts}
    if message:
        container["message"] = message
    boxes = [container]
    for name in containers(workload, deployment)[1:]:
        up = phase == "Running"
        boxes.append({"name": name, "state": "Running" if up else state, "ready": up, "restart_count": 0})
    pod: Json = {
        "age": short_age(min(age, 60 * DAY)),
        "phase": phase,
        "pod_name": pod_name(workload, deployment),
        "containers": boxes,
    }
    if workload["kind"] == "StatefulSet":
        pod |= {"storage_used_bytes": 1_610_612_736 + seed % 2**30, "storage_capacity_bytes": 21_474_836_480}
    return pod


def runtime(world: World, deployment: Deployment) -> Json:
    """Return the body of `/runtime`: one pod for each workload, with `null` and zeros if nothing runs."""
    plot = world.condition(deployment).plot
    if plot not in _CONTAINERS:
        return {"runtime": {"ready": 0, "replicas": 0, "messaging_reachable": False, "workloads": None}}
    seen, ready, manual = [], 0, []
    for workload in workloads_of(deployment):
        seed = digest(deployment.id, workload["name"])
        if workload["kind"] in ("Job", "CronJob"):
            seen.append({"name": workload["name"], **_job(workload, plot, world, seed)})
            if workload["kind"] == "Job":
                manual.append(workload["component"].removeprefix("ingestion-"))
        else:
            seen.append({"name": workload["name"], **_pod(workload, plot, world, deployment, seed)})
            ready += workload["replicas"] if seen[-1]["containers"][0]["ready"] else 0
    body: Json = {
        "ready": ready,
        "replicas": replicas(deployment),
        "messaging_reachable": plot in ("healthy", "restarting"),
    }
    if manual:
        body["manual_ingestions"] = manual
    return {"runtime": {**body, "workloads": seen}}


def replicas(deployment: Deployment) -> int:
    """Return the desired replicas, summed over workloads."""
    total: int = sum(each["replicas"] for each in workloads_of(deployment) if each["kind"] not in ("Job", "CronJob"))
    return total


def events(world: World, deployment: Deployment) -> Json:
    """Return the body of `/events`, newest first."""
    listed: list[Json] = []
    began = world.began(deployment)
    for number, line in enumerate(document("events").get(world.condition(deployment).plot, ())):
        # Events that led to a change while the server runs happened once, just before it.
        changed = began >= 0 and len(deployment.life) > 1
        last = 2 * number - began if changed else min(deployment.age, 50 * MINUTE) * (number + 1) / 9
        count = 1 if changed else line["count"]
        listed.append(
            line
            | {
                "object_kind": "Job" if "Job" in line["message"] else "Pod",
                "object_name": f"{deployment.name}-agent",
                "count": count,
                "first_timestamp": timestamp(world.ago(last + (0 if changed else 20 * count))),
                "last_timestamp": timestamp(world.ago(last)),
            }
        )
    return {"events": listed}


def alerts(world: World, deployment: Deployment, component: str) -> Json:
    """Return the body of `/alerts` of one component; only an agent has rules."""
    if component and component != "agent":
        return {"alerts": []}
    plot = world.condition(deployment).plot
    memory = {"restarting": "pending", "crash": "firing"}.get(plot, "ok")
    down = "firing" if plot in ("image", "crash", "failed-job", "unschedulable") else "ok"
    since = timestamp(world.ago(min(-world.began(deployment), 20 * MINUTE)))
    rules = (
        (
            "memory-high",
            "Memory is nearly used up",
            "Above 90 % of the limit for 5 minutes",
            "warning",
            memory,
        ),
        ("not-ready", "Agent is not ready", "No ready pod for 10 minutes", "error", down),
        (
            "restarts",
            "Restarts again and again",
            "More than 5 restarts in an hour",
            "critical",
            "firing" if plot == "crash" else "ok",
        ),
    )
    return {
        "alerts": [
            {
                "name": name,
                "title": title,
                "description": description,
                "severity": severity,
                "state": state,
                "activeSince": None if state == "ok" else since,
            }
            for name, title, description, severity, state in rules
        ]
    }
