"""The base of what draws itself: screens, sections, boxes, and panes with several parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from typing import TypeVar

from textual import on
from textual.events import Mount
from textual.widget import Widget

from astro_tui.widgets.keymap import Switches
from astro_tui.widgets.textual_compat import is_being_removed

R = TypeVar("R")

MOST_ROUNDS = 4
"""How often one change can cause another before drawing stops. Two are usual: new rows move the cursor."""


class Drawn(Switches, Widget):
    """A widget whose `draw` shows all that is known. Everything that changes something calls `changed`.

    The effect of a key is drawn in the frame of this key. A posted message would be handled later.
    """

    _ready = _held = _again = False

    def follow(self) -> None:
        """React to what changed before it is drawn, such as the cursor or a typed text: request what is needed."""

    def draw(self) -> None:
        """Draw everything. Widgets compare what they are passed with what they show, so unchanged parts cost little."""

    @property
    def drawable(self) -> bool:
        """Whether the widgets are there. While a screen closes, it still gets messages, but has lost them."""
        return self._ready and not is_being_removed(self)

    def changed(self) -> None:
        """Draw, and again if drawing changed something, such as the row under the cursor."""
        self._again = True
        if self._held or not self.drawable:
            return
        self._held = True
        try:
            for _ in range(MOST_ROUNDS):
                if not self._again:
                    break
                self.follow()
                self._again = False
                self.draw()
        finally:
            self._held = False

    @contextmanager
    def one_drawing(self) -> Iterator[None]:
        """Draw once, at the end, whatever changes inside."""
        if self._held:
            yield
            return
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._again:
            self.changed()

    @on(Mount)
    def _mounted(self) -> None:
        self._ready = True
        self.changed()


class NewestWork:
    """Work of a widget in a worker thread. Only the result of what was started last is taken, on the UI thread."""

    def __init__(self, widget: Widget, group: str) -> None:
        self._widget, self._group = widget, group
        self._canceled = Event()

    def start(self, work: Callable[[Callable[[], bool]], R], done: Callable[[R], None]) -> None:
        """Start work, and pass its result to `done`. Slow work polls its argument, and stops when that returns True."""
        self.cancel()
        canceled = self._canceled = Event()

        def deliver(result: R) -> None:
            if not canceled.is_set():
                done(result)

        def run() -> None:
            self._widget.call_later(deliver, work(canceled.is_set))

        self._widget.run_worker(run, thread=True, group=self._group, exclusive=True)

    def cancel(self) -> None:
        """Take no result: it is about what was shown before."""
        self._canceled.set()


def changed(widget: Widget) -> None:
    """Draw what depends on a widget: on its cursor, or on the text typed into it."""
    drawn = next((node for node in widget.ancestors if isinstance(node, Drawn)), None)
    if drawn is not None:
        drawn.changed()
