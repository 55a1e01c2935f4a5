"""The builds of the demo's blueprints: how they go on, their logs, and GitHub (platform.md §18).

`data/builds.json` has the blueprints that are connected to a repository, by account and name, and their builds. Such a
row is about a build that the blueprint has anyway (`of` says how many are newer), or it is another one, with the fields
of `entities.Build`. Published builds of other blueprints were pushed from somebody's machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoAccount, DemoBlueprint, DemoBuild, Json, build_id, digest
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.schedule import DAY, seconds
from astro_tui.demo.world import World, timestamp

_RUNNING = ("pending", "building")
_QUEUED = 0.1
"""The share of a build's time for which it waits."""
_MOST_LINES, _MOST_STORED = 500, 2**19
"""The lines of a container in a log, and the bytes of it that are stored when a build has ended."""
_LARGE = 9000
"""How often a line with a number is there."""
_TOOK = 95.0
"""Seconds that the builds took which a blueprint has from the start."""


@cache
def _data() -> Any:
    return read("builds.json")


def state_of(world: World, build: DemoBuild) -> tuple[str, str]:
    """Return the status of a build and its step, which stays after the end."""
    every, share = _data()["steps"], (world.elapsed() + build.age) / build.took
    steps = every[: every.index(build.step) + 1] if build.step else every
    if share >= 1:
        return build.status, build.step or (steps[-1] if build.status == "registered" else "")
    if share < _QUEUED:
        return "pending", ""
    return "building", steps[int((share - _QUEUED) / (1 - _QUEUED) * len(steps))]


def commit_of(build: DemoBuild, blueprint: DemoBlueprint) -> Json:
    """Return what is known of the commit of a build."""
    sha = build_id("commit", build.id) + "0c9b"
    body = {"commit_message": build.message, "commit_sha": sha}
    return {**body, "repo_full_name": f"{blueprint.account}/{blueprint.name}"}


def connection(blueprint: DemoBlueprint) -> Json | None:
    """Return the row of a blueprint that is connected to a repository."""
    row: Json | None = _data()["blueprints"].get(f"{blueprint.account}/{blueprint.name}")
    return row


def builds_of(world: World, blueprint: DemoBlueprint) -> list[DemoBuild]:
    """Return all builds of a blueprint, newest first."""
    key, row = (blueprint.account, blueprint.name), connection(blueprint)
    with world.lock:
        if key not in world.builds:
            rows = [dict(each) for each in row["builds"]] if row else []
            about = {each.pop("of"): each for each in rows if "of" in each}
            builds = [_published(blueprint, behind, row, about) for behind in range(len(blueprint.builds))]
            builds += [
                DemoBuild(**{**each, "age": seconds(each["age"]), "took": seconds(each["took"])})
                for each in rows
                if "id" in each
            ]
            world.builds[key] = sorted(builds, key=lambda each: each.age)
        return list(world.builds[key])


def _published(blueprint: DemoBlueprint, behind: int, row: Json | None, about: Mapping[int, Json]) -> DemoBuild:
    """Return one of the builds that a blueprint has from the start."""
    build, messages = blueprint.builds[behind], read("blueprints.json")["commits"]
    message = messages[digest(build) % len(messages)] if digest(build) % 6 else ""
    fields: Json = {"message": message, "source": "github" if row and message else "cli"}
    if behind in about:
        fields |= {**about[behind], "source": "github"}
    return DemoBuild(build, blueprint.age + behind * 6 * DAY + _TOOK, _TOOK, **fields)


def published(world: World, blueprint: DemoBlueprint) -> list[DemoBuild]:
    """Return the builds that can be deployed, newest first."""
    builds = [each for each in builds_of(world, blueprint) if state_of(world, each)[0] == "registered"]
    return sorted(builds, key=lambda each: each.age - each.took)


def newest(world: World, account: str, name: str, otherwise: str) -> str:
    """Return the newest build of a blueprint that can be deployed; of one without a connection, `otherwise`."""
    blueprint = world.blueprints.get((account, name))
    builds = published(world, blueprint) if blueprint and connection(blueprint) else ()
    return builds[0].id if builds else otherwise


