"""Operations on a deployment: pause, resume, cancel, roll back, restart, rename, remove (platform.md §9, §16.3)."""

from __future__ import annotations

import unicodedata
from typing import Any

from astro_tui.demo import schedule
from astro_tui.demo.bodies import namespace
from astro_tui.demo.cluster import runtime
from astro_tui.demo.entities import DemoDeployment, Json, Triggered, digest
from astro_tui.demo.faults import REFUSALS
from astro_tui.demo.money import require_paid
from astro_tui.demo.request import Access, ApiRequest, Reply, ResponseError, encode
from astro_tui.demo.schedule import Condition, Pods, Schedule, rising
from astro_tui.demo.specs import spec_of, workloads_of
from astro_tui.demo.world import timestamp

_STARTING = ("pending", "provisioning", "deploying")
_REMOVAL = 8.0
"""Seconds until a deployment that is being removed is gone."""
_NAME_LENGTH = 42


class OperationEndpoints(Access):
    """The endpoints of §9. Each accepts a request, and the deployment changes over the next few seconds."""

    def _operable(self, request: ApiRequest, *, unknown: int = 403, paid: bool = False) -> DemoDeployment:
        """Return the deployment in the path. Raises 403, or 402 if the operation has to be `paid`."""
        deployment = self.deployment(request, unknown=unknown)
        if not deployment.operable:
            raise ResponseError(403, "insufficient permissions")
        if paid and request.fault and request.fault.kind == "unpaid":
            raise ResponseError(402, **REFUSALS["unpaid"])
        if paid:
            require_paid(self.world.accounts[deployment.account])
        return deployment

    def _word(self, deployment: DemoDeployment) -> str:
        return self.world.condition(deployment).word

    def stop(self, request: ApiRequest) -> Reply:
        """Pause a deployment."""
        with self.world.lock:
            deployment = self._operable(request)
            if self._word(deployment) in (*_STARTING, "undeploying"):
                raise ResponseError(400, "deployment cannot be paused while it is still deploying")
            self.world.note(deployment, "stop")
            return self._turn(deployment, ((0.0, Condition("stopped", schedule.NAMED["stopped"])),))

    def wakeup(self, request: ApiRequest) -> Reply:
        """Resume a paused deployment."""
        with self.world.lock:
            deployment = self._operable(request, unknown=404, paid=True)
            if self._word(deployment) not in ("stopped", "scaled_down"):
                raise ResponseError(400, "deployment is not stopped")
            self.world.note(deployment, "wakeup")
            return self._turn(deployment, rising(deployment.name))

    def cancel(self, request: ApiRequest) -> Reply:
        """Cancel a deploy in progress, which then counts as failed (platform.md §16.3).

        It does not touch workloads. If they turn out to be healthy, the deployment becomes active again.
        """
        with self.world.lock:
            deployment = self._operable(request)
            if self._word(deployment) not in _STARTING:
                raise ResponseError(400, "deployment is not deploying")
            self.world.note(deployment, "cancel")
            canceled = Condition("failed", self._running(deployment), error_message="Deployment cancelled")
            now, applied = self.world.elapsed(), self._word(deployment) == "deploying"
            healthy = [
                (begin - now, each) for begin, each in deployment.schedule if begin > now and each.word == "active"
            ]
            return self._turn(deployment, ((0.0, canceled), *(healthy if applied else ())))

    def _running(self, deployment: DemoDeployment) -> Pods:
        """Return what runs if a deploy in progress goes no further: an earlier deploy, or nothing."""
        now = self.world.elapsed()
        past = [each for begin, each in deployment.schedule if begin <= now and each.word not in _STARTING[:2]]
        return past[-1].pods if past else schedule.NAMED["stopped"]

    def rollback(self, request: ApiRequest) -> Reply:
        """Make an older (or newer) revision the current one, and apply its spec. Nothing else changes."""
        revision = request.fields("invalid request").get("revision")
        if type(revision) is not int or not revision:
            raise ResponseError(400, "invalid request", details="revision must be a number other than 0")
        with self.world.lock:
            deployment = self._operable(request, unknown=404, paid=True)
            if self._word(deployment) not in ("active", "failed"):
                raise ResponseError(400, "can only rollback active or failed deployments")
            if revision == deployment.revision:
                raise ResponseError(400, "already on this revision")
            if not 1 <= revision <= deployment.revisions:
                raise ResponseError(400, f"revision {revision} not found for deployment {deployment.id}")
            self.world.note(deployment, "rollback", revision=revision)
            more = {"current_revision": revision, "message": f"Rolling back to revision {revision}"}
            return self._turn(deployment, rising(deployment.name), more, current=revision)

    def _turn(self, deployment: DemoDeployment, steps: Schedule, more: Json | None = None, **changes: Any) -> Reply:
        """Start another schedule, and report its first condition."""
        self.world.turn(deployment, steps, **changes)
        return Reply(202, encode({"status": steps[0][1].word, "deployment_id": deployment.id, **(more or {})}))

    def undeploy(self, request: ApiRequest) -> Reply:
        """Remove a deployment permanently."""
        identifier = request.fields("invalid request").get("deployment_id")
        if not isinstance(identifier, str) or not identifier:
            raise ResponseError(400, "invalid request", details="deployment_id is required")
        with self.world.lock:
            deployment = self.world.by_id.get(identifier)
            if deployment is None or self._word(deployment) in ("undeploying", "undeployed"):
                raise ResponseError(404, "active deployment not found")
            self.own(deployment.account, request)
            if not deployment.operable:
                raise ResponseError(403, "insufficient permissions")
            self.world.note(deployment, "undeploy")
            going, gone = (
                Condition("undeploying", schedule.NAMED["removing"]),
                Condition("undeployed", schedule.NAMED["stopped"]),
            )
            if request.fault and request.fault.kind == "undeploy-fails":
                message = f"undeploy failed: {request.fault.body.decode()}"
                gone = Condition("failed", self.world.condition(deployment).pods, error_message=message)
            self.world.turn(deployment, ((0.0, going), (_REMOVAL, gone)))
        body = {"status": "undeploying", "name": deployment.name, "build_id": deployment.build}
        more = {"k8s_namespace": namespace(deployment), "undeployed_at": timestamp(self.world.now())}
        return Reply(202, encode(body | more))

    # Pods and jobs

    def restart(self, request: ApiRequest) -> Json:
        """Replace the pods whose version is the build in the record: none after a rollback (platform.md §9)."""
        deployment = self._operable(request, paid=True)
        pods = self._pods(deployment).values()
        names = [each["name"] for each in pods if each["kind"] in ("Deployment", "StatefulSet")]
        names = names if deployment.running_build == deployment.build else []
        self._restarted(deployment, names)
        self.world.note(deployment, "restart")
        return {"status": "restarting", "pods": names or None}

    def restart_pod(self, request: ApiRequest) -> Json:
        """Replace one pod."""
        deployment, pod = self._operable(request, paid=True), request.names[1]
        workload = self._pods(deployment).get(pod)
        if workload is None:
            raise ResponseError(500, "failed to restart pod", details=f'pods "{pod[:80]}" not found')
        self._restarted(deployment, [workload["name"]])
        self.world.note(deployment, "restart_pod", pod=pod)
        return {"status": "restarting", "pod": pod}

    def _pods(self, deployment: DemoDeployment) -> dict[str, Json]:
        """Return the workload of each pod."""
        seen = runtime(self.world, deployment)["runtime"]["workloads"] or ()
        pods = {each["name"]: each["pod_name"] for each in seen if "pod_name" in each}
        return {pods[each["name"]]: each for each in workloads_of(deployment) if each["name"] in pods}

    def _restarted(self, deployment: DemoDeployment, names: list[str]) -> None:
        with self.world.lock:
            now, restarts = self.world.elapsed(), self.world.by_id[deployment.id].restarts
            again = {name: (*restarts.get(name, ()), now) for name in names}
            self.world.change(deployment, restarts={**restarts, **again})

    def trigger(self, request: ApiRequest) -> Json:
        """Start the job of an ingestion with the trigger type `manual`, in any state of the deployment."""
        deployment, name = self._operable(request, paid=True), request.names[1]
        block = spec_of(deployment).get("ingestion", {}).get(name)
        if block is None:
            raise ResponseError(404, f'ingestion "{name[:80]}" not found in spec')
        kind = block["trigger"]["type"]
        if kind != "manual":
            raise ResponseError(400, f'ingestion "{name}" has trigger type "{kind}", not "manual"')
        with self.world.lock:
            now, triggered = self.world.elapsed(), self.world.by_id[deployment.id].triggered
            suffix = digest(deployment.id, name, str(now), str(len(triggered))) % 10**6
            job = f"{deployment.name}-ingestion-{name}-{suffix:06d}"
            self.world.change(deployment, triggered=(*triggered, Triggered(job, name, now)))
        self.world.note(deployment, "trigger_ingestion", ingestion=name)
        return {"status": "triggered", "job_name": job}

    # Names

    def rename(self, request: ApiRequest) -> Json:
        """Change the display name; it must be unique among the account's deployments."""
        with self.world.lock:
            deployment = self._operable(request)
            name = request.fields().get("display_name")
            name = name.strip() if isinstance(name, str) else ""
            if not 1 <= len(name) <= _NAME_LENGTH or any(unicodedata.category(letter) == "Cc" for letter in name):
                raise ResponseError(400, f"display_name must be 1 to {_NAME_LENGTH} printable characters")
            others = (each for each in self.world.listed(deployment.account) if each.id != deployment.id)
            if any(each.display_name == name for each in others):
                raise ResponseError(500, "failed to update display name")
            self.world.change(deployment, display_name=name)
            self.world.note(deployment, "rename", display_name=name)
        return {"display_name": name}
