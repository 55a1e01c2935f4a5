"""The demo's blueprints, page by page (platform.md §5 and §7)."""

from __future__ import annotations

from astro_tui.demo import blueprints
from astro_tui.demo.entities import Blueprint, Json
from astro_tui.demo.request import Access, Request, ResponseError


class Catalog(Access):
    """The endpoints about blueprints, under `/agents`."""

    def catalog(self, request: Request) -> Json:
        """Handle `GET /agents`."""
        if "visibility" in request.query:
            raise ResponseError(400, "visibility filter is not supported on the public catalog")
        return self._page(request, [each for each in self.world.contents.blueprints if each.visibility == "public"])

    def of_account(self, request: Request) -> Json:
        """Handle `GET /agents/{account}`. Only members get private blueprints."""
        account = self.account(request.names[0])
        wanted, inside = request.choice("visibility", ("public", "private")), request.signed_in and account.member
        seen = [each for each in self.world.contents.blueprints if each.account == account.name]
        return self._page(
            request,
            [each for each in seen if (inside or each.visibility == "public") and wanted in ("", each.visibility)],
        )

    def _page(self, request: Request, found: list[Blueprint]) -> Json:
        limit, offset = request.number("limit", 50, least=1, most=100), request.number("offset", 0, least=0)
        if offset > 10_000:
            raise ResponseError(400, "offset must not exceed 10000")
        text, tag = request.one("q").lower(), request.one("tag")
        found = [
            each
            for each in found
            if text in f"{each.account}/{each.name} {each.summary}".lower() and (not tag or tag in each.tags)
        ]
        newest = request.choice("sort", ("name", "newest"), "newest") == "newest"
        found.sort(key=lambda each: (each.age if newest else 0, each.name, each.account))
        shown = [blueprints.with_builds(self.world, each) for each in found[offset : offset + limit]]
        more = offset + limit < len(found)
        return {"agents": shown, "count": len(found), "limit": limit, "offset": offset, "has_more": more}

    def blueprint(self, request: Request) -> Json:
        """Handle `GET /agents/{account}/{name}`."""
        account = self.account(request.names[0])
        for blueprint in self.world.contents.blueprints:
            visible = blueprint.visibility == "public" or (request.signed_in and account.member)
            if (blueprint.account, blueprint.name) == request.names and visible:
                return blueprints.with_builds(self.world, blueprint)
        raise ResponseError(404, "agent not found")
