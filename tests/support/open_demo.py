"""A demo platform whose deployments tests put into any state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.demo import DemoServer, plots
from astro_tui.demo.entities import Change
from astro_tui.demo.life import Condition, always

if TYPE_CHECKING:
    from astro_tui.demo.wire import Responder
    from astro_tui.demo.world import World

_PLOTS = {
    **dict.fromkeys(("stopped", "scaled_down", "suspended"), plots.STOPPED),
    **dict.fromkeys(("pending", "provisioning"), plots.QUEUED),
    "deploying": plots.STARTING,
    "undeploying": plots.REMOVING,
}


class OpenDemo(DemoServer):
    """A demo platform with its world."""

    world: World

    def handler(self) -> Responder:
        answer = super().handler()
        self.world = answer.__self__.world  # type: ignore[attr-defined]
        return answer

    def put(self, deployment_id: str, word: str) -> None:
        """Put a deployment into the state with this database word, and its pods into what goes with it."""
        condition = Condition(word, _PLOTS.get(word, plots.HEALTHY))
        self.world.change(self.world.by_id[deployment_id], life=always(condition))

    def make_manual(self, deployment_id: str, ingestion: str) -> None:
        """Give an ingestion the trigger that can be started by hand."""
        deployment = self.world.by_id[deployment_id]
        manual = Change(deployment.revisions, "", {f"ingestion.{ingestion}.trigger": {"type": "manual"}})
        self.world.change(deployment, changes=(*deployment.changes, manual))
