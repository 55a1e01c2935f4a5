"""The history of the value under the cursor: a heading, and one row per change, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from astro_tui.text.common_prefix import from_difference
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.keymap import action_key


class PastRow(NamedTuple):
    """One change of the value: the revision, its age, its author, and the new value."""

    name: str
    ago: str
    who: str
    value: str


class ValuePast(Widget):
    """As many rows as fit; the last one counts the rest."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="value-past")
        self._look = look
        self._heading, self._keys = "", ""
        self._rows: tuple[PastRow, ...] = ()

    def show(self, heading: str, keys: str = "", rows: Sequence[PastRow] = ()) -> None:
        """Show a heading with its keys, and the rows; without a heading, the widget is hidden."""
        new = (heading, keys, tuple(rows))
        if new == (self._heading, self._keys, self._rows):
            return
        longer = len(rows) != len(self._rows)
        self._heading, self._keys, self._rows = new
        self.display = bool(heading)
        self.refresh(layout=longer)

    @property
    def plain(self) -> str:
        """The text of the heading and the rows, uncut."""
        return "\n".join([self._heading, *("  ".join(row) for row in self._rows)])

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of lines."""
        return 1 + len(self._rows)

    def render(self) -> Content:
        """Return the heading and the rows in columns."""
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
            # Cut a long value so that its difference from the previous (or next) one stays visible.
            near = rows[place + 1] if place + 1 < len(rows) else rows[max(0, place - 1)]
            value = from_difference(look.plain(row.value), look.plain(near.value), left, cut)
            lines.append(line + "  " + (value if cell_len(value) <= left else fit(value, left, cut)))
        if more > 0 and room > 1:
            wide = self.parent is not None and self.parent.has_class("-full")
            enlarge = "" if wide else f" ({action_key(self, 'document.widen')} to enlarge)"
            text = f" … {more + 1:,} earlier{enlarge}"
            lines.append(Content.assemble((look.own(text), "$quiet")))
        return Content("\n").join(lines)
