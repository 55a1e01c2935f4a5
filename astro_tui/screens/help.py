"""The keys of a screen, which the user can search and run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.segment import Segment
from textual.screen import Screen

from astro_tui.screens.base.key_lines import ANYWHERE, HERE, ON_SCREEN, PURPOSES, KeyLine, key_lines
from astro_tui.screens.base.search_box import SearchBox
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.rows import RowList

Row = KeyLine | str
"""A key, or the heading of those below it."""


def grouped(lines: Iterable[KeyLine]) -> Iterator[Row]:
    """Yield the keys under headings that name their purpose: the focused pane's, then the screen's, then the rest."""
    found = list(lines)
    for place in (HERE, ON_SCREEN, ANYWHERE):
        for purpose in PURPOSES:
            group = [line for line in found if (line.place, line.purpose) == (place, purpose)]
            if group:
                yield f"{purpose} {place}"
                yield from group


class KeyTable(RowList):
    """The keys, one action per row, below headings that the cursor skips."""

    keeps_lines = True
    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--name", "rows--heading"}

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="key-table")
        self.rows: list[Row] = []

    def show_lines(self, lines: Iterable[KeyLine]) -> None:
        """Replace the keys."""
        self.rows = list(grouped(lines))
        self.rows_changed(1)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def move_to(self, index: int) -> None:
        """Move the cursor to a key; from a heading, the cursor continues in the same direction."""
        last = len(self.rows) - 1
        index = max(1, min(index, last))
        if 0 <= index <= last and isinstance(self.rows[index], str):
            index += 1 if index > self.cursor else -1
        super().move_to(max(1, index))

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the keys and the description of an action, or a heading."""
        line = self.rows[index]
        if isinstance(line, str):
            return [Segment(fit(f" {line}", width, self.look.glyphs.cut), self.part("heading"))]
        keys_width = min(24, max(10, width // 3))
        mark = self.look.glyphs.cursor if selected else " "
        return [
            Segment(mark, self.part("info")),
            Segment(" " + fit(line.keys, keys_width, self.look.glyphs.cut) + " ", self.part("info")),
            Segment(fit(self.look.own(line.description), max(0, width - keys_width - 3), self.look.glyphs.cut)),
        ]

    def row_chosen(self, index: int) -> None:
        """Run the action."""
        screen, line = self.screen, self.rows[index]
        if isinstance(screen, HelpScreen) and isinstance(line, KeyLine):
            screen.run_line(line)


class HelpScreen(SearchBox[None]):
    """The keys of the screen below."""

    def __init__(self, look: Look, below: Screen[object]) -> None:
        super().__init__(look, below, "help")
        self._lines = key_lines(below, look)
        self._table = KeyTable(look)

    @property
    def table(self) -> KeyTable:
        """The keys."""
        return self._table

    def on_mount(self) -> None:
        """Name the keys of the box."""
        self.head_line("help", "type to search")
        self.foot_line("", self.look.own(f"enter run · {action_key(self, 'box.close')} close"))

    def search(self, text: str) -> None:
        """Show the keys whose name, description, or purpose contains all words."""
        words = text.lower().split()
        rows = [
            line
            for line in self._lines
            if all(word in f"{line.keys} {line.description} {line.purpose}".lower() for word in words)
        ]
        self.table.show_lines(rows)
        self.prompt.note("" if not words else f"{len(rows)} of {len(self._lines)}" if rows else "no match")

    def run_line(self, line: KeyLine) -> None:
        """Close, then run the action on the widget that owns its key."""
        if not self.is_current:
            return
        self.close()
        self.app.call_later(self.app.run_action, line.action, default_namespace=line.owner)
