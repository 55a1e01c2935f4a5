"""The sections of the blueprint screen. `BLUEPRINT_SECTIONS` in `session/routes.py` lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from textual.app import ComposeResult

from astro_tui.clipboard.offers import Piece
from astro_tui.document import Document, count_first_rows
from astro_tui.errors import DocumentError
from astro_tui.presentation.catalog import blueprint_fields, build_fields, builds_line, key_of
from astro_tui.screens.base.copy_actions import menu_offers, open_document_menu, save, save_document
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import SectionCommand, SectionPane
from astro_tui.screens.base.view import Topic
from astro_tui.screens.blueprint.builds import BlueprintState, has_spec, is_draft, key_of_build, reading_text
from astro_tui.state.files import file_stem
from astro_tui.widgets.chrome.bar import TitledRule
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

    def compose(self) -> ComposeResult:
        """The name of the text, and the text below it."""
        yield TitledRule(self.look, classes="rule")
        yield MarkdownView(self.look)

    @property
    def markdown(self) -> MarkdownView:
        """The text."""
        return self.query_one(MarkdownView)

    def take_focus(self) -> None:
        """Let the keys scroll the text."""
        self.screen.set_focus(self.markdown)

    def draw(self) -> None:
        """Draw the text of the build, with its name."""
        state, look = self.state, self.look
        instead = "loading"
        if state.build is not None:
            instead = f"This build has no {'agent card' if self.section == 'card' else self.section}."
        elif state.fetched:
            instead = "Nothing has been pushed yet."
        self.markdown.show(reading_text(state.blueprint, state.build, self.section), instead)
        build = look.plain(state.build.build_id) if state.build is not None else ""
        name = {"card": "agent card"}.get(self.section, self.section)
        if self.section == "card" and is_draft(state.blueprint, state.build):
            name = "agent card (draft)"
        title = look.line((name, "bold"), f" {look.glyphs.dot} build {build}" if build else "")
        self.query_one(TitledRule).show(title, look.plain(self.markdown.remark))

    def offer(self, command: SectionCommand) -> bool:
        """Save the text, unchanged."""
        if command is not SectionCommand.SAVE:
            return False
        state = self.state
        text = reading_text(state.blueprint, state.build, self.section)
        if text:
            save(self.app, self.look, file_stem(state.blueprint.name, self.section), ".md", lambda: Piece(text))
        else:
            self.show_message(f"There is no {self.section} to save.", warning=True)
        return True


class ParsedSpec(Struct, frozen=True):
    """The parsed spec of a build, or the `problem` with it."""

    build: Build
    document: Document | None
    problem: str = ""


class BuildSpecPane(SectionPane[BlueprintState]):
    """Keeps folds, cursor, and search from build to build."""

    STYLES = ("spec_tree",)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.side = SpecSide(self.look)
        self._spec = Topic[ParsedSpec](self, "document")
        self._shown: ParsedSpec | None = None

    def compose(self) -> ComposeResult:
        """The document with its search and its value."""
        yield self.side

    # ---- what the host calls

    def begin(self) -> None:
        """Start over: the next state is about another blueprint."""
        self.keep_place()
        super().begin()
        self._shown = None
        self.side.start_loading()

    def unfocused(self) -> None:
        """Keep the search that the user is typing."""
        self.side.end_typing()

    def take_focus(self) -> None:
        """Focus the document."""
        self.side.take_focus()

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next build and the next visit."""
        state = self.side.view() if self._shown is not None and self._shown.document is not None else None
        if state is not None and self._state is not None:
            self.session.views[self._view_key] = state

    @property
    def _view_key(self) -> str:
        return f"blueprint {key_of(self.state.blueprint)}"

    def follow(self) -> None:
        """Parse the spec of the build, unless it is shown or being parsed."""
        build, spec = self.state.build, self._spec
        key = key_of_build(build) if build is not None and has_spec(build) else None
        if build is None or key is None:
            spec.forget()
        elif self._shown is not None and key_of_build(self._shown.build) == key:
            # The cursor was on another build for a moment.
            spec.cancel()
        elif spec.key != key or not (spec.busy or spec.value is not None):
            spec.about(key)
            spec.load(lambda _call: _parse(build))

    # ---- drawing

    def draw(self) -> None:
        """Draw the spec, or a notice that says why it is missing."""
        state, spec, side, look = self.state, self._spec.value, self.side, self.look
        if state.build is not None and not has_spec(state.build):
            self._say("No spec", "This build has no spec.")
        elif state.build is None and state.fetched:
            self._say("No spec", "Nothing has been pushed yet.")
        elif spec is not None and spec is not self._shown:
            self.keep_place()
            if spec.document is None:
                self._say("The spec cannot be read", look.plain(spec.problem))
                self._shown = spec
                return
            self._shown = spec
            side.show(spec.document, self.session.views.get(self._view_key))
            if self.screen.focused is None:
                # Until now, a notice was shown instead.
                self.take_focus()
            side.show_title(f"{side.summary} {look.glyphs.dot} build {look.plain(spec.build.build_id)}")

    def _say(self, title: str, sentence: str) -> None:
        """Show a notice instead of the spec."""
        self.keep_place()
        self._shown = None
        self.side.notice.say(title, [sentence])
        self.side.show_notice()

    # ---- keys

    def offer(self, command: SectionCommand) -> bool:
        """Choose what to copy from the spec and the blueprint, or save the spec in the form on screen, masked."""
        state = self.state
        if command not in (SectionCommand.COPY, SectionCommand.SAVE):
            return False
        if command is SectionCommand.COPY:
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
        return ParsedSpec(build, None, str(error))
    count_first_rows(document)
    return ParsedSpec(build, document)


class BuildsPane(SectionPane[BlueprintState]):
    """Two builds can be marked to be compared."""

    def compose(self) -> ComposeResult:
        """The number of builds, and the table below it."""
        yield TitledRule(self.look, id="builds-rule", classes="rule")
        yield BuildTable(self.look, self.session.clock, id="builds")

    @property
    def table(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    def show(self, state: BlueprintState) -> None:
        """Show the builds; after a refresh, the cursor stays on the same one."""
        before = self._state
        super().show(state)
        if before is not None and before.blueprint is state.blueprint and before.fetched is state.fetched:
            return
        self.table.instead = ["nothing pushed yet" if state.fetched else "loading"]
        again = before is not None and key_of(before.blueprint) == key_of(state.blueprint)
        self.table.show_builds(state.blueprint.builds, again=again)
        self.query_one("#builds-rule", TitledRule).show(self.look.line((builds_line(state.blueprint), "bold")))

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table)


class BlueprintRecordPane(ScrolledPane[BlueprintState]):
    """Scrolls the lines if there are more than fit."""

    BESIDE = ((160, 60), (100, 44))

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="facts"):
            yield FactsPane(self.look, id="record")

    def draw(self) -> None:
        """Draw the lines."""
        state, now = self.state, self.session.clock()
        groups = [blueprint_fields(state.blueprint, now)]
        if state.build is not None:
            groups.append(build_fields(state.build, now))
        self.query_one(FactsPane).show_groups(groups, self.room - 2)
