"""Deployment templates: the form for a deploy, and the signed document that it sends (platform.md §8.7, §19)."""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

from astro_tui.demo import schedule
from astro_tui.demo.builds import builds_of, published
from astro_tui.demo.data import read
from astro_tui.demo.entities import DemoBlueprint, DemoBuild, DemoDeployment, Json, deployment_id
from astro_tui.demo.request import Access, ApiRequest, ResponseError
from astro_tui.demo.specs import put, rebuilt, spec_of, with_current
from astro_tui.demo.world import World

_CURRENT = ("variables", "resources", "volume", "storage", "grants")
"""What a template takes from the stored document of the newest revision, whatever the revision (platform.md §8.7)."""
_CACHED = ("adapters", "auth", "schedule", "resources", "storage")
"""What comes from the deploy before, if another process of the server answers within five minutes."""
_TYPES = {"text": str, "number": int, "flag": bool}
"""The types in `data/template.json`, which is what a request may have; `*` is any name."""
_KEY = b"the demo platform signs with this"
_MARKER = "stored-secret:"
_CRON = re.compile(r"\S+( \S+){4}")
_QUANTITY = re.compile(r"\d+(\.\d+)?(m|[kKMGT]i?)?")
_TIMEOUT = re.compile(r"([1-9]\d?|1[01]\d|120)s|[12]m")
_UNSIGNED = ("account", "display_name", "deployment_id", "cluster_id")


def signature(template: Json) -> str:
    """Return the signature of a template. It does not cover the account, the deployment, and its name."""
    target = {key: value for key, value in template["target"].items() if key not in _UNSIGNED}
    text = json.dumps({**template, "target": target}, sort_keys=True).encode()
    return hmac.new(_KEY, text, hashlib.sha256).hexdigest()


def required_empty(variables: Json) -> list[str]:
    """Return the required variables without a value."""
    sources = ("value", "ref", "default", "optional")
    return [name for name, each in variables.items() if not any(each.get(key) for key in sources)]


def restored(template: Json, stored: Json | None) -> None:
    """Take the markers of stored secrets, and all plain values of secrets, out of a document. Raises 400."""
    for name, each in template.get("variables", {}).items():
        if str(each.get("value", "")).startswith(_MARKER) and stored is not None and name not in stored:
            raise ResponseError(400, "failed to preserve configured secret", details=name)
        for key in ("default", *(["value"] if each.get("secret") else [])):
            each.pop(key, None)


def deployable(world: World, account: str, name: str) -> list[str]:
    """Return the builds of a blueprint that exist, newest first."""
    blueprint, builds = world.blueprints.get((account, name)), list[str]()
    for each in world.by_account[account]:
        if each.name == name:
            builds += [each.latest_build, *map(each.revision_build, range(1, each.revisions + 1))]
    return list(dict.fromkeys([*(build.id for build in published(world, blueprint)), *builds] if blueprint else builds))


def build_of(world: World, account: str, name: str, build: str) -> DemoBuild | None:
    """Return what is known of a build."""
    blueprint = world.blueprints.get((account, name))
    return next((each for each in builds_of(world, blueprint) if each.id == build), None) if blueprint else None


