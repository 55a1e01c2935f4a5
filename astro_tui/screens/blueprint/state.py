"""What the sections of the blueprint screen show, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent, AgentVersion


@dataclass(frozen=True)
class BlueprintState:
    """A blueprint, and the build on screen, if any.

    `fetched` says whether the platform sent the blueprint; before that, it is what the list knows.
    """

    agent: Agent
    build: AgentVersion | None = None
    fetched: bool = False


def key_of_build(build: AgentVersion) -> tuple[str, str]:
    """Return the id and time of the build: two builds can share an id."""
    return build.build_id, build.published_at.raw


def next_state(agent: Agent, last: BlueprintState | None, *, fetched: bool) -> BlueprintState:
    """Return the state after a response: the same build is shown if it still exists, else the newest."""
    key = key_of_build(last.build) if last is not None and last.build is not None else None
    newest = agent.versions[0] if agent.versions else None
    build = next((build for build in agent.versions if key_of_build(build) == key), newest)
    return BlueprintState(agent, build, fetched)
