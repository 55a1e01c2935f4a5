"""The whole diagnosis: cause, change, evidence, what disagrees, what could not be read, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass, field

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from astro_tui.presentation.explained import Page, Tone, in_full
from astro_tui.presentation.record import Known
from astro_tui.screens.base.sections import SectionPane
from astro_tui.widgets.lists.scroller import Scroller

STYLES = {Tone.HEADING: "bold", Tone.QUIET: "$quiet", Tone.COMMAND: "$text-primary"}
MARGIN = 2
"""Cells left of the text."""
WIDEST = 110
"""Cells of a line that is still easy to read."""


@dataclass(frozen=True)
class _TonedPage(Page):
    """A page that remembers which texts stand out."""

    tones: dict[str, Tone] = field(default_factory=dict)

    def paint(self, text: str, tone: Tone) -> str:
        """Return the text; its line is drawn in its tone."""
        self.tones[text.strip()] = tone
        return text


class WhyPane(SectionPane[Known]):
    """Scrolls what `astro-tui why` prints. The screen's loader investigates, so the pane requests nothing."""

    _known: Known | None = None

    def compose(self) -> ComposeResult:
        """The lines."""
        with Scroller(id="why-side"):
            yield Static("", id="why-lines", markup=False)

    def show(self, state: Known) -> None:
        """Draw the diagnosis."""
        self._known = state
        if self.active:
            self._draw()

    def activate(self) -> None:
        """Draw what was found meanwhile."""
        self._draw()

    def resized(self) -> None:
        """Wrap the lines for the new width."""
        self._draw()

    def take_focus(self) -> None:
        """Take the keys that scroll."""
        self.screen.set_focus(self.query_one(Scroller))

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll, and the one that shows what changed."""
        return [("j k", "scroll"), ("d", "diff"), ("y", "copy")]

    def copy_menu(self) -> bool:
        """Copy the diagnosis as text."""
        from astro_tui.clipboard.offers import text_offer
        from astro_tui.screens.base.copy_actions import open_menu

        lines = self._lines(_TonedPage(0, self.look.ascii, self.session.clock()))
        if not lines or self._known is None:
            return False
        offer = text_offer("w", "why", "\n".join(lines))
        open_menu(self.screen, self.look, self.look.plain(self._known.entry.label), [offer])
        return True

    def _lines(self, page: Page) -> list[str]:
        """Return the lines of the diagnosis; none before there is one."""
        entry = self._known.entry if self._known is not None else None
        return list(in_full(entry, entry.diagnosis, page)) if entry is not None and entry.diagnosis is not None else []

    def _draw(self) -> None:
        width = min(WIDEST, self.app.size.width - 1 - 2 * MARGIN)
        page = _TonedPage(width, self.look.ascii, self.session.clock())
        lines = self._lines(page) or [self.look.own("Investigating…")]
        tones = [page.tones.get(line.strip()) for line in lines]
        rows = [
            Content.assemble(" " * MARGIN, (line, STYLES[tone] if tone is not None else ""))
            for line, tone in zip(lines, tones, strict=True)
        ]
        self.query_one("#why-lines", Static).update(Content("\n").join(rows))