class TemplateEndpoints(Access):
    """The endpoint `POST …/deployment-template`. It changes nothing."""

    def template(self, request: ApiRequest) -> Json:
        """Return the template of the requested deployment, or one for a new deployment."""
        wanted = request.fields() if request.body else {}
        if not _fits(wanted, read("template.json")):
            raise ResponseError(400, "invalid request body")
        account, name = request.names[:2]
        if account not in self.world.accounts:
            raise ResponseError(404, "account not found", error_code="account_not_found")
        deployment, blueprint = self._deployment(request, wanted), self.world.blueprints.get((account, name))
        builds = deployable(self.world, account, name)
        if not deployment and not blueprint and not builds:
            raise ResponseError(404, "blueprint not found", error_code="blueprint_not_found")
        revision = wanted.get("revision", 0) if deployment else 0
        if deployment and revision > deployment.revisions:
            raise ResponseError(404, "revision not found")
        build = _build(deployment, max(0, revision), wanted.get("build", "")) or next(iter(builds), "")
        if build not in builds:
            raise ResponseError(404, "build not found", error_code="build_not_found", details=build[:80])
        spec = self._spec(deployment, max(0, revision), build, (account, name))
        stale = request.fault is not None and request.fault.kind == "cached"
        if stale and deployment and deployment.revisions > 1:
            spec = with_current(spec, spec_of(deployment, deployment.revisions - 1), _CACHED)
        stored = spec_of(deployment, deployment.revisions).get("variables", {}) if deployment else {}
        return _response(_filled(spec, wanted), wanted, stored)

    def _deployment(self, request: ApiRequest, wanted: Json) -> DemoDeployment | None:
        """Return the deployment that a template is for. Raises 403 and 404."""
        if not wanted.get("deployment_id"):
            account = self.account(request.names[0])
            blueprint = self.world.blueprints.get((account.name, request.names[1]))
            if not account.member and not (blueprint and blueprint.visibility == "public"):
                raise ResponseError(404, "blueprint not found", error_code="blueprint_not_found")
            return None
        deployment = self.world.by_id.get(wanted["deployment_id"])
        if deployment is None:
            raise ResponseError(404, "deployment not found")
        if not self.account(deployment.account).member:
            raise ResponseError(403, "insufficient permissions for deployment's account")
        self.own(deployment.account, request)
        return deployment

    def _spec(self, deployment: DemoDeployment | None, revision: int, build: str, names: tuple[str, str]) -> Json:
        """Return the document of a revision as another build has it, with what is current."""
        account, name = names
        same = deployment if deployment and (deployment.account, deployment.name) == names else None
        base = same or next((each for each in self.world.listed(account) if each.name == name), None)
        base = base or _new(account, name, build, self.world.blueprints.get(names))
        newest = spec_of(base, base.revisions)
        spec = copy.deepcopy(with_current(spec_of(base, revision), newest, _CURRENT) if revision else newest)
        before = base.revision_build(revision or base.revisions)
        for made, which in ((before, 0), (build, 1)):
            pushed = build_of(self.world, account, name, made) if before != build else None
            for path, values in pushed.changes.items() if pushed else ():
                put(spec, path.split("."), values[which])
        spec = rebuilt(spec, build)
        if not same:
            for variable in spec.get("variables", {}).values():
                variable.pop("value", None)
                variable.pop("ref", None)
        target = spec.get("target", {})
        if not deployment:
            target = {key: value for key, value in target.items() if key not in _UNSIGNED[1:3]}
        elif target:
            first = next((each for each in self.world.contents.deployments if each.id == deployment.id), deployment)
            # The current name, except in the template of a revision.
            shown = (first if revision else deployment).display_name or name
            target |= {"deployment_id": deployment.id, "display_name": shown, "account": deployment.account}
        return spec | ({"target": target} if target else {})


def _fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, dict):
        pairs = isinstance(value, dict) and [(shape.get(key, shape.get("*")), each) for key, each in value.items()]
        return pairs is not False and all(each is None or _fits(part, each) for each, part in pairs)
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(each, shape[0]) for each in value)
    return type(value) is _TYPES[shape]


def _build(deployment: DemoDeployment | None, revision: int, wanted: str) -> str:
    """Return the build of a template; empty for the newest. A revision's build replaces that of the record."""
    if deployment and revision and wanted in ("", deployment.build):
        return deployment.revision_build(revision)
    return wanted or (deployment.build if deployment else "")


def _new(account: str, name: str, build: str, blueprint: DemoBlueprint | None) -> DemoDeployment:
    """Return a deployment of a blueprint that has none."""
    spec = "knowledge" if blueprint and blueprint.shape in ("knowledge", "ingestion") else "standard"
    pending = schedule.always(schedule.Condition("pending", schedule.NAMED["queued"]))
    return DemoDeployment(account, name, deployment_id(account, name), build, 0.0, pending, spec=spec)


