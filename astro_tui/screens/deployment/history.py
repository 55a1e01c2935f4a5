"""The revisions of a deployment, and how each differs from the current one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.revisions import RevisionRow, before, current_of, in_order
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.compare_menu import open_compare_menu
from astro_tui.screens.base.comparison import (
    Comparison,
    Find,
    Pair,
    Subject,
    compared,
    last_change,
    sides_of,
    whole_history,
)
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import REFRESH_SHOWN, Staleness
from astro_tui.session.routes import Diff
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, stylesheet
from astro_tui.theme.sizes import BESIDE_FROM, NARROW
from astro_tui.widgets.chrome.bar import Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.diff.view import DiffView
from astro_tui.widgets.lists.history_table import HistoryTable

if TYPE_CHECKING:
    from astro_tui.clipboard.offers import Offer

REST = 0.2
"""Seconds that the cursor rests on a revision before its spec is requested."""
HEADS = 4
"""Lines beside the table's rows: the column names, the line about a revision, and an empty one."""


class HistoryScreen(SignedInPage):
    """The table is there at once; the difference beside or below it follows the cursor."""

    CSS_PATH = [stylesheet("history"), stylesheet("diff")]
    BINDINGS = [
        Binding("escape,q,1", "back", "back to the deployment", id="history.back"),
        Binding("d", "diff", "what differs, on the whole screen", id="history.diff"),
        Binding("D", "compare", "compare with…: what you saw, another agent", priority=True, id="history.compare"),
        Binding("r,ctrl+r", "refresh", "refresh", id="history.refresh"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True, id="history.copy"),
        Binding("tab", "switch", "the revisions, or what differs", show=False, id="history.other-pane"),
        Binding("question_mark,f1", "app.help", "help", id="app.help"),
    ]

    def __init__(self, session: Session, subject: Subject) -> None:
        super().__init__(session)
        self._subject = subject
        self._stale = Staleness(session.look, alone=True)
        self._comparing = Staleness(session.look)
        self._pair: Pair | None = None
        self._rest: Timer | None = None
        self._unreadable = self._older = 0

    def compose(self) -> ComposeResult:
        """The style sheet puts the difference beside or below the table."""
        look = self.look
        yield self.frame_head()
        with Container(id="history-body"):
            with Vertical(id="history-side"):
                yield HistoryTable(look, self.session.clock, id="history-table")
                yield Paragraph(look, id="about")
            with Vertical(id="difference-side"):
                yield Rule(look, id="difference-rule")
                yield Paragraph(look, id="label")
                yield DiffView(look, brief=True, id="difference")
                yield Notice(look, id="difference-notice")
        yield Notice(look, id="history-notice")
        yield from self.frame_foot()

    @property
    def table(self) -> HistoryTable:
        """The revisions."""
        return self.query_one(HistoryTable)

    @property
    def view(self) -> DiffView:
        """The difference between the two chosen revisions."""
        return self.query_one(DiffView)

    @on(DiffView.Notified)
    def _said(self, message: DiffView.Notified) -> None:
        self.tell(message.text, warning=True)

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor of the table."""
        if isinstance(message, HistoryTable.Highlighted) and message.rows is self.table:
            self._moved()

    def on_mount(self) -> None:
        """Load the history."""
        self.set_interval(1, self._show_head)
        self._show_whole(shown=False)
        self._show_pane_notice(shown=False)
        self.table.focus()
        self.show_hints()
        self.load()

    # ---- the history

    def load(self) -> None:
        """Load the revisions; specs are loaded once."""
        session, subject = self.session, self._subject
        self._stale.requested(session.clock())
        self.fetch("history", lambda call: whole_history(session, subject, call), self._show_history, self._no_history)
        self._show_head()

    def _show_history(self, history: tuple[list[RevisionRow], int, int]) -> None:
        rows, self._unreadable, self._older = history
        self._stale.fresh(self.session.clock())
        if rows:
            self._show_whole(shown=False)
            self.table.show_rows(rows)
            self._share_height()
        else:
            label = self.look.plain(self._subject.entry.label)
            self.query_one("#history-notice", Notice).say(
                "No history", [f"{label} has no revisions."], [("r", "refresh"), ("esc", "go back")]
            )
            self._show_whole(shown=True)
        self._show_head()

    def _no_history(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        if not self.table.row_count:
            self.query_one("#history-notice", Notice).say_error(
                error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")]
            )
            self._show_whole(shown=True)
        elif error.kind is not ErrorKind.SIGNED_OUT:
            # The first row says so, and the last one names the key.
            self.tell(str(error), warning=True)
        self._show_head()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic == "history":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _share_height(self) -> None:
        """Give the room below a short table to the difference, where one is below the other."""
        beside = self.size.width >= BESIDE_FROM
        self.query_one("#history-side").styles.max_height = None if beside else len(self.table.rows) + HEADS

    def _show_whole(self, *, shown: bool) -> None:
        """Show the notice instead of everything, or not."""
        self.query_one("#history-notice", Notice).display = shown
        self.query_one("#history-body").display = not shown
        self.show_hints()
        if not shown and self.focused is None:
            self.table.focus()

    # ---- what differs

    def _chosen(self) -> Pair | None:
        """Return the two revisions to be compared: two marked ones, else the one under the cursor and the current."""
        rows, marked = self.table.rows, self.table.marked
        if len(marked) == 2:
            return in_order(rows, marked[0], marked[1])
        row, current = self.table.row, current_of(rows)
        if row is None or current is None:
            return None
        if row.key != current.key:
            return in_order(rows, row, current)
        older = before(rows, row)
        return (older, row) if older is not None else None

    def _moved(self) -> None:
        """Follow the cursor: at once if both specs are loaded, else when it rests."""
        self._show_about()
        pair = self._chosen()
        if pair == self._pair and (self.view.diff is not None or self.busy("diff")):
            return
        self._pair = pair
        self._comparing = Staleness(self.look)
        self.forget("diff")
        if self._rest is not None:
            self._rest.stop()
        self._show_title()
        if pair is None:
            self._say_alone()
            return
        if all(self.session.specs.known(row.key) is not None for row in pair):
            self._compare()
            return
        self._show_pane_notice(shown=False)
        self.view.start_loading()
        self._show_label("")
        self._rest = self.set_timer(REST, self._compare)

    def _compare(self) -> None:
        session, options, width = self.session, self.view.options, self.view.layout_width
        if self._pair is None:
            return
        sides = sides_of(self._subject, self._pair)
        self._comparing.requested(self.session.clock())
        self.fetch("diff", lambda call: compared(session, sides, options, width, call), self._show, self._no_diff)

    def _show(self, comparison: Comparison) -> None:
        self._comparing.fresh(self.session.clock())
        self._show_pane_notice(shown=False)
        if comparison.pair == last_change(self.table.rows):
            self.session.changes[self._subject.deployment_id] = comparison.rows
        self.view.show(comparison.rows)
        self._show_label(comparison.caution(short=self.size.width < NARROW))
        self._show_title(comparison.rows.difference.summary)

    def _no_diff(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._comparing.failed(error, self.session.clock())
        self.view.clear()
        self._show_label("")
        self.query_one("#difference-notice", Notice).say_error(
            error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")]
        )
        self._show_pane_notice(shown=True)

    def _say_alone(self) -> None:
        self.view.clear()
        self._show_label("")
        self.query_one("#difference-notice", Notice).say(
            "The only revision", ["There is no other revision to compare it with."]
        )
        self._show_pane_notice(shown=True)

    def _show_pane_notice(self, *, shown: bool) -> None:
        self.query_one("#difference-notice", Notice).display = shown
        had_focus = self.view.has_focus
        self.view.display = not shown
        if shown and had_focus:
            self.table.focus()

    # ---- showing

    def _show_head(self) -> None:
        look, subject = self.look, self._subject
        into = look.glyphs.into
        label = look.plain(subject.entry.label)
        rows, now = self.table.rows, self.session.clock()
        older = f", {self._older:,} older not shown" if self._older else ""
        count = f"  {counted(len(rows), 'revision')}{older}" if rows else ""
        odd = f"  {self._unreadable:,} unreadable" if self._unreadable else ""
        name, warning = (
            Content.assemble((label, "bold"), (f" {into} ", "$quiet"), "history"),
            (odd, TONES[Severity.WARN]),
        )
        self.show_head(
            subject.account,
            [Content.assemble(name, (count, "$quiet"), warning), Content.assemble(name, warning)],
            self._freshness(now),
            f"history of {label}",
            self._stale.trying(now) or self._comparing.trying(now),
        )

    def _freshness(self, now: datetime) -> Content:
        waited = self._comparing.waited(now) or 0
        if self.busy("diff") and not self.busy("history") and self._stale.error is None and waited >= REFRESH_SHOWN:
            return Content.assemble((f"comparing{self.look.glyphs.cut} {waited} s ", "$text-warning"))
        # Only a deploy changes it, and the deployment's own screen shows that.
        return self._stale.words(now, max(3600.0, self.session.settings.refresh))

    def _show_title(self, summary: str = "") -> None:
        look, pair, dot = self.look, self._pair, self.look.glyphs.dot
        title: Content | str = ""
        if pair is not None:
            current = " (current)" if pair[1].current else ""
            names = f"{look.plain(pair[0].title)} {look.glyphs.arrow} {look.plain(pair[1].name)}{current}"
            title = Content.assemble((names, "bold"), f" {dot} {summary}" if summary else "")
        self.query_one("#difference-rule", Rule).show(title, "d full" if pair is not None else "")

    def _show_label(self, caution: str) -> None:
        label = self.query_one("#label", Paragraph)
        label.display = bool(caution)
        label.show(Content.assemble((f" {self.look.plain(caution)}", "$quiet")))

    def _show_about(self) -> None:
        look, row = self.look, self.table.row
        about = self.query_one("#about", Paragraph)
        about.display = row is not None
        if row is None:
            return
        parts = [row.message, *row.about(self.session.clock())] if row.message else row.about(self.session.clock())
        said = f" {look.glyphs.dot} ".join(look.own(look.plain(part)) for part in parts)
        about.show(Content.assemble((f" {look.plain(row.title)} ", "bold"), (said, "$quiet")))

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the table, or those of the notice."""
        if self.query_one("#history-notice", Notice).display:
            return [*self.sign_in_hints(), ("r", "try again"), ("esc", "back"), ("?", "help")]
        return [
            *self.sign_in_hints(),
            ("d", "full diff"),
            ("space", "mark two"),
            ("D", "compare with"),
            ("tab", "diff pane"),
            ("y", "copy"),
            ("r", "refresh"),
            ("esc", "back"),
            ("?", "help"),
        ]

    @on(HistoryTable.Opened)
    def _opened(self) -> None:
        self.action_diff()

    def action_diff(self) -> None:
        """Show the difference between the two revisions on the whole screen."""
        pair = self._chosen()
        if pair is None:
            self.tell("There is no other revision to compare with.", warning=True)
            return
        self._open_diff(Compared(self._subject, sides_of(self._subject, pair)))

    def action_compare(self) -> None:
        """Choose what to compare the deployment with."""
        open_compare_menu(self, self._subject, self._compare_with, self._say_here)

    def _say_here(self) -> None:
        self.tell("This is the history: space marks two revisions.")

    def _compare_with(self, find: Find | None) -> None:
        self._open_diff(Compared(self._subject, find=find))

    def _open_diff(self, compared: Compared) -> None:
        self.open(Diff(self._subject.account, self._subject.deployment_id), compared)

    def action_switch(self) -> None:
        """Move the focus to the difference, or back to the table."""
        if self.table.has_focus and self.view.display and self.view.row_count:
            self.view.focus()
        else:
            self.table.focus()

    def action_refresh(self) -> None:
        """Load again, including the specs that failed to load."""
        if self.send_again("history", self._stale):
            if self._comparing.error is not None:
                self._compare()
            else:
                self._pair = None
            self.load()

    def action_copy_menu(self) -> None:
        """Choose what to copy of the revision under the cursor."""
        row = self.table.row
        open_menu(self, self.look, row.title if row is not None else "", _offers(row) if row is not None else [])

    def action_back(self) -> None:
        """Go back to the deployment."""
        self.dismiss()

    def on_unmount(self) -> None:
        """Cancel what is still loading."""
        if self._rest is not None:
            self._rest.stop()
        super().on_unmount()

    def on_resize(self, _event: events.Resize) -> None:
        """Fit the texts to the new size."""
        self._share_height()
        self._show_head()
        self.show_hints()


def _offers(row: RevisionRow) -> list[Offer]:
    from astro_tui.clipboard.offers import text_offer

    parts = [row.title, f"build {row.raw_build}" if row.raw_build else "", f"commit {row.commit}" if row.commit else ""]
    offers = [
        text_offer("l", "in one line", ", ".join(part for part in (*parts, row.message) if part)),
        text_offer("v", "revision", row.name),
    ]
    for key, name, text in (
        ("b", "build", row.raw_build),
        ("c", "commit", row.commit),
        ("m", "message", row.message),
        ("i", "deployment id", row.deployment_id),
    ):
        if text:
            offers.append(text_offer(key, name, text))
    return offers
