"""What the copy menu offers for a blueprint, in the catalog and on the blueprint's own screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.presentation.catalog import newest_of
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer
    from astro_tui.platform.models import Blueprint, Build


def menu_offers(session: Session, blueprint: Blueprint, build: Build | None = None) -> list[Offer]:
    """Return what can be copied from a blueprint, and from one of its builds (the newest one by default)."""
    from astro_tui.clipboard.offers import blueprint_offers

    platform = session.platform
    build = build or newest_of(blueprint)
    return blueprint_offers(
        blueprint.account,
        blueprint.name,
        build=build.build_id if build is not None else "",
        readme=build.readme if build is not None else "",
        url=platform.url(platform.blueprint_endpoint(blueprint.account, blueprint.name)),
        server=platform.server,
    )
