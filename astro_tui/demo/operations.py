"""Operations on a deployment: pause, resume, cancel, roll back, restart, rename, remove (platform.md §9, §16.3)."""

from __future__ import annotations

import unicodedata
from typing import Any

from astro_tui.demo import plots
from astro_tui.demo.bodies import namespace
from astro_tui.demo.entities import Deployment, Json, digest
from astro_tui.demo.life import Condition, Timeline, rising
from astro_tui.demo.observed import runtime
from astro_tui.demo.request import Access, Reply, Request, ResponseError, encode
from astro_tui.demo.workloads import workloads_of
from astro_tui.demo.world import timestamp

_STARTING = ("pending", "provisioning", "deploying")
_REMOVAL = 8.0
"""Seconds until a deployment that is being removed is gone."""
_NAME_LENGTH = 42


class Operations(Access):
    """The endpoints of §9. Each accepts a request, and the deployment changes over the next few seconds."""

    def _operable(self, request: Request, *, unknown: int = 403) -> Deployment:
        deployment = self.deployment(request, unknown=unknown)
        if not deployment.operable:
            raise ResponseError(403, "insufficient permissions")
        return deployment

    def _word(self, deployment: Deployment) -> str:
        return self.world.condition(deployment).word

    def stop(self, request: Request) -> Reply:
        """Pause a deployment."""
        with self.world.lock:
            deployment = self._operable(request)
            if self._word(deployment) in (*_STARTING, "undeploying"):
                raise ResponseError(400, "deployment cannot be paused while it is still deploying")
            return self._turn(deployment, ((0.0, Condition("stopped", plots.STOPPED)),))

    def wakeup(self, request: Request) -> Reply:
        """Resume a paused deployment."""
        with self.world.lock:
            deployment = self._operable(request, unknown=404)
            if self._word(deployment) not in ("stopped", "scaled_down"):
                raise ResponseError(400, "deployment is not stopped")
            return self._turn(deployment, rising(deployment.name))

    def cancel(self, request: Request) -> Reply:
        """Cancel a deploy in progress, which then counts as failed."""
        with self.world.lock:
            deployment = self._operable(request)
            if self._word(deployment) not in _STARTING:
                raise ResponseError(400, "deployment is not deploying")
            canceled = Condition("failed", plots.CANCELED, error_message="Deployment cancelled")
            return self._turn(deployment, ((0.0, canceled),))

    def rollback(self, request: Request) -> Reply:
        """Deploy an older (or newer) revision again. It becomes the current one."""
        with self.world.lock:
            deployment = self._operable(request, unknown=404)
            revision = request.fields("invalid request").get("revision")
            if type(revision) is not int or revision < 1:
                raise ResponseError(400, "invalid request", details="revision must be a whole number from 1")
            if self._word(deployment) not in ("active", "failed"):
                raise ResponseError(400, "can only rollback active or failed deployments")
            if revision == deployment.revision:
                raise ResponseError(400, "already on this revision")
            if revision > deployment.revisions:
                raise ResponseError(400, f"revision {revision} not found for deployment {deployment.id}")
            more = {"current_revision": revision, "message": f"Rolling back to revision {revision}"}
            now = timestamp(self.world.now())
            return self._turn(deployment, rising(deployment.name), more, current=revision, redeployed=now)

    def _turn(self, deployment: Deployment, life: Timeline, more: Json | None = None, **changes: Any) -> Reply:
        """Start another life, and report its first condition."""
        self.world.turn(deployment, life, **changes)
        return Reply(202, encode({"status": life[0][1].word, "deployment_id": deployment.id, **(more or {})}))

    def undeploy(self, request: Request) -> Reply:
        """Remove a deployment permanently."""
        identifier = request.fields().get("deployment_id")
        if not isinstance(identifier, str) or not identifier:
            raise ResponseError(400, "deployment_id is required")
        with self.world.lock:
            deployment = self.world.by_id.get(identifier)
            if deployment is None or self._word(deployment) in ("undeploying", "undeployed"):
                raise ResponseError(404, "active deployment not found")
            self.own(deployment.account, request)
            if not deployment.operable:
                raise ResponseError(403, "insufficient permissions")
            going, gone = Condition("undeploying", plots.REMOVING), Condition("undeployed", plots.STOPPED)
            self.world.turn(deployment, ((0.0, going), (_REMOVAL, gone)))
        return Reply(
            202,
            encode(
                {
                    "status": "undeploying",
                    "name": deployment.name,
                    "build_id": deployment.running_build,
                    "k8s_namespace": namespace(deployment),
                    "undeployed_at": timestamp(self.world.now()),
                }
            ),
        )

    # Pods and jobs

    def restart(self, request: Request) -> Json:
        """Replace all pods. The status of the deployment stays the same."""
        deployment = self._operable(request)
        names = list(self._pods(deployment).values())
        if not names:
            raise ResponseError(500, "failed to restart deployment", details=f"no pods found for {deployment.id}")
        self._restarted(deployment, names)
        return {"status": "restarting", "pods": names}

    def restart_pod(self, request: Request) -> Json:
        """Replace one pod."""
        deployment, pod = self._operable(request), request.names[1]
        workload = self._pods(deployment).get(pod)
        if workload is None:
            raise ResponseError(500, "failed to restart pod", details=f'pods "{pod[:80]}" not found')
        self._restarted(deployment, [workload])
        return {"status": "restarting", "pod": pod}

    def _pods(self, deployment: Deployment) -> dict[str, str]:
        """Return the workload of each pod."""
        seen = runtime(self.world, deployment)["runtime"]["workloads"] or ()
        return {each["pod_name"]: each["name"] for each in seen if "pod_name" in each}

    def _restarted(self, deployment: Deployment, names: list[str]) -> None:
        with self.world.lock:
            now, known = self.world.elapsed(), self.world.by_id[deployment.id].restarts
            again = {name: (*known.get(name, ()), now) for name in names}
            self.world.change(deployment, restarts={**known, **again})

    def trigger(self, request: Request) -> Json:
        """Start the job of an ingestion."""
        deployment, name = self._operable(request), f"ingestion-{request.names[1]}"
        workload = next((each for each in workloads_of(deployment) if each["component"] == name), None)
        if workload is None:
            raise ResponseError(404, "ingestion not found")
        if self._word(deployment) != "active":
            raise ResponseError(400, "deployment is not active")
        suffix = digest(deployment.id, name, str(self.world.elapsed())) % 10**6
        job = f"{workload['name']}-{suffix:06d}"
        return {"status": "triggered", "job_name": job, "namespace": namespace(deployment)}

    # Names

    def rename(self, request: Request) -> Json:
        """Change the display name; it must be unique among the account's deployments."""
        with self.world.lock:
            deployment = self._operable(request)
            name = request.fields().get("display_name")
            if not isinstance(name, str) or not 1 <= len(name) <= _NAME_LENGTH or any(map(_is_control, name)):
                raise ResponseError(400, f"display_name must be 1 to {_NAME_LENGTH} printable characters")
            others = (each for each in self.world.listed(deployment.account) if each.id != deployment.id)
            if any(each.display_name == name for each in others):
                raise ResponseError(409, "display name already in use")
            self.world.change(deployment, display_name=name)
        return {"display_name": name}


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) == "Cc"
