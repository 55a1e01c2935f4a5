"""The list of an agent's traces, and the spans of one as a tree with a waterfall."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message

from astro_tui.platform.models import TraceRow
from astro_tui.presentation.traces import COLUMNS, LAYOUT, TYPES, TraceLine, message_of, money, span_name
from astro_tui.text.times import short_number, took
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.traces import NOWHERE, Bar, Span, Timeline, TraceOutline, bar_of
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.lists.folding_list import FoldingList
from astro_tui.widgets.lists.searched_table import SearchedTable

MISSING = TraceRow()
"""Stands for traces that could not be loaded."""


class TraceTable(SearchedTable[TraceLine]):
    """One trace per row, in the order of the server."""

    COLUMNS, LAYOUT = COLUMNS, LAYOUT
    BAR_WIDTHS = (14, 9, 17, 12, 20, 8)
    order = "timestamp"
    """The order that was requested."""

    class Opened(Message):
        """The user opened a trace, or the row that stands for those that could not be loaded."""

        def __init__(self, line: TraceLine) -> None:
            super().__init__()
            self.line = line

    class NearEnd(Message):
        """The last rows are on screen: load more."""

    @property
    def sorted_by(self) -> str:
        """The name of the sorted column."""
        return next((column.name for column in COLUMNS if column.order == self.order and self.order != "timestamp"), "")

    def key_of(self, row: TraceLine) -> str:
        """Return the ID of the trace."""
        return row.key

    def row_chosen(self, index: int) -> None:
        """Report the opened trace."""
        self.post_message(self.Opened(self.rows[index]))

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

    class Opened(Message):
        """The user wants to read the input and output of the span under the cursor."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._timeline: Timeline | None = None
        self.query_text = ""
        """The search; empty without one."""
        self._matching: dict[tuple[str, ...], bool] = {}
        self.bars = BARS[0]
        """What the bars show."""
        self.looping: frozenset[int] = frozenset()
        """The positions of calls that are known to be repeated with the same arguments."""

    # ---- what is shown

    def show(self, outline: TraceOutline, timeline: Timeline, causes: Sequence[int]) -> None:
        """Show a trace, with the cursor on the first of the spans that failed by themselves."""
        self._outline, self._timeline, self.query_text, self.looping = outline, timeline, "", frozenset()
        self.rows_changed(outline.show(causes[0]) if causes else 0, self.page // 3 if causes else None)

    @property
    def position(self) -> int:
        """The position of the span under the cursor; `NOWHERE` without one."""
        return self._outline.row(self.cursor).node if self._outline is not None and self.row_count else NOWHERE

    @property
    def span(self) -> Span | None:
        """The span under the cursor."""
        position = self.position
        return self._outline.tree.spans[position] if self._outline is not None and position != NOWHERE else None

    @property
    def critical(self) -> int | None:
        """The time on the critical path of the span under the cursor; None if it is not on it."""
        return self._timeline.path.get(self.position) if self._timeline is not None else None

    def go_to(self, position: int) -> None:
        """Move the cursor to a span, and unfold those around it."""
        if self._outline is None:
            return
        row = self._outline.row_of(position)
        if self._outline.row(row).node == position:
            self.go_to_row(row)
        else:
            self.rows_changed(self._outline.show(position), self.page // 3)

    def step(self, by: int) -> str:
        """Go to the next or previous match, or error if nothing is searched; return a message, or an empty string."""
        outline = self._outline
        if outline is None:
            return ""
        spans, here = outline.tree.spans, self.position
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
            wanted = self._matching[key] = any(self.query_text in part.lower() for part in key)
        return wanted or self.query_text in seen.id

    def find(self, text: str, start: int) -> bool:
        """Search from a position on, and move the cursor to the first match; return whether there is one."""
        self.query_text = text.lower()
        self._matching.clear()
        outline, found = self._outline, None
        if outline is not None and text:
            spans = outline.tree.spans
            places = (*range(start, len(spans)), *range(start))
            found = next((position for position in places if self._wanted(spans[position])), None)
        if found is not None:
            self.go_to(found)
        self.refresh()
        return found is not None

    def show_bars(self, bars: str) -> None:
        """Let the bars show something else."""
        self.bars = bars
        self.refresh()

    def row_chosen(self, index: int) -> None:
        """Report that the user wants to read the span."""
        self.post_message(self.Opened())

    def action_toggle_fold(self) -> None:
        """Fold or unfold the row."""
        self._fold(lambda outline: outline.toggle(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Select a row; a click on its fold mark folds or unfolds it."""
        event.prevent_default()
        index = self.row_at(event.y)
        if index is None or self._outline is None or not self.at_rest(event):
            return
        self.move_to(index)
        row = self._outline.row(index)
        mark = 1 + self._indent(self._outline.tree.spans[row.node], self.row_width)
        if row.opens and event.x <= mark:
            self.action_toggle_fold()
        elif event.chain == 2:
            self.row_chosen(index)

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
        outline, timeline = self._outline, self._timeline
        if outline is None or timeline is None:
            return []
        row = outline.row(index)
        span = outline.tree.spans[row.node]
        glyphs = self.look.glyphs
        fold = " " if not row.opens else glyphs.folded if row.folded else glyphs.unfolded
        indent = self._indent(span, width)
        segments = [
            Segment(glyphs.cursor if selected else " ", self.part("info")),
            Segment(" " * indent),
            Segment(f"{fold}", self.part("quiet")),
            *self._type(span),
        ]
        columns = self._columns(span, width)
        chart = 0 if width < NARROW else max(10, width // 3)
        room = width - sum(cell_len(each.text) for each in (*segments, *columns)) - chart - (1 if chart else 0)
        segments += [*self._text(row.node, span, timeline, room, folded=row.folded), *columns]
        if chart:
            segments += [Segment(" "), *self._bar(row.node, span, timeline, chart)]
        return segments

    def _type(self, span: Span) -> list[Segment]:
        kind = span.seen.type.lower()
        glyph = TYPES.get(kind, ("", ""))[1 if self.look.ascii else 0]
        tone = self.part("error" if span.failed else "quiet")
        word = self.look.plain(kind)[:12]
        return [Segment(f"{glyph} ", tone)] if glyph else [Segment(f"{word} ", tone)] if word else []

    def _text(self, position: int, span: Span, timeline: Timeline, room: int, *, folded: bool) -> list[Segment]:
        """Return the name, what is said about the span, and how many errors a folded one hides."""
        look, matched = self.look, bool(self.query_text) and self._wanted(span)
        path = f"{look.own('‣') if not look.ascii else '*'} " if position in timeline.path else ""
        parts: list[tuple[str, Style | None]] = [
            (path, self.part("info")),
            (look.plain(span_name(span)), self.part("match") if matched else self.part("name") if path else None),
        ]
        if wait := timeline.wait_before(position):
            parts.append((f"  {look.own('⋯') if not look.ascii else look.glyphs.cut} {took(wait)}", self.part("quiet")))
        if position in self.looping:
            parts.append(("  same arguments", self.part("warn")))
        if message := message_of(span):
            level = "error" if span.failed else "warn" if span.seen.level.lower() == "warning" else "quiet"
            parts.append((f"  {look.own(look.plain(message))}", self.part(level)))
        elif span.is_open:
            parts.append(("  no end", self.part("warn")))
        elif span.seen.model:
            parts.append((f"  {look.plain(span.seen.model)}", self.part("quiet")))
        hidden = span.errors - span.failed
        if folded and hidden:
            parts.insert(2, (f"  {hidden:,} below", self.part("error")))
        segments = []
        for text, style in parts:
            shown = fit(text, min(cell_len(text), room), look.glyphs.cut) if room > 0 else ""
            room -= cell_len(shown)
            segments.append(Segment(shown, style))
        return [*segments, Segment(" " * max(0, room))]

    def _columns(self, span: Span, width: int) -> list[Segment]:
        look, quiet = self.look, self.part("quiet")
        if span.failed and width < NARROW:
            # The message needs the room.
            return []
        columns = [Segment(" " + fit_right(look.own(took(span.duration)), 8), None)]
        if width >= BESIDE_FROM:
            cost = look.own(money(span.cost, unknown=bool(span.priceless)))
            columns.append(
                Segment(
                    f" {fit_right(short_number(span.tokens) if span.tokens else '', 5)} {fit_right(cost, 9)}", quiet
                )
            )
        return columns

    def _bar(self, position: int, span: Span, timeline: Timeline, cells: int) -> list[Segment]:
        critical = self.bars != BARS[0] or position in timeline.path
        tone = self.part("error" if span.failed else "info" if critical else "quiet")
        begin, end = self._extent(span, timeline)
        shown = bool(end) or self.bars == BARS[0]
        bar = bar_of(begin, end, cells, ascii_alone=self.look.ascii) if shown else Bar(0, "", "")
        head = [Segment(bar.head, tone + Style(reverse=True))] if bar.head else []
        rest = cells - bar.offset - len(bar.head) - len(bar.body)
        return [Segment(" " * bar.offset), *head, Segment(bar.body, tone), Segment(" " * max(0, rest))]

    def _extent(self, span: Span, timeline: Timeline) -> tuple[float, float]:
        if self.bars == BARS[0] or self._outline is None:
            return timeline.axis.place(span.start), timeline.axis.place(span.end)
        part, whole = (each.tokens if self.bars == BARS[1] else each.cost for each in (span, self._outline.tree))
        return 0.0, part / (whole or 1)
