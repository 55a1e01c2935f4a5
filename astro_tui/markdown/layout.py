"""Lays out Markdown as lines of a given width. Text that is too large or hostile is shown as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from astro_tui.markdown.spans import BREAK, SpanRole, StyledLine, StyledSpan, cut_to, fold, width_of, wrap
from astro_tui.text.foreign import visible

LONGEST_ADDRESS = 60
"""The most characters of an address shown beside its link."""
_KINDS = {"strong": SpanRole.STRONG, "em": SpanRole.EMPHASIS, "s": SpanRole.STRUCK}
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def spans_of(tokens: Sequence[Token], plain: Callable[[str], str]) -> list[StyledSpan]:
    """Return the spans of one paragraph; `plain` makes foreign text safe to draw.

    The address is shown beside each link, so that users need not trust the link text. Nothing is fetched: an image
    becomes its description.
    """
    spans: list[StyledSpan] = []
    part = SpanRole.TEXT
    addresses: list[tuple[str, int]] = []
    for token in tokens:
        kind, nesting = token.type.removesuffix("_open").removesuffix("_close"), token.nesting
        if kind in _KINDS:
            part = part | _KINDS[kind] if nesting > 0 else part & ~_KINDS[kind]
        elif kind == "link" and nesting > 0:
            addresses.append((str(token.attrGet("href") or ""), len(spans)))
            part |= SpanRole.LINK
        elif kind == "link":
            address, start = addresses.pop() if addresses else ("", len(spans))
            part &= ~SpanRole.LINK
            said = "".join(span.text for span in spans[start:])
            spans += _address(address, said, plain)
        elif kind in ("text", "text_special"):
            spans.append(StyledSpan(plain(token.content), part))
        elif kind == "softbreak":
            spans.append(StyledSpan(" ", part))
        elif kind == "hardbreak":
            spans.append(StyledSpan(BREAK))
        elif kind == "code_inline":
            spans.append(StyledSpan(plain(token.content), part | SpanRole.CODE))
        elif kind == "image":
            spans.append(StyledSpan(f"[image: {plain(token.content) or 'no description'}]", part | SpanRole.QUIET))
        elif kind == "html_inline":
            if _LINE_BREAK.fullmatch(token.content):
                spans.append(StyledSpan(BREAK))
        elif token.content:
            spans.append(StyledSpan(plain(token.content), part))
    return spans


def _address(address: str, said: str, plain: Callable[[str], str]) -> list[StyledSpan]:
    shown = plain(address)
    if not shown or shown.startswith("#") or shown in (said, f"mailto:{said}"):
        return []
    if len(shown) > LONGEST_ADDRESS:
        shown = shown[: LONGEST_ADDRESS - 1] + plain("…")
    return [StyledSpan(" "), StyledSpan(f"({shown})", SpanRole.QUIET)]


def without_tags(html: str) -> str:
    """Return the text of a piece of HTML, without its tags."""
    return _TAG.sub("", _LINE_BREAK.sub("\n", html))


GAP = 2
NARROWEST = 6
"""Narrowest column; in a narrower table, the values of each row are written below one another."""
MOST_ROWS = 2_000


def table_lines(
    rows: list[list[list[StyledSpan]]], right: list[bool], room: int, plain: Callable[[str], str]
) -> Iterator[StyledLine]:
    """Yield the lines of a table, the first row as its heading; `right` marks the right-aligned columns."""
    if not rows:
        return
    rows = rows[:MOST_ROWS]
    heads, columns = rows[0], len(rows[0])
    widths = _widths(rows, columns, room - GAP * (columns - 1))
    if not widths:
        yield from _one_by_one(heads, rows[1:], room)
        return
    for number, row in enumerate(rows):
        part = SpanRole.HEADING if not number else SpanRole.TEXT
        cells = [
            wrap([StyledSpan(span.text, span.part | part) for span in cell], width)
            for cell, width in zip(row, widths, strict=False)
        ]
        for line in range(max((len(cell) for cell in cells), default=0)):
            spans: list[StyledSpan] = []
            for column, cell in enumerate(cells):
                if column:
                    spans.append(StyledSpan(" " * GAP))
                piece = cell[line] if line < len(cell) else ()
                if right[column : column + 1] == [True]:
                    spans += [StyledSpan(" " * max(0, widths[column] - width_of(piece))), *piece]
                else:
                    spans += cut_to(piece, widths[column])
            yield tuple(spans)
        if not number:
            rule = plain("─")
            yield (StyledSpan((" " * GAP).join(rule * width for width in widths), SpanRole.QUIET),)


def _widths(rows: list[list[list[StyledSpan]]], columns: int, room: int) -> list[int]:
    """Return the width of each column, with wide ones cut to a common limit; empty if there is no room."""
    natural = [
        max(2, max((width_of(row[column]) for row in rows if column < len(row)), default=2))
        for column in range(columns)
    ]
    limit = room
    while limit >= NARROWEST and sum(min(width, limit) for width in natural) > room:
        limit -= 1
    return [min(width, limit) for width in natural] if columns and limit >= NARROWEST else []


def _one_by_one(heads: list[list[StyledSpan]], rows: list[list[list[StyledSpan]]], room: int) -> Iterator[StyledLine]:
    """Yield the values of each row below one another, each after the name of its column."""
    for number, row in enumerate(rows or [heads]):
        if number:
            yield ()
        for column, cell in enumerate(row):
            head = heads[column] if rows and column < len(heads) else []
            label = [StyledSpan(span.text, span.part | SpanRole.QUIET) for span in head]
            yield from wrap([*label, StyledSpan(" "), *cell] if label else cell, room)


LONGEST = 200_000
"""The most characters of a text; a longer text is cut, with a remark."""
STEPS = 80_000
"""The most parser steps (a block, or a position in a paragraph) before a text counts as hostile."""
PARAGRAPH = 10_000
"""The most characters of a paragraph or line that are parsed; a longer one is shown as plain text."""
DEEPEST = 20
"""The most levels of quotes and lists."""
MOST_LINES = 20_000
TAB = 4
_BULLETS = ("•", "◦", "▪")


@dataclass(frozen=True)
class Laid:
    """Lines ready to draw, and a remark if the text is cut or shown as plain text."""

    lines: list[StyledLine]
    remark: str = ""


class _TooMuch(Exception):  # noqa: N818  not an error: the text is shown as plain text
    """The text takes more steps than any real readme."""


class _Canceled(Exception):  # noqa: N818  a stop on request, not an error
    """The layout was canceled."""


def lay_out(
    text: str, width: int, plain: Callable[[str], str] = visible, canceled: Callable[[], bool] = lambda: False
) -> Laid:
    """Return Markdown as lines of at most `width` cells. Run it in a worker thread; its work is bounded for any text.

    `plain` makes untrusted text safe to draw on one line. Returns no lines once `canceled` returns True.
    """
    width = max(10, width)
    remarks = []
    if len(text) > LONGEST:
        remarks.append(f"first {LONGEST // 1000} kB of {len(text) // 1000:,} kB")
        text = text[:LONGEST]
    try:
        lines = _Layout(width, plain, _Budget(canceled)).lines_of(text)
    except _Canceled:
        return Laid([])
    except (_TooMuch, RecursionError):
        remarks.append("shown as plain text: too complex to format")
        lines = _as_it_is(text, width, plain, canceled)
    if len(lines) > MOST_LINES:
        remarks.append(f"first {MOST_LINES:,} lines")
        lines = lines[:MOST_LINES]
    return Laid(lines, ", ".join(remarks))


def _as_it_is(text: str, width: int, plain: Callable[[str], str], canceled: Callable[[], bool]) -> list[StyledLine]:
    lines: list[StyledLine] = []
    for line in text.splitlines():
        if canceled() or len(lines) > MOST_LINES:
            break
        lines += fold([StyledSpan(plain(line.expandtabs(TAB)))], width)
    return lines


class _Budget:
    """Counts the parser's steps, and stops it if there are too many or the layout is canceled."""

    def __init__(self, canceled: Callable[[], bool]) -> None:
        self._canceled = canceled
        self._left = STEPS

    def take(self) -> None:
        """Count one step."""
        self._left -= 1
        if self._left < 0:
            raise _TooMuch
        if self._left % 64 == 0 and self._canceled():
            raise _Canceled

    def block(self, _state: StateBlock, _line: int, _end: int, _silent: bool) -> bool:
        """Count a step as a block rule that never matches."""
        self.take()
        return False

    def inline(self, _state: StateInline, _silent: bool) -> bool:
        """Count a step as an inline rule that never matches."""
        self.take()
        return False


