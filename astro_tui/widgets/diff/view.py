"""A difference as a list that the user can step through change by change."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from textual import on
from textual.message import Message

from astro_tui.difference import Change, ComparisonCanceledError
from astro_tui.difference.layout import DiffRow, Layout, Options
from astro_tui.difference.rows import DiffRows
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM
from astro_tui.widgets.diff import DiffDrawing
from astro_tui.widgets.keymap import keymap

MOST_CONTEXT = 20
"""The most equal parts that can be shown around each change."""


class DiffView(DiffDrawing):
    """The rows of a `DiffRows` with a cursor, folds, and a variable amount of context."""

    BINDINGS = keymap("""
        n                           change(1)    diff.next-change      next change
        N                           change(-1)   diff.previous-change  previous change
        equals_sign                 everything   diff.everything       show or fold equal parts
        right_curly_bracket         context(1)   diff.more-context     more context
        left_curly_bracket          context(-1)  diff.less-context     less context
        b                           beside       diff.side-by-side     toggle side by side
        w                           wrap         diff.wrap             wrap or cut long values
        i                           noise        diff.noise            toggle images that change with the build
        enter,space,l,right,h,left  choose       diff.fold             fold or unfold
    """)

    @dataclass
    class Notified(Message):
        """A key had no effect, or a step wrapped around; `text` is a sentence for the user."""

        text: str

    @dataclass
    class Ready(Message):
        """A thread laid out rows; ignored if `canceled` is set."""

        canceled: Event
        layout: Layout

    def __init__(self, look: Look, *, brief: bool = False, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._brief = brief
        self._wanted: Options | None = None
        self._begin_at = 0
        self._canceled = Event()

    # ---- what is shown

    @property
    def options(self) -> Options:
        """How much of this difference and later ones is shown."""
        if self._wanted is None:
            self._wanted = Options(brief=self._brief)
        return replace(self._wanted, beside=self._wanted.beside and self.size.width >= BESIDE_FROM)

    @property
    def layout_width(self) -> int:
        """The cells of a row if there were a scroll bar, so that the layout stays the same when one appears."""
        return max(0, self.size.width - self.scrollbar_size_vertical)

    def start_loading(self) -> None:
        """Show gray bars until a difference is shown."""
        self._drop(loading=True)

    def clear(self) -> None:
        """Show nothing."""
        self._drop(loading=False)

    def _drop(self, *, loading: bool) -> None:
        self._canceled.set()
        self.diff, self.loading_rows = None, loading
        self.rows_changed(0)

    def show(self, diff: DiffRows, number: int = 1) -> None:
        """Show a difference with the current options and the cursor on the change `number`, counted from 1."""
        self.diff, self._begin_at = diff, number
        diff.wanted = self.options
        if diff.layout.plan is None:
            self.loading_rows = True
            self.rows_changed(0)
        else:
            self._take(diff.layout)
        self._lay_out()

    @property
    def row(self) -> DiffRow | None:
        """The row under the cursor."""
        return self.diff.rows[self.cursor] if self.diff is not None and self.cursor < self.row_count else None

    @property
    def change(self) -> Change | None:
        """The change under the cursor; None on equal parts."""
        return self.row.change if self.row is not None else None

    @property
    def position(self) -> tuple[int, int]:
        """The number of the change at or above the cursor (from 1; 0: before the first), and the number of changes."""
        if self.diff is None:
            return 0, 0
        return bisect_right(self.diff.stops, self.cursor), len(self.diff.stops)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.diff.rows) if self.diff is not None else 0

    def row_chosen(self, index: int) -> None:
        """Fold or unfold the row."""
        if self.diff is not None and self.diff.toggle(self.diff.rows[index]):
            self._again(noise=self.diff.wanted.noise)

    def resized(self) -> None:
        """Lay out the rows for the new width."""
        super().resized()
        self._again()

    def on_unmount(self) -> None:
        """Cancel the layout."""
        self._canceled.set()

    # ---- laying out

    def _again(self, **changes: Any) -> None:
        """Lay out the rows with other options, or for another width."""
        if self.diff is not None:
            self._wanted = replace(self._wanted or self.options, **changes)
            self.diff.wanted = self.options
            self._lay_out()

    def _lay_out(self) -> None:
        """Lay out the rows: few at once, many in a thread while the old rows stay on screen."""
        diff = self.diff
        self._canceled.set()
        if diff is None or not self.layout_width:
            return
        plan = diff.plan(self.layout_width)
        if plan == diff.layout.plan or diff.short:
            self._take(diff.layout if plan == diff.layout.plan else diff.make(plan))
            return
        canceled = self._canceled = Event()

        def work() -> None:

            with suppress(ComparisonCanceledError):
                self.post_message(self.Ready(canceled, diff.make(plan, canceled.is_set)))

        self.run_worker(work, thread=True, group="layout", exclusive=True)
        self.row_highlighted()

    @on(Ready)
    def _ready(self, message: Ready) -> None:
        message.stop()
        if message.canceled is self._canceled and not message.canceled.is_set():
            self._take(message.layout)

    def _take(self, layout: Layout) -> None:
        """Show other rows; the cursor stays on the same value, else on the same change, and on the same line."""
        if self.diff is None:
            return
        old, line, number = self.row, self.cursor - self.top, self.position[0]
        self.diff.layout, self.loading_rows = layout, False
        place = layout.place_of(old) if old is not None and not self._begin_at else None
        if place is None:
            number, line = (self._begin_at, 2) if self._begin_at else (number, line)
            place = layout.stops[max(0, min(number, len(layout.stops)) - 1)] if layout.stops else 0
        self._begin_at = 0
        self.rows_changed(place, line)

    # ---- keys

    def action_change(self, step: int) -> None:
        """Move to the next or previous change, wrapping around."""
        stops = self.diff.stops if self.diff is not None else ()
        if not stops:
            return
        place = bisect_right(stops, self.cursor) if step > 0 else bisect_left(stops, self.cursor) - 1
        if not 0 <= place < len(stops):
            place = 0 if step > 0 else len(stops) - 1
            end = "first" if step > 0 else "last"
            only = len(stops) == 1
            around = f"Wrapped around to the {end} of {len(stops):,} changes."
            self._notify("This is the only change." if only else around)
        self._bring(stops[place])
        self.move_to(stops[place])

    def _bring(self, index: int) -> None:
        """Scroll, if needed, until a row and its containers right above it are on screen."""
        rows, above = self.diff.rows if self.diff is not None else (), index
        while above and rows[above - 1].depth < rows[above].depth:
            above -= 1
        if above < self.top or index + 1 >= self.top + self.page:
            self._scroll_top(max(min(above, index - self.page // 3), index - self.page + 2))

    def action_everything(self) -> None:
        """Show or fold equal parts."""
        self._again(everything=not self.options.everything)

    def action_context(self, step: int) -> None:
        """Show more or fewer equal parts around each change."""
        context = max(0, min(MOST_CONTEXT, self.options.context + step))
        self._again(context=context, everything=False)

    def action_beside(self) -> None:
        """Show old and new side by side, or one below the other."""
        if self.diff is None:
            return
        if self.size.width < BESIDE_FROM:
            self._notify(f"Side by side needs {BESIDE_FROM} columns. This view has {self.size.width}.")
            return
        self._again(beside=not self.options.beside)

    def action_wrap(self) -> None:
        """Wrap or cut long values."""
        self.wrap(not self.wraps)

    def action_noise(self) -> None:
        """Show the images that follow the build one by one, or as one row."""
        if self.diff is None:
            return
        if len(self.diff.words.noise) < 2:
            self._notify("No images are folded here.")
        else:
            self._again(noise=not self.options.noise)

    def _notify(self, text: str) -> None:
        self.post_message(self.Notified(text))
