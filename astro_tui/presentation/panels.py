"""The lines of one panel: its title with the newest values, the scale, the chart, and the axis with marks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from astro_tui.presentation.charts import ASCII, BRAILLE, Chart, Window, axis, chart, top_of
from astro_tui.presentation.columns import Column, Fit, Step, steps
from astro_tui.presentation.numbers import DAY, KINDS, Mark, Panel, local

GUTTER = 9
"""Cells for the scale, left of the chart."""
LETTERS = {"OOM": ("O", "error"), "restart": ("R", "warn")}
DEPLOY = ("D", "info")
"""The letter of a deploy on the axis, and its tone."""


class Piece(NamedTuple):
    """A part of a line, and its tone: `title`, `quiet`, `line`, `limit`, `cross`, or that of a mark."""

    text: str
    tone: str = ""


class Cross(NamedTuple):
    """The crosshair: its column in the chart, and its time in words."""

    column: int
    words: str


def chart_of(panel: Panel, window: Window, width: int, height: int, *, ascii_alone: bool = False) -> Chart | None:
    """Return the chart of a panel in `width` by `height` cells, title and axis included; None if it has no samples."""
    cells, rows = width - GUTTER, height - 2
    if panel.series is None or cells < 1 or rows < 1:
        return None
    largest = max((value for _, value in panel.series.within(window)), default=0.0)
    top = top_of(largest, panel.limit, binary=panel.kind.binary)
    return chart(panel.series, window, cells, rows, limit=panel.limit, top=top, dots=ASCII if ascii_alone else BRAILLE)


def title_of(panel: Panel, window: Window, width: int, now: datetime, cross: Cross | None) -> list[Piece]:
    """Return the title, and the newest values, or those at the crosshair."""
    facts = panel.facts(window, now)
    if cross is not None and panel.series is not None:
        span = panel.series.spans(window, width - GUTTER)[cross.column]
        facts = [f"{panel.words(span) if span else 'not measured'} at {cross.words}", *filter(None, [panel.warning])]
    return [Piece(panel.kind.title, "title"), Piece("  " + ", ".join(facts), "quiet")]


def lines_of(
    panel: Panel, drawn: Chart | None, window: Window, marks: Sequence[Mark], width: int, *, cross: Cross | None = None,
    ascii_alone: bool = False, height: int = 0,
) -> list[list[Piece]]:  # fmt: skip
    """Return the lines below the title; without a chart, blank ones."""
    lines: list[list[Piece]] = [[] for _ in range(height - 2)]
    if drawn is not None:
        words, bottom = panel.kind.words, len(drawn.rows) - 1
        labels = {bottom: "0", drawn.limit_row: words(panel.limit), 0: words(drawn.top)}
        for row, text in enumerate(drawn.rows):
            tone = "limit" if row == drawn.limit_row else "line"
            scale = Piece(f"{labels.get(row, ''):>{GUTTER - 1}} ", "quiet")
            lines[row] = [scale, *_crossed(text, tone, cross)]
    return [*lines, [Piece(" " * GUTTER), *_axis(window, marks, width - GUTTER, ascii_alone=ascii_alone)]]


def _crossed(text: str, tone: str, cross: Cross | None) -> list[Piece]:
    if cross is None:
        return [Piece(text, tone)]
    at = cross.column
    return [Piece(text[:at], tone), Piece(text[at], "cross"), Piece(text[at + 1 :], tone)]


def _axis(window: Window, marks: Sequence[Mark], width: int, *, ascii_alone: bool) -> list[Piece]:
    tones: dict[int, tuple[str, str]] = {}
    # Of several marks in a column, the worst one is shown.
    for mark in sorted(
        marks, key=lambda mark: list(LETTERS).index(mark.what) if mark.what in LETTERS else len(LETTERS)
    ):
        tones.setdefault(window.column(mark.at, width), LETTERS.get(mark.what, DEPLOY))
    form = "%H:%M" if window.end - window.begin <= DAY else "%m-%d"
    middle = (window.begin + window.end) / 2
    times = {0: window.begin, width // 2 - 2: middle, width - 5: window.end}
    labels = {place: datetime.fromtimestamp(at, UTC).astimezone().strftime(form) for place, at in times.items()}
    text = axis(
        width, {place: letter for place, (letter, _) in tones.items()}, labels, ASCII if ascii_alone else BRAILLE
    )
    pieces, begin = [], 0
    for place in sorted(tones):
        pieces += [Piece(text[begin:place], "quiet"), Piece(text[place : place + 1], tones[place][1])]
        begin = place + 1
    return [*pieces, Piece(text[begin:], "quiet")]


def legend(marks: Sequence[Mark]) -> str:
    """Return what the letters on the axis mean, of those that occur: `D deploy  R restart`."""
    known = {LETTERS.get(mark.what, DEPLOY)[0]: mark.what if mark.what in LETTERS else "deploy" for mark in marks}
    return "  ".join(f"{letter} {known[letter]}" for letter in sorted(known))


def at_cross(marks: Sequence[Mark], window: Window, column: int, width: int, now: datetime) -> str:
    """Return the times of a column, and what happened in it: `14:03–14:11, restart`."""
    happened = [mark.what for mark in marks if window.column(mark.at, width) == column]
    begin, end = (local(window.time(each, width), window, now) for each in (column, column + 1))
    return ", ".join([begin if begin == end else f"{begin}–{end.rpartition(' ')[2]}", *dict.fromkeys(happened)])


class TableRow(NamedTuple):
    """The values of all panels in a few seconds, each as words, and what happened then."""

    at: float
    when: str
    cells: Mapping[str, str]
    happened: str


def table_rows(
    panels: Sequence[Panel], window: Window, step: float, marks: Sequence[Mark], now: datetime
) -> list[TableRow]:
    """Return the values of each step of a window, the newest first, without steps that have no values."""
    count = max(1, round((window.end - window.begin) / step))
    known = [(panel, panel.series.spans(window, count)) for panel in panels if panel.series is not None]
    rows = []
    for place in reversed(range(count)):
        cells = {panel.kind.name: panel.words(span) for panel, spans in known if (span := spans[place]) is not None}
        happened = ", ".join(dict.fromkeys(mark.what for mark in marks if window.column(mark.at, count) == place))
        if cells or happened:
            at = window.time(place, count)
            rows.append(TableRow(at, local(at, window, now), cells, happened))
    return rows


def _cell(name: str, row: TableRow) -> str:
    return row.cells.get(name, "")


COLUMNS: Sequence[Column[TableRow]] = (
    Column("time", attrgetter("when"), "name"),
    *(
        Column(kind.name, partial(_cell, kind.name), title=kind.title.upper(), fit=Fit.RIGHT, empty="–")
        for kind in KINDS
    ),
    Column("event", attrgetter("happened"), "warn", optional=True),
)
"""The columns of the numbers as a table. A value that is not known is a dash."""


def layout_from(selected: str) -> Sequence[Step]:
    """Return the layout of the table: the selected panel comes first, and the others as far as there is room."""
    names = [kind.name for kind in KINDS]
    begin = names.index(selected)
    return steps(", ".join(["time", "event", *names[begin:], *names[:begin]]))
