"""Loads one blueprint with its builds. Knows no widget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.loading import Changed, Loader
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint, Build


class BlueprintState(Struct, frozen=True):
    """A blueprint, and the build on screen, if any.

    `fetched` says whether the platform sent the blueprint; before that, it is what the list knows.
    """

    blueprint: Blueprint
    build: Build | None = None
    fetched: bool = False
    error: PlatformError | None = None
    """The failure of the latest request."""


def key_of_build(build: Build) -> tuple[str, str]:
    """Return the id and time of the build: two builds can share an id."""
    return build.build_id, build.published_at.raw


def _first(blueprint: Blueprint) -> BlueprintState:
    return BlueprintState(blueprint, blueprint.builds[0] if blueprint.builds else None)


class BlueprintLoader(Loader[BlueprintState]):
    """Requests the blueprint with its builds. The build on screen stays if it still exists."""

    TOPICS = ("blueprint",)

    def __init__(
        self,
        requests: Requests,
        session: Session,
        blueprint: Blueprint,
        show: Changed[BlueprintState],
    ) -> None:
        super().__init__(requests, session, _first(blueprint), show)

    def begin(self, blueprint: Blueprint) -> None:
        """Start over with another blueprint; only its row in the catalog is known."""
        self.begin_with(_first(blueprint), *self.TOPICS)

    def load(self) -> None:
        """Request the blueprint."""
        blueprint, platform = self.state.blueprint, self._session.platform
        self.staleness.requested(self._session.clock())

        def request(call: Call) -> Blueprint:
            found = platform.blueprint(blueprint.account, blueprint.name, call=call)
            # The response may leave out the account and the name.
            lacking = {key: getattr(blueprint, key) for key in ("account", "name") if not getattr(found, key)}
            found = found.model_copy(update=lacking) if lacking else found
            return blueprint if found == blueprint else found

        self._requests.fetch("blueprint", request, self._take, self._fail)

    def _take(self, blueprint: Blueprint) -> None:
        self.staleness.fresh(self._session.clock())
        key = key_of_build(self.state.build) if self.state.build is not None else None
        newest = blueprint.builds[0] if blueprint.builds else None
        build = next((build for build in blueprint.builds if key_of_build(build) == key), newest)
        self.change(blueprint=blueprint, build=build, fetched=True, error=None)

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(error=error)
