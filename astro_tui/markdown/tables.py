"""Tables: columns fit their contents, and cells are wrapped if the table is too wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from astro_tui.markdown.spans import Line, Part, Span, cut_to, width_of, wrap

GAP = 2
NARROWEST = 6
"""Narrowest column; in a narrower table, the values of each row are written below one another."""
MOST_ROWS = 2_000


def table_lines(
    rows: list[list[list[Span]]], right: list[bool], room: int, plain: Callable[[str], str]
) -> Iterator[Line]:
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
        part = Part.HEADING if not number else Part.TEXT
        cells = [
            wrap([Span(span.text, span.part | part) for span in cell], width)
            for cell, width in zip(row, widths, strict=False)
        ]
        for line in range(max((len(cell) for cell in cells), default=0)):
            spans: list[Span] = []
            for column, cell in enumerate(cells):
                if column:
                    spans.append(Span(" " * GAP))
                piece = cell[line] if line < len(cell) else ()
                if right[column : column + 1] == [True]:
                    spans += [Span(" " * max(0, widths[column] - width_of(piece))), *piece]
                else:
                    spans += cut_to(piece, widths[column])
            yield tuple(spans)
        if not number:
            rule = plain("─")
            yield (Span((" " * GAP).join(rule * width for width in widths), Part.QUIET),)


def _widths(rows: list[list[list[Span]]], columns: int, room: int) -> list[int]:
    """Return the width of each column, with wide ones cut to a common limit; empty if there is no room."""
    natural = [
        max(2, max((width_of(row[column]) for row in rows if column < len(row)), default=2))
        for column in range(columns)
    ]
    limit = room
    while limit >= NARROWEST and sum(min(width, limit) for width in natural) > room:
        limit -= 1
    return [min(width, limit) for width in natural] if columns and limit >= NARROWEST else []


def _one_by_one(heads: list[list[Span]], rows: list[list[list[Span]]], room: int) -> Iterator[Line]:
    """Yield the values of each row below one another, each after the name of its column."""
    for number, row in enumerate(rows or [heads]):
        if number:
            yield ()
        for column, cell in enumerate(row):
            head = heads[column] if rows and column < len(heads) else []
            label = [Span(span.text, span.part | Part.QUIET) for span in head]
            yield from wrap([*label, Span(" "), *cell] if label else cell, room)
