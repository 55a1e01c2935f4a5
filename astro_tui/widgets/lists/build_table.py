"""The builds of a blueprint, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.message import Message

from astro_tui.text.redaction import masked_line
from astro_tui.text.times import AGE
from astro_tui.widgets.cells import cell_len, fit, fit_right
from astro_tui.widgets.lists.table import MarkingTable

if TYPE_CHECKING:
    from astro_tui.platform.models import Build

FRAME = 8
"""Cells of the cursor, the marks, and two gaps."""
SAMPLE = 200
"""Rows measured to size the columns."""


ABOUT = 40
"""Times are shown whole only if at least this many cells are left for the change."""


class Columns(NamedTuple):
    """Widths in cells. The change gets the rest."""

    build: int
    age: int


class BuildTable(MarkingTable["Build", Columns]):
    """One build per row; the screen shows the readme of the one under the cursor."""

    class Opened(Message):
        """The user opened the build under the cursor."""

    def key_of(self, row: Build) -> tuple[str, str]:
        """Return the id and time of the build: two builds can share an id."""
        return row.build_id, row.published_at.raw

    @property
    def pair(self) -> tuple[Build, Build] | None:
        """The two builds to compare, older first: the marked ones, else the cursor's and its predecessor."""
        if len(self.marked) == 2:
            new, old = self.marked
            return old, new
        two = self.rows[self.cursor : self.cursor + 2]
        return (two[1], two[0]) if len(two) == 2 else None

    def show_builds(self, builds: Sequence[Build], *, again: bool = False) -> None:
        """Show the builds with the cursor on the newest, or, on a refresh (`again`), on the same build."""
        if not again:
            self.rows, self.cursor, self.marks = (), 0, []
        self.show_rows(builds)

    def row_chosen(self, index: int) -> None:
        """Report the opened build."""
        self.post_message(self.Opened())

    # ---- drawing

    def columns_for(self, width: int) -> Columns:
        """Return the columns for `width` cells."""
        rows = self.rows[:SAMPLE]
        build = min(max(8, width // 3), max([5, *(cell_len(each.build_id) for each in rows)]))
        since, whole = self.look.times.sizes((each.published_at.at for each in rows), self.clock())
        return Columns(build, max(4, whole if width - build - whole - FRAME >= ABOUT else since))

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        columns = self.columns(width)
        when = fit_right(self.look.times.titled(AGE), columns.age)
        text = f"    {fit('BUILD', columns.build)}  {when}  CHANGE"
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a build: a mark if it has warnings, its id, its age, and its commit message."""
        build, look = self.rows[index], self.look
        (size, since), quiet = self.columns(width), self.part("quiet")
        change = masked_line(" ".join(build.commit_message.split()), 400) or build.commit_sha or build.version
        return [
            self.cursor_mark(selected=selected),
            Segment(self.mark_of(build), self.part("info")),
            Segment("! " if build.validation_warnings else "  ", self.part("warn")),
            Segment(fit(look.plain(build.build_id), size, look.glyphs.cut), self.part("name") if selected else None),
            Segment("  " + self.when(build.published_at.at, since), quiet),
            Segment("  " + fit(look.plain(change), max(0, width - size - since - FRAME), look.glyphs.cut), quiet),
        ]
