"""Deployment templates: the spec of a revision, of another build, or for a new deployment (platform.md §8.7, §15)."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from astro_tui.demo import schedule
from astro_tui.demo.entities import Deployment, Json, deployment_id
from astro_tui.demo.request import Access, Request, ResponseError
from astro_tui.demo.schedule import Condition, always
from astro_tui.demo.specs import spec_of, with_current

_SHAPES = {"knowledge": "knowledge", "ingestion": "knowledge"}
_CURRENT = ("variables", "resources", "volume", "storage", "grants")
"""What a template takes from the present spec, whatever the revision (platform.md §8.7)."""
_KEY = b"the demo platform signs with this"


@dataclass(frozen=True, slots=True)
class _Wanted:
    build: str
    deployment_id: str
    revision: int
    finalize: bool
    interfaces: Json
    variables: dict[str, Json]


class Templates(Access):
    """The endpoint `POST …/deployment-template`. It changes nothing."""

    def template(self, request: Request) -> Json:
        """Return the template of the requested deployment, or one for a new deployment."""
        if request.names[0] not in self.world.accounts:
            raise ResponseError(404, "account not found", error_code="account_not_found")
        account, name = self.own(request.names[0], request).name, request.names[1]
        wanted = _read(request.fields())
        base = self._base(account, name, wanted)
        spec = _rebuilt(spec_of(base, wanted.revision), wanted.build or self._build(base, wanted))
        if wanted.deployment_id:
            spec = with_current(spec, spec_of(base), _CURRENT)
        else:
            _as_new(spec)
        return _response(spec, wanted)

    def _base(self, account: str, name: str, wanted: _Wanted) -> Deployment:
        """Return the deployment whose spec the template is based on. Raises the errors of platform.md §4."""
        deployments = [each for each in self.world.listed(account) if each.name == name]
        blueprint = next((e for e in self.world.contents.blueprints if (e.account, e.name) == (account, name)), None)
        if not deployments and blueprint is None:
            raise ResponseError(404, "blueprint not found", error_code="blueprint_not_found")
        builds = dict.fromkeys(blueprint.builds if blueprint else ())
        for each in deployments:
            builds |= dict.fromkeys([each.latest_build, *map(each.revision_build, range(1, each.revisions + 1))])
        if not builds or (wanted.build and wanted.build not in builds):
            raise ResponseError(404, "build not found", error_code="build_not_found", details=wanted.build[:80])
        if not wanted.deployment_id:
            if wanted.revision:
                raise ResponseError(400, "deployment_id is required with revision")
            shape = _SHAPES.get(blueprint.shape, "standard") if blueprint else "standard"
            new = Deployment(account, name, deployment_id(account, name), next(iter(builds)), 0.0, _PENDING, spec=shape)
            return deployments[0] if deployments else new
        found = next((each for each in deployments if each.id == wanted.deployment_id), None)
        if found is None:
            raise ResponseError(404, "deployment not found")
        if not 0 <= wanted.revision <= found.revisions:
            raise ResponseError(404, "revision not found")
        return found

    def _build(self, base: Deployment, wanted: _Wanted) -> str:
        """Return the build for a request that names none: the newest one for a new deployment."""
        if wanted.deployment_id:
            return base.revision_build(wanted.revision or base.revision)
        return base.latest_build or base.build


_PENDING = always(Condition("pending", schedule.QUEUED))


def _read(body: Json) -> _Wanted:
    """Return the request with every value of the right type. Raises 400."""
    try:
        wanted = _Wanted(
            _of(str, body, "build"),
            _of(str, body, "deployment_id"),
            _of(int, body, "revision"),
            _of(bool, body, "finalize"),
            _of(dict, body, "interfaces"),
            _of(dict, body, "variables"),
        )
        for adapter in _of(list, wanted.interfaces, "adapters"):
            _of(str, {"adapter": adapter}, "adapter")
        _web_auth(wanted.interfaces)
        for name in wanted.variables:
            given = _of(dict, wanted.variables, name)
            _of(str, given, "value")
            _of(str, given, "ref")
    except TypeError:
        raise ResponseError(400, "invalid request body") from None
    return wanted


def _web_auth(interfaces: Json) -> str:
    """Return the type of sign-in to the web interface, or an empty string."""
    kind: str = _of(str, _of(dict, _of(dict, interfaces, "auth"), "web"), "type")
    return kind


def _of(kind: type, values: Json, key: str) -> Any:
    """Return a value that must be exactly of this type, or an empty one when it is missing."""
    value = values.get(key, kind())
    if type(value) is not kind:
        raise TypeError
    return value


def _rebuilt(spec: Json, build: str) -> Json:
    """Return the spec with the images of another build."""
    old = spec.get("source", {}).get("build", "")
    if not old or old == build:
        return spec
    rebuilt: Json = json.loads(json.dumps(spec).replace(old, build))
    return rebuilt


def _as_new(spec: Json) -> None:
    """Remove what belongs to one existing deployment."""
    target = spec.get("target", {})
    for key in ("deployment_id", "display_name"):
        target.pop(key, None)
    for name, variable in spec.get("variables", {}).items():
        spec["variables"][name] = {key: each for key, each in variable.items() if key != "ref"}


def _response(spec: Json, wanted: _Wanted) -> Json:
    variables: dict[str, Json] = spec.get("variables", {})
    described = {name: _described(name, variable, wanted) for name, variable in variables.items()}
    if not wanted.deployment_id:
        for variable in variables.values():
            variable.pop("value", None)
    for name in variables.keys() & wanted.variables.keys():
        _set(variables[name], wanted.variables[name])
    if wanted.interfaces and "interfaces" in spec:
        _merge(spec["interfaces"], wanted.interfaces)
    errors = [_issue(name, "unknown variable") for name in wanted.variables if name not in variables]
    if wanted.finalize:
        errors += [
            _issue(name, "a value is required")
            for name, each in described.items()
            if not (each["optional"] or each["configured"] or each["default"] or "ref" in variables[name])
        ]
    body: Json = {
        "spec": "deployment-template/v1",
        "template": spec,
        "variables": described,
        "interfaces": spec.get("interfaces"),
        "schedules": None,
        "validation": {"valid": False, "errors": errors} if errors else {"valid": True},
    }
    if wanted.finalize and not errors:
        body["signature"] = hmac.new(_KEY, json.dumps(spec, sort_keys=True).encode(), hashlib.sha256).hexdigest()
    return body


def _described(name: str, variable: Json, wanted: _Wanted) -> Json:
    """Return what a form shows for a variable; `configured` says whether a value is set."""
    given = wanted.variables.get(name, {})
    stored = bool(wanted.deployment_id) and (bool(variable.get("secret")) or "ref" in variable or "value" in variable)
    return {
        "targets": variable.get("targets", []),
        "secret": bool(variable.get("secret")),
        "optional": bool(variable.get("optional")),
        "default": variable.get("value", ""),
        "label": name.replace("_", " ").capitalize(),
        "description": f"Used by {', '.join(variable.get('targets', ['agent']))}",
        "configured": stored or bool(given.get("value") or given.get("ref")),
    }


def _set(variable: Json, given: Json) -> None:
    """Store a value or a reference. The value of a secret is never returned."""
    if given.get("ref"):
        variable.pop("value", None)
        variable["ref"] = given["ref"]
    elif "value" in given and not variable.get("secret"):
        variable["value"] = given["value"]


def _merge(interfaces: Json, given: Json) -> None:
    if given.get("adapters"):
        interfaces["adapters"] = given["adapters"]
    kind = _web_auth(given)
    if kind:
        interfaces.setdefault("auth", {}).setdefault("web", {})["type"] = kind


def _issue(name: str, message: str) -> Json:
    return {"field": f"variables.{name}", "message": message}
