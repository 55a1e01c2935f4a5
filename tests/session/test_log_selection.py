"""Which agents' logs are shown together, and what they are called."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.agent_server import AgentServer

from astro_tui.errors import PlatformError
from astro_tui.logs.line import full_names, name_of, short_names
from astro_tui.platform.client import Call, Platform
from astro_tui.session.agent import Agents
from astro_tui.session.log_selection import LogSelection


@pytest.fixture
def server() -> Iterator[AgentServer]:
    with AgentServer() as served:
        served.others = {"/api/v1/deployments": {"deployments": []}}
        yield served


def deploy(server: AgentServer, key: str, label: str, *workloads: str, status: str = "Running") -> None:
    """Deploy an agent, or change it."""
    row: dict[str, Any] = {"id": key, "name": key, "display_name": label, "status": status}
    rows = server.others["/api/v1/deployments"]["deployments"]
    rows[:] = [*(each for each in rows if each["id"] != key), row]
    named = [{"name": name, "component": "agent"} for name in workloads]
    server.others[f"/api/v1/deployments/{key}"] = {"deployment": {**row, "workloads": named}}


Select = Callable[..., LogSelection]


@pytest.fixture
def selection(server: AgentServer) -> Iterator[Select]:
    platform = Platform(server.url, "token-EXAMPLE-ONLY")
    yield lambda *places: LogSelection(Agents(platform), places)
    platform.close()


def test_agents_that_start_later_and_match_join(server: AgentServer, selection: Select) -> None:
    deploy(server, "d-1", "Desk", "desk-agent")
    deploy(server, "d-2", "Mail", status="Paused")
    every, named = selection(("acme", "")), selection(("acme", "Desk"), ("acme", "Mail"))
    assert [name_of(source) for source in every.read(Call())] == ["Desk/desk-agent"]
    assert [name_of(source) for source in named.read(Call())] == ["Desk/desk-agent"]
    deploy(server, "d-2", "Mail", "mail-agent", "mail-db")
    deploy(server, "d-3", "New", "new-agent")
    assert {name_of(source) for source in every.read(Call())} == {
        "Desk/desk-agent", "Mail/mail-agent", "Mail/mail-db", "New/new-agent",
    }  # fmt: skip
    assert {source.agent for source in named.read(Call())} == {"Desk", "Mail"}


def test_agents_with_the_same_name_are_told_apart(server: AgentServer, selection: Select) -> None:
    for number in range(3):
        deploy(server, f"d-{number}", "Desk", "agent")
    assert [each.agent for each in selection(("acme", "")).read(Call())] == [
        "acme/Desk", "acme/Desk d-1", "acme/Desk d-2",
    ]  # fmt: skip
    deploy(server, "d-9", "Mail", "mail-agent", "mail-db")
    sources = selection(("acme", "d-0"), ("acme", "Mail")).read(Call())
    assert short_names(sources) == ["Desk", "Mail", "Mail"]
    assert full_names(sources) == ["Desk", "Mail agent", "Mail db"]
    # Those of one agent are named as in its own log.
    assert short_names(sources[1:]) == full_names(sources[1:]) == ["agent", "db"]


def test_what_cannot_be_read_is_known_and_does_not_hide_the_rest(server: AgentServer, selection: Select) -> None:
    deploy(server, "d-1", "Desk", "desk-agent")
    found = selection(("acme", "Desk"), ("acme", "Missing"))
    assert len(found.read(Call())) == 1
    assert {name: str(error) for name, error in found.errors.items()} == {
        "acme/Missing": "acme has no agent named Missing."
    }
    with pytest.raises(PlatformError, match="has no agent named Missing"):
        selection(("acme", "Missing")).read(Call())
