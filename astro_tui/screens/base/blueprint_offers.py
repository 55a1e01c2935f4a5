"""What the copy menu offers for a blueprint, in the catalog and on the blueprint's own screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.presentation.catalog import newest_of
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer
    from astro_tui.platform.models import Agent, AgentVersion


def menu_offers(session: Session, agent: Agent, version: AgentVersion | None = None) -> list[Offer]:
    """Return what can be copied from a blueprint, and from one of its builds (the newest one by default)."""
    from astro_tui.clipboard.offers import blueprint_offers

    platform = session.platform
    version = version or newest_of(agent)
    return blueprint_offers(
        agent.account,
        agent.name,
        build=version.build_id if version is not None else "",
        readme=version.readme if version is not None else "",
        url=platform.url(platform.agent_endpoint(agent.account, agent.name)),
        server=platform.server,
    )
