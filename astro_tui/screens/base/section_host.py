"""The body of a screen with sections: it shows one section at a time, with those that accompany it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content

from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import Note, PanePlace, SectionPane, TabStrip
from astro_tui.session.routes import Section
from astro_tui.theme.look import read_styles, stylesheet
from astro_tui.theme.sizes import SHORT
from astro_tui.widgets.textual_compat import is_being_removed

S = TypeVar("S")


def pane_class(section: Section) -> type[SectionPane[Any]]:
    """Import and return the class of a section's pane."""
    module, _, name = section.pane.partition(":")
    pane: type[SectionPane[Any]] = getattr(import_module(module), name)
    return pane


def preload(sections: Sequence[Section], first: str = "") -> None:
    """Import the panes that a screen shows first, so that opening it is fast (any thread)."""
    name = first or sections[0].name
    for section in sections:
        if section.name == name or name in section.beside:
            pane_class(section)


class SectionHost(Container, Generic[S]):
    """Imports the class of a section when it is first shown, and cancels the requests of a section that is hidden.

    The section with the keys is `active`. If it accompanies another one, that one is `main`; else both are the same.
    """

    def __init__(self, page: Page, sections: Sequence[Section], first: str = "") -> None:
        super().__init__(id="body")
        self._page = page
        self.sections = tuple(sections)
        self.names = [section.name for section in sections]
        self.first = self.names[0]
        self.active = self.main = first or self.first
        self._panes: dict[str, SectionPane[S]] = {}
        self._opening = asyncio.Lock()
        self._places: dict[str, PanePlace] = {}
        self._state: S | None = None
        self._full = False
        self.unnamed: Collection[str] = ()
        """The sections that have nothing to show."""

    def compose(self) -> ComposeResult:
        """The panes that accompany others, in a column of their own, and the first section."""
        self._beside = Vertical(*(self._make(section) for section in self.sections if section.beside), id="beside")
        main = self._make(self._section(self.main))
        # Done before anything has styles: at the first layout, this would compute all styles again.
        self._set_classes(self._find_places())
        yield self._beside
        yield main

    def _make(self, section: Section) -> SectionPane[S]:
        made: type[SectionPane[S]] = pane_class(section)
        read_styles(self.app.stylesheet, map(stylesheet, made.STYLES))
        pane = self._panes[section.name] = made(self._page, section.name)
        return pane

    # ---- panes

    @property
    def active_pane(self) -> SectionPane[S]:
        """The pane with the keys."""
        return self._panes[self.active]

    @property
    def main_pane(self) -> SectionPane[S]:
        """The pane that the user is reading: the one with the keys, or the one that it accompanies."""
        return self._panes[self.main]

    def _section(self, name: str) -> Section:
        return next(section for section in self.sections if section.name == name)

    # ---- what the screen calls

    def restart(self, state: S) -> None:
        """Show another object: the panes start over, and what they said in the tab strip is dropped."""
        with self._page.one_drawing():
            self._hide(self._places)
            self._places = {}
            for pane in self.mounted:
                pane.begin()
            self.show(state)
            self.lay_out()

    def show(self, state: S) -> None:
        """Hand all panes a new state."""
        if state is self._state:
            return
        self._state = state
        with self._page.one_drawing():
            for pane in self.mounted:
                pane.show(state)

    async def open(self, name: str) -> None:
        """Give a section the keys, and show it unless it is shown already."""
        beside = self._section(name).beside
        main = name if not beside else self.main if self.main in beside else beside[0]
        # A key and a click can both open a section: the second one waits until the pane has its widgets.
        async with self._opening:
            if not all([await self._mount(each) for each in (main, name)]):
                return
        self._activate(name)
        self.main = main
        self.lay_out()
        self.active_pane.take_focus()

    def _activate(self, name: str) -> None:
        """Give a section the keys; what the user typed in another one ends."""
        before = self._panes.get(self.active)
        if name != self.active and before is not None and before.is_mounted:
            before.unfocused()
        self.active = name

    async def _mount(self, name: str) -> bool:
        """Create the pane of a section the first time, and return whether its widgets are there."""
        if name not in self._panes:
            pane = self._make(self._section(name))
            await self.mount(pane)
            if self._is_ready(pane) and self._state is not None:
                pane.begin()
                pane.show(self._state)
        return self._is_ready(self._panes[name])

    def _is_ready(self, pane: SectionPane[S]) -> bool:
        """Whether a pane has its widgets. While a screen closes, Textual mounts nothing, or only half of them."""
        return pane.is_mounted and not is_being_removed(self)

    def lay_out(self) -> None:
        """Show the panes that the window has room for, each in its place."""
        if self._state is None:
            return
        before, places = self._places, self._find_places()
        if places == before:
            return
        with self._page.one_drawing():
            self._hide([name for name in before if name not in places])
            self._places = places
            self._set_classes(places)
            self._beside.display = any(self._section(name).beside for name in places)
            for name, place in places.items():
                if before.get(name) is not place:
                    self._panes[name].put(place, full=self.full)
                if name not in before:
                    self._panes[name].shown()

    def _set_classes(self, places: Mapping[str, PanePlace]) -> None:
        self.set_class(PanePlace.BESIDE in places.values(), "-beside")
        self._beside.set_class(PanePlace.ABOVE in places.values(), "-above", update=self._beside.is_attached)
        for name, place in places.items():
            pane = self._panes[name]
            pane.set_class(place is PanePlace.BESIDE, "-beside", update=pane.is_attached)
            pane.set_class(place is PanePlace.ABOVE, "-above", update=pane.is_attached)

    def _find_places(self) -> dict[str, PanePlace]:
        active, width = self._section(self.active), self.app.size.width
        if active.beside and width < active.beside_from:
            return {active.name: PanePlace.MAIN}
        places = {self.main: PanePlace.MAIN}
        for section in self.sections:
            if self.main not in section.beside:
                continue
            if width >= section.beside_from:
                places[section.name] = PanePlace.BESIDE
            elif section.above and not self.main_pane.fills:
                places[section.name] = PanePlace.ABOVE
        return places

    def _hide(self, names: Sequence[str] | dict[str, PanePlace]) -> None:
        for name in names:
            self._panes[name].hide()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click gives the keys to another pane that is shown."""
        if event.widget is not self.screen.focused:
            return
        inside = [name for name in self._places if self._panes[name] in event.widget.ancestors]
        if inside and inside[0] != self.active:
            self._activate(inside[0])
            self._page.changed()

    @property
    def mounted(self) -> list[SectionPane[S]]:
        """The panes that have their widgets. One that is being mounted gets the state from `open` afterwards."""
        return [pane for pane in self._panes.values() if self._is_ready(pane)]

    @property
    def shown(self) -> list[SectionPane[S]]:
        """The panes that are shown."""
        return [pane for pane in self.mounted if pane.active]

    def keep_place(self) -> None:
        """Let all panes save cursor, folds, and search for the next visit."""
        for pane in self.mounted:
            pane.keep_place()

    def hold(self) -> None:
        """Let all panes keep their rows in place, because a line may appear above them."""
        for pane in self.mounted:
            pane.hold()

    def resized(self) -> None:
        """Arrange the panes for another size of the terminal."""
        with self._page.one_drawing():
            self.lay_out()
            for name, place in self._places.items():
                self._panes[name].put(place, full=self.full)

    # ---- the full height

    @property
    def full(self) -> bool:
        """Whether the section has the full height. The first section has its own key for this."""
        return self._full and self.main != self.first

    @property
    def can_be_full(self) -> bool:
        """Whether the section can get more room: in a short window only if it has several parts."""
        if self.main == self.first:
            return False
        return self.full or self.app.size.height >= SHORT or self.main_pane.SPLIT

    @property
    def strip(self) -> bool:
        """Whether the tab strip has a row. Otherwise, the first row of the screen names the section."""
        return self.app.size.height >= SHORT and not self.full

    def toggle_full(self) -> None:
        """Give the section the full height, or share it again."""
        self._full = not self.full
        self.resized()

    def name_beside(self, step: int) -> str:
        """Return the name of the section some steps after the one with the keys; the first one follows the last."""
        return self.names[(self.names.index(self.active) + step) % len(self.names)]

    @property
    def other(self) -> str:
        """Of the main section and the one beside it, the one without the keys; empty if nothing is beside it."""
        beside = next((section.name for section in self.sections if self.main in section.beside), "")
        return self.main if beside == self.active else beside

    # ---- the tab strip

    def draw(self) -> None:
        """Draw the tab strip, if the window has a row for it."""
        strip = self.screen.query_one(TabStrip)
        strip.display = self.strip
        strip.show_tabs(self.sections, self._in_full, self.notes, focused=self.active, unnamed=self.unnamed)

    def headed(self, forms: Sequence[Content], short: Content) -> list[Content]:
        """Return `forms` for the first row, with the section's title added if no tab strip names it.

        `short` is one more form, added only together with a title.
        """
        if self.strip or self.active == self.first:
            return list(forms)
        end = self._page.look.line((f" {self._page.look.glyphs.into} ", "$quiet"), self._section(self.active).title)
        return [form + end for form in (*forms, short)]

    @property
    def active_note(self) -> Note:
        """What the active section says about itself."""
        return self.notes.get(self.active, Note())

    @property
    def notes(self) -> Mapping[str, Note]:
        """What the sections say about themselves."""
        return {pane.section: pane.note for pane in self.mounted if pane.begun and pane.note is not None}

    @property
    def _in_full(self) -> list[str]:
        """The names of the sections that are shown, except for a summary above another section."""
        return [name for name in self.names if self._places.get(name) in (PanePlace.MAIN, PanePlace.BESIDE)]
