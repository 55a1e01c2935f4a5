"""The spec of the chosen build, drawn in the spec's place on the blueprint screen."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from astro_tui.presentation.catalog import key_of
from astro_tui.screens.blueprint.loader import BlueprintLoader, ParsedSpec
from astro_tui.screens.blueprint.texts import has_spec
from astro_tui.session.session import Session
from astro_tui.widgets.document.spec_side import SpecSide

if TYPE_CHECKING:
    from astro_tui.platform.models import AgentVersion


class BuildSpec:
    """Parses a spec when it is shown, and keeps folds, cursor, and search from build to build."""

    def __init__(self, session: Session, loader: BlueprintLoader, side: SpecSide) -> None:
        self._session, self._loader, self._side = session, loader, side
        self._shown: Hashable = None
        self._wanted: Hashable = None

    def begin(self) -> None:
        """Start over with another blueprint."""
        self._shown = None
        self._side.start_loading()

    def show(self, version: AgentVersion | None, key: Hashable) -> None:
        """Show the spec of a build, which has this `key` in the table of builds."""
        if version is not None and has_spec(version):
            if self._shown != key:
                self._wanted = key
                self._loader.parse(version, self._take)
            return
        self._loader.forget_spec()
        self.keep_view()
        self._shown = None
        if version is not None or self._loader.staleness.fetched is not None:
            self._side.notice.say(
                "No spec", ["The platform sent none with this build." if version else "Nothing was pushed yet."]
            )
            self._side.show_notice()

    def _take(self, parsed: ParsedSpec) -> None:
        self.keep_view()
        look, side = self._session.look, self._side
        self._shown = self._wanted if parsed.document is not None else None
        if parsed.document is None:
            side.notice.say("The spec cannot be read", [look.plain(parsed.problem)])
            side.show_notice()
            return
        side.show(parsed.document, self._session.views.get(self._view_key))
        side.show_title(f"{side.summary} {look.glyphs.dot} build {look.plain(parsed.version.build_id)}")

    def keep_view(self) -> None:
        """Keep folds, cursor, and search for the next build and the next visit."""
        reading = self._side.view() if self._shown else None
        if reading is not None:
            self._session.views[self._view_key] = reading

    @property
    def _view_key(self) -> str:
        return f"blueprint {key_of(self._loader.agent)}"
