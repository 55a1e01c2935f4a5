"""The lines of a log: it follows new lines until the user leaves the last one, and never loses the user's place.

Scrolling up with the mouse leaves the last line, too; scrolling to the end of the log returns to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic

from rich.segment import Segment
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from astro_tui.logs.line import LogSource
from astro_tui.logs.query import LogQuery
from astro_tui.logs.rows import End, LogRow
from astro_tui.logs.store import LogStore
from astro_tui.runtime import Clock
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.row_view import KEPT_LINES
from astro_tui.widgets.lists.wrapping import WRAPPED, WrappingList
from astro_tui.widgets.logs.line_drawing import MOST_ROWS, PARTS, LineDrawing, LineTimes, Unfolded
from astro_tui.widgets.reveal_timer import RevealTimer

NOTHING = End(0, 0, [])
TURN = 0.002
"""Seconds of drawing after which waiting keys are handled."""


class LogView(WrappingList):
    """Draws the rows of a `LogStore`. Its owner calls `update` when the store has changed."""

    keeps_lines = True
    COMPONENT_CLASSES = {"rows--cursor"} | PARTS
    BINDINGS = keymap("""
        G,end    last         list.last    last line, and follow [!follow|]
        enter    choose       list.choose  open [open]
        l,right  unfold       log.unfold   unfold the line's JSON [unfold]
        h,left   fold         log.fold     fold the line's JSON
        space    toggle_fold  log.toggle   fold or unfold
        w        wrap         log.wrap     wrap long lines
        t        times        log.times    change the time format
        x        reveal       log.reveal   reveal secrets for ten seconds
    """)

    @dataclass
    class Chosen(Message):
        """The user wants to open a row: a line as a document, or lines that are not loaded."""

        row: LogRow

    @dataclass
    class NoJson(Message):
        """A line cannot be unfolded: it is not JSON."""

        row: LogRow

    def __init__(self, look: Look, clock: Clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._clock = clock
        self.store = LogStore()
        """The rows. Replace it with `show`."""
        self.moves = 0
        """How often the user moved the cursor, or followed the log again."""
        self.sources: Sequence[LogSource] = ()
        """The sources of the lines: each has a color, and if there are several, each line names its source."""
        self.follows = True
        """Whether the cursor stays on the last row."""
        self.drawing = LineDrawing(look)
        self.instead = ""
        """What to say if there are no rows."""
        self._away = False
        """Whether the mouse has scrolled away from the end, with the cursor still on the last row."""
        self._count = 0
        self._moved = 0
        self._row: LogRow | None = None
        self._part = 0
        self._unfolded = Unfolded()
        self._left = 0
        self._last: LogRow | None = None
        self._end = NOTHING
        self._retagged = self._forgot = False
        self._segments: dict[tuple[int, int, bool], tuple[list[Segment], int]] = {}
        """Drawn rows by their IDs, which stay the same when earlier lines arrive."""
        self._reveal: RevealTimer | None = None

    def on_mount(self) -> None:
        """Name the user's own keys in rows."""
        self.drawing.load_key = action_key(self, "list.choose")

    def is_on(self, action: str) -> bool:
        """Whether the cursor stays on the last row."""
        return action == "last" and self.follows

    # ---- rows

    @property
    def row_count(self) -> int:
        """The number of rows at the last update, with those below unfolded lines."""
        return self._count + self._unfolded.rows

    @property
    def shown(self) -> int:
        """The number of rows at the last update, without those below unfolded lines."""
        return self._count

    @property
    def row(self) -> LogRow | None:
        """The row under the cursor, or above it if the cursor is in an unfolded line."""
        if self._row is None and self._count:
            # It was looked up while a filter was working.
            self._row = self._row_at(self._unfolded.at(min(self.cursor, self.row_count - 1))[0])
        # The store may have another row at that place by now.
        return self._row if self._count else None

    def _row_at(self, number: int) -> LogRow | None:
        return self._end.row(number) or self.store.row(number)

    @property
    def inner_text(self) -> str:
        """The JSON under the cursor, masked, if the cursor is in an unfolded line."""
        return self._unfolded.text(*self._unfolded.at(self.cursor)).strip()

    @property
    def unseen(self) -> int:
        """How many of the lines shown have arrived since the user left the last row."""
        if self.follows:
            return 0
        number = self.store.number_of(self._last) if self._last is not None else 0
        row = self.store.row(number)
        if row is not None and self._last is not None and row.id == self._last.id:
            return max(0, self._count - 1 - number)
        # The last row seen is hidden now, or no longer in memory.
        return self.store.received - self._left

    @property
    def silence(self) -> float:
        """How many seconds ago the last line was written; 0 if that is not known."""
        row = self._row_at(self._count - 1)
        dated = row is not None and row.remark is None and row.ns
        return self._clock().timestamp() - row.ns / 1e9 if row is not None and dated else 0.0

    def show(self, store: LogStore) -> None:
        """Show another log, from its end."""
        self.store, self.follows, self._away = store, True, False
        self._count = self._moved = 0
        self._row, self._last, self._unfolded, self._end = None, None, Unfolded(), NOTHING
        self._unfolded.revealed = self.drawing.revealed
        self.update()

    def update(self) -> None:
        """Show what the store has now. The cursor stays on its row, and the row on its line of the screen."""
        self._take(self.store.end(self.page), {})

    async def update_in_turns(self) -> None:
        """Do the same as `update`, but handle keys in between when many rows must be drawn."""
        end, drawn = self.store.end(self.page), dict[int, "Sequence[Strip]"]()
        self._retagged |= self.drawing.tags_for(self.sources, self.row_width)
        self._forgot = False
        if self.follows and not self._unfolded.rows and end.total - self._count > self.page:
            self._end = end
            room, pause_at = self.page, monotonic() + TURN
            # The last row is drawn as the one under the cursor.
            for number in range(end.total - 2, end.first - 1, -1):
                drawn[number] = self._lines_of(number)
                room -= len(drawn[number])
                if room <= 0:
                    break
                if monotonic() > pause_at:
                    await asyncio.sleep(0)
                    pause_at = monotonic() + TURN
        # A key may have updated the rows meanwhile, or changed how they are drawn.
        if not drawn or self._end is end:
            self._take(end, drawn if not self._forgot else {})

    def _take(self, end: End, drawn: Mapping[int, Sequence[Strip]]) -> None:
        """Show what the store had at `end`. `drawn` has the lines of some rows."""
        if self.drawing.tags_for(self.sources, self.row_width):
            self._retagged, drawn = True, {}
        other = self._retagged or end.moved != self._moved
        if self._retagged:
            self._segments.clear()
        self._retagged = False
        if end.total == self._count and not other:
            return
        above, old = self.cursor - self.top, self.row_count
        self._moved, self._count, self._end = end.moved, end.total, end
        if other:
            self._unfolded.place(self.store)
        if other and not self.follows and self._row is not None:
            # `number_of` returns a current number, so do not look it up in `end`, which is older.
            self._end = NOTHING
            self.rows_changed(self._unfolded.index_of(self.store.number_of(self._row), self._part), above)
            return
        # Keep the lines drawn so far, unless row numbers or workload names have changed.
        if other:
            super()._forget_lines()
            self._forgot = True
        self._keep_lines(drawn)
        self._grow(old, anyway=other)

    def _grow(self, old: int, *, anyway: bool) -> None:
        """Show rows that were added after the first `old` ones. Redraws only if any is on screen, or `anyway`."""
        top = self.top
        self._take_size()
        if self.follows or self._row is None:
            self.cursor = max(0, self.row_count - 1)
            self._scroll_top(self.last_top)
        if anyway or self.top != top or old - top < self.page:
            self.refresh(self.size.region)
        self.row_highlighted()

    def _forget_lines(self) -> None:
        super()._forget_lines()
        self._segments.clear()
        self._forgot = True

    def resized(self) -> None:
        """Fit the names of the workloads, and stay at the end."""
        self.drawing.tags_for(self.sources, self.row_width)
        super().resized()
        if self.follows and self._count:
            self._scroll_top(self.last_top)

    # ---- the cursor

    def on_key(self) -> None:
        """Before a key moves the cursor, put it where its row is now: earlier lines may have arrived."""
        if not self.follows and self.store.moved != self._moved:
            self.update()

    def row_highlighted(self) -> None:
        """Note which row the cursor is on, and whether it is the last one."""
        follows = self.cursor >= self.row_count - 1 and not self._away
        if self.follows and not follows:
            self._left = self.store.received
            self._last = self._row_at(self._count - 1)
        self.follows = follows
        number, self._part = self._unfolded.at(self.cursor)
        self._row = self._row_at(number) if self._count else None
        self.store.keep = 0 if follows or self._row is None else self._row.ns
        super().row_highlighted()

    def go_to(self, row: LogRow) -> None:
        """Put the cursor on a row of the store, scrolling if it is not on screen."""
        self.update()
        self.go_to_row(self._unfolded.index_of(self.store.number_of(row)))

    def action_last(self) -> None:
        """Follow the log again."""
        self.update()
        self._away = False
        self.moves += 1
        super().action_last()
        self.row_highlighted()

    def cursor_moved(self, old: int, top: int) -> None:
        """Redraw. A key or a click has moved the cursor, so the window is no longer scrolled away from it."""
        self._away = False
        self.moves += 1
        super().cursor_moved(old, top)

    def selection_updated(self, selection: Selection | None) -> None:
        """Stop following while text is selected, because new lines would scroll the text away."""
        super().selection_updated(selection)
        self._away = selection is not None or self.top < self.last_top
        self.row_highlighted()

    def scrolled_away(self) -> None:
        """Stop following when the mouse scrolls up, and follow again at the end."""
        self._away = self.top < self.last_top
        if not self._away:
            self.move_to(self.row_count - 1)
        self.row_highlighted()

    def row_chosen(self, index: int) -> None:
        """Report the row that was chosen."""
        row = self.row if index == self.cursor else self._row_at(self._unfolded.at(index)[0])
        if row is not None:
            self.post_message(self.Chosen(row))

    # ---- unfolded lines

    def action_unfold(self) -> None:
        """Unfold the JSON of the line, or move into the JSON if it is unfolded."""
        number, part = self._unfolded.at(self.cursor)
        row = self.store.row(number)
        if row is None or part:
            return
        if row in self._unfolded:
            self.action_move(1)
        elif not self._unfolded.add(row, self.store):
            self.post_message(self.NoJson(row))
        else:
            self._refold(number)
            last = self._unfolded.index_of(number, MOST_ROWS)
            # Show as much of the JSON as there is room for, with its line.
            top = self._top_for(last) if self.wraps else last - self.page + 1
            self._scroll_top(min(self.cursor, max(self.top, top)))

    def action_fold(self) -> None:
        """Hide the JSON again, with the cursor on its line."""
        number, _part = self._unfolded.at(self.cursor)
        row = self.store.row(number)
        if row is not None and row in self._unfolded:
            self._unfolded.remove(row, self.store)
            self._refold(number)

    def action_toggle_fold(self) -> None:
        """Show the JSON of the line, or hide it."""
        row = self.row
        if row is not None and row in self._unfolded:
            self.action_fold()
        else:
            self.action_unfold()

    def _refold(self, number: int) -> None:
        """Redraw with the cursor on a line, which does not move if it was on screen."""
        index = self._unfolded.index_of(number)
        self.moves += 1
        self.rows_changed(index, max(0, index - self.top))

    # ---- what is drawn

    def highlight(self, query: LogQuery | None) -> None:
        """Mark what a search finds, but draw the typed text first, because drawing all rows takes longer."""
        self.drawing.query = query
        self.call_after_refresh(self.refresh)

    def action_wrap(self) -> None:
        """Wrap long lines, or cut them at the right edge."""
        follows = self.follows
        self.wrap(not self.wraps)
        if follows:
            self._scroll_top(self.last_top)
        self.row_highlighted()

    def action_times(self) -> None:
        """Show the times in another form."""
        with self._keeping_cursor():
            self.drawing.times = LineTimes((self.drawing.times + 1) % len(LineTimes))
        self.row_highlighted()

    def action_reveal(self) -> None:
        """Show masked values for ten seconds."""
        self.reveal(shown=not self.drawing.revealed)
        if self.drawing.revealed:
            self._reveal = RevealTimer(self, partial(self.reveal, shown=False))

    def reveal(self, *, shown: bool) -> None:
        """Show masked values, or mask them again."""
        if self._reveal is not None:
            self._reveal.stop()
            self._reveal = None
        with self._keeping_cursor():
            self.drawing.revealed = shown
            above = self.cursor - self.top
            self._unfolded.reveal(self.store, revealed=shown)
            if not self.follows and self._row is not None:
                self.rows_changed(self._unfolded.index_of(self.store.number_of(self._row), self._part), above)

    @contextmanager
    def _keeping_cursor(self) -> Iterator[None]:
        """Draw everything again after a change that can wrap rows onto more lines, with the cursor still on screen."""
        follows = self.follows
        yield
        self.refresh()
        if follows:
            self._scroll_top(self.last_top)
        elif not self._away:
            self._show_cursor()

    def _draw_ahead(self) -> None:
        # While lines arrive, the pages drawn in advance would be out of date with the next frame.
        if not self.follows:
            super()._draw_ahead()

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row, cut at the right edge."""
        segments, _head = self.draw_whole(index, selected=selected)
        return segments

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return a whole row, and how many of its first characters are never wrapped."""
        number, part = self._unfolded.at(index)
        if part:
            return self.drawing.draw_json(
                self._unfolded.text(number, part), self.row_width, self.part, selected=selected
            )
        row = self._row_at(number)
        if row is None:
            return [], 0
        room = WRAPPED if self.wraps else self.row_width
        if row.remark is not None:
            return self.drawing.draw(row, room, self.part, selected=selected)
        key = (row.id, room, selected)
        if key not in self._segments:
            if len(self._segments) >= KEPT_LINES:
                self._segments.clear()
            self._segments[key] = self.drawing.draw(row, room, self.part, selected=selected)
        return self._segments[key]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a blank line, or what to say instead of rows."""
        text = self.instead if line == 1 and not self._count else ""
        return [Segment(fit(f"   {self.look.plain(text)}", width, self.look.glyphs.cut), self.part("quiet"))]
