"""What the demo's cluster reports: pods, events, and alerts, over HTTP (platform.md §8.3 to §8.6).

The cluster forgets events after an hour. `data/cluster.json` has its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from astro_tui.demo import bodies, pods
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoDeployment, Json, digest
from astro_tui.demo.numbers import disk_of
from astro_tui.demo.request import Access, ApiRequest
from astro_tui.demo.schedule import HOUR, MINUTE, NAMED, PodStory, RepeatedWarning
from astro_tui.demo.specs import workloads_of
from astro_tui.demo.world import World, short_age, timestamp

_DELAY = 10 * MINUTE
"""Seconds after which an alert fires for an agent that is not ready."""
_MOST = 50


@cache
def _words() -> Any:
    return read("cluster.json")


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


def _pod(world: World, workload: Json, deployment: DemoDeployment, story: PodStory) -> Json:
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
        share = disk_of(deployment)
        used = 1_610_612_736 + digest(deployment.id, workload["name"]) % 2**30
        used = used if share is None else int(21_474_836_480 * share)
        pod |= {"storage_used_bytes": used, "storage_capacity_bytes": 21_474_836_480}
    return pod


def runtime(world: World, deployment: DemoDeployment) -> Json:
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


def alerts(world: World, deployment: DemoDeployment, component: str) -> Json:
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
    states = {"memory-high": memory, "not-ready": late if down else "ok", "restarts": "firing" if busy else "ok"}
    alerts = []
    for row in _words()["alerts"]:
        state = states[row["name"]]
        active_since = None if state == "ok" else timestamp(world.ago(-since[row["name"]]))
        alerts.append({**row, "state": state, "activeSince": active_since})
    return {"alerts": alerts}


# ---- events


class _Event(NamedTuple):
    reason: str
    message: str
    times: int
    first: float
    last: float


def events(world: World, deployment: DemoDeployment) -> Json:
    """Return the body of `/events`, newest first."""
    dated: list[tuple[float, Json]] = []
    oldest = world.elapsed() - HOUR
    for workload in workloads_of(deployment):
        happened = _of_pod(world, workload, deployment) if workload["kind"] not in pods.JOBS else ()
        dated += [(each.last, _body(world, workload, each, name)) for name, each in happened if each.last >= oldest]
    for job in pods.jobs(world, deployment):
        of_job = [each for each in _of_job(world, job) if each.last >= oldest]
        dated += [(each.last, _body(world, job.workload, each, job.name)) for each in of_job]
    dated.sort(key=lambda each: -each[0])
    return {"events": [body for _, body in dated[:_MOST]]}


def _of_pod(world: World, workload: Json, deployment: DemoDeployment) -> Iterator[tuple[str, _Event]]:
    story = pods.story_of(world, workload, deployment)
    if story is None:
        return
    name = pods.pod_name(workload, deployment, beside=story.beside)
    if world.condition(deployment).pods is NAMED["removing"]:
        begun = world.began(deployment)
        yield name, _Event("Killing", "Stopping container app", 1, begun, begun)
        return
    now = world.elapsed()
    for number, step in enumerate(_words()["routine"][: story.steps]):
        moment = pods.reached(world, workload, deployment, number, step["after"])
        if moment <= now:
            yield name, _Event(step["reason"], step["message"], 1, moment, moment)
    begun = pods.trouble(world, workload, deployment)
    again = pods.restarts_of(story, begun, now)
    if again:
        for number, (reason, message) in enumerate(_words()["again"]):
            first, last = again[0] - 0.2 + number / 10, again[-1] - 0.2 + number / 10
            yield name, _Event(reason, message, len(again), first, last)
    yield from ((name, each) for each in _warned(story.warnings, begun, now))
    if story.run and story.ready and again:
        yield name, _Event("BackOff", _words()["back off"], len(again), again[0] - 9, again[-1] - 9)
    elif story.run and not story.ready:
        crashed = RepeatedWarning("BackOff", _words()["back off"], pods.START + story.run, 15)
        yield from ((name, each) for each in _warned((crashed,), begun, now))


def _warned(warnings: tuple[RepeatedWarning, ...], begun: float, now: float) -> Iterator[_Event]:
    for each in warnings:
        first = begun + each.first
        if first <= now:
            more = int((now - first) // each.every) if each.every else 0
            yield _Event(each.reason, each.message, 1 + more, first, first + more * each.every)


def _of_job(world: World, job: pods.Job) -> Iterator[_Event]:
    attempts = pods.job_runs(job.story, job.begun, world.elapsed())
    for run in attempts:
        yield _Event("SuccessfulCreate", "Created pod", 1, run.begin, run.begin)
    if len(attempts) == pods.ATTEMPTS:
        yield from _warned(job.story.warnings, attempts[-1].end - 5, world.elapsed())


def _body(world: World, workload: Json, event: _Event, name: str) -> Json:
    filled = fill(event.message, workload, name)
    normal = event.reason in _words()["normal"] or (event.reason == "BackOff" and "pulling" in filled)
    body: Json = {
        "type": "Normal" if normal else "Warning",
        "reason": event.reason,
        "message": filled,
        "object_kind": "Job" if workload["kind"] in pods.JOBS else "Pod",
        "object_name": name,
        "count": event.times,
        "first_timestamp": timestamp(world.ago(-event.first)),
        "last_timestamp": timestamp(world.ago(-event.last)),
        "severity": "info",
    }
    if event.reason in _words()["normal"]:
        return body
    lowered = f"{event.reason} {filled}".lower()
    more: Json = next((row for word, row in _words()["events"].items() if word.lower() in lowered), {})
    return body | more


def fill(text: str, workload: Json, pod: str) -> str:
    """Fill in a text of a story with the values of a pod."""
    names = {
        "{name}": workload["name"],
        "{pod}": pod,
        "{image}": workload["image"],
        "{node}": f"node-{digest(pod) % 6 + 1}",
    }
    for mark, value in names.items():
        text = text.replace(mark, value)
    return text


# ---- endpoints


class ClusterEndpoints(Access):
    """The read-only endpoints below `/deployments/{id}`."""

    def of(self, read: Callable[[World, DemoDeployment], Json]) -> Callable[[ApiRequest], Json]:
        """Return an endpoint that returns the result of `read` for the deployment."""
        return lambda request: read(self.world, self.deployment(request))

    def routes(self) -> tuple[tuple[str, Callable[[ApiRequest], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/deployments/*", self.of(bodies.record)),
            ("/deployments/*/status", self.of(bodies.status)),
            ("/deployments/*/runtime", self.of(runtime)),
            ("/deployments/*/events", self.of(events)),
            ("/deployments/*/alerts", self._alerts),
            ("/deployments/*/capabilities", self._capabilities),
        )

    def _alerts(self, request: ApiRequest) -> Json:
        return alerts(self.world, self.deployment(request), request.one("workload"))

    def _capabilities(self, request: ApiRequest) -> Json:
        deployment = self.deployment(request, unknown=404)
        actions = {f"deployment:{action}": deployment.operable or action == "read" for action in _words()["actions"]}
        return {"deployment_id": deployment.id, "mode": "account", "actions": actions}
