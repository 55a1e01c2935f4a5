"""The list in a box: any rows, one of which is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from rich.segment import Segment
from textual import events

from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.lists.rows import RowList

R = TypeVar("R")
Cells = Sequence[tuple[str, str]]
"""The texts of a row, safe to draw, with the names of their styles. The last text gets the rest of the row."""


class PickList(RowList, Generic[R]):
    """Rows that `draw` turns into texts for a width; `chosen` gets the one that the user chose.

    A row that is a string is a heading, which the cursor skips. One click chooses, unless the texts are `selectable`.
    """

    COMPONENT_CLASSES = {
        f"rows--{name}" for name in ("cursor", "info", "quiet", "heading", "error", "warn", "ok", "muted")
    }

    def __init__(
        self,
        look: Look,
        draw: Callable[[R, int], Cells],
        chosen: Callable[[R], None],
        rows: Sequence[R | str] = (),
        *,
        selectable: bool = False,
    ) -> None:
        super().__init__(look, id="rows")
        self.rows, self.instead = rows, ""
        """The rows, and what is shown if there are none."""
        self._draw, self._chosen = draw, chosen
        self.keeps_lines = selectable

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    @property
    def length(self) -> int:
        """The number of lines; without rows, one says why."""
        return max(1, len(self.rows))

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        row = self.rows[self.cursor] if self.rows else None
        return None if isinstance(row, str) else row

    def show(self, rows: Sequence[R | str], cursor: int = 0, above: int | None = None) -> None:
        """Show other rows, with the cursor on one of them, which stays `above` lines below the top if given."""
        self.rows = rows
        self.rows_changed(cursor + bool(rows and isinstance(rows[cursor], str)), above)

    def move_to(self, index: int) -> None:
        """Move the cursor; from a heading, it continues in the same direction."""
        first, last = int(bool(self.rows) and isinstance(self.rows[0], str)), len(self.rows) - 1
        index = max(first, min(index, last))
        if index <= last and isinstance(self.rows[index], str):
            index += 1 if index > self.cursor else -1
        super().move_to(index)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the cursor and the texts of a row."""
        row, cut = self.rows[index], self.look.glyphs.cut
        if isinstance(row, str):
            return [Segment(fit(f" {row}", width, cut), self.part("heading"))]
        segments = [Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))]
        *cells, (last, style) = self._draw(row, width - 1)
        rest = width - 1 - sum(cell_len(text) for text, _ in cells)
        for text, name in (*cells, (fit(last, rest, cut), style)):
            segments.append(Segment(text, self.part(name) if name else None))
        return segments

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return why there are no rows."""
        words = self.instead if not line and not self.rows else ""
        return [Segment(fit(f"  {self.look.plain(words)}", width), self.part("quiet"))]

    def on_click(self, event: events.Click) -> None:
        """Choose with one click, unless text is selected with the mouse."""
        index = self.row_at(event.y)
        if not self.keeps_lines and index is not None and not isinstance(self.rows[index], str):
            event.prevent_default()
            self.move_to(index)
            self.action_choose()

    def row_chosen(self, index: int) -> None:
        """Hand over the row."""
        row = self.rows[index]
        if not isinstance(row, str):
            self._chosen(row)
