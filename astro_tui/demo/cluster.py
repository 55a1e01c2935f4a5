"""One deployment over HTTP: record, status, and what its cluster reports (platform.md §8.3 to §8.6, §11)."""

from __future__ import annotations

from collections.abc import Callable

from astro_tui.demo import bodies, happenings, observed
from astro_tui.demo.entities import Deployment, Json
from astro_tui.demo.request import Access, Request
from astro_tui.demo.world import World

_ACTIONS = ("read", "edit", "operate", "delete", "manage_access")


class Cluster(Access):
    """The read-only endpoints below `/deployments/{id}`."""

    def of(self, read: Callable[[World, Deployment], Json]) -> Callable[[Request], Json]:
        """Return an endpoint that returns the result of `read` for the deployment."""
        return lambda request: read(self.world, self.deployment(request))

    def routes(self) -> tuple[tuple[str, Callable[[Request], Json]], ...]:
        """Return the path and handler of each endpoint."""
        return (
            ("/deployments/*", self.of(bodies.record)),
            ("/deployments/*/status", self.of(bodies.status)),
            ("/deployments/*/runtime", self.of(observed.runtime)),
            ("/deployments/*/events", self.of(happenings.events)),
            ("/deployments/*/alerts", self._alerts),
            ("/deployments/*/capabilities", self._capabilities),
        )

    def _alerts(self, request: Request) -> Json:
        return observed.alerts(self.world, self.deployment(request), request.one("workload"))

    def _capabilities(self, request: Request) -> Json:
        deployment = self.deployment(request, unknown=404)
        actions = {f"deployment:{action}": deployment.operable or action == "read" for action in _ACTIONS}
        return {"deployment_id": deployment.id, "mode": "account", "actions": actions}
