"""The journal of actions taken from this machine: as a box, and what became of actions of earlier runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from astro_tui.actions.resolving import resolve_all, what_of, words_of
from astro_tui.errors import AstroError
from astro_tui.platform.client import Call
from astro_tui.screens.actions.box import ActionBox
from astro_tui.screens.base.view import show_message
from astro_tui.session.session import Session
from astro_tui.state.journal import ActionStage, JournalEntry
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age, counted
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from textual.app import App


MOST = 500
"""Maximum number of entries shown."""
_STYLES = {
    ActionStage.REFUSED: "$text-warning",
    ActionStage.FAILED: "$text-error",
    ActionStage.UNKNOWN: "bold $text-warning",
}


def line_of(entry: JournalEntry, now: datetime, look: Look) -> Content:
    """Return one entry as a line: when, what, which agent, and what became of it."""
    when = f"{age(entry.at, now)} ago" if entry.at is not None else masked_line(entry.time, 30)
    what = masked_line(f"{what_of(entry)} in {entry.account}", 200)
    state = ActionStage(entry.state) if entry.state in set(ActionStage) else None
    outcome = masked_line(entry.outcome, 300)
    return look.line(
        (f"{when:>9}  ", "$quiet"),
        (f"{entry.state:9} ", _STYLES.get(state, "") if state is not None else ""),
        f"{what}  ",
        (outcome, "$quiet"),
    )


class JournalBox(ActionBox):
    """The entries, newest first; outcomes that are still unknown are looked up."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._call = Call()
        self._lines = Static("", id="lines", markup=False)

    def inside(self) -> Iterable[Widget]:
        """Return the entries."""
        return [VerticalScroll(self._lines)]

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
            self._lines.update(self.look.line((sentence, "$text-error")))

    def _show(self, entries: Sequence[JournalEntry]) -> None:
        if not self.shown:
            return
        now = self.session.clock()
        shown = [line_of(entry, now, self.look) for entry in reversed(entries[-MOST:])]
        self._lines.update(Content("\n").join(shown or [Content("No actions yet.")]))
        self.show_title("journal", counted(len(entries), "action"))

    def on_key(self, event: events.Key) -> None:
        """Scroll, or close."""
        if self.handles(event.key):
            return
        event.stop()
        event.prevent_default()
        box = self.query_one(VerticalScroll)
        scroll = {"down": box.scroll_down, "j": box.scroll_down, "up": box.scroll_up, "k": box.scroll_up}
        if event.key == "enter":
            self.close(None)
        elif event.key in scroll:
            scroll[event.key](animate=False)


def report_earlier(app: App[Any], session: Session) -> None:
    """Look up the actions without an outcome, and say what is known of each (worker thread)."""
    call = Call()
    call.background = True
    try:
        sentences = [words_of(entry, session.clock()) for entry in resolve_all(session.acting, call)]
    except AstroError as error:
        app.call_later(partial(show_message, app, session.look.plain(str(error)), warning=True))
        return
    if sentences:
        app.call_later(partial(_show, app, session, sentences))


def _show(app: App[Any], session: Session, sentences: Sequence[str]) -> None:
    """Show the newest sentence; the messages include all of them."""
    look = session.look
    *others, newest = [look.plain(sentence) for sentence in sentences]
    for other in others:
        session.messages.add(session.clock(), "warning", other)
    more = f" ({len(others)} more: press {action_key(app, 'app.messages')})" if others else ""
    show_message(app, f"{newest}{more}", warning=True)
