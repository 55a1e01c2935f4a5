"""A demo platform whose deployments tests put into any state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.demo import DemoServer, schedule
from astro_tui.demo.entities import RevisionChange
from astro_tui.demo.schedule import Condition, always

if TYPE_CHECKING:
    from astro_tui.demo.wire import Responder
    from astro_tui.demo.world import World

_PODS = {
    **dict.fromkeys(("stopped", "scaled_down", "suspended"), schedule.NAMED["stopped"]),
    **dict.fromkeys(("pending", "provisioning"), schedule.NAMED["queued"]),
    "deploying": schedule.NAMED["starting"],
    "undeploying": schedule.NAMED["removing"],
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
        condition = Condition(word, _PODS.get(word, schedule.HEALTHY))
        self.world.change(self.world.by_id[deployment_id], schedule=always(condition))

    def make_manual(self, deployment_id: str, ingestion: str) -> None:
        """Give an ingestion the trigger that can be started by hand."""
        deployment = self.world.by_id[deployment_id]
        manual = RevisionChange(deployment.revisions, "", {f"ingestion.{ingestion}.trigger": {"type": "manual"}})
        self.world.change(deployment, history=(*deployment.history, manual))