class BuildEndpoints(Access):
    """The endpoints about builds, of both generations."""

    def routes(self) -> tuple[tuple[str, str, Any], ...]:
        """Return method, path, and handler of each endpoint."""
        return (
            ("GET", "/agents/*/*/builds", self.all),
            ("GET", "/agents/*/*/builds/*/vulnerabilities", self.vulnerabilities),
            ("GET", "/agents/*/*/github", self.github),
            ("GET", "/agents/*/*/github/builds/*/logs", self.log),
            ("POST", "/agents/*/*/github/rebuild", self.rebuild),
        )

    def _blueprint(self, request: ApiRequest, *, edits: bool = False) -> tuple[DemoAccount, DemoBlueprint]:
        account = self.own(request.names[0], request)
        blueprint = self.world.blueprints.get((account.name, request.names[1]))
        if blueprint is None or (edits and not account.edits):
            raise ResponseError(404, "agent not found")
        return account, blueprint

    def _build(self, request: ApiRequest, blueprint: DemoBlueprint, *, source: str = "") -> DemoBuild:
        for build in builds_of(self.world, blueprint):
            if build.id == request.names[2] and build.source != source:
                return build
        raise ResponseError(404, "build not found")

    def all(self, request: ApiRequest) -> Json:
        """Handle `GET …/builds`: only users who may edit the blueprint see it."""
        _account, blueprint = self._blueprint(request, edits=True)
        limit = request.number("limit", 50, least=1, most=200)
        latest = [each.id for each in published(self.world, blueprint)][:1]
        builds = builds_of(self.world, blueprint)[:limit]
        return {"builds": [self._row(blueprint, each, is_latest=[each.id] == latest) for each in builds]}

    def _state(self, build: DemoBuild) -> Json:
        """Return what both generations say about the state of a build."""
        status, step = state_of(self.world, build)
        ended = {"completed_at": timestamp(self.world.ago(build.age - build.took))}
        body = {"status": status, "step": step, **({"error": build.error, **ended} if status not in _RUNNING else {})}
        return {key: value for key, value in body.items() if value}

    def _row(self, blueprint: DemoBlueprint, build: DemoBuild, *, is_latest: bool) -> Json:
        body: Json = {"build_id": build.id, "source": build.source, "is_latest": is_latest}
        body |= {"started_at": timestamp(self.world.ago(build.age)), **self._state(build)}
        if build.source == "cli":
            body |= {"pushed_by": "Sam Example", "pushed_by_handle": "sam"}
        else:
            body |= {**commit_of(build, blueprint), "branch": "main"}
        summary = self._scan(build)
        return body | ({"vulnerabilities": {"status": summary.pop("status"), **summary}} if summary else {})

    def _scan(self, build: DemoBuild) -> Json:
        """Return the summary of a build's vulnerabilities; empty if it was never scanned."""
        if state_of(self.world, build)[0] != "registered" or digest(build.id) % 4 == 0:
            return {}
        words = ["succeeded", "succeeded", "scanning", "failed", "skipped"]
        status = words[digest(build.id) // 4 % len(words)]
        counts = {"critical": 1, "high": 0, "medium": 0, "low": 1, "unknown": 0, "fixable": 1}
        return {"status": status, **(counts if status == "succeeded" else dict.fromkeys(counts, 0))}

    def vulnerabilities(self, request: ApiRequest) -> Json:
        """Handle `GET …/builds/{build}/vulnerabilities`."""
        _account, blueprint = self._blueprint(request, edits=True)
        build = self._build(request, blueprint)
        summary, complete = self._scan(build), self._scan(build).get("status") == "succeeded"
        counts = {key: value for key, value in summary.items() if key != "status"}
        component = {"component": "agent", "status": summary.get("status", ""), "counts": counts}
        components = [{**component, "findings": _data()["findings"] if complete else []}] if summary else []
        return {"build_id": build.id, "summary": summary or None, "components": components}

    # ---- GitHub

    def github(self, request: ApiRequest) -> Json:
        """Handle `GET …/github`: the connection and its ten newest builds."""
        account, blueprint = self._blueprint(request)
        if connection(blueprint) is None:
            return {"connected": False, "builds": []}
        made = [each for each in builds_of(self.world, blueprint) if each.source != "cli"][:10]
        place = {"repo_full_name": f"{account.name}/{blueprint.name}", "branch": "main"}
        return {"connected": True, **place, "builds": [self._github(account, blueprint, each) for each in made]}

    def _github(self, account: DemoAccount, blueprint: DemoBlueprint, build: DemoBuild) -> Json:
        state, begun = self._state(build), timestamp(self.world.ago(build.age))
        logs = [{"component_name": row.pop("name"), **row} for row in self._logs(blueprint, build)]
        body = {"id": f"gb_{build.id}", "connection_id": f"gc_{digest(blueprint.name):016x}", "account_id": account.id}
        body |= {"agent_name": blueprint.name, "build_id": build.id, "branch": "main", "commit_author": "sam"}
        body |= {**commit_of(build, blueprint), "enqueued_at": begun, **state}
        more = {"build_id": build.id, "started_at": begun}
        return {**body, "components": [{"id": f"gb_{build.id}_1", **row, **more} for row in logs]}

    def _logs(self, blueprint: DemoBlueprint, build: DemoBuild) -> list[Json]:
        """Return the components of a build with their logs: what has been written until now."""
        status, _step = state_of(self.world, build)
        if status == "pending" or (build.error and not build.step):
            return []
        texts: list[str] = []
        for line in _data()["logs"][build.log]:
            repeated = range(_LARGE) if "{n}" in line else (0,)
            texts += [
                line.format(n=number, build=build.id, repo=f"{blueprint.account}/{blueprint.name}")
                for number in repeated
            ]
        if status in _RUNNING:
            places = [place for place, step in enumerate(_data()["steps"]) if step.startswith("building")]
            share = ((self.world.elapsed() + build.age) / build.took - _QUEUED) / (1 - _QUEUED) * len(_data()["steps"])
            part = (share - places[0]) / (places[-1] + 1 - places[0])
            texts = texts[: int(len(texts) * min(1.0, max(0.0, part)))]
        words = {"registered": "succeeded", "building": "building"}
        body = {"name": "agent", "status": words.get(status, "failed"), "logs": ""}
        if texts and status != "cancelled":
            shown = "\n".join(("=== events ===", "Scheduled build-agent", "=== build ===", *texts[-_MOST_LINES:]))
            body["logs"] = shown[: None if status in _RUNNING else _MOST_STORED] + "\n"
        return [body]

    def log(self, request: ApiRequest) -> Json:
        """Handle `GET …/github/builds/{build}/logs`. Builds that were pushed from elsewhere have none."""
        _account, blueprint = self._blueprint(request)
        build = self._build(request, blueprint, source="cli")
        logs = self._logs(blueprint, build)
        body = {"job": f"build-{build.id}", "pod": "", "phase": state_of(self.world, build)[0]}
        return {"components": logs or None, **body, "logs": logs[0]["logs"] if logs else ""}

    def rebuild(self, request: ApiRequest) -> Reply:
        """Handle `POST …/github/rebuild`: build the head of the branch, and cancel what is being built."""
        _account, blueprint = self._blueprint(request)
        row = connection(blueprint)
        if row is None:
            raise ResponseError(404, "no GitHub connection for this agent")
        if not row.get("grant", True):
            raise ResponseError(422, "github_not_connected")
        with self.world.lock:
            now, builds = self.world.elapsed(), builds_of(self.world, blueprint)
            for place, each in enumerate(builds):
                status, step = state_of(self.world, each)
                if status in _RUNNING:
                    builds[place] = replace(each, took=max(now + each.age, 0.001), status="cancelled", step=step)
            head = next((each.message for each in builds if each.message), "")
            made = DemoBuild(build_id(blueprint.name, str(now), str(len(builds))), -now, 45.0, message=head)
            self.world.builds[blueprint.account, blueprint.name] = [made, *builds]
        return Reply(202, encode({"build_id": made.id, **commit_of(made, blueprint), "pushed_by": "Sam Example"}))
