"""The base of the sections that draw the screen's state as lines, and scroll if there are too many."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, TypeVar

from astro_tui.screens.base.sections import Event, PanePlace, SectionPane, Waiting
from astro_tui.widgets.lists.scroller import Scroller

S = TypeVar("S")
AGES_EVERY = 5.0
"""Seconds between two updates of the ages in the lines."""


class ScrolledPane(SectionPane[S]):
    """Draws the state while it is shown. A pane composes its lines in a `Scroller`."""

    BESIDE: ClassVar[tuple[tuple[int, int], ...]] = ()
    """Pairs: minimum columns of the window, cells of the column beside another pane. As in the style sheet."""
    _state: S | None = None

    @property
    def room(self) -> int:
        """The width of the pane in its place, in cells."""
        width = self.app.size.width
        if self.place is not PanePlace.BESIDE:
            return width
        # During a resize, the window may already be too narrow for a column.
        return next((cells for least, cells in self.BESIDE if width >= least), width)

    @abstractmethod
    def draw(self, state: S) -> None:
        """Draw the lines for the size of the window."""

    def on_mount(self) -> None:
        """Keep the ages up to date."""
        self.set_interval(AGES_EVERY, self._tick)

    def _tick(self) -> None:
        if self.screen.is_current:
            self._draw()

    def _draw(self) -> None:
        if self.active and self._state is not None:
            self.draw(self._state)

    def show(self, state: S) -> None:
        """Draw the state, if the section is shown."""
        self._state = state
        self._draw()

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Draw for the new size or place."""
        super().put(place, full=full)
        self._draw()

    def heard(self, event: Event | Waiting) -> None:
        """Draw again what is known by now."""
        if event is Event.REFRESH:
            self._draw()

    def take_focus(self) -> None:
        """Focus the lines, so that the keys scroll them."""
        self.screen.set_focus(self.query_one(Scroller))

    def hints(self) -> list[tuple[str, str]]:
        """The keys that scroll, and the one that shows what changed."""
        return [("j k", "scroll"), ("d", "diff"), ("y", "copy")]
