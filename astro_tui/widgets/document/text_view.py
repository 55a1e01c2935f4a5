"""A document as text, JSON or YAML: any number of lines, with a cursor that knows its node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding
from textual.message import Message

from astro_tui.errors import DocumentError
from astro_tui.theme.look import Look
from astro_tui.widgets.document.tree_drawing import PARTS
from astro_tui.widgets.lists.cells import cell_len, fit
from astro_tui.widgets.lists.wrapping import WRAPPED, WrappingList

if TYPE_CHECKING:
    from astro_tui.document import Document, Query, YamlPlaces
    from astro_tui.widgets.document.text_lines import Lines

GUTTER_FROM = 60
"""Cells of width from which line numbers are shown."""


class YamlMade(Message):
    """A document was written as YAML, or could not be; `number` tells one making from another."""

    def __init__(self, number: int, places: YamlPlaces | None, problem: str = "") -> None:
        super().__init__()
        self.number = number
        self.places = places
        self.problem = problem


def make_yaml(document: Document, revealed: frozenset[int], number: int, post: Callable[[Message], bool]) -> None:
    """Write a document as YAML and tell (worker thread)."""
    from astro_tui.document import ROOT, Masking, YamlPlaces, as_yaml

    try:
        text = as_yaml(document, Masking(document), ROOT, revealed)
    except DocumentError as error:
        post(YamlMade(number, None, str(error)))
    else:
        post(YamlMade(number, YamlPlaces(document, text)))


class TextView(WrappingList):
    """Lines of a text, wrapped or cut at the right edge; the value pane has what is cut off."""

    keeps_lines = True

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"} | PARTS
    BINDINGS = [
        Binding("x", "reveal", "show a masked value for ten seconds", id="document.reveal"),
    ]

    @dataclass
    class RevealAsked(Message):
        """The value of `node` is to be shown in clear, or masked again."""

        node: int

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._lines: Lines | None = None
        self._said = ""
        self._node = 0
        self.moved: Callable[[], None] | None = None
        """Called when the cursor moved."""
        self.marking: Callable[[int], Query | None] | None = None
        """Says of a node what to mark in its lines: set by who searches."""

    # ---- the text

    @property
    def row_count(self) -> int:
        """How many lines there are."""
        return self._lines.count if self._lines is not None else 0

    @property
    def node(self) -> int:
        """The node that the cursor's line belongs to."""
        return self._node

    def wait(self, said: str, node: int) -> None:
        """Say something in the place of the text; `node` is where its cursor is to be."""
        self._lines, self._said, self._node = None, said, node
        self.rows_changed(0)

    def show(self, lines: Lines, node: int) -> None:
        """Show a text with the cursor on a node, in the middle of the window."""
        self._lines, self._said, self._node = lines, "", node
        self.rows_changed(lines.line_of(node), self.page // 2)

    def go_to(self, node: int) -> None:
        """Put the cursor on the line of a node."""
        if self._lines is None:
            return
        self._node = node
        line = self._lines.line_of(node)
        if self.top <= line < self.top + self.page:
            self.move_to(line)
        else:
            self.rows_changed(line, self.page // 3)

    def row_highlighted(self) -> None:
        """Say at once that the cursor moved; of several nodes on one line it keeps the one it came for."""
        if self._lines is not None and self._lines.line_of(self._node) != self.cursor:
            self._node = self._lines.node_at(self.cursor)
        if self.moved is not None:
            self.moved()

    def action_reveal(self) -> None:
        """Show a masked value in clear for ten seconds."""
        self.post_message(self.RevealAsked(self._node))

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one line: cursor, number, text."""
        if self._lines is None:
            return []
        head = self._head(self._lines, index, selected=selected)
        return head + self._text(self._lines, index, max(1, width - _cells(head)), width // 2)

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one line in full, and how many characters stand before its text."""
        if self._lines is None:
            return [], 0
        head, text = (
            self._head(self._lines, index, selected=selected),
            self._text(self._lines, index, WRAPPED, self.row_width // 2),
        )
        line = "".join(segment.text for segment in text)
        return head + text, _cells(head) + len(line) - len(line.lstrip()) + 2

    def _head(self, lines: Lines, index: int, *, selected: bool) -> list[Segment]:
        head = [Segment(self.look.glyphs.cursor if selected else " ", self.part("info"))]
        if self.size.width >= GUTTER_FROM:
            head.append(Segment(f"{index + 1:>{len(str(lines.count))}}  ", self.part("quiet")))
        return head

    def _text(self, lines: Lines, index: int, room: int, lead: int) -> list[Segment]:
        query = self.marking(lines.node_at(index)) if self.marking is not None else None
        return _cut(lines.draw(index, room, query, lead), room, self.look.glyphs.cut)

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return nothing, or what is said in the place of the text."""
        said = self._said if line == 1 else ""
        return [Segment(fit(f"   {said}", width, self.look.glyphs.cut), self.part("quiet"))]

    def rich(self, name: str) -> Style:
        """Return the style that the style sheet gives to a part of the text."""
        return self.style_of(name)


def _cells(segments: list[Segment]) -> int:
    return sum(cell_len(segment.text) for segment in segments)


def _cut(segments: list[Segment], room: int, cut: str) -> list[Segment]:
    """Return the segments within `room` cells, with a mark at the end when there is more."""
    kept: list[Segment] = []
    for segment in segments:
        size = cell_len(segment.text)
        if size > room or (size == room and segment is not segments[-1]):
            kept.append(Segment(fit(segment.text + " ", room, cut), segment.style))
            break
        kept.append(segment)
        room -= size
    return kept
