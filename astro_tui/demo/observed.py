"""What the demo's cluster reports about pods: runtime and alerts (platform.md §8.5, §8.6)."""

from __future__ import annotations

from astro_tui.demo import pods
from astro_tui.demo.entities import HOUR, MINUTE, Deployment, Json, digest
from astro_tui.demo.happenings import fill
from astro_tui.demo.plots import Fate
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World, short_age, timestamp

_DELAY = 10 * MINUTE
"""Seconds after which an alert fires for an agent that is not ready."""


def _job(world: World, job: pods.Job) -> Json:
    """Return the entry of a Job. The container of a finished one is not ready, which is normal (platform.md §8.5)."""
    done = world.elapsed() - job.begun >= pods.JOB_TIME
    phase = "Succeeded" if done and job.fate.phase == "Running" else job.fate.phase
    state = {"Running": "Running", "Pending": "Waiting", "Unknown": "Unknown"}.get(phase, "Terminated")
    box: Json = {"name": "app", "state": state, "ready": phase == "Running", "restart_count": 0}
    if state == "Terminated":
        box["message"] = "Error (exit code 1)" if phase == "Failed" else "Completed"
    age = short_age(world.elapsed() - job.begun)
    return {"name": job.name, "age": age, "phase": phase, "pod_name": job.pod, "containers": [box]}


def _pod(world: World, workload: Json, deployment: Deployment, fate: Fate) -> Json:
    now, begun = world.elapsed(), pods.born(world, workload, deployment)
    again = pods.restarts_of(fate, pods.trouble(world, workload, deployment), now)
    if fate.beside:
        fate, again, begun = Fate(), [], -deployment.revision_age(deployment.revision - 1)
    name = pods.pod_name(workload, deployment)
    box: Json = {"name": "app", "state": fate.state, "ready": fate.ready, "restart_count": len(again)}
    ago = short_age(now - again[-1] + 10) if again else ""
    if fate.message and ("{ago}" not in fate.message or again):
        box["message"] = fill(fate.message.replace("{ago}", ago), workload, name)
    boxes = [box]
    for other in pods.containers(workload, deployment)[1:]:
        up = fate.phase == "Running"
        boxes.append({"name": other, "state": "Running" if up else fate.state, "ready": up, "restart_count": 0})
    pod: Json = {
        "age": short_age(pods.shown_age(now - begun)),
        "phase": fate.phase,
        "pod_name": name,
        "containers": boxes,
    }
    if workload["kind"] == "StatefulSet" and fate.steps == 5:
        used = 1_610_612_736 + digest(deployment.id, workload["name"]) % 2**30
        pod |= {"storage_used_bytes": used, "storage_capacity_bytes": 21_474_836_480}
    return pod


def runtime(world: World, deployment: Deployment) -> Json:
    """Return the body of `/runtime`: one pod for each workload, and one entry for each Job."""
    plot, seen = world.condition(deployment).plot, []
    serving = {"ready": 0, "replicas": 0, "messaging_reachable": False}
    jobs = pods.jobs(world, deployment)
    active = {job.workload["name"] for job in jobs if _job(world, job)["phase"] == "Running"}
    for workload in workloads_of(deployment) if plot.others else ():
        fate = pods.fate_of(world, workload, deployment) or Fate()
        if workload["kind"] == "CronJob":
            word = "Active" if workload["name"] in active else "Suspended" if fate.phase == "Suspended" else "Idle"
            seen.append({"name": workload["name"], "status": word})
        elif workload["kind"] != "Job" and workload["replicas"] and fate.observed:
            seen.append({"name": workload["name"], **_pod(world, workload, deployment, fate)})
            if workload["component"] == "agent":
                up, count = seen[-1]["containers"][0]["ready"], workload["replicas"]
                serving = {"ready": count if up else 0, "replicas": count, "messaging_reachable": up}
    seen += [{**_job(world, job)} for job in jobs]
    return {"runtime": {**serving, "workloads": seen or None}}


def alerts(world: World, deployment: Deployment, component: str) -> Json:
    """Return the body of `/alerts` of one component; only agents have alert rules."""
    if component and component != "agent":
        return {"alerts": []}
    agent = next(each for each in workloads_of(deployment) if each["component"] == "agent")
    fate = pods.fate_of(world, agent, deployment) or Fate()
    now, begun = world.elapsed(), pods.trouble(world, agent, deployment)
    lasted = now - begun
    again = [] if fate.beside else pods.restarts_of(fate, begun, now)
    full = "OOMKilled" in fate.message and bool(again)
    memory = ("pending" if fate.ready else "firing") if full else "ok"
    watched = fate.steps > 0 or fate.phase == "Pending"
    down = not fate.ready and not fate.beside and watched and world.condition(deployment).word != "stopped"
    late = "firing" if lasted >= _DELAY else "pending"
    busy = sum(each > now - HOUR for each in again) > 5
    since = {
        "memory-high": again[0] if again else now,
        "not-ready": begun + (_DELAY if late == "firing" else 0),
        "restarts": again[5] if len(again) > 5 else now,
    }
    rules = (
        ("memory-high", "Memory is nearly used up", "Above 90 % of the limit for 5 minutes", "warning", memory),
        ("not-ready", "Agent is not ready", "No ready pod for 10 minutes", "error", late if down else "ok"),
        (
            "restarts",
            "Restarts again and again",
            "More than 5 restarts in an hour",
            "critical",
            "firing" if busy else "ok",
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
                "activeSince": None if state == "ok" else timestamp(world.ago(-since[name])),
            }
            for name, title, description, severity, state in rules
        ]
    }
