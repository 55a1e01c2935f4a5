"""Loads one blueprint with its builds. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Fetcher
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint


class BlueprintLoader:
    """Keeps the blueprint; `publish` is called after each response.

    `fail` gets the error of a failed request.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        session: Session,
        blueprint: Blueprint,
        *,
        publish: Callable[[], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        self._fetcher, self._session = fetcher, session
        self._publish, self._fail = publish, fail
        self.blueprint = blueprint
        self.staleness = Staleness(session.look)

    def begin(self, blueprint: Blueprint) -> None:
        """Start over with another blueprint; only its row in the catalog is known."""
        self._fetcher.forget("blueprint")
        self.blueprint = blueprint
        self.staleness = Staleness(self._session.look)

    def load(self) -> None:
        """Request the blueprint with its builds."""
        blueprint, platform = self.blueprint, self._session.platform
        self.staleness.requested(self._session.clock())

        def request(call: Call) -> Blueprint:
            found = platform.blueprint(blueprint.account, blueprint.name, call=call)
            # The response may leave out the account and the name.
            lacking = {key: getattr(blueprint, key) for key in ("account", "name") if not getattr(found, key)}
            found = found.model_copy(update=lacking) if lacking else found
            return blueprint if found == blueprint else found

        self._fetcher.fetch("blueprint", request, self._take, self._refused)

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """The client tries a request again after a pause."""
        if topic == "blueprint":
            self.staleness.waiting(reason, seconds, self._session.clock())

    def _take(self, blueprint: Blueprint) -> None:
        self.staleness.fresh(self._session.clock())
        self.blueprint = blueprint
        self._publish()

    def _refused(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self._fail(error)
