"""Deployment templates: the spec of a revision, of another build, or for a new deployment (platform.md §8.7, §15)."""

from __future__ import annotations

import hashlib
import hmac
import json

from astro_tui.demo import schedule
from astro_tui.demo.entities import Blueprint, Deployment, Json, deployment_id
from astro_tui.demo.request import Access, Request, ResponseError
from astro_tui.demo.specs import rebuilt, spec_of, with_current

_CURRENT = ("variables", "resources", "volume", "storage", "grants")
"""What a template takes from the present spec, whatever the revision (platform.md §8.7)."""
_FIELDS = {"build": str, "deployment_id": str, "revision": int, "finalize": bool}
_KEY = b"the demo platform signs with this"


class Templates(Access):
    """The endpoint `POST …/deployment-template`. It changes nothing."""

    def template(self, request: Request) -> Json:
        """Return the template of the requested deployment, or one for a new deployment."""
        if request.names[0] not in self.world.accounts:
            raise ResponseError(404, "account not found", error_code="account_not_found")
        account, name = self.own(request.names[0], request).name, request.names[1]
        wanted = _read(request.fields())
        deployments = [each for each in self.world.listed(account) if each.name == name]
        blueprint = self.world.blueprints.get((account, name))
        if not deployments and blueprint is None:
            raise ResponseError(404, "blueprint not found", error_code="blueprint_not_found")
        builds = _builds(deployments, blueprint)
        if not builds or (wanted["build"] and wanted["build"] not in builds):
            raise ResponseError(404, "build not found", error_code="build_not_found", details=wanted["build"][:80])
        if wanted["revision"] and not wanted["deployment_id"]:
            raise ResponseError(400, "deployment_id is required with revision")
        if wanted["deployment_id"]:
            spec = _of_deployment(deployments, wanted)
        else:
            base = deployments[0] if deployments else _new(account, name, builds[0], blueprint)
            spec = rebuilt(spec_of(base), wanted["build"] or base.latest_build or base.build)
            for key in ("deployment_id", "display_name"):
                spec.get("target", {}).pop(key, None)
        return _response(spec, wanted)


def _builds(deployments: list[Deployment], blueprint: Blueprint | None) -> list[str]:
    """Return the builds that a template can be for, newest first."""
    builds = dict.fromkeys(blueprint.builds if blueprint else ())
    for each in deployments:
        builds |= dict.fromkeys([each.latest_build, *map(each.revision_build, range(1, each.revisions + 1))])
    return list(builds)


def _new(account: str, name: str, build: str, blueprint: Blueprint | None) -> Deployment:
    """Return a deployment of a blueprint that has none."""
    spec = "knowledge" if blueprint and blueprint.shape in ("knowledge", "ingestion") else "standard"
    pending = schedule.always(schedule.Condition("pending", schedule.NAMED["queued"]))
    return Deployment(account, name, deployment_id(account, name), build, 0.0, pending, spec=spec)


def _of_deployment(deployments: list[Deployment], wanted: Json) -> Json:
    """Return a spec that mixes a revision with what is current. Raises 404."""
    found = next((each for each in deployments if each.id == wanted["deployment_id"]), None)
    if found is None:
        raise ResponseError(404, "deployment not found")
    if not 0 <= wanted["revision"] <= found.revisions:
        raise ResponseError(404, "revision not found")
    build = wanted["build"] or found.revision_build(wanted["revision"] or found.revision)
    mixed: Json = with_current(rebuilt(spec_of(found, wanted["revision"]), build), spec_of(found), _CURRENT)
    return mixed


def _read(body: Json) -> Json:
    """Return the request. Raises 400 for a value of another type."""
    wanted = {key: body.get(key, kind()) for key, kind in _FIELDS.items()}
    if not all(type(wanted[key]) is kind for key, kind in _FIELDS.items()):
        raise ResponseError(400, "invalid request body")
    return wanted


def _response(spec: Json, wanted: Json) -> Json:
    variables: dict[str, Json] = spec.get("variables", {})
    described = {name: _described(name, variable, wanted) for name, variable in variables.items()}
    for variable in variables.values() if not wanted["deployment_id"] else ():
        variable.pop("value", None)
        variable.pop("ref", None)
    errors: list[Json] = []
    if wanted["finalize"]:
        missing = [name for name, each in described.items() if not any(each[key] for key in _ENOUGH)]
        errors = [{"field": f"variables.{name}", "message": "a value is required"} for name in missing]
    body: Json = {
        "spec": "deployment-template/v1",
        "template": spec,
        "variables": described,
        "interfaces": spec.get("interfaces"),
        "schedules": None,
        "validation": {"valid": False, "errors": errors} if errors else {"valid": True},
    }
    if wanted["finalize"] and not errors:
        body["signature"] = hmac.new(_KEY, json.dumps(spec, sort_keys=True).encode(), hashlib.sha256).hexdigest()
    return body


_ENOUGH = ("optional", "configured", "default")


def _described(name: str, variable: Json, wanted: Json) -> Json:
    """Return what a form shows for a variable; `configured` says whether a value is set."""
    stored = bool(wanted["deployment_id"]) and (variable.get("secret") or "ref" in variable or "value" in variable)
    return {
        "targets": variable.get("targets", []),
        "secret": bool(variable.get("secret")),
        "optional": bool(variable.get("optional")),
        "default": variable.get("value", ""),
        "label": name.replace("_", " ").capitalize(),
        "description": f"Used by {', '.join(variable.get('targets', ['agent']))}",
        "configured": bool(stored),
    }
