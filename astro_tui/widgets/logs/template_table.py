"""The repeats of a log, grouped: one row per template, with those that are new since the last deploy marked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from rich.segment import Segment
from textual.message import Message

from astro_tui.logs.levels import Level
from astro_tui.logs.store import LogStore
from astro_tui.logs.templates import Deploy, Group, Templates
from astro_tui.text.redaction import masked_line
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit, fit_right, headings
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.logs.line_drawing import LEVEL_WIDTH, PARTS, Times, level_label, time_of

MOST_CHARACTERS = 400
COUNT, TIME = 9, 8


def templates_of(store: LogStore) -> list[Group]:
    """Return the templates of the lines that are shown, most frequent first (worker thread)."""
    templates = Templates()
    for rows in store.shown_rows():
        for row in rows:
            if row.remark is None and not row.continues:
                templates.add(row.ns, row.level, row.message)
    return templates.rows()


class TemplateTable(RowList):
    """One template per row, with the number of its lines and the time of the last one."""

    heading = 1
    COMPONENT_CLASSES = {"rows--cursor", "rows--heading"} | PARTS

    @dataclass
    class Chosen(Message):
        """The user wants to see the last line of a template."""

        group: Group

    @dataclass
    class Counted(Message):
        """The lines of a log were grouped."""

        number: int
        groups: list[Group]

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._number = 0
        self._groups: list[Group] = []
        self._deploy = Deploy()
        self._first = 0
        self._counting = False

    @property
    def row_count(self) -> int:
        """The number of templates."""
        return len(self._groups)

    def since(self, deploy: Deploy) -> None:
        """Count templates as new if their first line is later than a deploy."""
        self._deploy = deploy
        self.refresh()

    def count(self, store: LogStore) -> None:
        """Group the lines of a log."""
        self._number += 1
        self._counting = True
        self._groups = []
        self.rows_changed(0)
        self.run_worker(partial(self._count, store, self._number), thread=True, group="templates", exclusive=True)

    def _count(self, store: LogStore, number: int) -> None:
        self.post_message(self.Counted(number, templates_of(store)))

    def on_template_table_counted(self, message: Counted) -> None:
        """Show the templates."""
        message.stop()
        if message.number != self._number:
            return
        self._counting = False
        self._groups = message.groups
        self._first = min((group.first_ns for group in self._groups if group.first_ns), default=0)
        self.rows_changed(0)

    @property
    def _compares(self) -> bool:
        """Whether there is a line from before the deploy. Without one, nothing can be called new."""
        return 0 < self._first <= self._deploy.ns

    def is_new(self, group: Group) -> bool:
        """Whether the first line of a template is later than the last deploy."""
        return self._compares and group.first_ns > self._deploy.ns

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        text = " " + fit_right("LINES", COUNT) + "  " + fit("LAST", TIME) + headings(("LEVEL", LEVEL_WIDTH))
        what = f"  REPEATS   new: since {self.look.plain(self._deploy.title)}" if self._compares else "  REPEATS"
        return [Segment(fit(text + what, width, self.look.glyphs.cut), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one template."""
        group, look = self._groups[index], self.look
        serious = group.level >= Level.WARN
        style = self.part("error" if group.level >= Level.ERROR else "warn") if serious else None
        new = "new " if self.is_new(group) else ""
        word = level_label(group.level)
        used = 1 + COUNT + 2 + TIME + 2 + LEVEL_WIDTH + 2 + len(new)
        return [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(fit_right(f"{group.count:,}", COUNT) + "  "),
            Segment(time_of(group.last_ns, Times.CLOCK) + "  ", self.part("quiet")),
            Segment(fit(word, LEVEL_WIDTH) + "  ", style or self.part("quiet")),
            Segment(new, self.part("info")),
            Segment(
                fit(look.plain(masked_line(group.template, MOST_CHARACTERS)), max(0, width - used), look.glyphs.cut),
                style,
            ),
        ]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a blank line, or why there are no templates."""
        text = "" if line != 1 or self._groups else "counting" if self._counting else "No lines."
        return [Segment(fit(f"   {text}", width), self.part("quiet"))]

    def row_chosen(self, index: int) -> None:
        """Report the template, so that its last line can be shown."""
        self.post_message(self.Chosen(self._groups[index]))
