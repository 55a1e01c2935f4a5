"""Draws one row of the tree: cursor, indent, fold mark, key, and value, with matches marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style

from astro_tui.document import DocumentQuery, Outline, TreeRow
from astro_tui.text.common_prefix import from_difference, share
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit

if TYPE_CHECKING:
    from astro_tui.difference.rows import ValueRemark

KEY_COLUMN = 16
"""Shorter keys are padded to this width, so that values line up; less on a narrow screen."""
LEAST_KEY, LEAST_COUNT, LEAST_VALUE = 8, 6, 10
"""The fewest cells of a long key, and of the count or the value after it."""
UNBOUNDED = 1 << 20
"""More cells than any row needs."""
PARTS = {
    "tree--key",
    "tree--name",
    "tree--string",
    "tree--number",
    "tree--word",
    "tree--count",
    "tree--mask",
    "tree--note",
    "tree--match",
    "tree--was",
}
"""The component classes of all views of a document."""
STYLES = {"string": "tree--string", "number": "tree--number", "boolean": "tree--word", "null": "tree--word"}
"""Kind of a value → component class. Containers use the class for counts."""


def marked(text: str, style: Style, query: DocumentQuery | None, match: Style) -> Iterator[Segment]:
    """Yield `text` in `style`, with the style `match` added to what `query` matches."""
    done = 0
    if query is not None:
        for start, stop in query.spans(text):
            if done < start:
                yield Segment(text[done:start], style)
            yield Segment(text[start:stop], style + match)
            done = stop
    if done < len(text):
        yield Segment(text[done:], style)


def _marked(segment: Segment) -> bool:
    return segment.style is not None and bool(segment.style.underline)


def row_details(row: TreeRow) -> list[str]:
    """Return the type, size, secrecy, and line of a row: `string`, `17 chars`, `ln 38`."""
    if row.incomplete:
        size = ""
    elif row.children or row.text in ("{}", "[]"):
        size = counted(row.children, "key" if row.kind == "object" else "item")
    elif row.kind == "string" and not row.masked:
        size = "long" if row.cut else counted(len(row.text), "char")
    else:
        size = ""
    secret = f"secret: {row.reason}" if row.reason else ""
    return [part for part in (str(row.kind), size, secret, f"ln {row.line}") if part]


class Marks(NamedTuple):
    """What is marked in a row: the matches of `query`, and `remark`, which says how the value changed."""

    query: DocumentQuery | None = None
    remark: ValueRemark | None = None


class RowPainter:
    """Draws the rows of an outline; `style` returns the style of a component class."""

    def __init__(self, look: Look, style: Callable[[str], Style]) -> None:
        self.look = look
        self.style = style
        self.reveal_key = "x"
        """The key that reveals a secret."""

    def draw(self, outline: Outline, index: int, width: int, marks: Marks, *, selected: bool) -> list[Segment]:
        """Return one row with its marks."""
        head = self._head(outline.row(index), width, marks.query, selected=selected)
        return head + self._rest(outline, index, width, head, marks)

    def draw_whole(
        self, outline: Outline, index: int, width: int, marks: Marks, *, selected: bool
    ) -> tuple[list[Segment], int]:
        """Return one row to be wrapped to `width` cells, and how many characters come before its value."""
        row = outline.row(index)
        head = self._head(row, width, marks.query, selected=selected)
        # The preview of a folded row is not wrapped.
        whole = width if row.opens else sum(cell_len(segment.text) for segment in head) + UNBOUNDED
        rest = self._rest(outline, index, whole, head, marks)
        return head + rest, sum(len(segment.text) for segment in head)

    def _head(self, row: TreeRow, width: int, query: DocumentQuery | None, *, selected: bool) -> list[Segment]:
        """Return everything before the value."""
        glyphs = self.look.glyphs
        mark = (glyphs.folded if row.folded else glyphs.unfolded) if row.opens else " "
        indent = self.indent(row, width) + mark + " "
        return [
            Segment(glyphs.cursor if selected else " ", self.style("rows--info")),
            Segment(indent, self.style("rows--quiet")),
            *self._key(row, width, query if query is not None and query.keys else None),
        ]

    def indent(self, row: TreeRow, width: int) -> str:
        """Return the indent before the fold mark; for a row too deep to be indented, its depth."""
        if 2 * row.depth <= width // 2:
            return "  " * row.depth
        return fit(f"{self.look.glyphs.cut}{row.depth}", width // 2)

    def _rest(self, outline: Outline, index: int, width: int, head: list[Segment], marks: Marks) -> list[Segment]:
        """Return the value with its remarks, for a row that begins with `head`."""
        row, (query, remark) = outline.row(index), marks
        used = sum(cell_len(segment.text) for segment in head)
        room = max(0, width - used)
        values = query if query is not None and query.values and not row.masked else None
        was = old = ""
        if remark is not None and remark.old and not row.opens and not row.masked:
            # If two long values start alike, show where they differ.
            lead, cut, old = "  ~ was ", self.look.glyphs.cut, self.look.plain(remark.old)
            own, theirs = share(self._scalar(row), old, max(8, room - len(lead)), cut)
            was = lead + fit(from_difference(old, self._scalar(row), theirs, cut), theirs, cut)
            room = min(own, room - cell_len(was))
        elif remark is not None:
            # The change has priority over a preview and a note.
            text = f"  ~ {self.look.plain(remark.text)}"
            was = fit(text, min(cell_len(text), max(3, room // 2)), self.look.glyphs.cut)
            room -= cell_len(was)
        segments = self._value(outline, index, row, room, values, old=old)
        if query is not None and not row.opens and not any(map(_marked, (*head, *segments))):
            # The match is cut off, or is not visible as typed.
            match = self.style("tree--match")
            segments = [Segment(text, (style or Style.null()) + match) for text, style, _control in segments]
        if was:
            segments.append(Segment(was, self.style("tree--was")))
        note = outline.note(index)
        if note:
            used += sum(cell_len(segment.text) for segment in segments)
            if used + len(note) + 3 <= width:
                segments.append(Segment("   " + self.look.plain(note), self.style("tree--note")))
        return segments

    def fits(self, row: TreeRow, width: int) -> bool:
        """Return whether the whole value of a row fits into `width` cells."""
        if row.opens or row.masked or (not row.cut and len(row.text) < width // 4):
            return True
        head = sum(cell_len(segment.text) for segment in self._head(row, width, None, selected=False))
        return not row.cut and 2 + head + cell_len(row.text) <= width

    def _key(self, row: TreeRow, width: int, query: DocumentQuery | None) -> list[Segment]:
        look, match = self.look, self.style("tree--match")
        # Leave room for what follows: the count of a container, or the start of a value.
        room = max(LEAST_KEY, width - len(self.indent(row, width)) - 3 - (LEAST_COUNT if row.opens else LEAST_VALUE))
        if row.position is not None:
            text = self._short(look.plain(row.name), room) if row.name else ""
            name = [Segment(f" {text}", self.style("tree--name"))] if text else []
            return [
                Segment(str(row.position), self.style("tree--count")),
                *name,
                Segment(" " if row.opens else "  "),
            ]
        if row.key is None:
            return []
        key = self._short(look.plain(row.key) or '""', room)
        column = min(KEY_COLUMN, width // 6)
        padding = 1 if row.opens else max(2, column + 2 - cell_len(key))
        return [*marked(key, self.style("tree--key"), query, match), Segment(" " * padding)]

    def _short(self, text: str, room: int) -> str:
        return text if len(text) <= room // 2 or cell_len(text) <= room else fit(text, room, self.look.glyphs.cut)

    def _scalar(self, row: TreeRow) -> str:
        """Return the value of a row that is not a container, with its quotes."""
        text = self.look.plain(row.text)
        return f'"{text}"' if row.kind == "string" else text

    def _value(
        self, outline: Outline, index: int, row: TreeRow, room: int, query: DocumentQuery | None, *, old: str = ""
    ) -> list[Segment]:
        look, cut = self.look, self.look.glyphs.cut
        if row.opens:
            count = look.glyphs.cut if row.incomplete else f"{row.children:,}"
            size = f"{{{count}}}" if row.kind == "object" else f"[{count}]"
            segments = [Segment(size, self.style("tree--count"))]
            room -= len(size) + 2
            if row.folded and room > 4:
                preview = look.plain(outline.preview(index, room))
                segments.append(Segment("  " + fit(preview, room, cut).rstrip(), self.style("rows--quiet")))
            return segments
        if row.masked:
            return [
                Segment(look.glyphs.mask * 8, self.style("tree--mask")),
                Segment(f"  {self.reveal_key} to reveal", self.style("rows--quiet")),
            ]
        text, style = look.plain(row.text), self.style(STYLES.get(row.kind, "tree--count"))
        match = self.style("tree--match")
        before, after = ('"', '"') if row.kind == "string" else ("", "")
        if old and cell_len(text) + len(before) + len(after) > room:
            text, before, after = from_difference(self._scalar(row), old, room, cut), "", ""
            text = fit(text, room, cut).rstrip()
        elif cell_len(text) + len(before) + len(after) > room:
            text, after = fit(text, max(0, room - len(before)), cut).rstrip(), ""
        pieces = [Segment(before, style), *marked(text, style, query, match), Segment(after, style)]
        return [piece for piece in pieces if piece.text]
