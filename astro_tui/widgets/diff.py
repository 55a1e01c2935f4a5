"""A difference as a list that the user can step through change by change, with rows that show old and new."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip

from astro_tui.difference import Change, ComparisonCanceledError
from astro_tui.difference.layout import DiffLayout, DiffRow, Options, Shape
from astro_tui.difference.rows import DiffRows
from astro_tui.text.common_prefix import from_difference, share
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.drawn import NewestWork
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.wrapping import WRAPPED, WrappingList, wrapped

KEY_COLUMN = 16
SKELETON = (22, 30, 17, 26, 34, 12, 28, 20)
TONES = {"+": "diff--added", "-": "diff--removed", "~": "diff--changed", ">": "diff--moved"}
"""Mark → component class."""


MOST_CONTEXT = 20
"""The most equal parts that can be shown around each change."""


class DiffView(WrappingList):
    """The rows of a `DiffRows` with a cursor, folds, and a variable amount of context.

    The mark at the start of a row works without color.
    """

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

    BINDINGS = keymap("""
        n                           change(1)    diff.next-change      next change [changes]
        N                           change(-1)   diff.previous-change  previous change [changes]
        equals_sign                 everything   diff.everything       show or fold equal parts [equal parts]
        left_curly_bracket          context(-1)  diff.less-context     less context [context]
        right_curly_bracket         context(1)   diff.more-context     more context [context]
        b                           beside       diff.side-by-side     toggle side by side [|side by side]
        w                           wrap         diff.wrap             wrap or cut long values [wrap]
        i                           noise        diff.noise            toggle images that change with the build
        enter,space,l,right,h,left  choose       diff.fold             fold or unfold
    """)

    @dataclass
    class Notified(Message):
        """A key had no effect, or a step wrapped around; `text` is a sentence for the user."""

        text: str

    def __init__(self, look: Look, *, brief: bool = False, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.diff: DiffRows | None = None
        self.loading_rows = False
        """Whether gray bars are shown until the rows are laid out."""
        self._brief = brief
        self._wanted: Options | None = None
        self._begin_at = 0
        self._work = NewestWork(self, "layout")

    # ---- what is shown

    @property
    def options(self) -> Options:
        """How much of this difference and later ones is shown."""
        if self._wanted is None:
            self._wanted = Options(brief=self._brief)
        return replace(self._wanted, beside=self._wanted.beside and self.size.width >= BESIDE_FROM)

    @property
    def layout_width(self) -> int:
        """The cells of a row if there were a scroll bar, so that the layout stays the same when one appears."""
        return max(0, self.size.width - self.scrollbar_size_vertical)

    def start_loading(self) -> None:
        """Show gray bars until a difference is shown."""
        self._drop(loading=True)

    def clear(self) -> None:
        """Show nothing."""
        self._drop(loading=False)

    def _drop(self, *, loading: bool) -> None:
        if self.diff is not None or self.loading_rows is not loading:
            self._work.cancel()
            self.diff, self.loading_rows = None, loading
            self.rows_changed(0)

    def show(self, diff: DiffRows, number: int = 1) -> None:
        """Show a difference with the current options and the cursor on the change `number`, counted from 1."""
        if diff is self.diff:
            return
        self.diff, self._begin_at = diff, number
        diff.wanted = self.options
        if diff.layout.plan is None:
            self.loading_rows = True
            self.rows_changed(0)
        else:
            self._take(diff.layout)
        self._lay_out()

    @property
    def row(self) -> DiffRow | None:
        """The row under the cursor."""
        return self.diff.rows[self.cursor] if self.diff is not None and self.cursor < self.row_count else None

    @property
    def change(self) -> Change | None:
        """The change under the cursor; None on equal parts."""
        return self.row.change if self.row is not None else None

    @property
    def position(self) -> tuple[int, int]:
        """The number of the change at or above the cursor (from 1; 0: before the first), and the number of changes."""
        if self.diff is None:
            return 0, 0
        return bisect_right(self.diff.stops, self.cursor), len(self.diff.stops)

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return len(self.diff.rows) if self.diff is not None else 0

    def row_chosen(self, index: int) -> None:
        """Fold or unfold the row."""
        if self.diff is not None and self.diff.toggle(self.diff.rows[index]):
            self._again(noise=self.diff.wanted.noise)

    def resized(self) -> None:
        """Lay out the rows for the new width."""
        super().resized()
        self._again()

    def on_unmount(self) -> None:
        """Cancel the layout."""
        self._work.cancel()

    # ---- laying out

    def _again(self, **changes: Any) -> None:
        """Lay out the rows with other options, or for another width."""
        if self.diff is not None:
            self._wanted = replace(self._wanted or self.options, **changes)
            self.diff.wanted = self.options
            self._lay_out()

    def _lay_out(self) -> None:
        """Lay out the rows: few at once, many in a thread while the old rows stay on screen."""
        diff = self.diff
        self._work.cancel()
        if diff is None or not self.layout_width:
            return
        plan = diff.plan(self.layout_width)
        if plan == diff.layout.plan or diff.short:
            self._take(diff.layout if plan == diff.layout.plan else diff.make(plan))
            return

        def work(canceled: Callable[[], bool]) -> DiffLayout | None:
            with suppress(ComparisonCanceledError):
                return diff.make(plan, canceled)
            return None

        self._work.start(work, self._take)
        self.row_highlighted()

    def _take(self, layout: DiffLayout | None) -> None:
        """Show other rows; the cursor stays on the same value, else on the same change, and on the same line."""
        if self.diff is None or layout is None:
            return
        old, line, number = self.row, self.cursor - self.top, self.position[0]
        self.diff.layout, self.loading_rows = layout, False
        place = layout.place_of(old) if old is not None and not self._begin_at else None
        if place is None:
            number, line = (self._begin_at, 2) if self._begin_at else (number, line)
            place = layout.stops[max(0, min(number, len(layout.stops)) - 1)] if layout.stops else 0
        self._begin_at = 0
        self.rows_changed(place, line)

    # ---- keys

    def action_change(self, step: int) -> None:
        """Move to the next or previous change, wrapping around."""
        stops = self.diff.stops if self.diff is not None else ()
        if not stops:
            return
        place = bisect_right(stops, self.cursor) if step > 0 else bisect_left(stops, self.cursor) - 1
        if not 0 <= place < len(stops):
            place = 0 if step > 0 else len(stops) - 1
            end = "first" if step > 0 else "last"
            only = len(stops) == 1
            around = f"Wrapped around to the {end} of {len(stops):,} changes."
            self._notify("This is the only change." if only else around)
        self._bring(stops[place])
        self.move_to(stops[place])

    def _bring(self, index: int) -> None:
        """Scroll, if needed, until a row and its containers right above it are on screen."""
        rows, above = self.diff.rows if self.diff is not None else (), index
        while above and rows[above - 1].depth < rows[above].depth:
            above -= 1
        if above < self.top or index + 1 >= self.top + self.page:
            self._scroll_top(max(min(above, index - self.page // 3), index - self.page + 2))

    def action_everything(self) -> None:
        """Show or fold equal parts."""
        self._again(everything=not self.options.everything)

    def action_context(self, step: int) -> None:
        """Show more or fewer equal parts around each change."""
        context = max(0, min(MOST_CONTEXT, self.options.context + step))
        self._again(context=context, everything=False)

    def is_on(self, action: str) -> bool:
        """Whether two columns fit."""
        return action == "beside" and self.size.width >= BESIDE_FROM

    def action_beside(self) -> None:
        """Show old and new side by side, or one below the other."""
        if self.diff is None:
            return
        if self.size.width < BESIDE_FROM:
            self._notify(f"Side by side needs {BESIDE_FROM} columns. This view has {self.size.width}.")
            return
        self._again(beside=not self.options.beside)

    def action_wrap(self) -> None:
        """Wrap or cut long values."""
        self.wrap(not self.wraps)

    def action_noise(self) -> None:
        """Show the images that follow the build one by one, or as one row."""
        if self.diff is None:
            return
        if len(self.diff.words.noise) < 2:
            self._notify("No images are folded here.")
        else:
            self._again(noise=not self.options.noise)

    def _notify(self, text: str) -> None:
        self.post_message(self.Notified(text))

    # ---- drawing

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
            return [self.look.plain(self.diff.words.remark(row.change))]
        number = self.diff.noise_folded - 1
        more = f"and {counted(number, 'more image')} change{'s' if number == 1 else ''} with the build"
        return [f"{more}: i shows them", f"{number:,} more: press i", f"+{number:,}"]

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
