"""What the program said and requested during this run, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.segment import Segment
from textual.app import ComposeResult
from textual.screen import Screen

from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base.copy_actions import copy
from astro_tui.screens.base.search_box import SearchBox
from astro_tui.session.messages import ERROR, REQUEST, WARNING, Said
from astro_tui.session.session import Session
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList

EVERY = 1.0
"""Seconds between checks for new messages."""
_PARTS = {ERROR: "error", WARNING: "warn", REQUEST: "quiet"}
"""Kind → its style, unless it is drawn like other text."""


def clock_time(moment: datetime) -> str:
    """Return a moment as the user's clock shows it."""
    return f"{moment.astimezone():%H:%M:%S}"


class MessageTable(RowList):
    """The messages, one per row."""

    keeps_lines = True
    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet", "rows--warn", "rows--error"}

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="message-table")
        self.rows: Sequence[Said] = ()

    @property
    def row_count(self) -> int:
        """The number of messages."""
        return len(self.rows)

    @property
    def row(self) -> Said | None:
        """The message under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def show(self, rows: Sequence[Said]) -> None:
        """Replace the messages; the cursor stays on its message, or on the newest one."""
        under = self.row if self.cursor else None
        self.rows = rows
        if under is None:
            self.rows_changed(0)
        else:
            # A message that is no longer listed was the oldest, so the last row takes its place.
            place = next((index for index, said in enumerate(rows) if said is under), len(rows) - 1)
            self.rows_changed(place, self.cursor - self.top)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return time, kind, and text."""
        said, look = self.rows[index], self.look
        tone = self.part(_PARTS[said.kind]) if said.kind in _PARTS else None
        return [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(f" {clock_time(said.time)} ", self.part("quiet")),
            Segment(f"{said.kind:<7} ", tone),
            Segment(fit(look.plain(said.text), max(0, width - 19), look.glyphs.cut), tone),
        ]

    def row_chosen(self, index: int) -> None:
        """Copy the message."""
        if isinstance(self.screen, MessagesScreen):
            self.screen.action_copy()


class MessagesScreen(SearchBox[None]):
    """The messages, with the whole text of the one under the cursor."""

    BINDINGS = keymap("""
        ctrl+y  copy  messages.copy  copy the message
    """)

    def __init__(self, session: Session, below: Screen[object]) -> None:
        super().__init__(session.look, below, "messages")
        self._session = session
        self._table = MessageTable(session.look)
        self._words: list[str] = []
        self._count = -1
        self._all: list[Said] = []

    @property
    def table(self) -> MessageTable:
        """The messages."""
        return self._table

    def compose_detail(self) -> ComposeResult:
        """Yield the whole text."""
        yield Paragraph(self.look, id="detail")

    def on_mount(self) -> None:
        """Name the keys, and start checking for new messages."""
        self.head_line("messages", "type to search")
        self.foot_line("", self.look.own(f"enter copy · {action_key(self, 'box.close')} close"))
        self.set_interval(EVERY, self._check)

    def _check(self) -> None:
        if self.is_attached and self._session.messages.count != self._count:
            self._show(kept=True)

    def search(self, text: str) -> None:
        """Show the messages that contain all words."""
        self._words = text.lower().split()
        self._show(kept=False)

    def _show(self, *, kept: bool) -> None:
        messages = self._session.messages
        if messages.count != self._count:
            self._count = messages.count
            self._all = messages.newest_first(self._session.platform.hidden())
        rows = [said for said in self._all if self._matches(said)] if self._words else self._all
        if not kept:
            self.table.cursor = 0
        self.table.show(rows)
        self.prompt.note(f"{len(rows):,} of {len(self._all):,}" if self._words else f"{len(rows):,}")

    def _matches(self, said: Said) -> bool:
        text = f"{clock_time(said.time)} {said.kind} {said.text}".lower()
        return all(word in text for word in self._words)

    def row_moved(self) -> None:
        """Show the whole message."""
        said = self.table.row
        self.query_one("#detail", Paragraph).show(
            self.look.plain(said.text) if said is not None else "No messages yet."
        )

    def action_copy(self) -> None:
        """Copy the message, with its time."""
        said = self.table.row
        if said is not None:
            self.close()
            copy(self.app, self.look, lambda: Piece(f"{said.time.isoformat()} {said.kind}: {said.text}"))
