"""What was done from this machine, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from textual import events
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from astro_tui.actions.journal import JournalEntry, Step
from astro_tui.actions.resolving import resolve_all, what_of
from astro_tui.errors import AstroError
from astro_tui.platform.client import Call
from astro_tui.screens.actions.box import ActionBox
from astro_tui.session.session import Session
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age, counted
from astro_tui.theme.look import Look

MOST = 500
"""Maximum number of entries shown."""
_STYLES = {Step.REFUSED: "$text-warning", Step.FAILED: "$text-error", Step.UNKNOWN: "bold $text-warning"}


def line_of(entry: JournalEntry, now: datetime, look: Look) -> Content:
    """Return one entry as a line: when, what, which agent, and what became of it."""
    when = f"{age(entry.at, now)} ago" if entry.at is not None else masked_line(entry.time, 30)
    what = masked_line(f"{what_of(entry)} in {entry.account}", 200)
    state = Step(entry.state) if entry.state in set(Step) else None
    outcome = masked_line(entry.outcome, 300)
    return Content.assemble(
        (f"{look.plain(when):>9}  ", "$quiet"),
        (f"{look.plain(entry.state):9} ", _STYLES.get(state, "") if state is not None else ""),
        f"{look.own(look.plain(what))}  ",
        (look.own(look.plain(outcome)), "$quiet"),
    )


class JournalBox(ActionBox):
    """The entries, newest first; outcomes that are still unknown are looked up."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._call = Call()

    def compose_box(self) -> Sequence[Widget]:
        """The entries."""
        return [VerticalScroll(Static("", id="action-lines", markup=False))]

    def on_mount(self) -> None:
        """Read the journal."""
        self.show_title("journal", "actions taken from this machine")
        self.show_keys([("j k", "scroll"), ("esc", "close")])
        self.run_worker(self._load, thread=True)

    def on_unmount(self) -> None:
        """Cancel the requests."""
        self._call.abort()

    def _load(self) -> None:
        context = self.session.acting
        try:
            self.app.call_later(partial(self._show, context.journal.entries()))
            if resolve_all(context, self._call):
                self.app.call_later(partial(self._show, context.journal.entries()))
        except AstroError as error:
            self.app.call_later(partial(self._show_error, str(error)))

    def _show_error(self, sentence: str) -> None:
        if self.shown:
            lines = self.query_one("#action-lines", Static)
            lines.update(Content.assemble((self.look.own(self.look.plain(sentence)), "$text-error")))

    def _show(self, entries: Sequence[JournalEntry]) -> None:
        if not self.shown:
            return
        now = self.session.clock()
        shown = [line_of(entry, now, self.look) for entry in reversed(entries[-MOST:])]
        self.query_one("#action-lines", Static).update(Content("\n").join(shown or [Content("No actions yet.")]))
        self.show_title("journal", counted(len(entries), "action"))

    def on_key(self, event: events.Key) -> None:
        """Scroll, or close."""
        event.stop()
        event.prevent_default()
        box = self.query_one(VerticalScroll)
        scroll = {"down": box.scroll_down, "j": box.scroll_down, "up": box.scroll_up, "k": box.scroll_up}
        if event.key in ("q", "enter"):
            self.close(None)
        elif event.key in scroll:
            scroll[event.key](animate=False)
