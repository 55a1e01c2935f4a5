"""Draws the rows of a difference: old and new on one row, on two rows, or side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from astro_tui.difference.layout import DiffRow, Shape
from astro_tui.difference.rows import DiffRows
from astro_tui.text.common_prefix import from_difference, share
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.lists.wrapping import WRAPPED, WrappingList, wrapped

KEY_COLUMN = 16
SKELETON = (22, 30, 17, 26, 34, 12, 28, 20)
TONES = {"+": "diff--added", "-": "diff--removed", "~": "diff--changed", ">": "diff--moved"}
"""Mark → component class."""


class DiffDrawing(WrappingList):
    """Draws the rows of a `DiffRows`. The mark at the start of a row works without color."""

    keeps_lines = True
    COMPONENT_CLASSES = {
        "rows--cursor",
        "rows--info",
        "rows--quiet",
        "rows--name",
        "rows--skeleton",
        "diff--added",
        "diff--removed",
        "diff--changed",
        "diff--moved",
        "diff--key",
        "diff--secret",
    }

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.diff: DiffRows | None = None
        self.loading_rows = False
        """Whether gray bars are shown until the rows are laid out."""

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row of the difference."""
        if self.diff is None:
            return []
        row, bar = self.diff.rows[index], self.look.glyphs.bar
        cursor = Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))
        if not self.diff.layout.options.beside:
            return [cursor, *self._half(row, width - 1, old=row.old, both=True)[0]]
        left = (width - 2) // 2
        right = width - 2 - left
        return [
            cursor,
            *_filled(self._side(row, left, old=True), left),
            Segment(bar, self.part("quiet")),
            *self._side(row, right, old=False),
        ]

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one whole row of the difference, and how many characters come before its values."""
        if self.diff is None:
            return [], 0
        row = self.diff.rows[index]
        cursor = Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))
        segments, head = self._half(row, self.row_width - 1, old=row.old, both=True)
        return [cursor, *segments], head + 1

    def _wrapped(self, index: int, width: int, *, selected: bool) -> list[Strip]:
        """Return the lines of a row; if it has two sides, each is wrapped on its own."""
        if self.diff is None or not self.diff.layout.options.beside:
            return super()._wrapped(index, width, selected=selected)
        row = self.diff.rows[index]
        cursor = Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))
        bar = Segment(self.look.glyphs.bar, self.part("quiet"))
        left = (width - 2) // 2
        old, new = (
            self._side_lines(row, first, room, old=is_old)
            for first, room, is_old in ((cursor, left, True), (bar, width - 2 - left, False))
        )
        return [
            self.makers[selected].line([*_filled(list(one or ()), left + 1), *(other or [bar])], width)
            for one, other in zip_longest(old, new, fillvalue=None)
        ]

    def _side_lines(self, row: DiffRow, first: Segment, width: int, *, old: bool) -> Sequence[Sequence[Segment]]:
        """Return the lines of one half of a row, each with `first` in front of it."""
        empty = row.mark == ("+" if old else "-")
        segments, head = ([], 0) if empty else self._half(row, width, old=old, both=False)
        return wrapped([first, *segments], width + 1, head + 1, max(2, self.page - 1), self.look.glyphs.cut)

    def _side(self, row: DiffRow, width: int, *, old: bool) -> list[Segment]:
        """Return one half of a row; empty if that side has no value."""
        if row.mark == ("+" if old else "-"):
            return []
        return self._half(row, width, old=old, both=False)[0]

    def _half(self, row: DiffRow, width: int, *, old: bool, both: bool) -> tuple[list[Segment], int]:
        """Return a row, or one side of it, and how many characters are before its values."""
        tone = self.part_of(TONES.get(row.mark))
        equal = row.shape is Shape.EQUAL
        segments = [Segment(f"{row.mark} ", tone), Segment("  " * row.depth)]
        column = min(KEY_COLUMN, width // 6)
        name = self.look.plain(self.diff.name(row)) if self.diff is not None else ""
        name = "" if row.shape is Shape.IS else name
        padding = 1 if row.opens or row.shape is Shape.HEAD else 2
        name_style = self.part("quiet") if equal else self.part_of("diff--key")
        segments.append(
            Segment(name + " " * max(padding, 0 if padding == 1 else column + 2 - cell_len(name)), name_style)
        )
        if row.shape is Shape.IS and self.diff is not None:
            above = self.look.plain(self.diff.name(row))
            segments[-1] = Segment(" " * max(padding + cell_len(above), column + 2))
        room = width - sum(cell_len(segment.text) for segment in segments)
        if room < 8 and row.depth:
            # Deeply nested: give the room to the value.
            segments[1] = Segment(self.look.glyphs.cut)
            room = width - sum(cell_len(segment.text) for segment in segments)
        head = sum(len(segment.text) for segment in segments)
        if row.shape in (Shape.WAS, Shape.IS):
            # Never break the line between the `-` or `+` and its value.
            head += 2
        return [*segments, *self._values(row, WRAPPED if self.wraps else room, old=old, both=both)], head

    def _values(self, row: DiffRow, room: int, *, old: bool, both: bool) -> list[Segment]:

        if room <= 0:
            return []
        if row.shape is Shape.HEAD:
            return self._head(row, room)
        if row.shape in (Shape.LINE, Shape.EQUAL):
            return self._one(row, room)
        if row.shape in (Shape.WAS, Shape.IS):
            is_old = row.shape is Shape.WAS
            mark = Segment("- " if is_old else "+ ", self.part_of("diff--removed" if is_old else "diff--added"))
            return [mark, *self._text(row, room - 2, old=is_old)]
        segments = self._pair(row, room) if both else self._text(row, room, old=old)
        used = sum(cell_len(segment.text) for segment in segments)
        remark = next((each for each in self._remarks(row) if used + 3 + cell_len(each) <= room), "")
        if remark and (both or not old):
            segments.append(Segment(f"   {remark}", self.part("quiet")))
        return segments

    def _pair(self, row: DiffRow, room: int) -> list[Segment]:
        if self.diff is None:
            return []
        if self.diff.value(row, old=True)[1] or self.diff.value(row, old=False)[1]:
            return [Segment(fit("changed (secret)", room, self.look.glyphs.cut).rstrip(), self.part_of("diff--secret"))]
        arrow = f" {self.look.glyphs.arrow} "

        reserve = (48 if room >= 90 else 15 if room >= 40 else 6) if row.shape is Shape.NOISE else 0
        old, new = (self.look.plain(self.diff.value(row, old=side)[0]) for side in (True, False))
        half, other = share(new, old, max(8, room - reserve - len(arrow)), self.look.glyphs.cut)[::-1]
        return [
            *self._text(row, half, old=True),
            Segment(arrow, self.part("quiet")),
            *self._text(row, other, old=False),
        ]

    def _text(self, row: DiffRow, room: int, *, old: bool) -> list[Segment]:
        """Return one side's value; if two long values start alike, return only the part that differs."""
        if self.diff is None:
            return []
        text, secret = self.diff.value(row, old=old)
        if secret:
            return [Segment(fit("changed (secret)", room, self.look.glyphs.cut).rstrip(), self.part_of("diff--secret"))]
        text, cut = self.look.plain(text), self.look.glyphs.cut
        if cell_len(text) > room:
            other = self.look.plain(self.diff.value(row, old=not old)[0])
            text = from_difference(text, other, room, cut)
        shown = fit(text, room, cut).rstrip() if cell_len(text) > room else text
        return [Segment(shown, self.part_of("diff--removed" if old else "diff--added"))]

    def _one(self, row: DiffRow, room: int) -> list[Segment]:
        """Return the value of a row with only one side."""
        if self.diff is None:
            return []
        style = self.part("quiet") if row.shape is Shape.EQUAL else self.part_of(TONES.get(row.mark))
        text, secret = self.diff.value(row, old=row.old)
        if secret:
            word = {"+": "added (secret)", "-": "removed (secret)"}.get(row.mark if row.first else "", "(secret)")
            return [Segment(fit(word, room, self.look.glyphs.cut).rstrip(), self.part_of("diff--secret"))]
        text = self.look.plain(text)
        if row.folded:
            text = f"{text} {self.look.glyphs.folded}"
        return [Segment(fit(text, room, self.look.glyphs.cut).rstrip() if cell_len(text) > room else text, style)]

    def _head(self, row: DiffRow, room: int) -> list[Segment]:
        """Return the remark for a container with changes: that it moved, and how many equal parts are folded."""
        if self.diff is None or row.change is None:
            return []
        parts: list[Segment] = []
        change = row.change
        if row.first:
            places = [f"{step + 1:,}" if isinstance(step, int) else "?" for step in (change.step_old, change.step_new)]
            said = f"moved, position {places[0]} {self.look.glyphs.arrow} {places[1]}"
            parts.append(Segment(said, self.part_of("diff--moved")))
        options = self.diff.layout.options
        equal = self.diff.equal_inside(change) if not options.everything and not options.context else 0
        if equal and (change.parts or not row.first):
            parts.append(Segment(f"  {self.look.glyphs.cut} {equal:,} equal", self.part("quiet")))
        used = sum(cell_len(part.text) for part in parts)
        return parts if used <= room else []

    def _remarks(self, row: DiffRow) -> list[str]:
        """Return the remarks that can follow the values, longest first."""
        if self.diff is None or row.change is None:
            return []
        if row.shape is not Shape.NOISE:
            return [self.look.own(self.diff.words.remark(row.change))]
        number = self.diff.noise_folded - 1
        more = f"and {counted(number, 'more image')} change{'s' if number == 1 else ''} with the build"
        return [f"{more} (i)", f"+{number:,} more (i)", f"+{number:,}"]

    def part_of(self, name: str | None) -> Style:
        """Return the style of a component class; no style for None."""
        return self.style_of(name) if name else Style.null()

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a gray bar while loading, or a sentence if there are no differences."""
        if self.loading_rows and line < min(len(SKELETON), self.page):
            block = self.look.glyphs.skeleton * min(SKELETON[line], max(1, width - 6))
            return [Segment(fit(f"  {'  ' * (line % 3)}{block}", width), self.part("skeleton"))]
        if self.diff is not None and not self.row_count and line == 0:
            return [Segment(fit("  No differences.", width, self.look.glyphs.cut))]
        return [Segment(" " * width)]


def _filled(segments: list[Segment], width: int) -> list[Segment]:
    return Segment.adjust_line_length(segments, width)
