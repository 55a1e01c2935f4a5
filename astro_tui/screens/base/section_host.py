"""Shows one section of a screen at a time: imports it when it is first shown, and cancels what a hidden one loads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual.containers import Container

from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import LOW, Note, Section, SectionFetcher, SectionPane, TabStrip
from astro_tui.theme.sizes import NARROW

S = TypeVar("S")


class SectionHost(Generic[S]):
    """The sections of `page`. The panes of those that have one are mounted in the container `body`."""

    def __init__(self, page: Page, sections: Sequence[Section[S]], body: str) -> None:
        self._page, self._body = page, body
        self.sections = tuple(sections)
        self.active = self.sections[0].name
        self._panes: dict[str, SectionPane[S]] = {}
        self._notes: dict[str, Note] = {}

    @property
    def pane(self) -> SectionPane[S] | None:
        """The pane of the section that is shown; None if that section is part of its screen."""
        return self._panes.get(self.active)

    def find(self, name: str) -> Section[S] | None:
        """Return the section with this name."""
        return next((section for section in self.sections if section.name == name), None)

    async def open(self, name: str, state: S) -> None:
        """Show another section; a pane gets the screen's `state` before it loads anything itself."""
        section, page = self.find(name), self._page
        if section is None:
            return
        if self.pane is not None:
            self.pane.deactivate()
            self.pane.display = False
        self.active = name
        if section.load is not None and name not in self._panes:
            pane = section.load()(page.session, name, SectionFetcher(page, name))
            await page.query_one(self._body, Container).mount(pane)
            self._panes[name] = pane
        if self.pane is not None and self.active == name:
            self.pane.display = True
            self.restart(state)

    def restart(self, state: S) -> None:
        """Let the shown pane start over with another state."""
        if self.pane is not None:
            self.pane.deactivate()
            self.pane.show(state)
            self.pane.activate()

    def show(self, state: S) -> None:
        """Hand the shown pane a new state."""
        if self.pane is not None:
            self.pane.show(state)

    def note(self, message: SectionPane.Changed) -> None:
        """Keep what a section says of itself for the tab strip."""
        self._notes[message.name] = message.note

    def forget_notes(self) -> None:
        """Another object is shown: what the sections said was about the last one."""
        self._notes.clear()

    def draw(self) -> None:
        """Draw the tab strip, if the window has a row for it."""
        strip, size = self._page.query_one(TabStrip), self._page.size
        strip.display = size.height >= LOW
        shown = {self.active}
        if self.pane is None:
            beside = [each for each in self.sections if each.beside_from and size.width >= each.beside_from]
            shown |= {self.sections[0].name, *(each.name for each in beside)} if beside else set()
        strip.show_tabs(self.sections, shown, self._notes, focused=self.active, short=size.width < NARROW)

    @property
    def heading(self) -> str:
        """What the first row says of the section where there is no tab strip; empty for the first section."""
        section = self.find(self.active)
        low = self._page.size.height < LOW
        return section.title if low and section is not None and section is not self.sections[0] else ""
