"""Ready pods that restarted: whether they still do decides, not how often they did."""

from __future__ import annotations

from diagnosis.incidents.scene import DAY, HOUR, Incident, Scene, agent_spec, changed, incident

AGENT = "tide-notes-agent"
GOOD = agent_spec()
BUILT = changed(GOOD, "agent/image", "registry.test/harborline/tide-notes:77fe01aa")
PANIC = "panic: runtime error: slice bounds out of range [:9] with capacity 4"


def _ready(restarts: int, deployed: float = 16 * HOUR, message: str = "") -> Scene:
    scene = Scene([(20 * DAY, GOOD), (deployed, BUILT)])
    return scene.container(AGENT, "Running", message, ready=True, restarts=restarts, age=deployed)


def _loop(scene: Scene, first: float, last: float, times: int) -> Scene:
    pod = scene.pod(AGENT)
    message = f"Back-off restarting failed container app in pod {pod}_ns(31c)"
    return scene.event("BackOff", message, pod, first, last, times, severity="transient")


def _panics(scene: Scene, first: float, period: float) -> Scene:
    times = [first - period * place for place in range(int(first / period) + 1)]
    return scene.log(AGENT, *[(each, "", PANIC) for each in times if each > 0.5], since=first + 12 * HOUR)


def all_day() -> Incident:
    scene = _panics(_loop(_ready(66), 59, 3, 38), 16 * HOUR - 5, 15)
    return incident("restarts all day, ready now", scene, "crash", AGENT, 18, [".agent.image"])


def few() -> Incident:
    scene = _panics(_loop(_ready(8, 2.2 * HOUR), 55, 2, 20), 2 * HOUR, 15)
    return incident("eight restarts, ready now", scene, "crash", AGENT, 18, [".agent.image"])


def thousands() -> Incident:
    scene = _panics(_loop(_ready(1200, 6 * DAY), 58, 1, 44), 6 * DAY - 3, 7)
    return incident("a thousand restarts, ready now", scene, "crash", AGENT, 18, [".agent.image"])


def message_without_meaning() -> Incident:
    scene = _panics(_loop(_ready(31, message="restarted 4m ago"), 57, 4, 33), 16 * HOUR - 5, 31)
    return incident("restarts, with a message about the time", scene, "crash", AGENT, 18, [".agent.image"])


def outdated_observation() -> Incident:
    """The pod was observed before it ended: its last event is a minute old."""
    scene = _panics(_loop(_ready(0), 40, 1, 24), 41, 6)
    return incident("no restart yet, and a minute ago it crashed", scene, "crash", AGENT, None)


def told_by_an_alert() -> Incident:
    """The events were not kept; only the alert knows that the restarts go on."""
    scene = _panics(_ready(7), 15 * HOUR + 50, 140)
    scene.alert("PodRestarting", "Restarts often", 15.5 * HOUR)
    return incident("an alert about restarts, ready now", scene, "crash", AGENT, 18, [".agent.image"])


def memory_told_by_an_alert() -> Incident:
    scene = _loop(_ready(44), 58, 2, 30)
    scene.alert("ContainerOOMKilled", "Out of memory", 15.8 * HOUR)
    return incident("an alert about memory, ready now", scene, "memory", AGENT, 18, [".agent.image"])


def own_exit_code_outranks_an_alert() -> Incident:
    scene = _loop(_ready(44, message="last exit: Error (exit code 3)"), 58, 2, 30)
    _panics(scene, 16 * HOUR - 5, 20)
    scene.alert("ContainerOOMKilled", "Out of memory", 2 * HOUR)
    return incident("its own exit code outranks an alert", scene, "crash", AGENT, 18, [".agent.image"])


def over_for_hours() -> Incident:
    scene = _ready(9)
    scene.log(AGENT, *[(15 * HOUR - 10 * place, "", PANIC) for place in range(9)], (5, "info", "request handled"))
    return incident("nine restarts that ended half a day ago", scene, "none")


def fatal_lines_of_a_serving_agent() -> Incident:
    """It restarted twice long ago; what it logs every minute ends nothing."""
    scene = _ready(2)
    scene.log(AGENT, *[(float(each), "fatal", "tool call failed: upstream 502") for each in range(90, 0, -1)])
    return incident("two old restarts, fatal lines every minute", scene, "none")


def probe_failed_once() -> Incident:
    scene = _ready(1, 8 * DAY)
    message = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    scene.event("Unhealthy", message, scene.pod(AGENT), 12, 6, 2, severity="transient")
    return incident("one old restart, and two failed probes", scene, "none")


def memory_is_nearly_used_up() -> Incident:
    scene = _ready(1, 8 * DAY)
    scene.alert("memory-high", "Memory is nearly used up", 30, "warning")
    return incident("one old restart, and memory is nearly used up", scene, "none")


INCIDENTS = [
    all_day(),
    few(),
    thousands(),
    message_without_meaning(),
    own_exit_code_outranks_an_alert(),
    over_for_hours(),
    fatal_lines_of_a_serving_agent(),
    probe_failed_once(),
    memory_is_nearly_used_up(),
]
ONE_SOURCE = [told_by_an_alert(), memory_told_by_an_alert()]
"""What a single source tells: without it, they are something else."""
EVENTS_ALONE = outdated_observation()
"""Found where the events were read, which takes a sign in the runtime: an agent that seems fine takes one request."""
