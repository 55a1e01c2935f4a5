"""A heap that does not fit into its container is blamed at any age, and only the revision that made it so."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosis.incidents.scene import DAY, Json, Scene, agent_spec, changed

from astro_tui.diagnosis import Diagnosis, Kind, diagnose
from astro_tui.diagnosis.blame import largest_heap

GI, MI = 1024.0**3, 1024.0**2


@pytest.mark.parametrize(
    ("text", "heap"),
    [
        (b'"JAVA_OPTS": "-Xms1g -Xmx3g"', 3 * GI),
        (b'["java", "-Xmx512M", "-jar", "app.jar"]', 512 * MI),
        (b'"-Xmx1073741824"', GI),
        (b'"NODE_OPTIONS": "--max-old-space-size=4096"', 4096 * MI),
        (b'["node", "--max-old-space-size", "2048"]', 2048 * MI),
        (b'"GOMEMLIMIT": "900MiB"', 900 * MI),
        (b'"GOMEMLIMIT":{"value":"2GiB","targets":["agent"]}', 2 * GI),
        (b'"A": "-Xmx1g", "B": "-Xmx2g"', 2 * GI),
        (b'"MAX_HEAP": "3g", "GOMEMLIMIT": "off", "max": "1"', 0),
    ],
)
def test_the_options_of_three_languages_are_read(text: bytes, heap: float) -> None:
    assert largest_heap(text) == heap


def killed(*revisions: tuple[float, Json]) -> Diagnosis:
    """Return the diagnosis of an agent that ran out of memory now, in a pod of its newest revision."""
    scene = Scene(list(revisions))
    scene.failed("OOMKilled", scene.issue("tide-notes-agent", message="OOMKilled"))
    scene.container(
        "tide-notes-agent", "Waiting", "CrashLoopBackOff: OOMKilled", restarts=4, age=revisions[-1][0] - 0.01
    )
    pod = scene.pod("tide-notes-agent")
    scene.event("BackOff", "Back-off restarting failed container app", pod, 40, 1, 20)
    scene.event("Unhealthy", "Startup took long", scene.pod("collector"), 80, 80)
    return diagnose(scene.facts())


def spec(memory: str, **environment: Any) -> Json:
    found = changed(agent_spec(), "agent/resources/memory", memory)
    found["agent"]["environment"] |= environment
    return found


def test_a_heap_that_grew_beyond_the_limit_days_ago_is_blamed() -> None:
    found = killed((30 * DAY, spec("2Gi", JAVA_OPTS="-Xmx1g")), (9 * DAY, spec("2Gi", JAVA_OPTS="-Xmx2g")))
    assert found.kind is Kind.MEMORY
    assert found.change is not None
    assert (found.change.revision, found.change.paths) == (18, (".agent.environment.JAVA_OPTS",))


def test_a_limit_that_fell_below_the_heap_days_ago_is_blamed() -> None:
    found = killed((30 * DAY, spec("4Gi", JAVA_OPTS="-Xmx3g")), (9 * DAY, spec("3Gi", JAVA_OPTS="-Xmx3g")))
    assert found.change is not None
    assert (found.change.revision, found.change.paths) == (18, (".agent.resources.memory",))


def test_a_variable_that_targets_the_agent_sets_its_heap() -> None:
    new = spec("1Gi")
    new["variables"]["GOMEMLIMIT"] = {"value": "1500MiB", "targets": ["agent"]}
    found = killed((30 * DAY, spec("1Gi")), (9 * DAY, new))
    assert found.change is not None
    assert found.change.revision == 18
    new["variables"]["GOMEMLIMIT"]["targets"] = ["ingestion"]
    assert killed((30 * DAY, spec("1Gi")), (9 * DAY, new)).change is None


def test_neither_a_heap_that_fits_nor_a_later_change_is_blamed() -> None:
    small, large = spec("2Gi", JAVA_OPTS="-Xmx1g"), spec("2Gi", JAVA_OPTS="-Xmx3g")
    assert killed((30 * DAY, small), (9 * DAY, spec("2Gi", JAVA_OPTS="-Xmx1500m"))).change is None
    assert killed((30 * DAY, small), (20 * DAY, large), (9 * DAY, small)).change is None
    found = killed((30 * DAY, small), (20 * DAY, large), (9 * DAY, spec("2Gi", JAVA_OPTS="-Xmx4g")))
    assert found.change is not None
    assert found.change.revision == 17
