"""Charts of several numbers over the same time, with one crosshair for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.segment import Segment
from textual import events
from textual.message import Message

from astro_tui.presentation.numbers import Numbers, Panel
from astro_tui.presentation.panels import GUTTER, Line, PanelDrawing
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM, WIDE
from astro_tui.widgets.cells import fit
from astro_tui.widgets.drawn import changed
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.row_view import RowView

LEAST = 6
"""The fewest lines of a chart, with its title and its axis."""
STEP = 10
"""Columns of a large step of the crosshair."""


class ChartGrid(RowView, can_focus=True):
    """Panels side by side and below each other; those that do not fit are reached with the cursor or the wheel."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {
        f"rows--{name}" for name in ("cursor", "title", "quiet", "line", "limit", "cross", "info", "warn", "error")
    }
    BINDINGS = keymap("""
        left,h       cross(-1)     charts.left        crosshair left [crosshair]
        right        cross(1)      charts.right       crosshair right [crosshair]
        shift+left   cross(-10)    charts.far-left    crosshair far left
        shift+right  cross(10)     charts.far-right   crosshair far right
        home         cross(-9999)  charts.begin       crosshair to the beginning
        end          cross(9999)   charts.end         crosshair to the end
        m            maximum       charts.maximum     crosshair to the maximum [maximum]
        n            mark(1)       charts.next-mark   next deploy, restart, or OOM
        N            mark(-1)      charts.mark-before  previous deploy, restart, or OOM
        up,k         select(-1)    charts.up          previous chart
        down,j       select(1)     charts.down        next chart
        pageup       select(-3)    charts.page-up     some charts up
        pagedown     select(3)     charts.page-down   some charts down
        g            select(-99)   charts.first       first chart
        G            select(99)    charts.last        last chart
        escape       clear         charts.clear       remove the crosshair
    """)

    class Opened(Message):
        """The user wants to see what ran at the crosshair."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.numbers = Numbers(datetime.now(UTC))
        """What is shown."""
        self.panels = self.numbers.panels
        self.selected = 0
        """The index of the selected panel."""
        self.cross: float | None = None
        """The time of the crosshair."""
        self._first = 0
        self._drawn_panels: dict[tuple[str, int, int], Sequence[Line]] = {}
        self.cursor = -1

    # ---- what is shown

    def show(self, numbers: Numbers) -> None:
        """Show other values. The crosshair stays at its time, as long as that is in the range."""
        if numbers is self.numbers:
            return
        old = self.panel
        # Those without data are lines at the end.
        self.panels, self.numbers = sorted(numbers.panels, key=lambda panel: panel.empty), numbers
        place = [panel.kind.name for panel in self.panels].index(old.kind.name)
        self.selected = place if old.empty or not self.panels[place].empty else 0
        if self.cross is not None and not numbers.window.begin <= self.cross < numbers.window.end:
            self.cross = None
        self._changed()

    @property
    def panel(self) -> Panel:
        """The selected panel."""
        return self.panels[self.selected]

    @property
    def position(self) -> str:
        """Which of the panels that are more than a line are on screen, or an empty string if all are."""
        number, begin = min(len(self.panels), self._high * self._columns), self._first * self._columns
        first, last = begin + 1, min(number, begin + self._bands * self._columns)
        if last - begin >= number:
            return ""
        return f"{first if first == last else f'{first}–{last}'} of {number}"

    # ---- the grid

    @property
    def _columns(self) -> int:
        return 3 if self.size.width >= WIDE else 2 if self.size.width >= BESIDE_FROM else 1

    @property
    def _lines(self) -> int:
        """Lines at the end, with the panels without data; none if they would leave no room for a chart."""
        high = -(-sum(not panel.empty for panel in self.panels) // self._columns)
        lines = -(-len(self.panels) // self._columns) - high
        return lines if not high or self.size.height - lines >= LEAST else 0

    @property
    def _high(self) -> int:
        """Panels below each other without these lines."""
        return -(-len(self.panels) // self._columns) - self._lines

    @property
    def _bands(self) -> int:
        """The same, on screen."""
        return max(1, min(self._high, (self.size.height - self._lines) // LEAST))

    @property
    def _height(self) -> int:
        """Lines of a panel that is more than a line."""
        return max(3, (self.size.height - self._lines) // self._bands)

    def _at(self, line: int) -> tuple[int, int]:
        """Return the number of the panels at a line of the widget, and which of their lines it is."""
        band, inside = divmod(line, self._height)
        if band < min(self._bands, self._high):
            return self._first + band, inside
        return self._high + line - (self._bands * self._height if self._high else 0), 0

    @property
    def _width(self) -> int:
        return self.size.width // self._columns

    @property
    def _plot(self) -> int:
        """Cells of a chart without its scale, and without the two cells around a panel."""
        return max(1, self._width - GUTTER - 2)

    @property
    def row_count(self) -> int:
        """The lines of the widget; nothing scrolls by lines."""
        return self.size.height

    def on_resize(self) -> None:
        """Keep the selected panel on screen."""
        self._changed()

    def _changed(self) -> None:
        band, bands = self.selected // self._columns, self._bands
        if band < self._high:
            self._first = min(max(self._first, band - bands + 1), band)
        self._first = min(self._first, max(0, self._high - bands))
        self._drawn_panels.clear()
        self.refresh()
        changed(self)

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a line of all panels beside each other."""
        band, line = self._at(index)
        begin = band * self._columns
        segments: list[Segment] = []
        for place in range(begin, min(begin + self._columns, len(self.panels))):
            mark = self.look.glyphs.cursor if place == self.selected and line == 0 else " "
            pieces = self._pieces(self.panels[place], self._width - 2)[line]
            segments += [Segment(mark, self.part("info")), *self._fitted(pieces, self._width - 2), Segment(" ")]
        return segments

    def _pieces(self, panel: Panel, width: int) -> Sequence[Line]:
        """Return all lines of a panel, which stay the same until something changes."""
        # A frame can be drawn between a resize and its event.
        key = (panel.kind.name, width, self._height)
        if key not in self._drawn_panels:
            cross = min(self._plot - 1, self._column(self.cross)) if self.cross is not None else None
            drawing = PanelDrawing(self.numbers, width, self._height, cross, self.look.ascii)
            self._drawn_panels[key] = drawing.lines(panel)
        return self._drawn_panels[key]

    def _fitted(self, pieces: Line, room: int) -> list[Segment]:
        segments = []
        for text, tone in pieces:
            shown = self.look.plain(text)
            shown = fit(shown, room, self.look.glyphs.cut) if len(shown) > room else shown
            segments.append(Segment(shown, self.part(tone) if tone else None))
            room -= len(shown)
        return [*segments, Segment(" " * room)]

    # ---- the crosshair

    def put_cross(self, at: float | None) -> None:
        """Move the crosshair to a time, or remove it."""
        self.cross = at
        self._changed()

    def _column(self, at: float) -> int:
        return self.numbers.window.column(at, self._plot)

    def _put_column(self, column: int) -> None:
        # A millisecond more, so that rounding does not lead to the column before.
        self.put_cross(self.numbers.window.time(max(0, min(self._plot - 1, column)), self._plot) + 0.001)

    def action_cross(self, by: int) -> None:
        """Move the crosshair by columns; without one, it comes from the end, or from the beginning."""
        first = self._plot - 1 if by != -9999 else 0
        self._put_column(self._column(self.cross) + by if self.cross is not None else first)

    def action_maximum(self) -> None:
        """Move the crosshair to the largest sample of the selected panel."""
        window = self.numbers.window
        samples = self.panel.series.within(window) if self.panel.series is not None else []
        if samples:
            self.put_cross(max(window.begin, max(samples, key=lambda each: each[1])[0]))

    def action_mark(self, step: int) -> None:
        """Move the crosshair to the next or previous mark."""
        times, window = sorted({mark.at for mark in self.numbers.marks}, reverse=step < 0), self.numbers.window
        at = self.cross if self.cross is not None else window.begin - 1 if step > 0 else window.end
        next_mark = next((time for time in times if (time - at) * step > 0), None)
        if next_mark is not None:
            self.put_cross(next_mark)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a crosshair, escape does what it does in the screen."""
        return self.cross is not None if action == "clear" else super().check_action(action, parameters)

    def action_clear(self) -> None:
        """Remove the crosshair."""
        self.put_cross(None)

    def action_select(self, by: int) -> None:
        """Select another panel."""
        self.selected = max(0, min(len(self.panels) - 1, self.selected + by))
        self._changed()

    # ---- the mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Select the panel under the mouse, and put the crosshair there."""
        (band, _line), column = self._at(event.y), event.x // max(1, self._width)
        place = band * self._columns + column
        if column < self._columns and place < len(self.panels):
            self.selected = place
            self._put_column(event.x - column * self._width - GUTTER - 1)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while its button is down."""
        if event.button == 1:
            self._put_column(event.x % max(1, self._width) - GUTTER - 1)

    def on_click(self, event: events.Click) -> None:
        """Open the time with a double click."""
        if event.chain == 2:
            self.post_message(self.Opened())

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_select(-self._columns)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_select(self._columns)
