"""What the demo's cluster reports about pods: runtime and alerts (platform.md §8.5, §8.6)."""

from __future__ import annotations

from astro_tui.demo import pods
from astro_tui.demo.entities import HOUR, MINUTE, Deployment, Json, digest
from astro_tui.demo.happenings import fill
from astro_tui.demo.schedule import PodStory
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World, short_age, timestamp

_DELAY = 10 * MINUTE
"""Seconds after which an alert fires for an agent that is not ready."""


def _job(world: World, job: pods.Job) -> Json:
    """Return the entry of a Job. The container of a finished one is not ready, which is normal (platform.md §8.5)."""
    done = world.elapsed() - job.begun >= pods.JOB_TIME
    phase = "Succeeded" if done and job.story.phase == "Running" else job.story.phase
    state = {"Running": "Running", "Pending": "Waiting", "Unknown": "Unknown"}.get(phase, "Terminated")
    box: Json = {"name": "app", "state": state, "ready": phase == "Running", "restart_count": 0}
    if state == "Terminated":
        box["message"] = "Error (exit code 1)" if phase == "Failed" else "Completed"
    age = short_age(world.elapsed() - job.begun)
    return {"name": job.name, "age": age, "phase": phase, "pod_name": job.pod, "containers": [box]}


def _pod(world: World, workload: Json, deployment: Deployment, story: PodStory) -> Json:
    now, begun = world.elapsed(), pods.born(world, workload, deployment)
    again = pods.restarts_of(story, pods.trouble(world, workload, deployment), now)
    if story.beside:
        story, again, begun = PodStory(), [], -deployment.revision_age(deployment.revision - 1)
    name = pods.pod_name(workload, deployment)
    box: Json = {"name": "app", "state": story.state, "ready": story.ready, "restart_count": len(again)}
    ago = short_age(now - again[-1] + 10) if again else ""
    if story.message and ("{ago}" not in story.message or again):
        box["message"] = fill(story.message.replace("{ago}", ago), workload, name)
    boxes = [box]
    for other in pods.containers(workload, deployment)[1:]:
        up = story.phase == "Running"
        boxes.append({"name": other, "state": "Running" if up else story.state, "ready": up, "restart_count": 0})
    pod: Json = {
        "age": short_age(pods.shown_age(now - begun)),
        "phase": story.phase,
        "pod_name": name,
        "containers": boxes,
    }
    if workload["kind"] == "StatefulSet" and story.steps == 5:
        used = 1_610_612_736 + digest(deployment.id, workload["name"]) % 2**30
        pod |= {"storage_used_bytes": used, "storage_capacity_bytes": 21_474_836_480}
    return pod


def runtime(world: World, deployment: Deployment) -> Json:
    """Return the body of `/runtime`: one pod for each workload, and one entry for each Job."""
    stories, seen = world.condition(deployment).pods, []
    serving = {"ready": 0, "replicas": 0, "messaging_reachable": False}
    jobs = pods.jobs(world, deployment)
    active = {job.workload["name"] for job in jobs if _job(world, job)["phase"] == "Running"}
    for workload in workloads_of(deployment) if stories.others else ():
        story = pods.story_of(world, workload, deployment) or PodStory()
        if workload["kind"] == "CronJob":
            word = "Active" if workload["name"] in active else "Suspended" if story.phase == "Suspended" else "Idle"
            seen.append({"name": workload["name"], "status": word})
        elif workload["kind"] != "Job" and workload["replicas"] and story.observed:
            seen.append({"name": workload["name"], **_pod(world, workload, deployment, story)})
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
    story = pods.story_of(world, agent, deployment) or PodStory()
    now, begun = world.elapsed(), pods.trouble(world, agent, deployment)
    lasted = now - begun
    again = [] if story.beside else pods.restarts_of(story, begun, now)
    full = "OOMKilled" in story.message and bool(again)
    memory = ("pending" if story.ready else "firing") if full else "ok"
    watched = story.steps > 0 or story.phase == "Pending"
    down = not story.ready and not story.beside and watched and world.condition(deployment).word != "stopped"
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
