"""Secrets in the columns of tables and CSV, and in SQL: the heading of a column is the name of all that is below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.text.redaction.tables import lazy
from astro_tui.text.redaction.values import Notation, is_secret
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import SILENT, kind_of

_line = lazy(r"[^\n]{3,4096}")
_ruler = lazy(r"[-+=|: ─│┼]+")
_BETWEEN = (lazy(r"\s?[|│]\s?"), lazy(r"\t"), lazy(r"\s?[,;]\s?"), lazy(r"[ ]{2,}"))
"""What separates columns; the first of them that is in the heading also separates the cells below."""
_named = lazy(r"[^\W\d][\w -]{0,30}")
_insert = lazy(r"\(([^()\n]{3,400})\)\s{1,4}(?i:values)\s{0,4}\(([^()\n]{3,400})\)")


class _Heading(NamedTuple):
    """The heading of a table: what separates its columns, how many there are, and the names of those with secrets."""

    between: re.Pattern[str]
    width: int
    names: list[tuple[int, str]]

    def cells(self, text: str, start: int, stop: int) -> list[TextSpan]:
        """Return the places of the cells in a row below, or an empty list if the line is no row of the table."""
        cells = _cells(text, start, stop, self.between)
        return cells if len(cells) == self.width else []

    def secrets(self, text: str, cells: list[TextSpan]) -> Iterator[TextSpan]:
        """Yield the cells in a row that are secrets."""
        for place, name in self.names if cells else ():
            first, last = cells[place]
            value = text[first:last].strip(" \"'")
            if is_secret(kind_of(name), value, Notation.CODE, name):
                first = text.index(value, first)
                yield first, first + len(value)


def columns(text: str) -> Iterator[TextSpan]:
    """Yield the cells below the headings that name secrets."""
    for match in _insert().finditer(text):
        if (heading := _heading(match[1])) is not None:
            yield from heading.secrets(text, heading.cells(text, *match.span(2)))
    heading = None
    for match in _line().finditer(text):
        if not _ruler().fullmatch(match.group()):
            cells = heading.cells(text, *match.span()) if heading is not None else []
            if heading is not None and cells:
                yield from heading.secrets(text, cells)
            else:
                heading = _heading(match.group())


def _heading(line: str) -> _Heading | None:
    between = next((each() for each in _BETWEEN if each().search(line.strip())), None)
    if between is None:
        return None
    names = [line[start:stop].strip(" \"'") for start, stop in _cells(line, 0, len(line), between)]
    secret = [(place, name) for place, name in enumerate(names) if kind_of(name) not in SILENT]
    return (
        _Heading(between, len(names), secret) if secret and all(map(_named().fullmatch, filter(None, names))) else None
    )


def _cells(text: str, start: int, stop: int, between: re.Pattern[str]) -> list[TextSpan]:
    """Return the places of the cells in a line."""
    ends = [start, *(end for match in between.finditer(text, start, stop) for end in match.span()), stop]
    return list(zip(ends[::2], ends[1::2], strict=True))
