"""A list with a cursor, which the keys and the mouse move, and a window that follows it."""

from __future__ import annotations

from textual import events
from textual.geometry import Offset, Region, Size
from textual.scrollbar import ScrollBar, ScrollTo

from astro_tui.theme.look import Look
from astro_tui.widgets.drawn import changed
from astro_tui.widgets.keymap import is_count, keymap, works
from astro_tui.widgets.lists.row_view import RowView
from astro_tui.widgets.lists.scroll_bar import LineScrollBar
from astro_tui.widgets.textual_compat import start_part

MOST_DIGITS = 6


class RowList(RowView, can_focus=True):
    """The base of every long list: rows, a cursor that moves over them, and a window that scrolls.

    A subclass provides the number of rows and draws each.
    """

    BINDINGS = keymap("""
        down,j           move(1)     list.down            down; 5j moves five rows unless 5 opens a section
        up,k             move(-1)    list.up              up
        pagedown,ctrl+f  page(1)     list.page-down       page down
        pageup,ctrl+b    page(-1)    list.page-up         page up
        ctrl+d           page(0.5)   list.half-page-down  half a page down
        ctrl+u           page(-0.5)  list.half-page-up    half a page up
        g,home           first       list.first           first
        G,end            last        list.last            last
        enter            choose      list.choose          open
    """)

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._pressed = Offset(-1, -1)
        self._digits = ""
        self._times = 1
        """How often the key that is handled now moves the cursor."""
        self.touched = False
        """Whether the user has pressed a key or a button here."""
        self._out_of_sight = False
        """Whether the mouse has scrolled the cursor's row off the window."""

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Keep Textual from computing the styles again, because no list looks different with the focus."""

    # ---- what a subclass provides

    def row_chosen(self, index: int) -> None:
        """React to Enter or a double click on a row."""

    def row_highlighted(self) -> None:
        """Report that the cursor moved to another row, or that the rows changed."""
        changed(self)

    # ---- the window

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        """The scroll bar, created on first use, as in Textual."""
        if self._vertical_scrollbar is None:
            bar = LineScrollBar(name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            start_part(self, bar)
        return self._vertical_scrollbar

    def rows_changed(self, cursor: int, keep_at: int | None = None, *, first: int = 0) -> None:
        """Redraw a new set of rows with the cursor on row `cursor`, `keep_at` lines below the top if given.

        If `keep_at` is outside of the window, the user has scrolled away from the cursor, and the window stays there.
        The rows before the `first` one are the same as before.
        """
        old, self.cursor = self.cursor, max(0, min(cursor, self.row_count - 1))
        self._take_size()
        if keep_at is not None and self.cursor != old:
            self._move_selection(self.cursor - old)
        if keep_at is not None:
            self._scroll_top(self.cursor - keep_at)
        if keep_at is None or 0 <= keep_at < self.page:
            self._show_cursor()
        if first:
            self.forget_rows(first)
            self.refresh(Region(0, 0, *self.size))
        else:
            self.refresh()
        self.row_highlighted()

    def row_changed(self, index: int) -> None:
        """Redraw one row if it is on screen."""
        self.forget_row(index)
        line = index - self.top
        if 0 <= line < self.page:
            self.refresh(Region(0, line + self.heading, self.size.width, 1))

    def on_resize(self) -> None:
        """Fit the rows to the new size."""
        self.resized()

    def resized(self) -> None:
        """Keep the cursor on screen at the new size, unless the mouse has scrolled away from it.

        A list overrides this, because Textual calls each `on_resize`.
        """
        self._take_size()
        if not self._out_of_sight:
            self._show_cursor()
        self.refresh()

    def on_show(self) -> None:
        """Take the focus if no widget has it, as when the widget that replaced this list had it and was hidden."""
        # On a busy machine, this can come after the list was hidden again.
        if self.screen.focused is None and all(node.display for node in self.ancestors_with_self):
            self.screen.set_focus(self, scroll_visible=False)

    def _take_size(self) -> None:
        """Give the scroll bar the current number of lines.

        Setting `virtual_size` would trigger a layout of the whole screen and draw the scroll bar one frame later.
        """
        size = Size(0, self.length + self.heading)
        if self.styles.is_auto_height or not self.container_size:
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(RowList.virtual_size, size)
            self._scroll_update(size)

    @property
    def length(self) -> int:
        """The number of lines to scroll through."""
        return self.row_count

    @property
    def last_top(self) -> int:
        """The last scroll position: the last row is at the bottom."""
        return max(0, self.row_count - self.page)

    def cursor_top(self) -> int:
        """Return the scroll position nearest to the current one that shows the cursor."""
        return min(max(self.top, self.cursor - self.page + 1), self.cursor)

    def _scroll_top(self, top: int) -> None:
        self.scroll_to(y=max(0, min(top, self.last_top)), animate=False, immediate=True, force=True)

    def _show_cursor(self) -> None:
        self._out_of_sight = False
        if self.size.height and (top := self.cursor_top()) != self.top:
            self._scroll_top(top)

    def move_to(self, index: int) -> None:
        """Move the cursor to a row, scrolling no more than needed."""
        old, top = self.cursor, self.top
        self.cursor = max(0, min(index, self.row_count - 1))
        self._show_cursor()
        if self.cursor != old or self.top != top:
            self.cursor_moved(old, top)
        if self.cursor != old:
            self.row_highlighted()

    def go_to_row(self, index: int) -> None:
        """Move the cursor to a row; if that is not on screen, show it a third of the way down."""
        if self.top <= index < self.top + self.page:
            self.move_to(index)
        else:
            self.rows_changed(index, self.page // 3)

    def cursor_moved(self, old: int, top: int) -> None:
        """Redraw after the cursor left row `old`; `top` is the scroll position before the move."""
        width = self.size.width
        if self.top == top:
            lines = (old - top + self.heading, self.cursor - top + self.heading)
            self.refresh(*(Region(0, line, width, 1) for line in lines))
        else:
            self.refresh(Region(0, 0, width, self.size.height))

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        super()._on_mouse_scroll_up(event)
        event.prevent_default()
        self._scrolled()

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        super()._on_mouse_scroll_down(event)
        event.prevent_default()
        self._scrolled()

    def _on_scroll_to(self, message: ScrollTo) -> None:
        """Follow the handle of the scroll bar."""
        message.stop()
        message.prevent_default()
        self._scroll_top(round(message.y or 0))
        self._scrolled()

    def _scrolled(self) -> None:
        self._out_of_sight = self.cursor_top() != self.top
        self.scrolled_away()

    def scrolled_away(self) -> None:
        """React to the mouse, which scrolled the window. The cursor stays on its row, on screen or not."""

    async def _on_key(self, event: events.Key) -> None:
        """Collect the digits before a move, unless they are keys here."""
        self.touched = True
        self._times = max(1, int(self._digits or 1))
        counts = is_count(event.key) and not works(self.screen, event.key)
        self._digits = (self._digits + event.key)[:MOST_DIGITS] if counts else ""

    def action_move(self, by: int) -> None:
        """Move the cursor by rows, as often as the digits before the key say."""
        self.move_to(self.cursor + by * self._times)

    def action_page(self, by: float) -> None:
        """Move the cursor and the window by a fraction of a page."""
        step = int(by * self.page) or (1 if by > 0 else -1)
        self._scroll_top(self.top + step)
        self.move_to(self.cursor + step)

    def action_first(self) -> None:
        """Move to the first row."""
        self.move_to(0)

    def action_last(self) -> None:
        """Move to the last row."""
        self.move_to(self.row_count - 1)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if self.row_count:
            self.row_chosen(self.cursor)

    def row_at(self, line: int) -> int | None:
        """Return the row at a line of the widget; None for the heading and the empty space."""
        index = self.top + line - self.heading
        return index if line >= self.heading and index < self.row_count else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note where the button was pressed."""
        self._pressed, self.touched = event.offset, True

    def at_rest(self, event: events.Click) -> bool:
        """Whether the button was released where it was pressed; otherwise the mouse has selected text."""
        return event.offset == self._pressed

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row with a click, open it with a double click."""
        # A double click would also select all text.
        event.prevent_default()
        index = self.row_at(event.y)
        if index is None or not self.at_rest(event):
            return
        self.move_to(index)
        if event.chain == 2:
            self.row_chosen(index)
