"""Which workloads the command reads."""

from __future__ import annotations

import pytest

from astro_tui.cli.logs.workloads import chosen, having
from astro_tui.diagnosis.values import Container, Workload
from astro_tui.errors import ConfigError


def container(name: str) -> Container:
    return Container(name, "running", ready=True, restarts=0, text="")


FOUND = [
    Workload("desk-agent", component="agent", containers=(container("app"), container("messaging"))),
    Workload("desk-knowledge-cases", component="knowledge-cases", containers=(container("store"),)),
    Workload("desk-knowledge-notes", component="knowledge-notes"),
]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ([], ["desk-agent", "desk-knowledge-cases", "desk-knowledge-notes"]),
        (["desk-agent"], ["desk-agent"]),
        (["agent"], ["desk-agent"]),
        (["notes", "desk-agent"], ["desk-agent", "desk-knowledge-notes"]),
        (["knowledge-cases", "cases"], ["desk-knowledge-cases"]),
    ],
)
def test_a_workload_has_several_names(wanted: list[str], names: list[str]) -> None:
    assert [each.name for each in chosen(FOUND, wanted, "Desk")] == names


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("desk-agnt", "there is no workload desk-agnt. Did you mean desk-agent?"),
        ("zzz", "there is no workload zzz; workloads: desk-agent, desk-knowledge-cases, and desk-knowledge-notes"),
        ("", "there is no workload"),
        ("\x1b[31m", "there is no workload ␛"),
    ],
)
def test_a_workload_that_does_not_exist(wanted: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        chosen(FOUND, ["agent", wanted], "Desk")
    assert str(caught.value).startswith(said)


def test_an_agent_without_workloads() -> None:
    with pytest.raises(ConfigError, match="the platform lists no workloads for Desk"):
        chosen([], [], "Desk")


def test_only_workloads_with_the_container_are_read() -> None:
    assert [each.name for each in having(FOUND, "app")] == ["desk-agent"]
    assert [each.name for each in having(FOUND, "unknown")] == ["desk-knowledge-notes"]
    with pytest.raises(ConfigError, match=r"no container stor\. Did you mean store\?"):
        having(FOUND[:2], "stor")
    with pytest.raises(ConfigError, match="no container x; containers: app, messaging, and store"):
        having(FOUND[:2], "x")
