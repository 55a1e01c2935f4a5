"""The readme or the agent card of the build on screen."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.content import Content

from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base.copy_actions import save
from astro_tui.screens.base.sections import Command, Event, SectionPane, Waiting
from astro_tui.screens.blueprint.loader import BlueprintState
from astro_tui.screens.blueprint.texts import is_draft, reading_text
from astro_tui.state.files import file_stem
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.text.markdown_view import MarkdownView


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
