"""Tables with a filter: of rows that it finds by their text, and of rows with more rows below them, which fold."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from msgspec import Struct
from rich.segment import Segment
from rich.style import Style
from textual import events

from astro_tui.presentation.columns import Column, orders_of
from astro_tui.presentation.nodes import Key, Node, Searchable, arranged, matching
from astro_tui.runtime import Clock, system_clock
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.wrapped import Wrapped

T = TypeVar("T", bound=Node)
R = TypeVar("R")
F = TypeVar("F", bound=Searchable)
LABEL = 28
"""The most cells of the label of a row below another row."""
INDENT = 2
MARK_AT = 1
"""The cell that contains the fold mark of a row."""


class FilteredTable(Table[R]):
    """A table that shows only the rows that contain every word of a filter."""

    query_text = ""
    """The filter; empty if it shows everything."""

    @property
    def filtered(self) -> bool:
        """Whether rows may be hidden."""
        return bool(self.query_text)

    @property
    @abstractmethod
    def found(self) -> tuple[int, int]:
        """How many rows are shown, and how many there are."""

    @abstractmethod
    def put_rows(self) -> None:
        """Show the rows that match; the cursor stays on the same one."""

    def filter(self, text: str) -> None:
        """Show the rows that contain every word of a text."""
        self.query_text = text
        self.put_rows()


class SearchedTable(FilteredTable[F]):
    """Shows only the rows that match its filter."""

    every: Sequence[F] = ()
    """All rows, whatever the filter."""

    def start_over(self) -> None:
        """Forget the rows and the filter, and show gray bars."""
        self.every, self.query_text = (), ""
        self.start_loading()

    def show(self, rows: Sequence[F]) -> None:
        """Show other rows; the cursor stays on the same one."""
        if rows is not self.every or self.loading_rows:
            self.every = rows
            self.put_rows()

    @property
    def found(self) -> tuple[int, int]:
        """How many rows are shown, and how many there are."""
        return len(self.rows), len(self.every)

    def put_rows(self) -> None:
        """Show the rows that match; the cursor stays on the same one."""
        self.show_rows(matching(self.every, self.query_text))


class NodeLine(Struct, frozen=True):
    """One line on screen: a node, or line number `part` of its text.

    `top` is its top-level row. `folded` is None if nothing is below the node. `label` is the width of the
    labels beside it.
    """

    node: Node
    top: Node
    depth: int = 0
    folded: bool | None = None
    label: int = 0
    part: int = 0
    text: str = ""


class FoldingTable(FilteredTable[NodeLine], Generic[T]):
    """Rows of type `T` with rows below them. What the user folded stays folded across refreshes."""

    BINDINGS = keymap("space  fold  list.fold  fold or unfold [|fold]")
    FRAME = 4
    # A text has several lines.
    KEY = attrgetter("node.key", "part")
    NODE: type[T]
    """The class of the top-level rows."""

    def __init__(self, look: Look, clock: Clock = system_clock, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, clock, id=id)
        self.nodes: Sequence[Node] = ()
        """All top-level rows, whatever the filter."""
        self.problems_only = False
        """Whether only problems are shown."""
        self.orders = sorted(orders_of(self.COLUMNS).values(), key=lambda column: column.key is not None)
        """The columns that the top-level rows can be sorted by; the first is the order in which they are given."""
        self.order = self.orders[0]
        """The order of the top-level rows."""
        self._folds: dict[Key, bool] = {}
        self._wrapped_for = 0

    # ---- rows

    @property
    def shown(self) -> Sequence[Node]:
        """The top-level rows that match the filter, in their order."""
        return arranged(self.nodes, self.query_text, self.order, problems=self.problems_only)

    @property
    def filtered(self) -> bool:
        """Whether rows may be hidden."""
        return super().filtered or self.problems_only

    @property
    def found(self) -> tuple[int, int]:
        """How many top-level rows are shown, and how many there are."""
        return len(self.shown), len(self.nodes)

    @property
    def sorted_by(self) -> str:
        """The name of the column that the user has sorted by; empty for the order in which the rows are given."""
        return self.order.name if self.order.key is not None else ""

    @property
    def measured_rows(self) -> Sequence[Node]:
        """The top-level rows."""
        return [node for node in self.shown if isinstance(node, self.NODE)]

    @property
    def node(self) -> Node | None:
        """The node under the cursor."""
        return self.row.node if self.row is not None else None

    def start_over(self) -> None:
        """Forget everything about the rows of the previous object, and show gray bars."""
        self.nodes, self.query_text, self.problems_only = (), "", False
        self._folds.clear()
        self.start_loading()

    def show(self, nodes: Sequence[Node]) -> None:
        """Show other rows; the cursor stays on the same one."""
        if nodes is not self.nodes or self.loading_rows:
            self.nodes = nodes
            self.put_rows()

    def put_rows(self) -> None:
        """Show the rows that match; the cursor stays on the same one."""
        self._put(self.row)

    def show_problems(self, *, only: bool) -> None:
        """Show only problems, or all rows."""
        self.problems_only = only
        self.put_rows()

    def sort(self, order: Column[Any]) -> None:
        """Show the rows in another order."""
        self.order = order
        self.put_rows()

    def _put(self, current: NodeLine | None) -> None:
        """Show the lines of all rows, with the cursor on `current`, else on its node, else on its top-level row."""
        self._wrapped_for = self.row_width
        lines = list(self._lines(self.shown, 0, None))
        keys = [] if current is None else [self.KEY(current), (current.node.key, 0), (current.top.key, 0)]
        self.replace_rows(lines, keys)

    def _lines(self, nodes: Sequence[Node], depth: int, top: Node | None) -> Iterator[NodeLine]:
        label = min(LABEL, max((cell_len(node.label) for node in nodes if not node.wraps), default=0)) if depth else 0
        for node in nodes:
            above = top or node
            folded = self._folds.get(node.key, node.folded) if node.below else None
            if node.wraps:
                wrapped = Wrapped(self.look.plain(node.note), max(8, self.row_width - INDENT - INDENT * depth))
                for part in range(len(wrapped)):
                    yield NodeLine(node, above, depth, None, label, part, wrapped.line(part))
            else:
                yield NodeLine(node, above, depth, folded, label)
            if folded is False:
                yield from self._lines(node.below, depth + 1, above)

    def on_click(self, event: events.Click) -> None:
        """Fold or unfold a row with a click on its mark."""
        index = self.row_at(event.y)
        if index is not None and event.x == MARK_AT and self.rows[index].folded is not None and self.at_rest(event):
            # A double click on the mark must not open the row.
            event.prevent_default()
            self.move_to(index)
            self.action_fold()

    def is_on(self, action: str) -> bool:
        """Whether there is something to fold."""
        return action == "fold" and self.row_count > 0

    def action_fold(self) -> None:
        """Fold or unfold the row under the cursor; on a row with nothing below it, fold the row that it is in."""
        current = self.row
        if current is None:
            return
        if current.folded is None:
            current = self._container(current)
        if current.folded is not None:
            self._show_cursor()
            self._folds[current.node.key] = not current.folded
            self._put(current)

    def _container(self, line: NodeLine) -> NodeLine:
        """Return the line of the row that contains a line, or the line itself if no row does."""
        for index in range(self.cursor - 1, -1, -1):
            if self.rows[index].depth < line.depth:
                return self.rows[index]
        return line

    def resized(self) -> None:
        """Wrap the texts for another width."""
        super().resized()
        if self.rows and self.row_width != self._wrapped_for:
            self._put(self.row)

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a top-level row, or a row below one."""
        line, look = self.rows[index], self.look
        fold = " " if line.folded is None else look.glyphs.folded if line.folded else look.glyphs.unfolded
        segments = [self.cursor_mark(selected=selected), Segment(fold, self.part("quiet"))]
        if line.depth == 0 and isinstance(line.node, self.NODE):
            return [*segments, *self._glyph(line.node), *self.draw_cells(line.node, width, selected=selected)]
        segments.append(Segment(" " * (INDENT * line.depth)))
        tone = self.part(line.node.severity.value) if line.node.severity else None
        if line.node.wraps:
            return [*segments, Segment(line.text, tone)]
        return [*segments, *self._below(line, width - INDENT - INDENT * line.depth)]

    def _glyph(self, node: Node) -> list[Segment]:
        status = node.status
        if status is None:
            return []
        return [Segment(f"{self.look.glyph(status)} ", self.part(status.severity.value))]

    def _below(self, line: NodeLine, room: int) -> list[Segment]:
        """Return the label, the status, the note, and the age of a row below another."""
        node, look, cut = line.node, self.look, self.look.glyphs.cut
        segments = self._glyph(node)
        if not segments and line.depth == 1 and any(each.status is not None for each in line.top.below):
            segments = [Segment("  ")]
        if node.label:
            segments.append(Segment(fit(look.plain(node.label), line.label, cut), None))
        parts: list[tuple[str, Style | None]] = []
        if node.status is not None:
            parts.append((look.plain(node.status.label), self.part(node.status.severity.value)))
        if node.note:
            quiet = None if node.severity is None else self.part(node.severity.value)
            parts.append((look.plain(node.note), quiet))
        if node.at is not None:
            parts.append((look.times.ago(node.at, self.clock()), self.part("quiet")))
        for text, style in parts:
            used = sum(cell_len(segment.text) for segment in segments)
            gap = "  " if segments else ""
            left = room - used - len(gap)
            if left > 0:
                segments += [Segment(gap), Segment(fit(text, min(cell_len(text), left), cut), style)]
        return segments
