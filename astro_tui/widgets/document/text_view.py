"""A document as JSON or YAML text of any length, with a cursor on a node."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from rich.segment import Segment
from rich.style import Style
from textual.message import Message

from astro_tui.document import ROOT, Document, DocumentQuery, Masking, Outline, YamlPlaces, as_yaml
from astro_tui.errors import DocumentError
from astro_tui.text.redaction import MASK
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.document.tree_drawing import PARTS, STYLES, marked
from astro_tui.widgets.document.tree_search import Matches
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.wrapping import WRAPPED, WrappingList

_YAML_KEY = re.compile(r"""(\s*(?:(?:- |\? |: )\s*)*)("(?:[^"\\]|\\.)*+"|'(?:[^']|'')*+'|[^\s"'][^:]*?)(:)(?=\s|$)""")
_YAML_LEAD = re.compile(r"\s*(?:(?:-|\?|:)(?:\s+|$))*")
_YAML_NUMBER = re.compile(r"[-+]?\.?[0-9][0-9_.eExXa-fA-F+-]*")
_YAML_WORDS = frozenset({"true", "false", "null", "~"})
_KEY_READ = 4096


class Lines(Protocol):
    """A text in which every line belongs to a node of a document. Lines are counted from 0."""

    @property
    def count(self) -> int:
        """The number of lines."""

    def node_at(self, line: int) -> int:
        """Return the node of a line."""

    def line_of(self, node: int) -> int:
        """Return the line on which a node starts."""

    def draw(self, line: int, room: int, query: DocumentQuery | None, lead: int) -> list[Segment]:
        """Return at least the first `room` cells of a line, with the matches of `query` marked.

        An indent of more than `lead` spaces is replaced by its depth.
        """


class JsonLines:
    """The document's own text, which is laid out already: nothing needs to be prepared, whatever its size."""

    def __init__(self, outline: Outline, look: Look, style: Callable[[str], Style]) -> None:
        self._outline = outline
        self._document = outline.document
        self._look = look
        self._style = style

    @property
    def count(self) -> int:
        """The number of lines."""
        return self._document.line_count

    def node_at(self, line: int) -> int:
        """Return the node on a line, or the container that it closes."""
        return self._document.node_at_line(line + 1)

    def line_of(self, node: int) -> int:
        """Return the line of a node."""
        return self._document.line_number(node) - 1

    def draw(self, line: int, room: int, query: DocumentQuery | None, lead: int) -> list[Segment]:
        """Return a line, indented by two spaces per level, with secrets masked unless revealed."""
        document, style = self._document, self._style
        text, item = document.text, document.line(document.line_start(line + 1))
        segments = [Segment(indent(2 * item.depth, lead, self._look))]
        quiet, match = style("rows--quiet"), style("tree--match")
        if text[item.value] in b"}]":
            return [*segments, Segment(text[item.value : item.following].decode("ascii", "replace").strip(), quiet)]
        if item.key is not None:
            key = self._drawn(item.key[: max(_KEY_READ, 4 * room)])
            keys = query if query is not None and query.keys else None
            segments += [*marked(key, style("tree--key"), keys, match), Segment(": ", quiet)]
        value = self._drawn(text[item.value : min(item.stop, item.value + 4 * room)])
        if item.container:
            segments.append(Segment(value, quiet))
        elif (reason := self._outline.masking.reason(item, whole=False)) and (
            reason and item.start not in self._outline.revealed
        ):
            segments.append(Segment(f'"{self._look.plain(MASK)}"', style("tree--mask")))
        else:
            values = query if query is not None and query.values else None
            segments += marked(value, style(STYLES.get(item.kind, "tree--count")), values, match)
        if text[item.stop : item.stop + 1] == b",":
            segments.append(Segment(",", quiet))
        return segments

    def _drawn(self, raw: bytes) -> str:
        return self._look.plain(raw.decode("utf-8", "replace"))


class YamlLines:
    """The document as YAML text, already converted and masked."""

    def __init__(self, places: YamlPlaces, look: Look, style: Callable[[str], Style]) -> None:
        self._places = places
        self._look = look
        self._style = style

    @property
    def count(self) -> int:
        """The number of lines."""
        return len(self._places.text)

    def node_at(self, line: int) -> int:
        """Return the innermost node on a line."""
        return self._places.node_at(line)

    def line_of(self, node: int) -> int:
        """Return the line on which a node starts."""
        return self._places.line_of(node)

    def draw(self, line: int, room: int, query: DocumentQuery | None, lead: int) -> list[Segment]:
        """Return a line with its key and value in color; all but the first line of a block scalar are values."""
        look, style, match = self._look, self._style, self._style("tree--match")
        text = self._places.text[line]
        blanks = len(text) - len(text.lstrip(" "))
        text = text[blanks : blanks + 4 * room]
        segments = [Segment(indent(blanks, lead, look))]
        if not self._places.starts(line):
            values = query if query is not None and query.values else None
            return [*segments, *marked(look.plain(text), style("tree--string"), values, match)]
        key = _YAML_KEY.match(text)
        if key is not None:
            keys = query if query is not None and query.keys else None
            segments += [
                Segment(look.plain(key[1]), style("rows--quiet")),
                *marked(look.plain(key[2]), style("tree--key"), keys, match),
                Segment(":", style("rows--quiet")),
            ]
            text = text[key.end() :]
        elif marks := _YAML_LEAD.match(text):
            segments.append(Segment(look.plain(marks[0]), style("rows--quiet")))
            text = text[marks.end() :]
        values = query if query is not None and query.values else None
        segments += marked(look.plain(text), style(_yaml_part(text.strip())), values, match)
        return segments


