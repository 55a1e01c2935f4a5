"""What the sections of the blueprint screen show, as one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint, Build


@dataclass(frozen=True)
class BlueprintState:
    """A blueprint, and the build on screen, if any.

    `fetched` says whether the platform sent the blueprint; before that, it is what the list knows.
    """

    blueprint: Blueprint
    build: Build | None = None
    fetched: bool = False


def key_of_build(build: Build) -> tuple[str, str]:
    """Return the id and time of the build: two builds can share an id."""
    return build.build_id, build.published_at.raw


def next_state(blueprint: Blueprint, last: BlueprintState | None, *, fetched: bool) -> BlueprintState:
    """Return the state after a response: the same build is shown if it still exists, else the newest."""
    key = key_of_build(last.build) if last is not None and last.build is not None else None
    newest = blueprint.builds[0] if blueprint.builds else None
    build = next((build for build in blueprint.builds if key_of_build(build) == key), newest)
    return BlueprintState(blueprint, build, fetched)
