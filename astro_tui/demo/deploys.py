"""`POST /deploy` of the demo: its checks in the platform's order, and what becomes of a deploy (platform.md §19)."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from astro_tui.demo.accounts import AccountEndpoints
from astro_tui.demo.bodies import USER, namespace
from astro_tui.demo.entities import DemoDeployment, Json, RevisionChange, deployment_id
from astro_tui.demo.faults import REFUSALS
from astro_tui.demo.money import require_paid, require_room
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.schedule import Condition, always, rising
from astro_tui.demo.specs import spec_of
from astro_tui.demo.templates import build_of, deployable, required_empty, restored, signature
from astro_tui.demo.world import World, timestamp

_SPEC = "deployment/v1"
_NAME_LENGTH = 42


class DeployEndpoints(Access):
    """The endpoints that deploy a finalized template, or check one."""

    def __init__(self, world: World, accounts: AccountEndpoints) -> None:
        super().__init__(world)
        self._accounts = accounts

    def validate(self, request: ApiRequest) -> Json:
        """Handle `POST /deploy/validate`: a weak check, without a signature."""
        spec = _document(request)
        self._source(spec, request)
        return {"valid": True, "name": spec["source"]["name"], "build_id": spec["source"]["build"]}

    def deploy(self, request: ApiRequest) -> Reply:
        """Handle `POST /deploy`: a new revision of a deployment, or without its ID, a new deployment."""
        spec = _document(request)
        sent = request.headers.get("X-Template-Signature")
        if not sent or sent != signature(spec):
            details = "signature does not match the template" if sent else "no signature"
            raise ResponseError(400, "invalid or missing template signature", details=details)
        with self.world.lock:
            self._source(spec, request)
            deployment = self._target(spec)
            self._variables(spec, deployment)
            self._limits(spec, request, deployment)
            made = self._apply(spec, deployment)
            self.world.note(made, "deploy", build_id=made.build, namespace=namespace(made))
        if request.fault and request.fault.kind == "not-scheduled":
            raise ResponseError(500, "failed to schedule deployment")
        body = {"status": "pending", "deployment_id": made.id, "name": made.name, "build_id": made.build}
        more = {"k8s_namespace": namespace(made), "deployed_at": timestamp(self.world.now()), "resources": None}
        return Reply(202, encode({**body, **more}))

    def _source(self, spec: Json, request: ApiRequest) -> None:
        """Check the account, the blueprint, and the build. Raises 400, 403, 404, and 503."""
        source, target, names = spec["source"], spec["target"], self.world.accounts
        if spec.get("spec") != _SPEC:
            raise ResponseError(400, f"deploy endpoint requires spec: {_SPEC}, got {str(spec.get('spec'))[:40]}")
        for word, name in (("source", source["account"]), ("target", target.get("account", source["account"]))):
            if name not in names:
                raise ResponseError(404, f"{word} account not found")
        account = names[target.get("account", source["account"])]
        if not account.member:
            raise ResponseError(403, "insufficient permissions for target account")
        self.own(account.name, request)
        blueprint = self.world.blueprints.get((source["account"], source["name"]))
        private = blueprint and blueprint.visibility != "public" and source["account"] != account.name
        builds = deployable(self.world, source["account"], source["name"])
        if private or not (blueprint or builds):
            raise ResponseError(404, "source agent not found")
        if source.get("build") not in builds:
            raise ResponseError(404, "agent build not found", details=str(source.get("build"))[:80])

    def _target(self, spec: Json) -> DemoDeployment | None:
        """Return the deployment that is to be replaced. Raises 400, 403, and 404."""
        target = spec["target"]
        if not target.get("deployment_id"):
            return None
        deployment = self.world.by_id.get(target["deployment_id"])
        word = self.world.condition(deployment).word if deployment else "undeployed"
        if deployment is None or word == "undeployed":
            raise ResponseError(404, "deployment not found for given deployment_id")
        if not deployment.operable:
            raise ResponseError(404, "not found")
        if word not in ("active", "failed"):
            raise ResponseError(400, "deployment is not active or failed")
        if deployment.account != target.get("account", deployment.account):
            raise ResponseError(403, "deployment does not belong to target account")
        return deployment

    def _variables(self, spec: Json, deployment: DemoDeployment | None) -> None:
        """Check the name, stored secrets, and references to variables of the account. Raises 400."""
        name = str(spec["target"].get("display_name", ""))
        if len(name) > _NAME_LENGTH:
            raise ResponseError(400, f"display_name must be {_NAME_LENGTH} characters or fewer")
        if any(category(letter) == "Cc" for letter in name):
            raise ResponseError(400, "display_name contains invalid control characters")
        restored(spec, spec_of(deployment, deployment.revisions).get("variables", {}) if deployment else None)
        owner = self.world.accounts[spec["target"].get("account", spec["source"]["account"])]
        stored = self._accounts.stored(owner)
        for variable in spec.get("variables", {}).values():
            if "ref" in variable and variable["ref"] not in stored:
                details = f'variable "{str(variable["ref"])[:80]}" not found'
                raise ResponseError(400, "failed to resolve variable references", details=details)

    def _limits(self, spec: Json, request: ApiRequest, deployment: DemoDeployment | None) -> None:
        """Check the image, the plan, and the name. Raises 402, 409, and 422."""
        source, target = spec["source"], spec["target"]
        build = build_of(self.world, source["account"], source["name"], source["build"])
        if build and build.deploys == "has no image":
            image = {"image": spec.get("agent", {}).get("image", ""), "build_id": build.id}
            hint = "Push the blueprint again, or build it again."
            raise ResponseError(422, "image_not_found", details="manifest unknown", hint=hint, **image)
        if request.fault and request.fault.kind in REFUSALS:
            raise ResponseError(402, **REFUSALS[request.fault.kind])
        account = self.world.accounts[target.get("account", source["account"])]
        require_room(self.world, account)
        require_paid(account)
        name = target.get("display_name") or (deployment.display_name if deployment else source["name"])
        others = self.world.listed(target.get("account", source["account"]))
        mine = deployment.id if deployment else ""
        if any(each.id != mine and (each.display_name or each.name) == name for each in others):
            raise ResponseError(409, "display_name already in use by another active deployment")

    def _apply(self, spec: Json, deployment: DemoDeployment | None) -> DemoDeployment:
        source, now = spec["source"], self.world.elapsed()
        account, name, build = spec["target"].get("account", source["account"]), source["name"], source["build"]
        pushed = build_of(self.world, source["account"], name, build)
        if deployment is None:
            new, pending = deployment_id(account, name, str(len(self.world.by_id))), always(Condition("pending"))
            deployment = DemoDeployment(account, name, new, build, -now, pending, latest_build=build, revisions=0)
            self.world.add(deployment)
        steps = rising(name, pushed.deploys if pushed else "succeeds", self.world.condition(deployment).pods)
        newest = deployment.revisions + 1
        old = [
            RevisionChange(each, age=deployment.revision_age(each), build=deployment.revision_build(each))
            for each in range(1, newest)
        ]
        change = RevisionChange(newest, pushed.message if pushed else "", build=build, spec=spec, by=USER)
        changes: Json = {"build": build, "revisions": newest, "current": 0, "age": -now, "deployed_at": ""}
        changes["display_name"] = spec["target"].get("display_name") or deployment.display_name
        return self.world.turn(deployment, steps, history=(*deployment.history, *old, change), **changes)


def _document(request: ApiRequest) -> Json:
    """Return the body. Raises 400 for a document that cannot be deployed at all."""
    spec: dict[str, Any] = request.fields("invalid deployment spec")
    variables, details = spec.get("variables", {}), ""
    blocks = [spec.get(key, {}) for key in ("source", "target", "agent", "interfaces")] + [variables]
    if not all(isinstance(each, dict) for each in (*blocks, *(variables.values() if blocks[-1] is variables else ()))):
        details = "a block is not an object"
    elif not all(isinstance(spec.get("source", {}).get(key), str) for key in ("account", "name", "build")):
        details = "source.account, source.name, and source.build are required"
    elif not all(isinstance(value, str) for value in spec.get("target", {}).values()):
        details = "target has only texts"
    elif "interfaces" in spec and not spec["interfaces"].get("adapters"):
        details = "at least one adapter is required"
    elif empty := required_empty(variables):
        details = f"required variable is empty: {', '.join(empty)[:200]}"
    if details:
        raise ResponseError(400, "invalid deployment spec", details=details)
    return {"target": {}, **spec}
