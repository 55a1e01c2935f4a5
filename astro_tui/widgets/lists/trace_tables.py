"""The list of an agent's traces, and the spans of one as a tree with a waterfall."""

from __future__ import annotations

from collections.abc import Iterator

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from astro_tui.platform.models import TraceHead, TraceRow
from astro_tui.presentation.traces import COLUMNS, LAYOUT, TraceLine, lasted, message_of, span_name
from astro_tui.text.redaction import redact_text
from astro_tui.text.times import money, short_number, took
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.traces import NOWHERE, Span, Trace, TraceOutline, bar_of, type_glyph
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.filtered_tables import SearchedTable
from astro_tui.widgets.lists.folding_list import FoldingList

# Validation would build the models now, on the UI thread, which takes 30 ms.
MISSING = TraceRow.model_construct()
"""Stands for traces that could not be loaded."""
NO_TRACE = TraceHead.model_construct()
"""What an empty trace says about itself."""


class TraceTable(SearchedTable[TraceLine]):
    """One trace per row, in the order of the server."""

    COLUMNS, LAYOUT = COLUMNS, LAYOUT
    BINDINGS = keymap("enter  choose  list.choose  open [open]")
    BAR_WIDTHS = (14, 9, 17, 12, 20, 8)
    order = "timestamp"
    """The order that was requested."""

    class NearEnd(Message):
        """The last rows are on screen: load more."""

    @property
    def sorted_by(self) -> str:
        """The name of the sorted column."""
        return next((column.name for column in COLUMNS if column.order == self.order and self.order != "timestamp"), "")

    def resized(self) -> None:
        """Report also that the end is near: rows can arrive before the table has its height."""
        super().resized()
        if self.row_count:
            self.scrolled_away()

    def row_highlighted(self) -> None:
        """Report also that the end is near."""
        super().row_highlighted()
        self.scrolled_away()

    def scrolled_away(self) -> None:
        """Report that the end is near. A filter that hides rows brings it near, but wants no more of them."""
        if not (self.loading_rows or self.filtered) and max(self.cursor, self.top + self.page) >= self.row_count - 1:
            self.post_message(self.NearEnd())


BARS = ("time", "tokens", "cost")
"""What the bars of a waterfall can show."""


