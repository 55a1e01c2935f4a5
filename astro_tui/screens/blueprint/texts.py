"""Two builds of a blueprint as the sides of a comparison. Pure."""

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
"""A build is no deployment: it was published, and that is all."""


def subject_of(agent: Agent) -> Subject:
    """Return a blueprint as what is compared; its specs are here already, so that nothing is asked for."""
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
    """Whether a build has a spec to be read."""
    return version is not None and version.spec.strip() not in (b"", b"null", b'""')
