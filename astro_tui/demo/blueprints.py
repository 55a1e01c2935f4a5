"""The demo's blueprints, page by page: builds, readmes, cards, and specs (platform.md §5 and §7)."""

from __future__ import annotations

from typing import Any

from astro_tui.demo.builds import commit_of, published
from astro_tui.demo.data import read, text
from astro_tui.demo.entities import DemoBlueprint, DemoBuild, Json, digest
from astro_tui.demo.request import Access, ApiRequest, ResponseError
from astro_tui.demo.schedule import DAY
from astro_tui.demo.world import World, timestamp


def _words() -> Any:
    return read("blueprints.json")


def _generated(kind: str, blueprint: DemoBlueprint) -> str:
    """Return the readme or the short description of a blueprint that has no handwritten one."""
    title, tags = blueprint.name.replace("-", " ").title(), ", ".join(f"`{tag}`" for tag in blueprint.tags)
    template: str = _words()[kind]
    return template.format(title=title, summary=blueprint.summary, name=blueprint.name, tags=tags)


def spec(blueprint: DemoBlueprint, behind: int) -> Json:
    """Return the blueprint spec of the build that is `behind` builds older than the newest."""
    taste, number = digest(blueprint.account, blueprint.name), len(blueprint.builds) - behind
    parts = _words()
    body: Json = parts["spec"] | {"name": blueprint.name, "meta": {"visibility": blueprint.visibility}}
    agent = body["agent"]
    agent["interfaces"]["frontend"] = taste % 5 == 0
    agent["healthcheck"] |= {"interval": "10s" if number > 1 else "30s", "retries": 2 + number % 3}
    if blueprint.shape == "small":
        return body
    agent["inputs"] = parts["inputs"][: 4 if number > 2 else 3]
    agent["inputs"][2]["default"] = ("0.7", "0.4", "0.2")[number % 3]
    models = parts["models"][:1] + ([parts["models"][1 + taste % 2]] if number > 1 else [])
    body["models"] = {"main": {"provider": "anthropic", "models": models}}
    if blueprint.shape in ("knowledge", "ingestion"):
        body["knowledge"] = parts["knowledge"]
    if blueprint.shape == "ingestion":
        body["ingestion"] = parts["ingestion"]
        body["ingestion"]["pictures"]["trigger"]["schedule"] = "*/15 * * * *" if number > 3 else "0 * * * *"
    return body | ({"agent": {**agent, "distributed": True}} if number > 3 else {})


def _build(world: World, blueprint: DemoBlueprint, behind: int, build: DemoBuild) -> Json:
    seed = digest(build.id)
    body: Json = {
        "build_id": build.id,
        "spec": spec(blueprint, behind),
        "readme": text(f"readmes/{blueprint.readme}.md") if blueprint.readme else _generated("readme", blueprint),
        "agent_card": {"body": _generated("card", blueprint)} if seed % 5 else None,
        "published_at": timestamp(world.ago(build.age - build.took)),
    }
    if seed % 4 == 0:
        body["validation_warnings"] = _words()["warnings"]
    return body | commit_of(build, blueprint) if build.message else body


def with_builds(world: World, blueprint: DemoBlueprint) -> Json:
    """Return one blueprint with its builds, newest first (platform.md §7)."""
    seed = digest(blueprint.account, blueprint.name)
    body: Json = {
        "account": blueprint.account,
        "name": blueprint.name,
        "registry": "registry.astropods.ai",
        "visibility": blueprint.visibility,
        "avatar_colors": ["#3b82f6", "#22c55e"],
        "name_reserved": False,
        "versions": [_build(world, blueprint, behind, each) for behind, each in enumerate(published(world, blueprint))],
        "heart_count": seed % 60 + (140 if blueprint.readme else 0),
        "hearted": seed % 11 == 0,
        "metrics": {"lifetime_messages": seed % 90_000, "deploy_count": seed % 40} if seed % 13 else None,
        "publishers": [{"name": world.accounts[blueprint.account].display_name, "account": blueprint.account}],
    }
    return body | ({"archived_at": timestamp(world.ago(DAY))} if blueprint.archived else {})


class BlueprintEndpoints(Access):
    """The endpoints about blueprints, under `/agents`."""

    def catalog(self, request: ApiRequest) -> Json:
        """Handle `GET /agents`."""
        if "visibility" in request.query:
            raise ResponseError(400, "visibility filter is not supported on the public catalog")
        return self._page(request, [each for each in self.world.contents.blueprints if each.visibility == "public"])

    def of_account(self, request: ApiRequest) -> Json:
        """Handle `GET /agents/{account}`. Only members get private blueprints."""
        account = self.account(request.names[0])
        wanted, inside = request.choice("visibility", ("public", "private")), request.signed_in and account.member
        seen = [each for each in self.world.contents.blueprints if each.account == account.name]
        return self._page(
            request,
            [each for each in seen if (inside or each.visibility == "public") and wanted in ("", each.visibility)],
        )

    def _page(self, request: ApiRequest, blueprints: list[DemoBlueprint]) -> Json:
        limit, offset = request.number("limit", 50, least=1, most=100), request.number("offset", 0, least=0)
        if offset > 10_000:
            raise ResponseError(400, "offset must not exceed 10000")
        text, tag = request.one("q").lower(), request.one("tag")
        blueprints = [
            each
            for each in blueprints
            if text in f"{each.account}/{each.name} {each.summary}".lower() and (not tag or tag in each.tags)
        ]
        newest = request.choice("sort", ("name", "newest"), "newest") == "newest"
        blueprints.sort(key=lambda each: (each.age if newest else 0, each.name, each.account))
        shown = [with_builds(self.world, each) for each in blueprints[offset : offset + limit]]
        more = offset + limit < len(blueprints)
        return {"agents": shown, "count": len(blueprints), "limit": limit, "offset": offset, "has_more": more}

    def blueprint(self, request: ApiRequest) -> Json:
        """Handle `GET /agents/{account}/{name}`."""
        account = self.account(request.names[0])
        for blueprint in self.world.contents.blueprints:
            visible = blueprint.visibility == "public" or (request.signed_in and account.member)
            if (blueprint.account, blueprint.name) == request.names and visible:
                return with_builds(self.world, blueprint)
        raise ResponseError(404, "agent not found")
