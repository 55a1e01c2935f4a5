"""The evidence of a diagnosis: one row per line, cut at the end of the row."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from astro_tui.presentation.evidence import EvidenceLine
from astro_tui.theme.look import Look

MOST = 3
"""The most rows."""


class Evidence(Widget):
    """Rows such as `   events 3m  Back-off pulling image …`; the style sheet says how many there is room for."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="evidence")
        self._look = look
        self._lines: Sequence[EvidenceLine] = ()

    def show(self, lines: Sequence[EvidenceLine]) -> None:
        """Set the rows; lays the screen out again only if their number changes."""
        lines = lines[:MOST]
        if lines == self._lines:
            return
        before, self._lines = len(self._lines), lines
        self.refresh(layout=len(lines) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._lines)

    def render(self) -> Content:
        """Return the rows that there is room for."""
        return Content("\n").join(self._row(line) for line in self._lines[: max(1, self.size.height)])

    def _row(self, line: EvidenceLine) -> Content:
        look = self._look
        source = f"{line.source} {look.own(line.at)}".rstrip()
        row = Content.assemble((f"   {source}  ", "$quiet"), look.plain(line.text))
        cut = look.glyphs.cut
        width = self.size.width
        return row if row.cell_length <= width else row.truncate(max(0, width - len(cut))) + cut[:width]
