"""What the value under the cursor was in earlier revisions: a heading and a row a change, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from astro_tui.text.common_prefix import from_difference
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.cells import cell_len, fit, fit_right


class PastRow(NamedTuple):
    """One change of the value: the revision, how long ago, by whom, and what the value was from then on."""

    name: str
    ago: str
    who: str
    said: str


class ValuePast(Widget):
    """As many rows as there is room for; the last one says how many there are beyond."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="value-past")
        self._look = look
        self._heading, self._keys = "", ""
        self._rows: tuple[PastRow, ...] = ()

    def show(self, heading: str, keys: str = "", rows: Sequence[PastRow] = ()) -> None:
        """Draw other rows below a heading, the keys that work behind it; without a heading there is nothing."""
        new = (heading, keys, tuple(rows))
        if new == (self._heading, self._keys, self._rows):
            return
        longer = len(rows) != len(self._rows)
        self._heading, self._keys, self._rows = new
        self.display = bool(heading)
        self.refresh(layout=longer)

    @property
    def plain(self) -> str:
        """The text as it stands, for tests."""
        return "\n".join([self._heading, *("  ".join(row) for row in self._rows)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines there are."""
        return 1 + len(self._rows)

    def render(self) -> Content:
        """Return heading and rows in columns."""
        look, width, height = self._look, self.size.width, max(1, self.size.height)
        cut = look.glyphs.cut
        head = fit(f" {look.own(self._heading)}", max(0, width - cell_len(self._keys) - 2), cut)
        lines = [Content.assemble((head, "$quiet"), (f" {look.own(self._keys)}", "$quiet"))]
        rows, room = self._rows, height - 1
        more = len(rows) - room
        rows = rows[: room - 1 if more > 0 and room > 1 else room]
        names = max((cell_len(row.name) for row in rows), default=0)
        agos = max((cell_len(row.ago) for row in rows), default=0)
        whos = min(16, max((cell_len(row.who) for row in rows), default=0)) if width >= 60 else 0
        for place, row in enumerate(rows):
            parts: list[Content | str | tuple[str, str]] = [
                " ",
                (fit(look.plain(row.name), names, cut), "bold"),
                (f"  {fit_right(look.own(row.ago), agos)}", "$quiet"),
            ]
            if whos:
                parts.append((f"  {fit(look.plain(row.who), whos, cut)}", "$quiet"))
            line = Content.assemble(*parts)
            left = max(0, width - line.cell_length - 2)
            # What it was before, else what it became, is what the value differs from.
            near = rows[place + 1] if place + 1 < len(rows) else rows[max(0, place - 1)]
            said = from_difference(look.plain(row.said), look.plain(near.said), left, cut)
            lines.append(line + "  " + (said if cell_len(said) <= left else fit(said, left, cut)))
        if more > 0 and room > 1:
            wide = self.parent is not None and self.parent.has_class("-full")
            said = f" … {more + 1:,} earlier{'' if wide else ': w shows them'}"
            lines.append(Content.assemble((look.own(said), "$quiet")))
        return Content("\n").join(lines)
