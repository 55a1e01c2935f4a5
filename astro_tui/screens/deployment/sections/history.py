"""The revisions of a deployment: a table, and beside or below it what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer

from astro_tui.clipboard.offers import Offer, text_offer
from astro_tui.difference import Difference
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.revisions import RevisionRow, pair_of
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Command, Event, Note, PanePlace, Waiting
from astro_tui.screens.base.staleness import REFRESH_SHOWN
from astro_tui.screens.comparing import COMPARE_HINT, open_compare_menu
from astro_tui.screens.deployment.sections.history_loader import DIFF, ROWS, HistoryLoader, HistoryState
from astro_tui.session.comparison import (
    Comparison,
    Find,
    Pair,
    Subject,
    name_of,
    revision_named,
    sides_of,
    subject_of,
)
from astro_tui.session.routes import Diff
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.diff import DiffView
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.tables import HistoryTable

MOST_WIDE = 72
"""Maximum width, in cells, reserved for the table beside the difference."""
SPLIT_FROM = 120
"""Minimum columns of the terminal to show the difference beside the table. The table keeps all of its columns."""
DEBOUNCE = 0.2
"""Seconds that the cursor rests on a revision before its spec is requested."""
HEADS = 4
"""Lines besides the table's rows: the column names, the line about a revision, and an empty one."""
NEVER_STALE = 3600.0
"""Seconds after which the history counts as old: only a deploy changes it, and the header shows that."""


def count_of(state: HistoryState) -> Content:
    """Return how many revisions there are; empty until they are loaded."""
    if not state.rows:
        return Content()
    older = f", {state.older:,} older not shown" if state.older else ""
    odd = f"  {state.unreadable:,} unreadable" if state.unreadable else ""
    return Content.assemble((f"{counted(len(state.rows), 'revision')}{older}", "$quiet"), (odd, TONES[Severity.WARN]))


def title_of(pair: Pair | None, difference: Difference | None, look: Look, *, short: bool = False) -> Content:
    """Return the names of two revisions and what differs between them: `rev 11 → 12 (current) · 2 changed`.

    In the `short` form, the counts have signs instead of words.
    """
    if pair is None:
        return Content()
    current = " (current)" if pair[1].current else ""
    names = f"{look.plain(pair[0].title)} {look.glyphs.arrow} {look.plain(pair[1].name)}{current}"
    if difference is None:
        return Content.assemble((names, "bold"))
    counts = difference.counts
    moved = f", {counts.moved:,} moved" if counts.moved else ""
    signs = f"~{counts.changed:,} +{counts.added:,} -{counts.removed:,}{moved}"
    return Content.assemble((names, "bold"), f" {look.glyphs.dot} {signs if short else difference.summary}")


def about(row: RevisionRow, look: Look, now: datetime) -> Content:
    """Return what is known about a revision."""
    parts = [row.message, *row.about(now)] if row.message else row.about(now)
    sentence = f" {look.glyphs.dot} ".join(look.own(look.plain(part)) for part in parts)
    return Content.assemble((f" {look.plain(row.title)} ", "bold"), (sentence, "$quiet"))