class SpanTree(FoldingList[TraceOutline]):
    """The spans of a trace: name, message, and duration, and a bar that shows when each one ran."""

    keeps_lines = True
    COMPONENT_CLASSES = {
        "rows--cursor",
        "rows--error",
        "rows--warn",
        "rows--info",
        "rows--name",
        "rows--quiet",
        "rows--match",
    }
    BINDINGS = keymap("enter  choose  list.choose  read input and output [input, output]")

    class Opened(Message):
        """The user wants to read the input and output of the span under the cursor."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.shown = TraceOutline(Trace.of(NO_TRACE))
        """The trace with its folds; an empty one at first."""
        self.query_text = ""
        """The search; empty without one."""
        self._matching: dict[tuple[str, ...], bool] = {}
        self.bars = BARS[0]
        """What the bars show."""
        self.looping: frozenset[int] = frozenset()
        """The positions of calls that are known to be repeated with the same arguments."""

    # ---- what is shown

    def show(self, outline: TraceOutline) -> None:
        """Show a trace, with the cursor on the first of the spans that failed by themselves."""
        self.shown = self._outline = outline
        self.query_text, self.looping, causes = "", frozenset(), outline.trace.causes
        self.rows_changed(outline.show(causes[0]) if causes else 0, self.page // 3 if causes else None)

    @property
    def position(self) -> int:
        """The position of the span under the cursor; `NOWHERE` without one."""
        return self.shown.row(self.cursor).node if self.shown.row_count else NOWHERE

    @property
    def span(self) -> Span | None:
        """The span under the cursor."""
        return self.shown.tree.spans[self.position] if self.shown.row_count else None

    def go_to(self, position: int) -> None:
        """Move the cursor to a span, and unfold those around it."""
        row = self.shown.row_of(position)
        if self.shown.row(row).node == position:
            self.go_to_row(row)
        else:
            self.rows_changed(self.shown.show(position), self.page // 3)

    def step(self, by: int) -> str:
        """Go to the next or previous match, or error if nothing is searched; return a message, or an empty string."""
        spans, here = self.shown.tree.spans, self.position
        count, what = len(spans), "match" if self.query_text else "error"
        # After the last one, the search continues at the other end, and comes to the cursor last.
        for distance in range(1, count + 1):
            position = (here + by * distance) % count
            if self._wanted(spans[position]):
                wrapped = position <= here if by > 0 else position >= here
                self.go_to(position)
                if not wrapped:
                    return ""
                return f"This is the only {what}." if position == here else f"Wrapped around to the next {what}."
        return f"No {what}."

    def _wanted(self, span: Span) -> bool:
        if not self.query_text:
            return span.failed
        seen = span.seen
        # Many spans of a large trace have the same name, model, and message.
        key = (seen.name, seen.model, seen.status_message, seen.type)
        wanted = self._matching.get(key)
        if wanted is None:
            wanted = self._matching[key] = any(map(self._contained, key))
        return wanted or self._contained(seen.id)

    def _contained(self, text: str) -> bool:
        # Masking takes long, so only what may match is masked.
        return self.query_text in text.lower() and self.query_text in redact_text(text).lower()

    def find(self, text: str, start: int) -> bool:
        """Search from a position on, and move the cursor to the first match; return whether there is one."""
        self.query_text = text.lower()
        self._matching.clear()
        spans = self.shown.tree.spans
        places = (*range(start, len(spans)), *range(start)) if text else ()
        match = next((position for position in places if self._wanted(spans[position])), None)
        if match is not None:
            self.go_to(match)
        self.refresh()
        return match is not None

    def show_bars(self, bars: str) -> None:
        """Let the bars show something else."""
        self.bars = bars
        self.refresh()

    def row_chosen(self, index: int) -> None:
        """Report that the user wants to read the span."""
        self.post_message(self.Opened())

    def mark_end(self, index: int) -> int:
        """Return the last cell of a row that belongs to its fold mark."""
        return 1 + self._indent(self.shown.tree.spans[self.shown.row(index).node], self.row_width)

    # ---- drawing

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one row; it is never wrapped."""
        segments = self.draw_row(index, self.row_width, selected=selected)
        return segments, sum(len(segment.text) for segment in segments)

    @staticmethod
    def _indent(span: Span, width: int) -> int:
        return min(2 * span.depth, width // 6)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one row: the span, how long it took, its tokens and cost where there is room, and its bar."""
        row, glyphs = self.shown.row(index), self.look.glyphs
        span = self.shown.tree.spans[row.node]
        fold = " " if not row.opens else glyphs.folded if row.folded else glyphs.unfolded
        segments = [
            Segment(glyphs.cursor if selected else " ", self.part("info")),
            Segment(" " * self._indent(span, width) + fold, self.part("quiet")),
        ]
        if span.seen.type:
            kind = span.seen.type.lower()
            word = type_glyph(kind, ascii_alone=self.look.ascii) or self.look.plain(kind)[:12]
            segments.append(Segment(f"{word} ", self.part("error" if span.failed else "quiet")))
        columns = self._columns(span, width)
        chart = 0 if width < NARROW else max(10, width // 3)
        room = width - sum(cell_len(each.text) for each in (*segments, *columns)) - chart - (1 if chart else 0)
        for text, tone in self._texts(row.node, span, folded=row.folded):
            text = fit(text, min(cell_len(text), room), self.look.glyphs.cut) if room > 0 else ""  # noqa: PLW2901  cut
            room -= cell_len(text)
            segments.append(Segment(text, self.part(tone) if tone else None))
        segments += [Segment(" " * max(0, room)), *columns]
        if chart:
            segments += [Segment(" "), *self._bar(row.node, span, chart)]
        return segments

    def _texts(self, position: int, span: Span, *, folded: bool) -> Iterator[tuple[str, str]]:
        """Yield the name, how many errors a folded span hides, and what is said about it, each with its tone."""
        look, timeline, seen = self.look, self.shown.trace.timeline, span.seen
        critical = position in timeline.path
        if critical:
            yield ("* " if look.ascii else "‣ "), "info"
        matched = bool(self.query_text) and self._wanted(span)
        yield look.plain(span_name(span)), "match" if matched else "name" if critical else ""
        if folded and span.errors - span.failed:
            yield f"  {span.errors - span.failed:,} below", "error"
        if wait := timeline.waits.get(position):
            yield f"  {look.glyphs.cut if look.ascii else '⋯'} {look.plain(took(wait))}", "quiet"
        if position in self.looping:
            yield "  same arguments", "warn"
        if message := message_of(span):
            level = "error" if span.failed else "warn" if seen.level.lower() == "warning" else "quiet"
            yield f"  {look.plain(message)}", level
        elif span.is_open:
            yield "  no end", "warn"
        elif seen.model:
            yield f"  {look.plain(seen.model)}", "quiet"

    def _columns(self, span: Span, width: int) -> list[Segment]:
        look, quiet = self.look, self.part("quiet")
        if span.failed and width < NARROW:
            # The message needs the room.
            return []
        columns = [Segment(" " + fit_right(look.plain(lasted(span)), 8), None)]
        if width >= BESIDE_FROM:
            cost = look.plain(money(span.cost, unknown=bool(span.priceless)))
            columns.append(
                Segment(
                    f" {fit_right(short_number(span.tokens) if span.tokens else '', 5)} {fit_right(cost, 9)}", quiet
                )
            )
        return columns

    def _bar(self, position: int, span: Span, cells: int) -> list[Segment]:
        timeline, tree = self.shown.trace.timeline, self.shown.tree
        critical = self.bars != BARS[0] or position in timeline.path
        tone = self.part("error" if span.failed else "info" if critical else "quiet")
        if self.bars == BARS[0]:
            begin, end = timeline.axis.place(span.start), timeline.axis.place(span.end)
        else:
            part, whole = (each.tokens if self.bars == BARS[1] else each.cost for each in (span, tree))
            if not part:
                return [Segment(" " * cells)]
            begin, end = 0.0, part / whole
        bar = bar_of(begin, end, cells, ascii_alone=self.look.ascii)
        head = [Segment(bar.head, tone + Style(reverse=True))] if bar.head else []
        rest = cells - bar.offset - len(bar.head) - len(bar.body)
        return [Segment(" " * bar.offset), *head, Segment(bar.body, tone), Segment(" " * max(0, rest))]
