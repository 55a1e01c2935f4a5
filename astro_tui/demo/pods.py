"""The pods of the demo's cluster: what became of them, when they were created, and when their containers ran."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from astro_tui.demo.entities import DemoDeployment, Json, digest
from astro_tui.demo.schedule import DAY, HOUR, MINUTE, NAMED, Condition, PodStory
from astro_tui.demo.specs import spec_of, workloads_of
from astro_tui.demo.world import World

JOBS = ("Job", "CronJob")
KEPT = 24 * HOUR
"""Seconds before the server's start for which log lines exist."""
RESTART = 6
"""Seconds until a restarted pod is ready."""
START = 7.0
"""Seconds from the creation of a pod to the start of its container."""
LAST_WORDS = 0.3
"""Seconds before the end of a container at which its last words begin."""
JOB_TIME = 240.0
"""Seconds that the run of a job takes if nothing is wrong."""
_JOB_DELAY = 20.0
ATTEMPTS = 7
"""How many times a job is tried before it fails."""


_SILENCE = 4.0
"""Seconds from the end of a restarted pod to the first line of the new one."""
_GREETING = (("info", "starting {name}"), ("info", "listening on 0.0.0.0:8080"))
"""What a container without lines of its own logs after a restart."""


class ContainerRun(NamedTuple):
    """A time during which a container ran, in seconds since the server's start. `failed` says that it ended badly.

    Its pod may be gone earlier: then it was cut off at `until`.
    """

    begin: float
    end: float
    failed: bool = False
    until: float = math.inf


def containers(workload: Json, deployment: DemoDeployment) -> list[str]:
    """Return the names of the containers in a workload's pods, the main one first."""
    messaging = workload["component"] == "agent" and "interfaces" in spec_of(deployment)
    return ["app", "messaging"] if messaging else ["app"]


def pod_name(workload: Json, deployment: DemoDeployment, *, beside: bool = False) -> str:
    """Return the name of a workload's representative pod, or of the new one `beside` it.

    Pods of a StatefulSet keep their names after a restart.
    """
    if workload["kind"] == "StatefulSet":
        return f"{workload['name']}-0"
    again = deployment.restarted(workload["name"])
    words = [] if again is None else [str(again)]
    suffix = f"{digest(deployment.id, workload['name'], *words, *(['new'] if beside else [])):016x}"
    return f"{workload['name']}-{suffix[:10]}-{suffix[10:15]}"


def age_of(world: World, deployment: DemoDeployment) -> float:
    """Return how long before the server's start the latest deploy was, in seconds."""
    if deployment.deployed_at:
        return (world.start - datetime.fromisoformat(deployment.deployed_at)).total_seconds()
    return deployment.age


def story_of(world: World, workload: Json, deployment: DemoDeployment) -> PodStory | None:
    """Return what becomes of a workload's pod now, None if it has none."""
    again = deployment.restarted(workload["name"])
    if again is not None and world.elapsed() - again < RESTART:
        return NAMED["starting"].others
    return world.condition(deployment).pods.story(workload["component"])


def born(world: World, workload: Json, deployment: DemoDeployment) -> float:
    """Return when a workload's pod was created, in seconds since the server's start."""
    again = deployment.restarted(workload["name"])
    if again is not None:
        return again
    begun = [
        step
        for (_, before), (step, after) in pairwise(deployment.schedule)
        if after.pods.fresh and not before.pods.fresh and step <= world.elapsed()
    ]
    if begun:
        return begun[-1]
    story = deployment.schedule[0][1].pods.story(workload["component"]) or PodStory()
    age = age_of(world, deployment)
    return -min(story.since or age, age)


def trouble(world: World, workload: Json, deployment: DemoDeployment) -> float:
    """Return when the present story of a workload's pod began: with the pod, or later."""
    begun, changed = born(world, workload, deployment), -math.inf
    story = world.condition(deployment).pods.story(workload["component"])
    past = [each for each in deployment.schedule if each[0] <= world.elapsed()]
    for (_, before), (step, after) in pairwise(past):
        if before.pods.story(workload["component"]) != after.pods.story(workload["component"]) == story:
            changed = step
    return max(begun, changed)


def reached(world: World, workload: Json, deployment: DemoDeployment, number: int, after: float) -> float:
    """Return when a pod got to a step that normally comes after `after` seconds: later if it had to wait."""
    begun = born(world, workload, deployment)
    for step, condition in deployment.schedule:
        story = condition.pods.story(workload["component"])
        if step >= max(begun, 0) and story is not None and story.steps > number:
            return max(begun + after, step - 1 + number / 10 if step > 0 else begun + after)
    return begun + after


def ends(story: PodStory, begin: float, until: float) -> Iterator[ContainerRun]:
    """Yield the runs of a container that ends again and again. The cluster waits 10 s, 20 s, … up to 5 minutes."""
    number, begin = 0, begin + START
    while begin < until:
        yield ContainerRun(begin, begin + story.run, failed=begin + story.run - LAST_WORDS <= until)
        # After 10 minutes without an end, the cluster forgets the earlier ones.
        begin += story.run + (10 if story.run > 10 * MINUTE else min(300, 10 * 2**number))
        number += 1


def restarts_of(story: PodStory, begin: float, until: float) -> list[float]:
    """Return when the container of a pod restarted."""
    return [run.begin for run in ends(story, begin, until)][1:] if story.run else []


# ---- jobs


