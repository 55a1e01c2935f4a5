"""The picker's table of deployments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.segment import Segment
from textual.message import Message

from astro_tui.listing import ORDERS, Entry
from astro_tui.look import Look
from astro_tui.status import LABEL_WIDTH
from astro_tui.widgets.cells import cell_len, cells, fit, fit_right
from astro_tui.widgets.rows import RowList
from astro_tui.wording import age

SAMPLE = 500
"""How many rows are looked at to fit the columns."""
SKELETON = (14, 9, 17, 12, 20, 8, 15, 11)
"""Widths of the grey bars that stand for names while the list loads."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 leaves a column out. What matters least goes first when the terminal is narrow."""

    label: int
    status: int = LABEL_WIDTH
    blueprint: int = 0
    build: int = 0
    ready: int = 0
    age: int = 5
    status_first: bool = True


def columns_for(width: int, entries: Sequence[Entry]) -> Columns:
    """Return the columns for a table `width` cells wide."""
    if width < 60:
        return Columns(label=max(8, width - 3 - LABEL_WIDTH - 1 - 6), status_first=False)
    # Fixed: cursor, glyph with its own two cells, status, and the age with its gaps.
    room = width - 1 - 2 - (LABEL_WIDTH + 1) - 7
    entries = entries[:SAMPLE]
    ready = 5 if any(entry.ready for entry in entries) else 0
    room -= ready + 2 if ready else 0
    build = min(24 if width >= 140 else 12, max((len(entry.build) + 1 for entry in entries), default=9))
    room -= build + 2
    names = max((cells(entry.blueprint) for entry in entries), default=0) if width >= 100 else 0
    blueprint = min(names, 40 if width >= 140 else 18, max(0, room - 30)) if names else 0
    if blueprint < 8:
        blueprint = 0
    room -= blueprint + 2 if blueprint else 0
    return Columns(label=max(10, min(room, 64)), blueprint=blueprint, build=build, ready=ready)


