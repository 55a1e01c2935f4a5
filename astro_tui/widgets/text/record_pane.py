"""The record beside or above the spec, and other facts as names with values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.presentation.record import (
    DeploymentState,
    Field,
    endpoint_fields,
    more_fields,
    record_fields,
    workload_fields,
)
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import SHORT
from astro_tui.widgets.cells import cell_len, fit, fit_middle
from astro_tui.widgets.chrome.bar import TitledRule
from astro_tui.widgets.chrome.notice import Block

FACTS = ("id", "agent", "build", "namespace", "deployed")
"""Fields of the record that the list has, too."""
SHORT_KEYS = ("build", "deployed")
"""Fields of the record shown on a narrow screen."""
MOST_LINES = 12
"""The most lines of one value; a longer value is cut with a mark."""
_UNIT = re.compile(r"(?<=\d) (?=[a-z]+\b)")
_TIED = "\ue000"
"""Stands for a non-breaking space while text is wrapped."""
_TIME = re.compile(r"(.*)( \d\d:\d\d):\d\d UTC")
GRID = ("id", "namespace", "agent", "build", "status", "deployed", "undeployed", "spec")


class RecordPane(Block):
    """Draws the record in one of three forms: `full` (every line), `grid` (two fields per line), or `short`."""

    def show(
        self, state: DeploymentState, now: datetime, form: str, width: int, more: Mapping[str, Sequence[Field]] = {}
    ) -> None:
        """Draw the record in one `form`, `width` cells wide, with `more` groups of fields by their titles."""
        self.show_lines(*self.lines(state, now, form, width, more))

    def lines(
        self, state: DeploymentState, now: datetime, form: str, width: int, more: Mapping[str, Sequence[Field]] = {}
    ) -> list[Content]:
        """Return the lines of one `form`, each at most `width` cells wide.

        Besides the forms that are drawn, there is `facts`: every line that the list knows something about.
        """
        fields = record_fields(state, now)
        if form == "short":
            return [self._line(field, 11, width) for field in fields if field.label in SHORT_KEYS]
        if form == "grid":
            return self._grid(fields, width)
        if form == "facts":
            fields = [field for field in fields if field.label in FACTS]
        return self._full(state, fields, now, width, more)

    def _grid(self, fields: Sequence[Field], width: int) -> list[Content]:
        by_label = {field.label: field for field in fields}
        half = (width - 2) // 2
        cells = [self._line(by_label[label], 11, half) for label in GRID]
        return [
            self._look.line(_padded(left, half), "  ", right)
            for left, right in zip(cells[::2], cells[1::2], strict=True)
        ]

    def _full(
        self,
        state: DeploymentState,
        fields: list[Field],
        now: datetime,
        width: int,
        more: Mapping[str, Sequence[Field]],
    ) -> list[Content]:
        lines = [line for field in (*fields, *more_fields(state, now)) for line in self._wrapped(field, 13, width)]
        first = {"findings": more.get("findings", ())}
        groups = first | {"endpoints": endpoint_fields(state), "workloads": workload_fields(state), **more}
        for title, rows in groups.items():
            if rows:
                name_width = min(max(16, width // 2), max(cell_len(field.label) for field in rows) + 1)
                lines += [Content(), self._look.line((f" {title}", "bold $quiet"))]
                lines += [line for field in rows for line in self._wrapped(field, max(13, name_width), width)]
        return lines

    def _wrapped(self, field: Field, label_width: int, width: int) -> list[Content]:
        """Return the field with its value wrapped to at most MOST_LINES lines."""
        room = max(4, width - label_width - 1)
        value = self._in_one_piece(self._look.plain(field.value), room)
        if field.status is not None or cell_len(value) <= room:
            return [self._line(field, label_width, width)]
        between = " " if " " in value else ""
        # A number stays on one line with its unit: `308 values`.
        tied = Content(_UNIT.sub(_TIED, value))
        rows = [row.plain.rstrip().replace(_TIED, " ") for row in (tied.wrap(room) if between else tied.fold(room))]
        rows, more = rows[: MOST_LINES - 1], rows[MOST_LINES - 1 :]
        if more:
            rows.append(fit(between.join(more), room, self._look.glyphs.cut).rstrip())
        first = self._line(replace(field, value=""), label_width, width)
        style = TONES[field.severity] if field.severity else ""
        return [
            self._look.line(first.truncate(label_width + 1) if index == 0 else " " * (label_width + 1), (row, style))
            for index, row in enumerate(rows)
        ]

    def _in_one_piece(self, value: str, room: int) -> str:
        """Return a value, shortened so that its time zone or address does not wrap onto the next line.

        A time is shortened to the minute or to the day; an address loses its `https://` and, if needed, its middle.
        """
        if cell_len(value) <= room:
            return value
        if time := _TIME.fullmatch(value):
            day, minutes = time.groups()
            return f"{day}{minutes} UTC" if cell_len(f"{day}{minutes} UTC") <= room else day
        address, blank, rest = value.partition(" ")
        if "://" in address and cell_len(address) > room:
            address = fit_middle(address.removeprefix("https://"), room, self._look.glyphs.cut).rstrip()
        return f"{address}{blank}{rest}"

    def _line(self, field: Field, label_width: int, width: int) -> Content:
        look = self._look
        label = (" " + fit(look.plain(field.label), label_width - 1, look.glyphs.cut) + " ", "$quiet")
        room = max(4, width - label_width - 1)
        if field.status is not None:
            return look.line(label, look.badge(field.status), f" {field.value}").truncate(width)
        cut = fit_middle if field.label in ("id", "namespace", "build", "image") else fit
        value = cut(self._in_one_piece(look.plain(field.value), room), room, look.glyphs.cut).rstrip()
        return look.line(label, (value, TONES[field.severity]) if field.severity else value)


def _padded(content: Content, width: int) -> Content:
    content = content.truncate(width)
    return content + " " * max(0, width - content.cell_length)


LABELS = 12
"""The width of a label in cells."""


class FactsPane(RecordPane):
    """Draws groups of fields, with each value wrapped."""

    def show_groups(self, groups: Sequence[Sequence[Field]], width: int) -> None:
        """Draw the groups, `width` cells wide, separated by empty lines."""
        lines: list[Content] = []
        for fields in groups:
            if lines and fields:
                lines.append(Content())
            lines += [line for field in fields for line in self._wrapped(field, LABELS, width)]
        self.show_lines(*lines)


class DetailPane(Vertical):
    """The details of the row under the cursor of a list: a title, and fields below it, in at most `most` lines."""

    SHARE = 0.34
    """The part of the window's height that the details take."""

    def __init__(self, look: Look, most: int = 14) -> None:
        super().__init__()
        self._look, self._most = look, most

    def compose(self) -> ComposeResult:
        """The title, and the fields."""
        yield TitledRule(self._look)
        yield FactsPane(self._look)

    def share_height(self, *, full: bool, least: int = 0) -> None:
        """Take a part of the height, unless the list is at `full` height or the window is too short for both.

        With `least`, take at least so many lines, which the list does not need.
        """
        height = self.app.size.height
        self.display = height >= SHORT and not full
        self.styles.height = max(least, min(self._most, int(height * self.SHARE)))

    def show(self, title: str, fields: Iterable[Field] = (), hint: str = "") -> None:
        """Show what is known about a row."""
        self.query_one(TitledRule).show(self._look.line((title, "bold")), hint)
        self.query_one(FactsPane).show_groups([list(fields)], max(20, self.app.size.width - 2))
