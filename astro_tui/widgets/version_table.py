"""The builds of a blueprint, newest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.message import Message

from astro_tui.look import Look
from astro_tui.widgets.cells import cells, fit, fit_right
from astro_tui.widgets.rows import RowList
from astro_tui.wording import age

if TYPE_CHECKING:
    from astro_tui.models import AgentVersion

SAMPLE = 200
"""How many rows are looked at to fit the columns."""


class VersionTable(RowList):
    """Builds as dense rows; the one under the cursor is the one that is read."""

    heading = 1
    keeps_lines = True
    COMPONENT_CLASSES = {"rows--cursor", "rows--heading", "rows--quiet", "rows--name", "rows--warn", "rows--info"}

    class Opened(Message):
        """The user wants to read the build under the cursor."""

    def __init__(self, look: Look, clock: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(look, id=id)
        self._clock = clock
        self._versions: Sequence[AgentVersion] = ()
        self.said = ""
        """What stands in the place of the rows where there are none."""
        self.highlighted: Callable[[], None] | None = None
        """Called when the cursor came to another build."""

    @property
    def row_count(self) -> int:
        """How many builds there are."""
        return len(self._versions)

    def row_key(self, index: int) -> str:
        """Return the build's id."""
        return self._versions[index].build_id

    @property
    def version(self) -> AgentVersion | None:
        """The build under the cursor."""
        return self._versions[self.cursor] if 0 <= self.cursor < len(self._versions) else None

    @property
    def before(self) -> AgentVersion | None:
        """The build published before the one under the cursor."""
        place = self.cursor + 1
        return self._versions[place] if 0 < place < len(self._versions) else None

    def show_versions(self, versions: Sequence[AgentVersion], keep: str = "") -> None:
        """Show these builds, with the cursor on the build `keep` where it is among them, else on the newest."""
        self._versions = versions
        place = next((index for index, each in enumerate(versions) if keep and each.build_id == keep), 0)
        self.rows_changed(place, self.cursor - self.top)

    def row_chosen(self, index: int) -> None:
        """Read it."""
        self.post_message(self.Opened())

    def row_highlighted(self) -> None:
        """Tell the screen."""
        if self.highlighted is not None:
            self.highlighted()

    # ---- drawing

    def _build_width(self, width: int) -> int:
        return min(max(8, width // 3), max([5, *(cells(each.build_id) for each in self._versions[:SAMPLE])]))

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        build = self._build_width(width)
        text = f"   {fit('BUILD', build)}  {fit_right('AGE', 4)}  CHANGE"
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one build: a mark where it has warnings, its id, its age, and what changed."""
        version, look = self._versions[index], self.look
        build = self._build_width(width)
        change = " ".join(version.commit_message.split()) or version.commit_sha or version.version
        warned = "!" if version.validation_warnings else " "
        return [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(f"{warned} ", self.part("warn")),
            Segment(fit(look.plain(version.build_id), build, look.glyphs.cut), self.part("name") if selected else None),
            Segment("  " + fit_right(look.own(age(version.published_at.at, self._clock())), 4), self.part("quiet")),
            Segment("  " + fit(look.plain(change), max(0, width - build - 11), look.glyphs.cut), self.part("quiet")),
        ]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return what is said where there are no builds."""
        said = self.said if line == 0 and not self._versions else ""
        return [Segment(fit(f"   {said}", width, self.look.glyphs.cut), self.part("quiet"))]
