"""What differs between two specs, drawn row by row: old and new on one row, on two, or beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding

from astro_tui.alike import from_difference, share
from astro_tui.look import Look
from astro_tui.widgets.cells import cells, fit
from astro_tui.widgets.rows import RowList
from astro_tui.wording import counted

if TYPE_CHECKING:
    from astro_tui.diff_rows import DiffRow, DiffRows, Options
    from astro_tui.difference import Change

BESIDE_FROM = 100
"""Cells of width from which old and new have room beside each other."""
MOST_CONTEXT = 20
KEY_COLUMN = 16
SKELETON = (22, 30, 17, 26, 34, 12, 28, 20)
TONES = {"+": "diff--added", "-": "diff--removed", "~": "diff--changed", ">": "diff--moved"}
"""Mark → component class."""


class DiffView(RowList):
    """The rows of a `DiffRows`. The mark at the start says what happened without any colour."""

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
    BINDINGS = [
        Binding("n", "change(1)", "next change"),
        Binding("N", "change(-1)", "previous change"),
        Binding("equals_sign", "everything", "show equal parts too, or fold them"),
        Binding("right_curly_bracket", "context(1)", "more around each change"),
        Binding("left_curly_bracket", "context(-1)", "less around each change"),
        Binding("b", "beside", "old and new beside each other, or not"),
        Binding("i", "noise", "images that follow the build: one by one, or not"),
        Binding("space,l,right,h,left", "choose", "fold or unfold", show=False),
    ]

    def __init__(self, look: Look, *, brief: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(look, id=id)
        self.diff: DiffRows | None = None
        self.highlighted: Callable[[], None] | None = None
        """Called when the cursor came to another row, or other rows are shown."""
        self.say: Callable[[str], None] | None = None
        """Called with what cannot be done, and why."""
        self._brief = brief
        self._options: Options | None = None
        self._loading = False

    # ---- what is shown

    def start_loading(self) -> None:
        """Draw grey bars until there is something to show."""
        self._drop(loading=True)

    def clear(self) -> None:
        """Draw nothing."""
        self._drop(loading=False)

    def _drop(self, *, loading: bool) -> None:
        self._options = self.diff.options if self.diff is not None else self._options
        self.diff, self._loading = None, loading
        self.rows_changed(0)

    def show(self, diff: DiffRows, number: int = 1) -> None:
        """Show a difference in the way the last one was looked at, the cursor on a change counted from 1."""
        self._options = self.diff.options if self.diff is not None else self._options
        self._loading = False
        self.diff = diff
        if self._options is not None:
            diff.options = self._options
        diff.change_options(brief=self._brief)
        diff.lay_out(self.row_width)
        self.rows_changed(diff.stops[min(number, len(diff.stops)) - 1] if diff.stops else 0, 2)

    @property
    def row(self) -> DiffRow | None:
        """The row under the cursor."""
        return self.diff.rows[self.cursor] if self.diff is not None and self.cursor < self.row_count else None

    @property
    def change(self) -> Change | None:
        """The change that the cursor is in; None on equal parts."""
        return self.row.change if self.row is not None else None

    @property
    def place(self) -> tuple[int, int]:
        """Which change the cursor is at or behind, counted from 1 (0: before all), and how many rows begin one."""
        if self.diff is None:
            return 0, 0
        from bisect import bisect_right

        return bisect_right(self.diff.stops, self.cursor), len(self.diff.stops)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self.diff.rows) if self.diff is not None else 0

    def row_highlighted(self) -> None:
        """Tell the screen."""
        if self.highlighted is not None:
            self.highlighted()

    def row_chosen(self, index: int) -> None:
        """Fold or unfold."""
        if self.diff is not None and self.diff.toggle(self.diff.rows[index]):
            self._again()

    def on_resize(self) -> None:
        """Lay the rows out for the new width."""
        if self.diff is not None:
            if self.size.width < BESIDE_FROM:
                self.diff.change_options(beside=False)
            self._again()
        super().on_resize()

    def _again(self, **changes: Any) -> None:
        """Lay out anew; the cursor stays on what it was on, and on its line of the screen."""
        diff = self.diff
        if diff is None:
            return
        old, line = self.row, self.cursor - self.top
        diff.change_options(**changes)
        diff.lay_out(self.row_width)
        place = self.cursor
        if old is not None:
            keys = {_key(row): number for number, row in reversed(list(enumerate(diff.rows)))}
            wanted = next(
                (number for number, row in enumerate(diff.rows) if row.change is old.change is not None), self.cursor
            )
            place = keys.get(_key(old), wanted)
        self.rows_changed(place, line)

    # ---- keys

    def action_change(self, step: int) -> None:
        """Go to the next change, or the one before; around the ends."""
        if self.diff is None or not self.diff.stops:
            return
        stops = self.diff.stops
        found = (
            next((stop for stop in stops if stop > self.cursor), stops[0])
            if step > 0
            else next((stop for stop in reversed(stops) if stop < self.cursor), stops[-1])
        )
        self.move_to(found)

    def action_everything(self) -> None:
        """Show equal parts too, or fold them again."""
        if self.diff is not None:
            self._again(everything=not self.diff.options.everything)

    def action_context(self, step: int) -> None:
        """Show more or less equal parts around each change."""
        if self.diff is not None:
            context = max(0, min(MOST_CONTEXT, self.diff.options.context + step))
            self._again(context=context, everything=False)

    def action_beside(self) -> None:
        """Show old and new beside each other where there is room, or below each other."""
        if self.diff is None:
            return
        if self.size.width < BESIDE_FROM:
            self._tell(f"Side by side needs {BESIDE_FROM} columns, and there are {self.size.width}.")
            return
        self._again(beside=not self.diff.options.beside)

    def action_noise(self) -> None:
        """Show the images that follow the build one by one, or as one row."""
        if self.diff is None:
            return
        if len(self.diff.words.noise) < 2:
            self._tell("No images are folded here.")
        else:
            self._again(noise=not self.diff.options.noise)

    def _tell(self, text: str) -> None:
        if self.say is not None:
            self.say(text)

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row."""
        if self.diff is None:
            return []
        row, bar = self.diff.rows[index], self.look.glyphs.bar
        cursor = Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))
        if not self.diff.options.beside:
            return [cursor, *self._half(row, width - 1, old=row.old, both=True)]
        left = (width - 2) // 2
        right = width - 2 - left
        return [
            cursor,
            *_filled(self._side(row, left, old=True), left),
            Segment(bar, self.part("quiet")),
            *self._side(row, right, old=False),
        ]

    def _side(self, row: DiffRow, width: int, *, old: bool) -> list[Segment]:
        """Return one half of a row, empty where that side has nothing."""
        if row.mark == ("+" if old else "-"):
            return []
        return self._half(row, width, old=old, both=False)

    def _half(self, row: DiffRow, width: int, *, old: bool, both: bool) -> list[Segment]:
        from astro_tui.diff_rows import Shape

        tone = self.part_of(TONES.get(row.mark))
        equal = row.shape is Shape.EQUAL
        segments = [Segment(f"{row.mark} ", tone), Segment("  " * row.depth)]
        column = min(KEY_COLUMN, width // 6)
        name = self.look.plain(self.diff.name(row)) if self.diff is not None else ""
        name = "" if row.shape is Shape.IS else name
        padding = 1 if row.opens or row.shape is Shape.HEAD else 2
        name_style = self.part("quiet") if equal else self.part_of("diff--key")
        segments.append(Segment(name + " " * max(padding, 0 if padding == 1 else column + 2 - cells(name)), name_style))
        if row.shape is Shape.IS and self.diff is not None:
            above = self.look.plain(self.diff.name(row))
            segments[-1] = Segment(" " * max(padding + cells(above), column + 2))
        room = width - sum(cells(segment.text) for segment in segments)
        if room < 8 and row.depth:
            # Deeply nested: the value is what matters.
            segments[1] = Segment(self.look.glyphs.cut)
            room = width - sum(cells(segment.text) for segment in segments)
        return [*segments, *self._values(row, room, old=old, both=both)]

    def _values(self, row: DiffRow, room: int, *, old: bool, both: bool) -> list[Segment]:
        from astro_tui.diff_rows import Shape

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
        used = sum(cells(segment.text) for segment in segments)
        remark = next((each for each in self._remarks(row) if used + 3 + cells(each) <= room), "")
        if remark and (both or not old):
            segments.append(Segment(f"   {remark}", self.part("quiet")))
        return segments

    def _pair(self, row: DiffRow, room: int) -> list[Segment]:
        if self.diff is None:
            return []
        if self.diff.value(row, old=True)[1] or self.diff.value(row, old=False)[1]:
            return [Segment(fit("changed (secret)", room, self.look.glyphs.cut).rstrip(), self.part_of("diff--secret"))]
        arrow = f" {self.look.glyphs.arrow} "
        from astro_tui.diff_rows import Shape

        reserve = (48 if room >= 90 else 15 if room >= 40 else 6) if row.shape is Shape.NOISE else 0
        old, new = (self.look.plain(self.diff.value(row, old=side)[0]) for side in (True, False))
        half, other = share(new, old, max(8, room - reserve - len(arrow)), self.look.glyphs.cut)[::-1]
        return [
            *self._text(row, half, old=True),
            Segment(arrow, self.part("quiet")),
            *self._text(row, other, old=False),
        ]

    def _text(self, row: DiffRow, room: int, *, old: bool) -> list[Segment]:
        """Return one side's value; of two long ones that begin alike, the part in which they differ."""
        if self.diff is None:
            return []
        text, secret = self.diff.value(row, old=old)
        if secret:
            return [Segment(fit("changed (secret)", room, self.look.glyphs.cut).rstrip(), self.part_of("diff--secret"))]
        text, cut = self.look.plain(text), self.look.glyphs.cut
        if cells(text) > room:
            other = self.look.plain(self.diff.value(row, old=not old)[0])
            text = from_difference(text, other, room, cut)
        shown = fit(text, room, cut).rstrip() if cells(text) > room else text
        return [Segment(shown, self.part_of("diff--removed" if old else "diff--added"))]

    def _one(self, row: DiffRow, room: int) -> list[Segment]:
        """Return the value of a row that has but one."""
        from astro_tui.diff_rows import Shape

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
        return [Segment(fit(text, room, self.look.glyphs.cut).rstrip() if cells(text) > room else text, style)]

    def _head(self, row: DiffRow, room: int) -> list[Segment]:
        """Return what is said of a container with changes: that it moved, how many parts are equal and folded."""
        if self.diff is None or row.change is None:
            return []
        parts: list[Segment] = []
        change = row.change
        if row.first:
            places = [f"{step + 1:,}" if isinstance(step, int) else "?" for step in (change.step_old, change.step_new)]
            said = f"moved, place {places[0]} {self.look.glyphs.arrow} {places[1]}"
            parts.append(Segment(said, self.part_of("diff--moved")))
        options = self.diff.options
        equal = self.diff.equal_inside(change) if not options.everything and not options.context else 0
        if equal and (change.parts or not row.first):
            parts.append(Segment(f"  {self.look.glyphs.cut} {equal:,} equal", self.part("quiet")))
        used = sum(cells(part.text) for part in parts)
        return parts if used <= room else []

    def _remarks(self, row: DiffRow) -> list[str]:
        """Return what can be said behind the values, the longest first."""
        from astro_tui.diff_rows import Shape

        if self.diff is None or row.change is None:
            return []
        if row.shape is not Shape.NOISE:
            return [self.look.own(self.diff.words.remark(row.change))]
        number = self.diff.noise_folded - 1
        more = f"and {counted(number, 'more image')} follow{'s' if number == 1 else ''} the build"
        return [f"{more} (i shows)", f"+{number:,} more (i)", f"+{number:,}"]

    def part_of(self, name: str | None) -> Style:
        """Return the style of a component class, none for none."""
        return self.style_of(name) if name else Style.null()

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a grey bar while there is nothing yet, and a sentence where nothing differs."""
        if self._loading and line < min(len(SKELETON), self.page):
            block = self.look.glyphs.skeleton * min(SKELETON[line], max(1, width - 6))
            return [Segment(fit(f"  {'  ' * (line % 3)}{block}", width), self.part("skeleton"))]
        if self.diff is not None and not self.row_count and line == 0:
            return [Segment(fit("  Nothing differs: both specs say the same.", width, self.look.glyphs.cut))]
        return [Segment(" " * width)]


def _key(row: DiffRow) -> tuple[object, ...]:
    return row.old, row.node, row.shape.name == "IS", row.change is not None


def _filled(segments: list[Segment], width: int) -> list[Segment]:
    return Segment.adjust_line_length(segments, width)
