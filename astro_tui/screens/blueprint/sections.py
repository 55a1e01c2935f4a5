"""The sections of the blueprint screen. `BLUEPRINT_SECTIONS` in `session/routes.py` lists them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from textual import on
from textual.app import ComposeResult
from textual.content import Content

from astro_tui.clipboard.offers import Piece
from astro_tui.document import Document, count_first_rows
from astro_tui.errors import DocumentError
from astro_tui.presentation.catalog import blueprint_fields, build_fields, builds_line, key_of
from astro_tui.screens.base.copy_actions import menu_offers, open_document_menu, save, save_document
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import Command, Event, SectionPane, Waiting
from astro_tui.screens.blueprint.loader import BlueprintState, has_spec, is_draft, key_of_build, reading_text
from astro_tui.state.files import file_stem
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.lists.tables import BuildTable
from astro_tui.widgets.text.markdown_view import MarkdownView
from astro_tui.widgets.text.record_pane import FactsPane

if TYPE_CHECKING:
    from astro_tui.platform.models import Build


class TextPane(SectionPane[BlueprintState]):
    """Shows the text that its section is about: `readme` or `card`."""

    STYLES = ("markdown",)
    _state: BlueprintState | None = None

    def compose(self) -> ComposeResult:
        """The name of the text, and the text below it."""
        yield Rule(self.look, classes="rule")
        yield MarkdownView(self.look)

    @property
    def markdown(self) -> MarkdownView:
        """The text."""
        return self.query_one(MarkdownView)

    def show(self, state: BlueprintState) -> None:
        """Show the text of the build, if the section is shown."""
        self._state = state
        if self.active:
            self._read()

    def heard(self, event: Event | Waiting) -> None:
        """Lay the text out."""
        if event in (Event.APPEARED, Event.REFRESH):
            self._read()

    def take_focus(self) -> None:
        """Let the keys scroll the text."""
        self.screen.set_focus(self.markdown)

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll."""
        return [("j k", "scroll")]

    def _read(self) -> None:
        state = self._state
        if state is None:
            return
        instead = "loading"
        if state.build is not None:
            instead = f"This build has no {'agent card' if self.section == 'card' else self.section}."
        elif state.fetched:
            instead = "Nothing has been pushed yet."
        self.markdown.show(reading_text(state.blueprint, state.build, self.section), instead)
        self._show_rule()

    @on(MarkdownView.LaidOut)
    def _show_rule(self) -> None:
        state, look = self._state, self.look
        if state is None:
            return
        build = look.plain(state.build.build_id) if state.build is not None else ""
        name = {"card": "agent card"}.get(self.section, self.section)
        if self.section == "card" and is_draft(state.blueprint, state.build):
            name = "agent card (draft)"
        title = Content.assemble((name, "bold"), f" {look.glyphs.dot} build {build}" if build else "")
        self.query_one(Rule).show(title, look.own(self.markdown.remark))

    def offer(self, command: Command) -> bool:
        """Save the text, unchanged."""
        if command is not Command.SAVE:
            return False
        state = self._state
        text = reading_text(state.blueprint, state.build, self.section) if state is not None else ""
        if state is not None and text:
            save(self.app, self.look, file_stem(state.blueprint.name, self.section), ".md", lambda: Piece(text))
        else:
            self.page.show_message(f"There is no {self.section} to save.", warning=True)
        return True


TOPIC = "document"


class ParsedSpec(Struct, frozen=True):
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


class BuildsPane(SectionPane[BlueprintState]):
    """Two builds can be marked to be compared."""

    _state: BlueprintState | None = None

    def compose(self) -> ComposeResult:
        """The number of builds, and the table below it."""
        yield Rule(self.look, id="builds-rule", classes="rule")
        yield BuildTable(self.look, self.session.clock, id="builds")

    @property
    def table(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    def show(self, state: BlueprintState) -> None:
        """Show the builds; after a refresh, the cursor stays on the same one."""
        before, self._state = self._state, state
        if before is not None and before.blueprint is state.blueprint and before.fetched is state.fetched:
            return
        self.table.instead = ["nothing pushed yet" if state.fetched else "loading"]
        again = before is not None and key_of(before.blueprint) == key_of(state.blueprint)
        self.table.show_builds(state.blueprint.builds, again=again)
        self.query_one("#builds-rule", Rule).show(Content.assemble((builds_line(state.blueprint), "bold")))

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table)

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the table."""
        return [("j k", "build"), ("enter", "read it"), ("space", "mark two")]


class BlueprintRecordPane(ScrolledPane[BlueprintState]):
    """Scrolls the lines if there are more than fit."""

    BESIDE = ((160, 60), (100, 44))

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="facts"):
            yield FactsPane(self.look, id="record")

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll."""
        return [("j k", "scroll")]

    def draw(self) -> None:
        """Draw the lines."""
        state, now = self.state, self.session.clock()
        groups = [blueprint_fields(state.blueprint, now)]
        if state.build is not None:
            groups.append(build_fields(state.build, now))
        self.query_one(FactsPane).show_groups(groups, self.room - 2)
