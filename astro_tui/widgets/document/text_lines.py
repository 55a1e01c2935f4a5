"""The lines of a document as JSON and as YAML, in color. Each line is created when it is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from rich.segment import Segment
from rich.style import Style

from astro_tui.document import Outline, Query, YamlPlaces
from astro_tui.text.redaction import MASK
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.document.tree_drawing import STYLES, marked

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

    def draw(self, line: int, room: int, query: Query | None, lead: int) -> list[Segment]:
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

    def draw(self, line: int, room: int, query: Query | None, lead: int) -> list[Segment]:
        """Return a line, indented by two spaces per level, with secrets masked unless revealed."""
        document, style = self._document, self._style
        text, found = document.text, document.line(document.line_start(line + 1))
        segments = [Segment(indent(2 * found.depth, lead, self._look))]
        quiet, match = style("rows--quiet"), style("tree--match")
        if text[found.value] in b"}]":
            return [*segments, Segment(text[found.value : found.following].decode("ascii", "replace").strip(), quiet)]
        if found.key is not None:
            key = self._drawn(found.key[: max(_KEY_READ, 4 * room)])
            keys = query if query is not None and query.keys else None
            segments += [*marked(key, style("tree--key"), keys, match), Segment(": ", quiet)]
        value = self._drawn(text[found.value : min(found.stop, found.value + 4 * room)])
        if found.container:
            segments.append(Segment(value, quiet))
        elif (reason := self._outline.masking.reason(found, whole=False)) and (
            reason and found.start not in self._outline.revealed
        ):
            segments.append(Segment(f'"{self._look.plain(MASK)}"', style("tree--mask")))
        else:
            values = query if query is not None and query.values else None
            segments += marked(value, style(STYLES.get(found.kind, "tree--count")), values, match)
        if text[found.stop : found.stop + 1] == b",":
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

    def draw(self, line: int, room: int, query: Query | None, lead: int) -> list[Segment]:
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
