"""A QR code, in half blocks or in colored spaces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class QrCode(Widget):
    """Draws the rows of a QR code as they are; the style sheet makes it black on white.

    A `#` is drawn as a space in reverse video, which looks right in any font.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._rows: tuple[str, ...] = ()
        self.display = False

    @property
    def rows(self) -> tuple[str, ...]:
        """The drawn rows."""
        return self._rows

    def show(self, rows: Sequence[str]) -> None:
        """Draw these rows; without any, the widget is hidden."""
        if tuple(rows) != self._rows:
            self._rows = tuple(rows)
            self.display = bool(rows)
            self.refresh(layout=True)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Return the width of a row."""
        return len(self._rows[0]) if self._rows else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def render(self) -> Content:
        """Return the code."""
        return Content("\n").join([Content.assemble(*_runs(row)) for row in self._rows])


def _runs(row: str) -> Iterator[str | tuple[str, str]]:
    for dark, run in groupby(row, "#".__eq__):
        text = "".join(run)
        yield (" " * len(text), "reverse") if dark else text