def offers_of(row: RevisionRow) -> list[Offer]:
    """Return what can be copied from a revision."""
    parts = [row.title, f"build {row.raw_build}" if row.raw_build else "", f"commit {row.commit}" if row.commit else ""]
    offers = [
        text_offer("l", "as one line", ", ".join(part for part in (*parts, row.message) if part)),
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


class DifferenceSide(Vertical):
    """Shows what differs between two revisions, or why nothing is shown."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="difference-side")
        self._look = look
        self.view = DiffView(look, brief=True, id="difference")
        """The rows of the difference."""
        self._rule = Rule(look, id="difference-rule")
        self._label = Paragraph(look, id="label")
        self._notice = Notice(look, id="difference-notice")

    def compose(self) -> ComposeResult:
        """The title, a caution, the rows, and the notice that can replace them."""
        yield self._rule
        yield self._label
        yield self.view
        yield self._notice

    def begin(self) -> None:
        """Show nothing yet."""
        self.view.clear()
        self.show_title(None)
        self._show_caution("")
        self._show_notice(shown=False)

    def show_title(self, pair: Pair | None, difference: Difference | None = None) -> None:
        """Name the two revisions, and what differs if that is known."""
        title, short = (title_of(pair, difference, self._look, short=short) for short in (False, True))
        key = f"{action_key(self, 'history.diff')} full" if pair is not None else ""
        self._rule.show(title, key, short=short)

    def start_loading(self) -> None:
        """Show that the difference is loading."""
        self._show_caution("")
        self._show_notice(shown=False)
        self.view.start_loading()

    def show(self, pair: Pair | None, comparison: Comparison) -> None:
        """Show what differs between two revisions."""
        self._show_notice(shown=False)
        self.view.show(comparison.rows)
        self._show_caution(comparison.caution(short=self.app.size.width < NARROW))
        self.show_title(pair, comparison.rows.difference)

    def say_alone(self) -> None:
        """Say that there is only one revision."""
        self._notice.say("The only revision", ["There is no other revision to compare it with."])
        self._show_no_rows()

    def say_error(self, error: PlatformError, keys: Sequence[tuple[str, str]]) -> None:
        """Say why the difference cannot be shown."""
        self._notice.say_error(error, keys)
        self._show_no_rows()

    def _show_no_rows(self) -> None:
        self.view.clear()
        self._show_caution("")
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self._notice.display = shown
        self.view.display = not shown

    def _show_caution(self, caution: str) -> None:
        self._label.display = bool(caution)
        self._label.show(Content.assemble((f" {self._look.plain(caution)}", "$quiet")))


class HistoryPane(FilteredPane[DeploymentState]):
    """The table is there at once; the difference follows the cursor."""

    STYLES = ("history", "diff")
    SPLIT = True
    BINDINGS = [
        Binding("d", "diff", "show the diff full screen", id="history.diff"),
        Binding("tab", "switch", "switch between revisions and diff", show=False, id="history.other-pane"),
    ]

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._subject: Subject | None = None
        self._loader = HistoryLoader(self, self.session, self._loaded)
        self._rest: Timer | None = None
        self._wanted = ""
        """The revision to go to when the rows are there."""
        self._names: Mapping[str, str] = {}

    def compose(self) -> ComposeResult:
        """The style sheet puts the difference beside or below the table."""
        look = self.look
        with Container(id="history-body"):
            with Vertical(id="history-side"):
                yield HistoryTable(look, self.session.clock, id="history-table")
                yield Paragraph(look, id="about")
            yield DifferenceSide(look)
        yield Notice(look, id="history-notice")
        yield Prompt(look)

    def on_mount(self) -> None:
        """Show no difference yet."""
        self._difference.begin()

    @property
    def table(self) -> HistoryTable:
        """The revisions."""
        return self.query_one(HistoryTable)

    @property
    def view(self) -> DiffView:
        """The difference between the two chosen revisions."""
        return self._difference.view

    @property
    def _difference(self) -> DifferenceSide:
        return self.query_one(DifferenceSide)

    @property
    def pair(self) -> Pair | None:
        """The two revisions that are compared."""
        return self._loader.state.pair

    @on(DiffView.Notified)
    def _said(self, message: DiffView.Notified) -> None:
        self.page.show_message(message.text, warning=True)

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor of the table, and the prompt."""
        super().handle_directly(message)
        if isinstance(message, HistoryTable.Highlighted) and message.rows is self.table:
            self._moved()

    # ---- what the host calls

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; start over if it is another one."""
        subject = subject_of(state)
        if self._subject is None or self._subject.deployment_id != subject.deployment_id:
            self._subject, self._wanted = subject, ""
            self._stop_rest()
            self._loader.begin()
            self.table.start_over()
            self._difference.begin()
            self.show_notice(shown=False)
        self._subject = subject
        if state.names != self._names:
            self._names = state.names
            self.table.draw_again()
            self._show_about()

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Fit the texts to the size."""
        super().put(place, full=full)
        if not self.active:
            self._stop_rest()
            return
        self._share_height(difference=self.view.has_focus_within)
        self.update_note()

    def take_focus(self) -> None:
        """Focus the table."""
        self._share_height()
        self.screen.set_focus(self.table if self.table_shown else None)

    def go_to(self, detail: str) -> None:
        """Move the cursor to a revision, now or when the rows are there."""
        rows = self.table.every if self._loader.state.rows else ()
        self._wanted = detail if not rows else ""
        row = revision_named(rows, detail)
        if row is not None:
            if row not in self.table.rows:
                self.action_clear()
            self.table.move_to(self.table.rows.index(row))
        elif rows and detail:
            self.page.show_message(f"There is no revision {detail}. The newest is {name_of(rows[0])}.", warning=True)

    @property
    def detail(self) -> str:
        """The revision under the cursor; empty for the newest."""
        row = self.table.row
        return name_of(row) if row is not None and row is not self.table.every[0] else ""

    def heard(self, event: Event | Waiting) -> None:
        """Load, and say in the tab strip that the client will try again."""
        match event:
            case Event.APPEARED:
                self._load()
            case Event.REFRESH:
                if self.send_again(ROWS, self._loader.staleness):
                    self._load_again()
            case Waiting(topic, reason, seconds):
                self._loader.waiting(topic, reason, seconds)
            case _:
                super().heard(event)

    def _load_again(self) -> None:
        """Load again, including the specs that failed to load."""
        if self._loader.comparing.error is not None:
            self._compare()
        else:
            self._loader.choose(None)
        self._load()

    def _load(self) -> None:
        if self._subject is not None:
            self._loader.load(self._subject)
            self.update_note()

    def _compare(self) -> None:
        if self._subject is not None:
            self._loader.compare(self._subject, self.view.options, self.view.layout_width)

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()

    # ---- showing

    def _loaded(self, old: HistoryState, state: HistoryState) -> None:
        """Draw what differs from the state on screen."""
        if state.rows is not old.rows:
            self._show_rows(state)
        elif state.failure is not old.failure and state.failure is not None:
            self._show_failure(state)
        if state.comparison is not old.comparison or state.diff_failure is not old.diff_failure:
            self._show_comparison(state)
        self.update_note()

    def _show_rows(self, state: HistoryState) -> None:
        if state.rows:
            self.show_notice(shown=False)
            self.table.show(state.rows)
            self.post_message(self.KeysChanged())
            self._share_height(difference=self.view.has_focus_within)
            self.go_to(self._wanted)
        elif self._subject is not None:
            label = self.look.plain(self._subject.entry.label)
            self.notice.say("No history", [f"{label} has no revisions."], [("r", "refresh"), ("esc", "go back")])
            self.show_notice(shown=True)

    def _show_failure(self, state: HistoryState) -> None:
        error = state.failure
        if error is None:
            return
        if not self.table.every:
            self.notice.say_error(error, self.error_keys(error))
            self.show_notice(shown=True)
        elif error.kind is not ErrorKind.SIGNED_OUT:
            # If signed out, the tab strip says so, and the last row names the key to sign in.
            self.page.show_message(str(error), warning=True)

    def _show_comparison(self, state: HistoryState) -> None:
        comparison, error = state.comparison, state.diff_failure
        if comparison is not None:
            self._difference.show(self.pair, comparison)
        elif error is not None:
            self._say_instead(partial(self._difference.say_error, error, self.error_keys(error)))

    def _say_instead(self, say: Callable[[], None]) -> None:
        """Show a notice in place of the difference; if the difference had the focus, the table gets it."""
        had_focus = self.view.has_focus_within
        say()
        if had_focus:
            self._focus_table()

    def update_note(self) -> None:
        """Say in the tab strip how old the revisions are, and how long the open request has taken."""
        loader, now = self._loader, self.session.clock()
        state, stale = loader.state, loader.staleness
        trying = stale.trying(now) or loader.comparing.trying(now)
        for notice in self.query(Notice):
            notice.trying(trying)
        age, error = stale.words(now, max(NEVER_STALE, self.session.settings.refresh)), ""
        waited = loader.comparing.waited(now) or 0
        if self.busy(DIFF) and not self.busy(ROWS) and stale.error is None and waited >= REFRESH_SHOWN:
            age = Content.assemble((f"comparing{self.look.glyphs.cut} {waited} s ", "$text-warning"))
        elif stale.error is not None and not stale.trying(now):
            error = age.plain.strip()
        badge = str(len(state.rows)) if state.rows else ""
        hidden = Content.assemble((self.shown_words, TONES[Severity.INFO]))
        self.post_message(self.Changed(self.section, Note(badge, count_of(state) + hidden, age, error)))

    def _share_height(self, *, difference: bool = False) -> None:
        """Give the room below a short table to the difference, if it is below the table.

        At full height, show only the table, or only the difference if `difference` is set.
        """
        split = self.app.size.width >= SPLIT_FROM
        self.set_class(split, "-split")
        side = self.query_one("#history-side")
        side.display, self._difference.display = not (self.full and difference), not self.full or difference
        side.styles.max_height = None if split or self.full else len(self.table.every) + HEADS
        # The difference beside the table must not cost the table any columns.
        side.styles.min_width = min(self.table.whole + 1, MOST_WIDE) if split else None

    @property
    def body(self) -> Container:
        """The revisions with the difference."""
        return self.query_one("#history-body", Container)

    @property
    def notice(self) -> Notice:
        """The notice that can replace the body."""
        return self.query_one("#history-notice", Notice)

    def _show_about(self) -> None:
        row, line = self.table.row, self.query_one("#about", Paragraph)
        line.display = row is not None
        if row is not None:
            line.show(about(row, self.look, self.session.clock()))

    # ---- the pair

    def _chosen(self) -> Pair | None:
        """Return the two revisions to be compared."""
        table = self.table
        return pair_of(table.every, table.marked, table.row)

    def _moved(self) -> None:
        """Follow the cursor: at once if both specs are loaded, else when it rests."""
        self._show_about()
        pair = self._chosen()
        if pair == self.pair and (self.view.diff is not None or self.busy(DIFF)):
            return
        self._stop_rest()
        self._loader.choose(pair)
        self._difference.show_title(self.pair)
        if self._loader.ready:
            self._compare()
            return
        if pair is None:
            alone = self.table.row is not None
            self._say_instead(self._difference.say_alone if alone else self._difference.begin)
            return
        self._difference.start_loading()
        self._rest = self.set_timer(DEBOUNCE, self._compare)

    # ---- keys

    def action_filter(self) -> None:
        """Show the table, and let the user type a filter."""
        self._share_height()
        super().action_filter()

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the table; without a table, the key that helps."""
        if not self.table_shown:
            return [("r", "try again")]
        rows = [("d", "full diff"), ("space", "mark two")] if self.table.row_count else []
        return [*self.clear_hints(), *rows, ("/", "filter"), ("tab", "diff pane"), COMPARE_HINT, ("y", "copy")]

    @on(HistoryTable.Opened)
    def _opened(self) -> None:
        self.action_diff()

    def action_diff(self) -> None:
        """Show the difference between the two revisions on the whole screen."""
        pair = self._chosen()
        if pair is None or self._subject is None:
            self.page.show_message("There is no other revision to compare with.", warning=True)
        else:
            self._open_diff(Compared(self._subject, sides_of(self._subject, pair)))

    def offer(self, command: Command) -> bool:
        """Copy the revision under the cursor, or show the difference between the two revisions, or other ones."""
        match command:
            case Command.COPY:
                row = self.table.row
                title, offers = (row.title, offers_of(row)) if row is not None else ("", [])
                open_menu(self.page, self.look, title, offers)
            case Command.DIFF:
                self.action_diff()
            case Command.COMPARE if self._subject is not None:
                open_compare_menu(self.page, self._subject, self._compare_with, self._say_here)
        return command is not Command.SAVE

    def _say_here(self) -> None:
        self.page.show_message(
            f"You are already in the history. Mark two revisions with {action_key(self, 'list.mark')}."
        )

    def _compare_with(self, find: Find | None) -> None:
        if self._subject is not None:
            self._open_diff(Compared(self._subject, find=find))

    def _open_diff(self, compared: Compared) -> None:
        subject = compared.subject
        self.page.open(Diff(subject.account, subject.deployment_id), compared)

    def action_switch(self) -> None:
        """Move the focus to the difference, or back to the table."""
        if self.table.has_focus_within and self.view.display and self.view.diff is not None:
            self._share_height(difference=True)
            self.view.focus()
        else:
            self._focus_table()

    def _focus_table(self) -> None:
        self._share_height()
        self.table.focus()
