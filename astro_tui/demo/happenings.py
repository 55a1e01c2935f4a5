"""The events of the demo's cluster, which it forgets after an hour (platform.md §8.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.demo import pods
from astro_tui.demo.entities import HOUR, Deployment, Json, digest
from astro_tui.demo.schedule import REMOVING, Warned
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import World, timestamp

_MOST = 50
_ROUTINE = (
    ("Scheduled", "Successfully assigned {pod} to {node}", 1.0),
    ("Pulling", 'Pulling image "{image}"', 2.0),
    ("Pulled", 'Successfully pulled image "{image}" in 4.2s', 6.2),
    ("Created", "Created container app", 6.5),
    ("Started", "Started container app", pods.START),
)
_BACK_OFF = "Back-off restarting failed container app in pod {pod}"
# Reason, or a part of the message -> severity, title, guidance.
_WORDS = {
    "pull": ("stuck", "Image cannot be pulled", "Was the build pushed?"),
    "restarting": ("transient", "Restarting", "Read the log of the container."),
    "FailedScheduling": ("stuck", "No room on the cluster", "Ask for less memory or wait."),
    "FailedMount": ("transient", "Disk is not there yet", "May heal by itself."),
    "FailedAttachVolume": ("transient", "Disk cannot be attached", "May heal by itself."),
    "Unhealthy": ("transient", "Not healthy", "May heal by itself."),
    "BackoffLimitExceeded": ("stuck", "Job failed too often", "Read the log of the job."),
}
_NORMAL = frozenset({*(reason for reason, _, _ in _ROUTINE), "Killing", "SuccessfulCreate"})


class _Event(NamedTuple):
    reason: str
    message: str
    times: int
    first: float
    last: float


def events(world: World, deployment: Deployment) -> Json:
    """Return the body of `/events`, newest first."""
    found: list[tuple[float, Json]] = []
    oldest = world.elapsed() - HOUR
    for workload in workloads_of(deployment):
        happened = _of_pod(world, workload, deployment) if workload["kind"] not in pods.JOBS else ()
        found += [(each.last, _body(world, workload, each, name)) for name, each in happened if each.last >= oldest]
    for job in pods.jobs(world, deployment):
        of_job = [each for each in _of_job(world, job) if each.last >= oldest]
        found += [(each.last, _body(world, job.workload, each, job.name)) for each in of_job]
    found.sort(key=lambda each: -each[0])
    return {"events": [body for _, body in found[:_MOST]]}


def _of_pod(world: World, workload: Json, deployment: Deployment) -> Iterator[tuple[str, _Event]]:
    story = pods.story_of(world, workload, deployment)
    if story is None:
        return
    name = pods.pod_name(workload, deployment, beside=story.beside)
    if world.condition(deployment).pods is REMOVING:
        begun = world.began(deployment)
        yield name, _Event("Killing", "Stopping container app", 1, begun, begun)
        return
    now = world.elapsed()
    for number, (reason, message, after) in enumerate(_ROUTINE[: story.steps]):
        moment = pods.reached(world, workload, deployment, number, after)
        if moment <= now:
            yield name, _Event(reason, message, 1, moment, moment)
    begun = pods.trouble(world, workload, deployment)
    again = pods.restarts_of(story, begun, now)
    if again:
        pulled = 'Container image "{image}" already present on machine'
        for number, (reason, message) in enumerate((("Pulled", pulled), *(each[:2] for each in _ROUTINE[3:]))):
            first, last = again[0] - 0.2 + number / 10, again[-1] - 0.2 + number / 10
            yield name, _Event(reason, message, len(again), first, last)
    yield from ((name, each) for each in _warned(story.warnings, begun, now))
    if story.run and story.ready and again:
        yield name, _Event("BackOff", _BACK_OFF, len(again), again[0] - 9, again[-1] - 9)
    elif story.run and not story.ready:
        crashed = Warned("BackOff", _BACK_OFF, pods.START + story.run, 15)
        yield from ((name, each) for each in _warned((crashed,), begun, now))


def _warned(warnings: tuple[Warned, ...], begun: float, now: float) -> Iterator[_Event]:
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
    normal = event.reason in _NORMAL or (event.reason == "BackOff" and "pulling" in filled)
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
    if event.reason in _NORMAL:
        return body
    lowered = f"{event.reason} {filled}".lower()
    for word, (severity, title, guidance) in _WORDS.items():
        if word.lower() in lowered:
            return body | {"severity": severity, "title": title, "guidance": guidance}
    return body


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
