"""One deployment over HTTP: record, status, and what its cluster reports (platform.md §8.3 to §8.6, §11)."""

from __future__ import annotations

from collections.abc import Callable

from astro_tui.demo import bodies, happenings, metrics, observed
from astro_tui.demo.entities import Deployment, Json
from astro_tui.demo.request import Access, Request, ResponseError
from astro_tui.demo.specs import spec_of
from astro_tui.demo.world import World

_ACTIONS = ("read", "edit", "operate", "delete", "manage_access")


class Cluster(Access):
    """The read-only endpoints below `/deployments/{id}`."""

    def of(self, read: Callable[[World, Deployment], Json], unknown: int = 403) -> Callable[[Request], Json]:
        """Return an endpoint that returns the result of `read` for the deployment."""
        return lambda request: read(self.world, self.deployment(request, unknown=unknown))

    def routes(self) -> tuple[tuple[str, Callable[[Request], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/deployments/*", self.of(bodies.record)),
            ("/deployments/*/status", self.of(bodies.status)),
            ("/deployments/*/runtime", self.of(observed.runtime)),
            ("/deployments/*/events", self.of(happenings.events)),
            ("/deployments/*/alerts", self._alerts),
            ("/deployments/*/capabilities", self._capabilities),
            ("/deployments/*/pods/*/metrics", self._pod_metrics),
            ("/deployments/*/network/summary", self.of(metrics.network, 404)),
            ("/deployments/*/configmap/*", self._config_map),
            ("/deployments/*/secret/*/keys", self._secret),
        )

    def _alerts(self, request: Request) -> Json:
        return observed.alerts(self.world, self.deployment(request), request.one("workload"))

    def _capabilities(self, request: Request) -> Json:
        deployment = self.deployment(request, unknown=404)
        actions = {f"deployment:{action}": deployment.operable or action == "read" for action in _ACTIONS}
        return {"deployment_id": deployment.id, "mode": "account", "actions": actions}

    def _pod_metrics(self, request: Request) -> Json:
        span = request.choice("range", tuple(metrics.RANGES), "1h")
        deployment = self.deployment(request, unknown=404)
        return metrics.pod_metrics(self.world, deployment, request.names[1], span)

    def _config_map(self, request: Request) -> Json:
        """Return plain values, including secrets that nobody marked as such (platform.md §17)."""
        deployment = self.deployment(request)
        if request.names[1] != f"{deployment.name}-config":
            raise ResponseError(404, "configmap not found")
        spec = spec_of(deployment)
        plain = {key: each["value"] for key, each in spec.get("variables", {}).items() if "value" in each}
        data = {**spec.get("agent", {}).get("environment", {}), **plain}
        return {"name": request.names[1], "data": data}

    def _secret(self, request: Request) -> Json:
        deployment = self.deployment(request)
        if request.names[1] != f"{deployment.name}-secrets":
            raise ResponseError(404, "secret not found")
        keys = [key for key, each in spec_of(deployment).get("variables", {}).items() if each.get("secret")]
        return {"name": request.names[1], "keys": keys}
