"""The lines of one panel: its title with the newest values, the scale, the chart, and the axis with marks. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from msgspec import Struct

from astro_tui.presentation.charts import ASCII, BRAILLE, Dots, axis, chart, top_of
from astro_tui.presentation.columns import Column, Fit, WidthStep, steps
from astro_tui.presentation.numbers import DAY, KINDS, Mark, Numbers, Panel

GUTTER = 9
"""Cells for the scale, left of the chart."""
LETTERS = {"OOM": ("O", "error"), "restart": ("R", "warn")}
DEPLOY = ("D", "info")
"""The letter of a deploy on the axis, and its tone."""


class PanelPiece(NamedTuple):
    """A part of a line, and its tone: `title`, `quiet`, `line`, `limit`, `cross`, or that of a mark."""

    text: str
    tone: str = ""


Line = Sequence[PanelPiece]


class PanelDrawing(Struct, frozen=True):
    """How panels are drawn: their size in cells, and the column of the crosshair, if there is one."""

    numbers: Numbers
    width: int
    height: int
    cross: int | None = None
    ascii_alone: bool = False

    @property
    def plot(self) -> int:
        """Cells of a chart without its scale."""
        return self.width - GUTTER

    def lines(self, panel: Panel) -> list[Line]:
        """Return the title with the newest values or with those at the crosshair, the chart, and the axis.

        Deploys are on the axis. What happened to the pod has a line of its own, so that neither hides the other.
        """
        axis_lines = self._axis()
        return [self._title(panel), *self._chart(panel, self.height - 1 - len(axis_lines)), *axis_lines]

    def _title(self, panel: Panel) -> Line:
        facts = self.numbers.facts(panel)
        if self.cross is not None and panel.series is not None:
            span = panel.series.spans(self.numbers.window, self.plot)[self.cross]
            words = f"{panel.words(span) if span else 'not measured'} at {self._moment(self.cross)}"
            facts = [words, *([panel.warning] if panel.warning else [])]
        return [PanelPiece(panel.kind.title, "title"), PanelPiece("  " + ", ".join(facts), "quiet")]

    def _moment(self, column: int) -> str:
        """Return the times of a column, and what happened in it: `14:03–14:11, restart`."""
        window, plot = self.numbers.window, self.plot
        begin, end = (self.numbers.local(window.time(each, plot)) for each in (column, column + 1))
        times = begin if begin == end else f"{begin}–{end.rpartition(' ')[2]}"
        return ", ".join(filter(None, [times, self.numbers.happened(plot).get(column)]))

    def _chart(self, panel: Panel, rows: int) -> list[Line]:
        """Return the lines of the chart; without samples, blank ones."""
        window, words = self.numbers.window, panel.kind.words
        if panel.series is None or self.plot < 1 or rows < 1:
            return [()] * rows
        largest = max((value for _, value in panel.series.within(window)), default=0.0)
        top = top_of(largest, panel.limit, binary=panel.kind.binary)
        dots = ASCII if self.ascii_alone else BRAILLE
        drawn = chart(panel.series, window, self.plot, rows, limit=panel.limit, top=top, dots=dots)
        labels = {rows - 1: "0", drawn.limit_row: words(panel.limit), 0: words(top)}
        return [
            [
                PanelPiece(f"{labels.get(row, ''):>{GUTTER - 1}} ", "quiet"),
                *self._crossed(text, "limit" if row == drawn.limit_row else "line"),
            ]
            for row, text in enumerate(drawn.rows)
        ]

    def _crossed(self, text: str, tone: str) -> Line:
        at = self.cross
        if at is None:
            return [PanelPiece(text, tone)]
        return [PanelPiece(text[:at], tone), PanelPiece(text[at], "cross"), PanelPiece(text[at + 1 :], tone)]

    def _axis(self) -> list[Line]:
        """Return the axis with times and deploys and, if there were any, a line with restarts and OOMs."""
        window, width, dots = self.numbers.window, self.plot, ASCII if self.ascii_alone else BRAILLE
        form = "%H:%M" if window.end - window.begin <= DAY else "%m-%d"
        times = {0: window.begin, width // 2 - 2: (window.begin + window.end) / 2, width - 5: window.end}
        labels = {place: datetime.fromtimestamp(at, UTC).astimezone().strftime(form) for place, at in times.items()}
        deploys, of_pod = dict[int, PanelPiece](), dict[int, PanelPiece]()
        # An OOM comes after the restart in this order, and replaces it.
        for mark in sorted(self.numbers.marks, key=lambda mark: mark.what, reverse=True):
            letters, letter = (of_pod, LETTERS[mark.what]) if mark.what in LETTERS else (deploys, DEPLOY)
            letters[window.column(mark.at, width)] = PanelPiece(*letter)
        rows = [self._marked(deploys, labels, dots)]
        return [*rows, self._marked(of_pod, {}, dots._replace(axis=" "))] if of_pod else rows

    def _marked(self, letters: Mapping[int, PanelPiece], labels: Mapping[int, str], dots: Dots) -> Line:
        text = axis(self.plot, {place: piece.text for place, piece in letters.items()}, labels, dots)
        row, begin = [PanelPiece(" " * GUTTER)], 0
        for place in sorted(letters):
            row += [PanelPiece(text[begin:place], "quiet"), letters[place]]
            begin = place + 1
        return [*row, PanelPiece(text[begin:], "quiet")]


def legend(marks: Sequence[Mark]) -> str:
    """Return what the letters on the axis mean, of those that occur: `D deploy  R restart`."""
    names = {LETTERS.get(mark.what, DEPLOY)[0]: mark.what if mark.what in LETTERS else "deploy" for mark in marks}
    return "  ".join(f"{letter} {names[letter]}" for letter in sorted(names))


class TableRow(NamedTuple):
    """The values of all panels in a few seconds, each as words, and what happened then."""

    at: float
    when: str
    cells: Mapping[str, str]
    happened: str


def table_rows(numbers: Numbers) -> list[TableRow]:
    """Return the values of each step of a range, the newest first, without steps that have no values."""
    window, count = numbers.window, round(numbers.length.seconds / numbers.length.step)
    spans_ = [(panel, panel.series.spans(window, count)) for panel in numbers.panels if panel.series is not None]
    happened, rows = numbers.happened(count), []
    for place in reversed(range(count)):
        cells = {panel.kind.name: panel.words(span) for panel, spans in spans_ if (span := spans[place]) is not None}
        if cells or place in happened:
            at = window.time(place, count)
            rows.append(TableRow(at, numbers.local(at), cells, happened.get(place, "")))
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


def layout_from(selected: int) -> Sequence[WidthStep]:
    """Return the layout of the table: the selected panel comes first, and the others as far as there is room."""
    names = [kind.name for kind in KINDS]
    return steps(", ".join(["time", "event", *names[selected:], *names[:selected]]))
