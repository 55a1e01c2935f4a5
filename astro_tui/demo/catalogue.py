"""The demo's blueprints, page by page (platform.md §5 and §7)."""

from __future__ import annotations

from astro_tui.demo import blueprints
from astro_tui.demo.asking import Access, AnswerError, Asked
from astro_tui.demo.entities import Blueprint, Json


class Catalogue(Access):
    """The endpoints about blueprints, under `/agents`."""

    def catalogue(self, asked: Asked) -> Json:
        """Handle `GET /agents`."""
        if "visibility" in asked.query:
            raise AnswerError(400, "visibility filter is not supported on the public catalogue")
        return self._page(asked, [each for each in self.world.cast.blueprints if each.visibility == "public"])

    def agents(self, asked: Asked) -> Json:
        """Handle `GET /agents/{account}`. Only members get private blueprints."""
        account = self.account(asked.names[0])
        wanted, inside = asked.choice("visibility", ("public", "private")), asked.signed_in and account.member
        seen = [each for each in self.world.cast.blueprints if each.account == account.name]
        return self._page(
            asked,
            [each for each in seen if (inside or each.visibility == "public") and wanted in ("", each.visibility)],
        )

    def _page(self, asked: Asked, found: list[Blueprint]) -> Json:
        limit, offset = asked.number("limit", 50, least=1, most=100), asked.number("offset", 0, least=0)
        if offset > 10_000:
            raise AnswerError(400, "offset must not exceed 10000")
        text, tag = asked.one("q").lower(), asked.one("tag")
        found = [
            each
            for each in found
            if text in f"{each.account}/{each.name} {each.summary}".lower() and (not tag or tag in each.tags)
        ]
        newest = asked.choice("sort", ("name", "newest"), "newest") == "newest"
        found.sort(key=lambda each: (each.age if newest else 0, each.name, each.account))
        shown = [blueprints.agent(self.world, each) for each in found[offset : offset + limit]]
        more = offset + limit < len(found)
        return {"agents": shown, "count": len(found), "limit": limit, "offset": offset, "has_more": more}

    def agent(self, asked: Asked) -> Json:
        """Handle `GET /agents/{account}/{name}`."""
        account = self.account(asked.names[0])
        for blueprint in self.world.cast.blueprints:
            visible = blueprint.visibility == "public" or (asked.signed_in and account.member)
            if (blueprint.account, blueprint.name) == asked.names and visible:
                return blueprints.agent(self.world, blueprint)
        raise AnswerError(404, "agent not found")
