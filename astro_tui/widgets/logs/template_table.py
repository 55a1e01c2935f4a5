"""The repeats of a log, grouped: one row per template, with those that are new since the last deploy marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from rich.segment import Segment

from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource
from astro_tui.logs.store import LogStore
from astro_tui.logs.templates import Deploy, TemplateGroup, Templates
from astro_tui.presentation.columns import Column, Fit, Placed, steps
from astro_tui.text.redaction import masked_line
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.drawn import NewestWork
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.table import Table
from astro_tui.widgets.logs.line_drawing import LineTimes, level_label, time_of

MOST_CHARACTERS = 400
ENOUGH = 600 * 10**9
"""Nanoseconds before a deploy whose lines show what is new after it. Fewer are enough if it was deployed recently."""


def templates_of(store: LogStore) -> list[TemplateGroup]:
    """Return the templates of the lines that are shown, most frequent first (worker thread)."""
    templates = Templates()
    for rows in store.shown_rows():
        for row in rows:
            if row.remark is None and not row.continues:
                templates.add(row.ns, row.level, row.message, row.source)
    return templates.rows()


def _tone(group: TemplateGroup) -> str:
    return "" if group.level < Level.WARN else "error" if group.level >= Level.ERROR else "warn"


COLUMNS = (
    Column[TemplateGroup]("lines", lambda group: f"{group.count:,}", fit=Fit.RIGHT, least=9),
    Column[TemplateGroup]("last", lambda group: time_of(group.last_ns, LineTimes.CLOCK), "quiet", least=8),
    Column[TemplateGroup]("level", lambda group: level_label(group.level), lambda group: _tone(group) or "quiet"),
    Column[TemplateGroup]("repeats", lambda group: masked_line(group.template, MOST_CHARACTERS), _tone, rest=True),
)
NEW = "new "


class TemplateTable(Table[TemplateGroup]):
    """One template per row, with the number of its lines and the time of the last one."""

    COLUMNS, LAYOUT, FRAME = COLUMNS, steps("lines, last, level, repeats 4, repeats"), 1
    KEY = attrgetter("template")
    BINDINGS = keymap("enter  choose  list.choose  go to the last of these lines [last line]")

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._work = NewestWork(self, "templates")
        self._deploys: Mapping[str, Deploy] = {}
        self._since: Mapping[LogSource, int] = {}
        self._last = 0

    def since(self, deploys: Mapping[str, Deploy]) -> None:
        """Count templates as new if their first line is later than the newest deploy of their agent, by its id."""
        self._deploys = deploys
        self.refresh()

    def _deploy_of(self, source: LogSource) -> Deploy:
        return self._deploys.get(source.deployment_id, Deploy())

    def count(self, store: LogStore) -> None:
        """Group the lines of a log."""
        self.start_loading()
        self._work.start(lambda _canceled: (templates_of(store), store.complete_since()), self._take)

    def _take(self, counted: tuple[Sequence[TemplateGroup], Mapping[LogSource, int]]) -> None:
        groups, self._since = counted
        self._last = max((group.last_ns for group in groups), default=0)
        self.show_rows(groups)

    def _compares(self, source: LogSource) -> bool:
        """Whether enough lines of a source from before the deploy are known to call what came after it new."""
        deployed = self._deploy_of(source).ns
        before = deployed - self._since.get(source, deployed)
        return before > 0 and before >= min(self._last - deployed, ENOUGH)

    def is_new(self, group: TemplateGroup) -> bool:
        """Whether the first line of a template is later than the last deploy."""
        return all(group.first_ns > self._deploy_of(source).ns and self._compares(source) for source in group.sources)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the titles of the columns, and since when a template counts as new."""
        [heading] = super().draw_heading(line, width)
        if not any(map(self._compares, self._since)):
            return [heading]
        titles = {deploy.title for deploy in self._deploys.values()}
        since = titles.pop() if len(titles) == 1 else Deploy().title
        text = f"{heading.text.rstrip()}   new: since {self.look.plain(since)}"
        return [Segment(fit(text, width, self.look.glyphs.cut), heading.style)]

    def draw_cell(self, place: Placed[TemplateGroup], row: TemplateGroup, gap: str, *, selected: bool) -> list[Segment]:
        """Return a cell after a gap."""
        if place.column.name != "repeats" or not self.is_new(row):
            return super().draw_cell(place, row, gap, selected=selected)
        rest = super().draw_cell(place._replace(size=place.size - len(NEW)), row, "", selected=selected)
        return [Segment(gap + NEW, self.part("info")), *rest]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a blank line, or why there are no templates."""
        text = "" if line != 1 or self.rows else "counting" if self.loading_rows else "No lines."
        return [Segment(fit(f"   {text}", width), self.part("quiet"))]