def job_began(world: World, workload: Json, deployment: DemoDeployment) -> float | None:
    """Return when the newest run of a job began, in seconds since the server's start; None if none did."""
    if workload["kind"] == "Job":
        begun = born(world, workload, deployment) + _JOB_DELAY
        return begun if begun <= world.elapsed() else None
    minute, hour, *_ = workload["schedule"].split()
    slot = world.now().replace(hour=int(hour), minute=int(minute), second=0, microsecond=0)
    if slot > world.now():
        slot -= timedelta(days=1)
    begun = (slot - world.start).total_seconds()
    return begun if begun > -deployment.revision_age(1) else None


class Job(NamedTuple):
    """One Job, in the cluster's sense: it has a name of its own, which is not that of its workload."""

    name: str
    workload: Json
    begun: float
    story: PodStory

    @property
    def pod(self) -> str:
        """The name of its pod."""
        return f"{self.name}-{digest(self.name):016x}"[: len(self.name) + 6]


def jobs(world: World, deployment: DemoDeployment) -> list[Job]:
    """Return the Jobs: those that began with the deploy, the newest one of each schedule, and those of users."""
    pods, jobs_made = world.condition(deployment).pods, []
    for workload in workloads_of(deployment) if pods.others else ():
        story = pods.story(workload["component"]) or PodStory()
        begun = job_began(world, workload, deployment) if workload["kind"] in JOBS else None
        if begun is not None and story.observed:
            name = f"{workload['name']}-{digest(deployment.id, workload['name']) % 9000 + 1000}"
            jobs_made.append(Job(name, workload, begun, story))
    for name, ingestion, begun in deployment.triggered:
        component, image = f"ingestion-{ingestion}", spec_of(deployment)["ingestion"][ingestion]["image"]
        workload = {"name": f"{deployment.name}-{component}", "kind": "Job", "component": component, "image": image}
        jobs_made.append(Job(name, workload, begun, PodStory()))
    return jobs_made


def job_runs(story: PodStory, begin: float, until: float) -> list[ContainerRun]:
    """Return the attempts of one run of a job."""
    if story.phase == "Pending":
        return []
    if not story.run:
        return [ContainerRun(begin, min(until, begin + JOB_TIME))]
    attempts = []
    for number in range(ATTEMPTS):
        end = begin + story.run
        if end - LAST_WORDS <= until:
            attempts.append(ContainerRun(begin, end, failed=True))
        begin = end + 10 * 2**number
    return attempts


# ---- logs


def runs(world: World, workload: Json, deployment: DemoDeployment) -> list[tuple[ContainerRun, PodStory]]:
    """Return when the containers of a workload that is no job ran, oldest first, each with its story."""
    (_, first), *later = deployment.schedule
    begun = _first_begun(world, workload, deployment, first)
    age = age_of(world, deployment)
    older = deployment.revisions > 1 or begun > -age
    story_runs = [(ContainerRun(-KEPT if older else max(-age, -KEPT), begun), PodStory())] if begun > -KEPT else []
    steps: list[tuple[float, Condition]] = [(begun, first), *later]
    stops = [step for step, _ in later]
    for (step, condition), stop in zip(steps, [*stops, math.inf], strict=True):
        story = condition.pods.story(workload["component"])
        if story is None or not story.runs:
            continue
        if story.beside:
            story_runs.append((ContainerRun(step, stop), PodStory()))
        again = [each for each in deployment.restarts.get(workload["name"], ()) if step < each < stop]
        if not story.run:
            fresh = story if story.lines else replace(story, lines=_GREETING)
            story_runs.append((ContainerRun(step, min([stop, *again])), story))
            story_runs += [(ContainerRun(begin + _SILENCE, end), fresh) for begin, end in pairwise([*again, stop])]
            continue
        births = sorted({step, *([-age] if step < -age < stop else []), *again})
        for birth, end in pairwise([*births, stop]):
            story_runs += [(run._replace(until=end), story) for run in ends(story, birth, min(end, world.elapsed()))]
    return story_runs


class Writer(NamedTuple):
    """What writes to a log: a pod of a workload, with the runs of its containers."""

    workload: Json
    pod: str
    runs: list[tuple[ContainerRun, PodStory]]


def writers(world: World, deployment: DemoDeployment, name: str) -> list[Writer]:
    """Return the pods whose names begin with a workload's name and a hyphen, as the log backend selects them."""
    pods: list[Writer] = []
    for workload in workloads_of(deployment):
        if f"{workload['name']}-".startswith(f"{name}-") and workload["kind"] not in JOBS:
            pod_runs = runs(world, workload, deployment)
            # While a rollout is stuck, the old pod and the new one write at the same time.
            for new in (False, True):
                of_pod = [each for each in pod_runs if each[1].beside == new]
                pods.append(Writer(workload, pod_name(workload, deployment, beside=new), of_pod))
    for job in jobs(world, deployment):
        if f"{job.name}-".startswith(f"{name}-"):
            attempts = job_runs(job.story, job.begun, world.elapsed())
            pods.append(Writer(job.workload, job.pod, [(run, job.story) for run in attempts]))
    return pods


def newest(writers: list[Writer], now: float) -> float | None:
    """Return when the run of a container that is in progress now began, None if none is."""
    every = [run for writer in writers for run, _ in writer.runs]
    return max((run.begin for run in every if run.begin <= now < min(run.end, run.until)), default=None)


def _first_begun(world: World, workload: Json, deployment: DemoDeployment, first: Condition) -> float:
    """Return when the first condition began to show in the log, in seconds since the server's start."""
    age = age_of(world, deployment)
    story = first.pods.story(workload["component"])
    if first.pods.ended:
        return -min(age / 2, first.pods.ended)
    begun = -(story.since if story is not None and story.since else age)
    return begun if story is not None and story != PodStory() else max(begun, -KEPT)


def shown_age(seconds: float) -> float:
    """Return the age of a pod to report; no pod is older than its node."""
    return min(seconds, 60 * DAY)