class _Layout:
    """Writes the lines of a text in one pass over its tokens."""

    def __init__(self, width: int, plain: Callable[[str], str], budget: _Budget) -> None:
        self._width, self._plain, self._budget = width, plain, budget
        self._parser = MarkdownIt("commonmark", {"html": True, "maxNesting": DEEPEST}).enable(
            ["table", "strikethrough"]
        )
        # Paragraphs are parsed one by one, after their length is checked.
        self._parser.disable(["inline", "text_join"])
        self._parser.block.ruler.before("table", "budget", budget.block, {"alt": ["paragraph", "blockquote"]})
        self._parser.inline.ruler.before("text", "budget", budget.inline)
        self._environment: dict[str, Any] = {}
        self._lines: list[StyledLine] = []
        self._first: list[StyledLine] = []
        """The prefix of the next line, level by level; `_rest` is the prefix of all lines after it."""
        self._rest: list[StyledLine] = []
        self._numbers: list[int | None] = []
        self._gap = False

    def lines_of(self, text: str) -> list[StyledLine]:
        """Return the lines of a text; raises what its budget raises."""
        if any(len(line) > PARAGRAPH for line in text.splitlines()):
            raise _TooMuch
        tokens = self._parser.parse(text, self._environment)
        # The parser drops everything that is nested deeper.
        if any(token.level >= DEEPEST - 1 for token in tokens):
            raise _TooMuch
        place = 0
        while place < len(tokens) and len(self._lines) <= MOST_LINES:
            self._budget.take()
            place = self._take(tokens, place)
        if not self._lines and text.strip():
            raise _TooMuch
        return self._lines

    def _take(self, tokens: list[Token], place: int) -> int:
        """Write one token; return the index of the next one."""
        token = tokens[place]
        match token.type:
            case "blockquote_open":
                self._begin_block()
                self._go_in(f"{self._plain('│')} ", f"{self._plain('│')} ")
            case "bullet_list_open" | "ordered_list_open":
                if not self._numbers:
                    self._begin_block()
                start = token.attrGet("start")
                number = int(start) if start is not None else 1
                self._numbers.append(number if token.type == "ordered_list_open" else None)
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
                self._gap = self._gap or not self._numbers
            case "list_item_open":
                self._begin_item()
            case "blockquote_close" | "list_item_close":
                self._go_out()
            case "heading_open":
                self._heading(tokens[place + 1], int(token.tag[1:]))
                return place + 3
            case "paragraph_open":
                if not token.hidden:
                    self._begin_block()
                self._write(self._inline(tokens[place + 1]))
                self._gap = self._gap or not token.hidden
                return place + 3
            case "fence" | "code_block":
                self._code(token.content)
            case "hr":
                self._begin_block()
                self._put((StyledSpan(self._plain("─") * self._room, SpanRole.QUIET),))
                self._gap = True
            case "html_block":
                self._html(token.content)
            case "table_open":
                return self._table(tokens, place)
        return place + 1

    # ---- levels

    @property
    def _room(self) -> int:
        return max(4, self._width - sum(width_of(line) for line in self._rest))

    def _go_in(self, first: str, rest: str, part: SpanRole = SpanRole.QUIET) -> None:
        # Levels that would take more than half of the width are not indented.
        deep = sum(width_of(line) for line in self._rest) + len(rest) > self._width // 2
        self._first.append(() if deep else (StyledSpan(first, part),))
        self._rest.append(() if deep else (StyledSpan(rest, part),))

    def _go_out(self) -> None:
        if self._first[-1] != self._rest[-1]:
            # An empty item still has its bullet.
            self._put(())
        self._first.pop()
        self._rest.pop()

    def _begin_block(self) -> None:
        """Add an empty line between two blocks."""
        fresh = any(first != rest for first, rest in zip(self._first, self._rest, strict=True))
        if self._gap and self._lines and not fresh:
            self._lines.append(_stripped(self._rest))
        self._gap = False

    def _begin_item(self) -> None:
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            depth = sum(each is None for each in self._numbers) - 1
            mark = f"{self._plain(_BULLETS[min(max(0, depth), len(_BULLETS) - 1)])} "
        else:
            mark = f"{number}. "
            self._numbers[-1] = number + 1
        if self._gap and self._lines:
            self._begin_block()
        self._go_in(mark, " " * len(mark), SpanRole.TEXT)

    # ---- lines

    def _put(self, line: StyledLine) -> None:
        self._lines.append((*(span for lead in self._first for span in lead), *line))
        self._first = list(self._rest)

    def _write(self, spans: list[StyledSpan]) -> None:
        for line in wrap(spans, self._room):
            self._put(line)

    def _inline(self, token: Token) -> list[StyledSpan]:
        """Return the spans of a paragraph."""
        text = token.content
        if len(text) > PARAGRAPH:
            return [StyledSpan(self._plain(text.replace("\n", " ")))]
        children: list[Token] = []
        self._parser.inline.parse(text, self._parser, self._environment, children)
        return spans_of(children, self._plain)

    def _heading(self, token: Token, level: int) -> None:
        self._gap = bool(self._lines)
        self._begin_block()
        part = SpanRole.TITLE if level <= 2 else SpanRole.HEADING
        spans = [StyledSpan(span.text, span.part | part) for span in self._inline(token)]
        self._write(spans)
        if level == 1:
            size = max((width_of(line) for line in wrap(spans, self._room)), default=0)
            self._put((StyledSpan(self._plain("─") * size, SpanRole.QUIET),))
        self._gap = level <= 2

    def _code(self, content: str) -> None:
        self._begin_block()
        for line in content.rstrip("\n").split("\n"):
            self._budget.take()
            drawn = self._plain(line.expandtabs(TAB))
            for piece in fold([StyledSpan(drawn, SpanRole.BLOCK)], self._room - 4):
                fill = self._room - 2 - width_of(piece) - 2
                self._put(
                    (
                        StyledSpan("  "),
                        StyledSpan("  ", SpanRole.BLOCK),
                        *piece,
                        StyledSpan(" " * max(0, fill), SpanRole.BLOCK),
                    )
                )
        self._gap = True

    def _html(self, content: str) -> None:
        lines = [line.strip() for line in without_tags(content[:PARAGRAPH]).splitlines()]
        text = [line for line in lines if line]
        if text:
            self._begin_block()
            for line in text:
                self._write([StyledSpan(self._plain(line))])
            self._gap = True

    def _table(self, tokens: list[Token], place: int) -> int:
        """Write a table; return the index of the token after it."""
        self._begin_block()
        rows: list[list[list[StyledSpan]]] = []
        right: list[bool] = []
        while tokens[place].type != "table_close":
            token = tokens[place]
            self._budget.take()
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    right.append("right" in str(token.attrGet("style") or ""))
                rows[-1].append(self._inline(tokens[place + 1]))
            place += 1
        for line in table_lines(rows, right, self._room, self._plain):
            self._put(line)
        self._gap = True
        return place + 1


def _stripped(leads: list[StyledLine]) -> StyledLine:
    """Return the prefix of an empty line without trailing spaces."""
    spans = [span for lead in leads for span in lead]
    while spans and not spans[-1].text.strip():
        spans.pop()
    return tuple(spans)
