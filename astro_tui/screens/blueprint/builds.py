"""What is known of a blueprint and the build on screen, and its builds as sides of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import Entry, entry_of
from astro_tui.presentation.catalog import key_of
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.status import Severity, Status
from astro_tui.session.comparison import RevisionPair
from astro_tui.text.redaction import masked_line

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint, Build


class BlueprintState(Struct, frozen=True):
    """A blueprint, and the build on screen, if any.

    `fetched` says whether the platform sent the blueprint; before that, it is what the list knows.
    """

    blueprint: Blueprint
    build: Build | None = None
    fetched: bool = False


def known_of(blueprint: Blueprint, before: BlueprintState | None = None) -> BlueprintState:
    """Return a blueprint with the build on screen `before` if it still exists, else with its newest one."""
    key = key_of_build(before.build) if before is not None and before.build is not None else None
    newest = blueprint.builds[0] if blueprint.builds else None
    build = next((build for build in blueprint.builds if key_of_build(build) == key), newest)
    return BlueprintState(blueprint, build, fetched=before is not None)


def key_of_build(build: Build) -> tuple[str, str]:
    """Return the id and time of the build: two builds can share an id."""
    return build.build_id, build.published_at.raw


PUBLISHED = Status("PUBLISHED", "●", "*", Severity.MUTED)
"""The state of every build, because a build is not a deployment."""


def entry_for(blueprint: Blueprint) -> Entry:
    """Return a blueprint as an entry to compare; its specs are loaded already."""
    return entry_of(Deployment(name=blueprint.name))


def pair_of(blueprint: Blueprint, old: Build, new: Build) -> RevisionPair:
    """Return two builds as sides of a difference."""
    return _row(blueprint, old), _row(blueprint, new)


def _row(blueprint: Blueprint, build: Build) -> RevisionRow:
    moment = build.published_at
    return RevisionRow(
        key=(f"blueprint {key_of(blueprint)}", f"{build.build_id} {moment.raw}"),
        name=masked_line(build.build_id, 40) or "?",
        number=None,
        status=PUBLISHED,
        current=False,
        build="",
        raw_build=build.build_id,
        commit=masked_line(build.commit_sha)[:8],
        message="",
        origin="",
        deployed=moment.at,
        deployed_raw=moment.raw,
        spec=build.spec if has_spec(build) else b"",
    )


def has_spec(build: Build | None) -> bool:
    """Whether a build has a spec."""
    return build is not None and build.has_spec


def reading_text(blueprint: Blueprint, build: Build | None, section: str) -> str:
    """Return the Markdown of the `readme` or the `card` of a build; the card may be the blueprint's draft."""
    if section == "readme":
        return build.readme if build is not None else ""
    card = build.agent_card if build is not None else None
    card = card or blueprint.draft_card
    return card.body if card is not None else ""


def is_draft(blueprint: Blueprint, build: Build | None) -> bool:
    """Whether the card on screen is the blueprint's draft, not a build's card."""
    return (build is None or build.agent_card is None) and bool(reading_text(blueprint, build, "card"))
