"""The spec of the build on screen, parsed when it is shown."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from astro_tui.document import Document, count_first_rows
from astro_tui.errors import DocumentError
from astro_tui.presentation.catalog import key_of
from astro_tui.screens.base.copy_actions import menu_offers, open_document_menu, save_document
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import Command, Event, SectionPane, Waiting
from astro_tui.screens.blueprint.loader import BlueprintState, key_of_build
from astro_tui.screens.blueprint.texts import has_spec
from astro_tui.widgets.document.spec_side import SpecSide

if TYPE_CHECKING:
    from astro_tui.platform.models import Build


TOPIC = "document"


@dataclass(frozen=True)
class ParsedSpec:
    """The parsed spec of a build, or the `problem` with it."""

    document: Document | None
    problem: str = ""


class BuildSpecPane(SectionPane[BlueprintState]):
    """Keeps folds, cursor, and search from build to build."""

    STYLES = ("spec_tree",)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.side = SpecSide(self.look)
        self._state: BlueprintState | None = None
        self._drawn: Hashable = None

    def compose(self) -> ComposeResult:
        """The document with its search and its value."""
        yield self.side

    # ---- what the host calls

    def show(self, state: BlueprintState) -> None:
        """Show the spec of the build, if the section is shown."""
        before = self._state
        if before is None or key_of(before.blueprint) != key_of(state.blueprint):
            self._keep_place()
            self._drawn = None
            self.side.start_loading()
        self._state = state
        if self.active:
            self._read()

    def heard(self, event: Event | Waiting) -> None:
        """Read the spec, keep the search that the user is typing, or save the view."""
        match event:
            case Event.APPEARED | Event.REFRESH:
                self._read()
            case Event.UNFOCUSED:
                self.side.end_typing()
            case Event.LEAVE:
                self._keep_place()

    def take_focus(self) -> None:
        """Focus the document."""
        self.side.take_focus()

    def _keep_place(self) -> None:
        """Keep folds, cursor, and search for the next build and the next visit."""
        state = self.side.view() if self._drawn is not None else None
        if state is not None:
            self.session.views[self._view_key] = state

    @property
    def _view_key(self) -> str:
        return f"blueprint {key_of(self._state.blueprint)}" if self._state is not None else ""

    # ---- showing

    def _read(self) -> None:
        state = self._state
        if state is None:
            return
        build = state.build
        if build is not None and has_spec(build):
            if self._drawn != key_of_build(build):
                self.fetch(TOPIC, lambda _call: _parse(build), partial(self._take, build), lambda _error: None)
            else:
                # The cursor was on another build for a moment.
                self.forget(TOPIC)
            return
        self.forget(TOPIC)
        self._keep_place()
        self._drawn = None
        if build is not None or state.fetched:
            sentence = "This build has no spec." if build is not None else "Nothing has been pushed yet."
            self.side.notice.say("No spec", [sentence])
            self.side.show_notice()

    def _take(self, build: Build, parsed: ParsedSpec) -> None:
        self._keep_place()
        look, side = self.look, self.side
        if parsed.document is None:
            self._drawn = None
            side.notice.say("The spec cannot be read", [look.plain(parsed.problem)])
            side.show_notice()
            return
        self._drawn = key_of_build(build)
        side.show(parsed.document, self.session.views.get(self._view_key))
        if self.active and self.screen.focused is None:
            # Until now, a notice was shown instead.
            self.take_focus()
        side.show_title(f"{side.summary} {look.glyphs.dot} build {look.plain(build.build_id)}")

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self, message: SpecSide.KeysChanged) -> None:
        message.stop()
        self.post_message(self.KeysChanged())

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the document."""
        return self.side.hints()

    def offer(self, command: Command) -> bool:
        """Choose what to copy from the spec and the blueprint, or save the spec in the form on screen, masked."""
        state = self._state
        if state is None or command not in (Command.COPY, Command.SAVE):
            return False
        if command is Command.COPY:
            offers = menu_offers(self.session, state.blueprint, state.build)
            open_document_menu(self.page, self.look, self.side, offers, key_of(state.blueprint))
        else:
            build = state.build.build_id if state.build is not None else ""
            save_document(self.page, self.look, self.side, state.blueprint.name, build)
        return True


def _parse(build: Build) -> ParsedSpec:
    """Parse the spec of a build (worker thread)."""
    try:
        document = Document.parse(build.spec)
    except DocumentError as error:
        return ParsedSpec(None, str(error))
    count_first_rows(document)
    return ParsedSpec(document)