def indent(blanks: int, lead: int, look: Look) -> str:
    """Return an indent of `blanks` cells; if that is more than `lead`, return the number of levels instead."""
    return " " * blanks if blanks <= lead else fit(f"{look.glyphs.cut}{blanks // 2}", lead)


def _yaml_part(value: str) -> str:
    """Return the component class for a YAML value."""
    if value.strip("'\"") == MASK:
        return "tree--mask"
    if value in _YAML_WORDS:
        return "tree--word"
    if value in ("{}", "[]", "|", "|-", "|+", ""):
        return "tree--count"
    return "tree--number" if _YAML_NUMBER.fullmatch(value) else "tree--string"


def make_yaml(document: Document, revealed: frozenset[int]) -> YamlPlaces | str:
    """Convert a document to YAML (worker thread); return why that is not possible if it is not."""
    try:
        return YamlPlaces(document, as_yaml(document, Masking(document), ROOT, revealed))
    except DocumentError as error:
        return str(error)


class TextView(WrappingList):
    """Lines of text, wrapped, or cut at the right edge; the value pane shows the rest."""

    keeps_lines = True

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"} | PARTS
    BINDINGS = keymap("x  reveal  document.reveal  reveal a secret for ten seconds [!reveal]")

    @dataclass
    class RevealRequested(Message):
        """The user wants to reveal the secret `node`, or to mask it again."""

        node: int

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._lines: Lines | None = None
        self._placeholder = ""
        self._node = 0
        self.matches: Matches | None = None
        """The matches to mark when lines are drawn."""

    # ---- the text

    @property
    def row_count(self) -> int:
        """The number of lines."""
        return self._lines.count if self._lines is not None else 0

    @property
    def node(self) -> int:
        """The node of the cursor's line."""
        return self._node

    def show_placeholder(self, text: str, node: int) -> None:
        """Show `text` instead of lines; the cursor starts on `node` when lines are shown next."""
        self._lines, self._placeholder, self._node = None, text, node
        self.rows_changed(0)

    def show(self, lines: Lines, node: int) -> None:
        """Show lines with the cursor on a node, in the middle of the window."""
        self._lines, self._placeholder, self._node = lines, "", node
        self.rows_changed(lines.line_of(node), self.page // 2)

    def go_to(self, node: int) -> None:
        """Move the cursor to the line of a node."""
        if self._lines is None:
            return
        self._node = node
        self.go_to_row(self._lines.line_of(node))

    def row_highlighted(self) -> None:
        """Report the new node. If several nodes share the line, the cursor keeps the one it was sent to."""
        if self._lines is not None and self._lines.line_of(self._node) != self.cursor:
            self._node = self._lines.node_at(self.cursor)
        super().row_highlighted()

    def action_reveal(self) -> None:
        """Reveal the secret under the cursor for ten seconds, or mask it again."""
        self.post_message(self.RevealRequested(self._node))

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one line: the cursor, the line number, and the text."""
        if self._lines is None:
            return []
        head = self._head(self._lines, index, selected=selected)
        return head + self._text(self._lines, index, max(1, width - _cells(head)), width // 2)

    def draw_whole(self, index: int, *, selected: bool) -> tuple[list[Segment], int]:
        """Return one whole line, and how many of its first characters are never wrapped."""
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
        if self.size.width >= NARROW:
            head.append(Segment(f"{index + 1:>{len(str(lines.count))}}  ", self.part("quiet")))
        return head

    def _text(self, lines: Lines, index: int, room: int, lead: int) -> list[Segment]:
        query = self.matches.query_at(lines.node_at(index)) if self.matches is not None else None
        return _cut(lines.draw(index, room, query, lead), room, self.look.glyphs.cut)

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a blank line, or the placeholder."""
        text = self._placeholder if line == 1 else ""
        return [Segment(fit(f"   {self.look.plain(text)}", width, self.look.glyphs.cut), self.part("quiet"))]


def _cells(segments: list[Segment]) -> int:
    return sum(cell_len(segment.text) for segment in segments)


def _cut(segments: list[Segment], room: int, cut: str) -> list[Segment]:
    """Return the segments cut to `room` cells, with a mark at the end if anything is cut off."""
    kept: list[Segment] = []
    for segment in segments:
        size = cell_len(segment.text)
        if size > room or (size == room and segment is not segments[-1]):
            kept.append(Segment(fit(segment.text + " ", room, cut), segment.style))
            break
        kept.append(segment)
        room -= size
    return kept
