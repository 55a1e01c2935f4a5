"""The JSON of unfolded lines: which rows it takes below them, and its text. Draws nothing."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate

from astro_tui.document import ROOT, Document, Masking, as_json
from astro_tui.errors import DocumentError
from astro_tui.logs.rows import Row
from astro_tui.logs.store import LogStore
from astro_tui.text.times import counted

MOST_ROWS = 200
"""The most rows below a line. The last one then says how many more there are."""
MOST_UNFOLDED = 50
"""The most lines that can be unfolded. Unfolding another folds the one that was unfolded first."""


def json_lines(message: str, *, revealed: bool = False) -> tuple[str, ...]:
    """Return a message that is a JSON object or list with one value per line, masked unless `revealed`.

    Empty if the message is neither, or contains nothing.
    """
    text = message.strip()
    if not text.startswith(("{", "[")):
        return ()
    try:
        document = Document.parse(text.encode("utf-8", "replace"))
    except DocumentError:
        return ()
    pretty = as_json(document, None if revealed else Masking(document), ROOT)
    lines = pretty.decode("utf-8", "replace").split("\n")
    if len(lines) > MOST_ROWS:
        more = len(lines) - MOST_ROWS + 1
        lines[MOST_ROWS - 1 :] = [f"… {counted(more, 'more line')}: enter shows all"]
    return tuple(lines) if len(lines) > 1 else ()


class Unfolded:
    """The unfolded lines of a store.

    A number is a place among the shown rows of the store, an index a place on screen. A row of the store has one index,
    and an unfolded row has more indexes after it, for its parts 1, 2, and so on. Call `place` after the numbers
    of rows have changed.
    """

    def __init__(self) -> None:
        self.revealed = False
        self._lines: dict[int, tuple[Row, tuple[str, ...]]] = {}
        # The unfolded lines in order: number, count of JSON rows before it, index, and JSON.
        self._numbers: list[int] = []
        self._before: list[int] = [0]
        self._starts: list[int] = []
        self._texts: list[tuple[str, ...]] = []

    @property
    def rows(self) -> int:
        """The number of additional rows."""
        return self._before[-1]

    def __contains__(self, row: Row) -> bool:
        return row.id in self._lines

    def add(self, row: Row, store: LogStore) -> bool:
        """Unfold a line; returns whether there is anything in it."""
        lines = json_lines(row.message, revealed=self.revealed)
        if lines:
            if len(self._lines) >= MOST_UNFOLDED:
                del self._lines[next(iter(self._lines))]
            self._lines[row.id] = row, lines
            self.place(store)
        return bool(lines)

    def remove(self, row: Row, store: LogStore) -> None:
        """Fold a line."""
        if self._lines.pop(row.id, None) is not None:
            self.place(store)

    def reveal(self, store: LogStore, *, revealed: bool) -> None:
        """Show masked values, or mask them again."""
        if revealed is not self.revealed:
            self.revealed = revealed
            for number, (row, _lines) in self._lines.items():
                self._lines[number] = row, json_lines(row.message, revealed=revealed)
            self.place(store)

    def place(self, store: LogStore) -> None:
        """Find the numbers of the unfolded lines. One that is hidden or gone has none."""
        found = []
        for row, lines in self._lines.values():
            number = store.number_of(row)
            shown = store.row(number)
            if shown is not None and shown.id == row.id:
                found.append((number, lines))
        found.sort()
        self._numbers = [number for number, _lines in found]
        self._texts = [lines for _number, lines in found]
        self._before = [*accumulate(map(len, self._texts), initial=0)]
        self._starts = [number + more for number, more in zip(self._numbers, self._before, strict=False)]

    def at(self, index: int) -> tuple[int, int]:
        """Return the number of the row at an index, and its part: 0 for the line itself."""
        place = bisect_right(self._starts, index) - 1
        if place < 0:
            return index, 0
        part = index - self._starts[place]
        return (self._numbers[place], part) if part <= len(self._texts[place]) else (index - self._before[place + 1], 0)

    def index_of(self, number: int, part: int = 0) -> int:
        """Return the index of a part of a row, or that of its last part if it has fewer parts."""
        return number + self._before[bisect_left(self._numbers, number)] + min(part, len(self._text_of(number)))

    def text(self, number: int, part: int) -> str:
        """Return the text of a part of an unfolded line, from 1 on; empty if it has no such part."""
        lines = self._text_of(number)
        return lines[part - 1] if 0 < part <= len(lines) else ""

    def _text_of(self, number: int) -> tuple[str, ...]:
        place = bisect_left(self._numbers, number)
        return self._texts[place] if place < len(self._numbers) and self._numbers[place] == number else ()