class AgentTable(RowList):
    """Entries as dense rows. The cursor stays on the same deployment whatever a refresh brings."""

    heading = 1
    keeps_lines = True
    COMPONENT_CLASSES = {
        "rows--cursor",
        "rows--heading",
        "rows--quiet",
        "rows--name",
        "rows--skeleton",
        "rows--error",
        "rows--warn",
        "rows--info",
        "rows--ok",
        "rows--muted",
    }

    @dataclass
    class Opened(Message):
        """The user wants to see `entry`."""

        entry: Entry

    def __init__(self, look: Look, clock: Callable[[], datetime], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(look, id=id)
        self._clock = clock
        self._entries: Sequence[Entry] = ()
        self._layout: tuple[int, Columns] | None = None
        self._order = ("attention", False)
        self._loading = True
        self.instead: list[str] = []
        """Lines that are drawn where there is no row."""
        self.highlighted: Callable[[Entry | None], None] | None = None
        """Called with the entry that the cursor came to. A message would come one frame later."""

    # ---- rows

    @property
    def row_count(self) -> int:
        """How many entries are shown."""
        return len(self._entries)

    def row_key(self, index: int) -> str:
        """Return the deployment's id."""
        return self._entries[index].key

    @property
    def entry(self) -> Entry | None:
        """The entry under the cursor."""
        return self._entries[self.cursor] if self.cursor < len(self._entries) else None

    def neighbour(self, key: str, step: int) -> Entry | None:
        """Return the entry `step` rows from the one with `key`, in the order on screen."""
        for index, entry in enumerate(self._entries):
            if entry.key == key:
                place = index + step
                return self._entries[place] if 0 <= place < len(self._entries) else None
        return None

    def show_entries(self, entries: Sequence[Entry], order: tuple[str, bool], *, keep: str | None = None) -> None:
        """Show `entries`; the cursor goes on with the deployment `keep` (the present one by default).

        It stays on the same line of the screen where that is possible; where the deployment is gone, the cursor
        stays at its place in the list.
        """
        self._loading = False
        self._order = order
        old = self.cursor
        current = self.entry
        key = keep if keep is not None else (current.key if current else None)
        line = self.cursor - self.top
        self._entries = entries
        self._layout = None
        place = next((index for index, entry in enumerate(entries) if entry.key == key), None)
        # The first row has nothing above it to keep: a list that grows at its top shows what is new there.
        pinned = place is not None and not (old == 0 and keep is None and self.top == 0 and place == 0)
        self.rows_changed(place if place is not None else old, line if pinned else None)

    def start_loading(self) -> None:
        """Draw grey bars in the place of rows that are still to come."""
        self._loading, self._entries, self._layout = True, (), None
        self.rows_changed(0)

    def replace_entry(self, entry: Entry) -> None:
        """Draw one entry anew where it stands, without changing the order under the user's eyes."""
        entries = list(self._entries)
        for index, old in enumerate(entries):
            if old.key == entry.key:
                entries[index] = entry
                self._entries = entries
                self.row_changed(index)
                return

    def row_chosen(self, index: int) -> None:
        """Open the entry."""
        self.post_message(self.Opened(self._entries[index]))

    def row_highlighted(self) -> None:
        """Tell the screen which entry the cursor is on."""
        if self.highlighted is not None:
            self.highlighted(self.entry)

    # ---- drawing

    def _columns(self, width: int) -> Columns:
        """Return the columns for the width that is drawn: a scroll bar may have come or gone."""
        if self._layout is None or self._layout[0] != width:
            self._layout = (width, columns_for(width, self._entries))
        return self._layout[1]

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names, with a mark at the one that sorts."""
        columns, glyphs = self._columns(width), self.look.glyphs
        column, reverse = ORDERS[self._order[0]][0], self._order[1]
        mark = glyphs.sorted_reverse if reverse else glyphs.sorted_by

        def name(text: str) -> str:
            return f"{text} {mark}" if text == column else text

        status, label = fit(name("STATUS"), columns.status), fit(name("AGENT"), columns.label)
        parts = [status, label] if columns.status_first else [label, status]
        text = "   " + " ".join(parts)
        if columns.blueprint:
            text += "  " + fit("BLUEPRINT", columns.blueprint)
        if columns.build:
            text += "  " + fit(name("BUILD"), columns.build)
        if columns.ready:
            text += "  " + fit_right("READY", columns.ready)
        text += "  " + fit_right(name("AGE"), columns.age) if width >= 60 else " " + fit_right("AGE", columns.age)
        return [Segment(fit(text, width), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one entry."""
        entry, columns, look = self._entries[index], self._columns(width), self.look
        cut = look.glyphs.cut
        tone = self.part(entry.status.severity.value)
        quiet = self.part("quiet")
        name = self.part("name") if selected else None
        status = Segment(fit(look.plain(entry.status.label), columns.status), tone)
        label = Segment(fit(look.plain(entry.label), columns.label, cut), name)
        segments = [
            Segment(look.glyphs.cursor if selected else " ", self.part("info") if selected else None),
            Segment(fit(look.glyph(entry.status), 2), tone),
            *((status, Segment(" "), label) if columns.status_first else (label, Segment(" "), status)),
        ]
        if columns.blueprint:
            segments.append(Segment("  " + fit(look.plain(entry.blueprint), columns.blueprint, cut), quiet))
        if columns.build:
            segments += self._build(entry, columns.build)
        if columns.ready:
            segments.append(
                Segment(
                    "  " + fit_right(entry.ready, columns.ready),
                    self.part("warn") if entry.waiting else quiet,
                )
            )
        gap = "  " if width >= 60 else " "
        old = look.own(age(entry.created, self._clock()))
        segments.append(Segment(gap + fit_right(old, columns.age), quiet))
        return segments

    def _build(self, entry: Entry, width: int) -> list[Segment]:
        mark = self.look.glyphs.newer if entry.update else ""
        build = fit(self.look.plain(entry.build), width - len(mark), self.look.glyphs.cut).rstrip()
        return [
            Segment("  " + build, self.part("quiet")),
            Segment(mark, self.part("info")),
            Segment(" " * (width - cell_len(build) - len(mark))),
        ]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return a line of what is said instead of rows, or a grey bar in the place of a row while the list loads."""
        if not self._loading:
            text = self.instead[line] if line < len(self.instead) else ""
            return [Segment(fit(f"   {text}" if text else "", width, self.look.glyphs.cut))]
        if line >= len(SKELETON):
            return [Segment(" " * width)]
        block = self.look.glyphs.skeleton
        columns = self._columns(width)
        name = fit(block * min(SKELETON[line], columns.label), columns.label)
        status = fit(block * 8, columns.status)
        first, second = (status, name) if columns.status_first else (name, status)
        return [Segment(fit(f" {block} {first} {second}", width), self.part("skeleton"))]
