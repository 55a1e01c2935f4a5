"""What the program said and requested during this run, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from textual.widget import Widget

from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base.box import Box
from astro_tui.screens.base.copy_actions import copy
from astro_tui.session.messages import ERROR, REQUEST, WARNING, SessionMessage
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.pick_list import Cells, PickList

EVERY = 1.0
"""Seconds between checks for new messages."""
_PARTS = {ERROR: "error", WARNING: "warn", REQUEST: "quiet"}
"""Kind → its style, unless it is drawn like other text."""


def clock_time(moment: datetime) -> str:
    """Return a moment as the user's clock shows it."""
    return f"{moment.astimezone():%H:%M:%S}"


class MessagesScreen(Box[None]):
    """The messages, with the whole text of the one under the cursor."""

    BINDINGS = keymap("""
        enter!  enter  messages.choose  copy the message [copy]
        ctrl+y  copy   messages.copy    copy the message
    """)

    prompt: Prompt
    table: PickList[SessionMessage]

    def __init__(self, session: Session) -> None:
        super().__init__(session.look, "messages", "-search")
        self._session = session
        self.prompt = Prompt(self.look, "> ")
        self.table = PickList(self.look, self._cells, lambda _said: self.action_copy(), selectable=True)
        self._detail = Paragraph(self.look, id="detail")
        self._words: list[str] = []
        self._count = -1
        self._all: list[SessionMessage] = []

    def inside(self) -> Iterable[Widget]:
        """Return the search, the messages, and the whole text of one."""
        return [*super().inside(), self._detail]

    def on_mount(self) -> None:
        """Name the keys, and start checking for new messages."""
        self.show_title("messages", "type to search")
        self.search("")
        self.set_interval(EVERY, self._check)

    def _cells(self, said: SessionMessage, _width: int) -> Cells:
        """Return time, kind, and text."""
        tone = _PARTS.get(said.kind, "")
        return [
            (f" {clock_time(said.time)} ", "quiet"),
            (f"{said.kind:<7} ", tone),
            (self.look.plain(said.text), tone),
        ]

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
        table = self.table
        under = table.row if kept and table.cursor else None
        if under is None:
            table.show(rows)
        else:
            # A message that is no longer listed was the oldest, so the last row takes its place.
            place = next((index for index, said in enumerate(rows) if said is under), len(rows) - 1)
            table.show(rows, place, table.cursor - table.top)
        self.prompt.note(f"{len(rows):,} of {len(self._all):,}" if self._words else f"{len(rows):,}")

    def _matches(self, said: SessionMessage) -> bool:
        text = f"{clock_time(said.time)} {said.kind} {said.text}".lower()
        return all(word in text for word in self._words)

    def draw(self) -> None:
        """Show the whole message under the cursor."""
        said = self.table.row
        self._detail.show(self.look.plain(said.text) if said is not None else "No messages yet.")

    def action_copy(self) -> None:
        """Copy the message, with its time."""
        said = self.table.row
        if said is not None:
            self.close(None)
            copy(self.app, self.look, lambda: Piece(f"{said.time.isoformat()} {said.kind}: {said.text}"))