def _filled(spec: Json, wanted: Json) -> Json:
    """Fill a document in with what was requested. Unknown names are dropped, and empty values are none."""
    agent, requested = spec.get("agent", {}), wanted.get("provisioning", {}).get("agent", {})
    if wanted.get("finalize") or "response_timeout" in requested:
        # Sizes and the disk are stored, but this is not.
        agent["response_timeout"] = requested.get("response_timeout", "15s")
    agent.setdefault("resources", {}).update(requested.get("compute", {}))
    variables = spec.get("variables", {})
    for name, value in wanted.get("variables", {}).items():
        if name in variables:
            kept = {key: each for key, each in variables[name].items() if key not in ("value", "ref")}
            variables[name] = kept | {key: each for key, each in value.items() if each}
    for name, cron in wanted.get("schedules", {}).items():
        trigger = spec.get("ingestion", {}).get(name, {}).get("trigger", {})
        trigger |= {"schedule": cron} if trigger.get("type") == "schedule" else {}
    for name, choice in wanted.get("models", {}).items():
        if name in spec.get("models", {}):
            spec["models"][name]["model"] = choice
    if "bindings" in wanted:
        chosen = wanted["bindings"].get("knowledge", {})
        for name, block in spec.get("knowledge", {}).items():
            block.pop("binding", None)
            block.update({"binding": chosen[name]} if name in chosen else {})
    if "interfaces" in wanted and "interfaces" in spec:
        chosen = wanted["interfaces"].get("adapters") or ["web"]
        auth = wanted["interfaces"].get("auth", spec["interfaces"].get("auth"))
        dropped = {f"interface.{each}" for each in spec["interfaces"].get("adapters", ()) if each not in chosen}
        spec["interfaces"] = {**spec["interfaces"], "adapters": chosen, "auth": auth}
        spec["variables"] = {k: v for k, v in variables.items() if not v.get("targets") or {*v["targets"]} - dropped}
    return spec


def _errors(spec: Json, missing: list[str]) -> Iterator[tuple[str, str]]:
    for name in missing:
        yield f"variables.{name}", "required variable is empty"
    for name, block in spec.get("ingestion", {}).items():
        trigger = block.get("trigger", {})
        field = f"ingestion.{name}.trigger.schedule"
        if trigger.get("type") == "schedule" and not _CRON.fullmatch(trigger.get("schedule", "")):
            yield field, "invalid cron expression" if trigger.get("schedule") else _NO_CRON
    agent = spec.get("agent", {})
    for key, size in agent.get("resources", {}).items():
        if not _QUANTITY.fullmatch(size):
            yield f"agent.compute.{key}", f"invalid quantity: {size[:40]}"
    if not _TIMEOUT.fullmatch(agent.get("response_timeout", "15s")):
        yield "agent.responseTimeout", "invalid duration: use a Go duration like 15s or 2m"


_NO_CRON = "cron expression required for schedule trigger"


def _response(spec: Json, wanted: Json, stored: Json) -> Json:
    variables: dict[str, Json] = spec.get("variables", {})
    secrets = [name for name, each in variables.items() if _is_stored(each, stored.get(name))]
    described = {name: _described(name, each, configured=name in secrets) for name, each in variables.items()}
    missing = [name for name in required_empty(variables) if name not in secrets]
    errors = sorted(_errors(spec, missing))
    triggers = {name: block.get("trigger", {}) for name, block in spec.get("ingestion", {}).items()}
    crons = {name: each.get("schedule", "") for name, each in triggers.items() if each.get("type") == "schedule"}
    bound = {
        name: {"arn": block["binding"], "name": name, "provider": block.get("provider", ""), "status": "ready"}
        for name, block in spec.get("knowledge", {}).items()
        if "binding" in block
    }
    sizes = {"compute": spec.get("agent", {}).get("resources")}
    sizes["response_timeout"] = spec.get("agent", {}).get("response_timeout")
    body: Json = {
        "spec": "deployment-template/v1",
        "template": spec,
        "variables": described,
        "interfaces": {key: spec.get("interfaces", {}).get(key) for key in ("adapters", "auth")},
        "schedules": crons,
        "provisioning": {"agent": sizes},
        "validation": {"valid": not errors},
    }
    if errors:
        body["validation"]["errors"] = [{"field": field, "message": message} for field, message in errors]
    if bound:
        body["bindings"] = {"knowledge": bound}
    if wanted.get("finalize"):
        for name in secrets:
            variables[name]["value"] = f"{_MARKER}{name}"
        body["signature"] = signature(spec)
    return body


def _is_stored(variable: Json, stored: Json | None) -> bool:
    """Return whether a secret that somebody typed in earlier is kept."""
    filled = variable.get("value") or variable.get("ref")
    return bool(stored is not None and variable.get("secret") and not filled and not stored.get("ref"))


def _described(name: str, variable: Json, *, configured: bool) -> Json:
    """Return what a form shows for a variable. A secret is never sent."""
    shown = ("ref",) if variable.get("secret") else ("ref", "value")
    return {
        **{key: variable[key] for key in shown if variable.get(key)},
        "targets": variable.get("targets", []),
        "secret": bool(variable.get("secret")),
        "optional": bool(variable.get("optional")),
        "default": variable.get("default", ""),
        "label": name.replace("_", " ").capitalize(),
        "description": f"Used by {', '.join(variable.get('targets', ['agent']))}",
        "configured": configured or "ref" in variable,
    }
