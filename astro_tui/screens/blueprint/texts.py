"""The texts of a blueprint, and two of its builds as the sides of a comparison. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.presentation.catalog import key_of
from astro_tui.presentation.revisions import RevisionRow
from astro_tui.presentation.status import Severity, Status
from astro_tui.screens.base.comparison import Pair, Subject
from astro_tui.text.redaction import masked_line

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent, AgentVersion

PUBLISHED = Status("PUBLISHED", "●", "*", Severity.MUTED)
"""The state of every build, because a build is not a deployment."""


def subject_of(agent: Agent) -> Subject:
    """Return a blueprint as the subject of a comparison; its specs are loaded already."""
    from astro_tui.platform.deployment_rows import Deployment
    from astro_tui.presentation.agent_list import entry_of

    return Subject(agent.account, entry_of(Deployment(name=agent.name)))


def pair_of(agent: Agent, old: AgentVersion, new: AgentVersion) -> Pair:
    """Return two builds as sides of a difference."""
    return _row(agent, old), _row(agent, new)


def _row(agent: Agent, version: AgentVersion) -> RevisionRow:
    moment = version.published_at
    return RevisionRow(
        key=(f"blueprint {key_of(agent)}", f"{version.build_id} {moment.raw}"),
        name=masked_line(version.build_id, 40) or "?",
        number=None,
        status=PUBLISHED,
        current=False,
        build="",
        raw_build=version.build_id,
        who="",
        commit=masked_line(version.commit_sha[:8], 40),
        message="",
        origin="",
        deployed=moment.at,
        deployed_raw=moment.raw,
        spec=version.spec if has_spec(version) else b"",
    )


def has_spec(version: AgentVersion | None) -> bool:
    """Whether a build has a spec."""
    return version is not None and version.spec.strip() not in (b"", b"null", b'""')


def reading_text(agent: Agent, version: AgentVersion | None, section: str) -> str:
    """Return the Markdown of the `readme` or the `card` of a build; the card may be the blueprint's draft."""
    if section == "readme":
        return version.readme if version is not None else ""
    card = version.agent_card if version is not None else None
    card = card or agent.draft_card
    return card.body if card is not None else ""


def is_draft(agent: Agent, version: AgentVersion | None) -> bool:
    """Whether the card on screen is the blueprint's draft, not a build's card."""
    return (version is None or version.agent_card is None) and bool(reading_text(agent, version, "card"))
