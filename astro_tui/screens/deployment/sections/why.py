"""The whole diagnosis: cause, change, evidence, what disagrees, what could not be read, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from textual.app import ComposeResult
from textual.content import Content

from astro_tui.clipboard.offers import text_offer
from astro_tui.presentation.explained import Page, Tone, in_full
from astro_tui.presentation.log_places import place_of
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import Command
from astro_tui.widgets.chrome.notice import Block
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.scroller import Scroller

STYLES = {Tone.HEADING: "bold", Tone.QUIET: "$quiet", Tone.COMMAND: "$text-primary"}
MARGIN = 2
"""Blank cells to the left of the text."""
WIDEST = 110
"""Maximum width, in cells, of a line that is easy to read."""


@dataclass(frozen=True)
class _TonedPage(Page):
    """A page that remembers which texts stand out."""

    tones: dict[str, Tone] = field(default_factory=dict)
    key_of: Callable[[str], str] = str

    def keys(self, action: str) -> str:
        """Return the user's own keys for an action."""
        name, _space, letter = action.partition(" ")
        return f"{self.key_of(name)} {letter}".rstrip()

    def paint(self, text: str, tone: Tone) -> str:
        """Return the text, and note the tone to draw its line in."""
        self.tones[text.strip()] = tone
        return text


class WhyPane(ScrolledPane[DeploymentState]):
    """Scrolls what `astro-tui why` prints. The screen's loader investigates, so the pane requests nothing."""

    BINDINGS = keymap("""
        l  logs  why.logs  the log line that shows the cause
    """)

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="why-side"):
            yield Block(self.look, id="why-lines")

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll, and the one that opens the log, if a place in it is known."""
        logs = [("l", "log line")] if self._log_place else []
        return [*super().hints(), *logs]

    @property
    def _log_place(self) -> str:
        return place_of(self._state.entry.diagnosis) if self._state is not None else ""

    def action_logs(self) -> None:
        """Show the log line with the cause, or the log of what fails."""
        if self._log_place:
            self.post_message(self.Wanted("logs", self._log_place))
        else:
            self.page.show_message("No log has more details.")

    def offer(self, command: Command) -> bool:
        """Copy the diagnosis as text."""
        state = self._state
        lines = self._lines(state, self._page(0)) if state is not None else []
        if command is not Command.COPY or not lines or state is None:
            return False
        offer = text_offer("w", "why", "\n".join(lines))
        open_menu(self.screen, self.look, self.look.plain(state.entry.label), [offer])
        return True

    def draw(self, state: DeploymentState) -> None:
        """Draw the diagnosis, with its headings and commands in their tones."""
        page = self._page(min(WIDEST, self.app.size.width - 1 - 2 * MARGIN))
        lines = self._lines(state, page) or [self.look.own("Investigating…")]
        tones = [page.tones.get(line.strip()) for line in lines]
        rows = [
            Content.assemble(" " * MARGIN, (line, STYLES[tone] if tone is not None else ""))
            for line, tone in zip(lines, tones, strict=True)
        ]
        self.query_one("#why-lines", Block).show_lines(*rows)

    def _page(self, width: int) -> _TonedPage:
        return _TonedPage(width, self.look.ascii, self.session.clock(), key_of=partial(action_key, self))

    @staticmethod
    def _lines(state: DeploymentState, page: Page) -> list[str]:
        """Return the lines of the diagnosis; none before there is one."""
        diagnosis = state.entry.diagnosis
        return list(in_full(state.entry, diagnosis, page)) if diagnosis is not None else []
