"""The revisions of a deployment: a table, and beside or below it what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer

from astro_tui.clipboard.offers import Offer, text_offer
from astro_tui.difference import Difference
from astro_tui.platform.rounds import BUILD_REFRESH
from astro_tui.presentation.builds import NO_LOG, BuildRow
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.revisions import RevisionRow, current_of, pair_of, rows_with_builds
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.copy_actions import open_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Note, SectionCommand
from astro_tui.screens.base.staleness import REFRESH_SHOWN
from astro_tui.screens.base.view import Topic
from astro_tui.screens.comparing import open_compare_menu
from astro_tui.session.agent import Agent, WholeHistory
from astro_tui.session.builds import Builds, read_builds
from astro_tui.session.comparison import (
    Comparison,
    Find,
    RevisionPair,
    against_build,
    compared,
    last_change,
    name_of,
    revision_named,
    sides_of,
)
from astro_tui.session.routes import BuildLogRoute, DiffRoute
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Paragraph, TitledRule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.diff import DiffView
from astro_tui.widgets.keymap import action_key, keymap
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


def count_of(history: WholeHistory, look: Look) -> Content:
    """Return how many revisions there are."""
    older = f", {history.older:,} older not shown" if history.older else ""
    odd = f"  {history.unreadable:,} unreadable" if history.unreadable else ""
    return look.line((f"{counted(len(history.rows), 'revision')}{older}", "$quiet"), (odd, TONES[Severity.WARN]))


def title_of(pair: RevisionPair | None, difference: Difference | None, look: Look, *, short: bool = False) -> Content:
    """Return the names of two revisions and what differs between them: `rev 11 → 12 (current) · 2 changed`.

    In the `short` form, the counts have signs instead of words.
    """
    if pair is None:
        return Content()
    current = " (current)" if pair[1].current else ""
    names = f"{look.plain(pair[0].title)} {look.glyphs.arrow} {look.plain(pair[1].name)}{current}"
    if difference is None:
        return look.line((names, "bold"))
    counts = difference.counts
    moved = f", {counts.moved:,} moved" if counts.moved else ""
    signs = f"~{counts.changed:,} +{counts.added:,} -{counts.removed:,}{moved}"
    return look.line((names, "bold"), f" {look.glyphs.dot} {signs if short else difference.summary}")


def about(row: RevisionRow, look: Look, now: datetime) -> Content:
    """Return what is known about a revision."""
    parts = [row.message, *row.about(now)] if row.message else row.about(now)
    sentence = f" {look.glyphs.dot} ".join(look.plain(part) for part in parts)
    return look.line((f" {row.title} ", "bold"), (sentence, "$quiet"))


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
        self.notice = Notice(look, id="difference-notice")
        """Says why there are none."""
        self._rule = TitledRule(look, id="difference-rule")
        self._label = Paragraph(look, id="label")

    def compose(self) -> ComposeResult:
        """The title, a caution, the rows, and the notice that can replace them."""
        yield self._rule
        yield self._label
        yield self.view
        yield self.notice

    def show(self, pair: RevisionPair | None, comparison: Comparison | None, *, loading: bool, instead: bool) -> None:
        """Show what differs between two revisions, gray bars, or the notice instead."""
        difference = comparison.rows.difference if comparison is not None else None
        title, short = (title_of(pair, difference, self._look, short=short) for short in (False, True))
        self._rule.show(title, f"{action_key(self, 'history.diff')} full" if pair is not None else "", short=short)
        if comparison is not None:
            self.view.show(comparison.rows)
        elif loading:
            self.view.start_loading()
        elif instead or pair is None:
            self.view.clear()
        narrow = self.app.size.width < NARROW
        caution = comparison.caution(short=narrow) if comparison is not None else ""
        self._label.display = bool(caution)
        self._label.show(self._look.line((f" {caution}", "$quiet")))
        self.notice.display, self.view.display = instead, not instead


class HistoryPane(FilteredPane[DeploymentState]):
    """The table is there at once; the difference follows the cursor."""

    STYLES = ("history", "diff")
    SPLIT = True
    BINDINGS = keymap("""
        d    diff    history.diff        show the diff full screen [full diff]
        tab  switch  history.other-pane  switch between revisions and diff [other pane]
    """)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._rows = Topic[WholeHistory](self, "rows", alone=True)
        self._diff = Topic[Comparison](self, "diff", self._compared)
        self._builds = Topic[Builds](self, "builds", every=self._every)
        self._merged: tuple[object, object, Sequence[RevisionRow]] = None, None, ()
        """The revisions and the builds, and the rows made from them."""
        self._rest: Timer | None = None
        self._wanted = ""
        """The revision to go to when the rows are there."""
        self._deployed = ""
        """The build that ran when the revisions were loaded."""
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

    @property
    def table(self) -> HistoryTable:
        """The revisions."""
        return self.query_one(HistoryTable)

    @property
    def view(self) -> DiffView:
        """The difference between the two chosen revisions."""
        return self.query_one(DifferenceSide).view

    @property
    def pair(self) -> RevisionPair | None:
        """The two revisions that are compared: those that are marked, else the one under the cursor."""
        marked = [row for row in self.table.marked if row.run is None]
        return pair_of(self.revisions, marked, self.table.row if self.run is None else None)

    @property
    def revisions(self) -> Sequence[RevisionRow]:
        """The revisions, newest first."""
        return self._rows.value.rows if self._rows.value is not None else ()

    @property
    def run(self) -> BuildRow | None:
        """The build under the cursor, if it is not deployed."""
        return self.table.row.run if self.table.row is not None else None

    @property
    def build(self) -> str:
        """The build under the cursor, for the actions; empty for a revision."""
        return self.run.build if self.run is not None else ""

    @property
    def rows(self) -> Sequence[RevisionRow]:
        """The revisions, and the newer builds above the one that runs."""
        revisions, builds = self.revisions, self._builds.value
        if self._merged[0] is not revisions or self._merged[1] is not builds:
            merged = rows_with_builds(revisions, builds.rows) if builds is not None and revisions else revisions
            self._merged = revisions, builds, merged
        return self._merged[2]

    @property
    def _agent(self) -> Agent:
        return self.session.agent(self.state.account, self.state.entry, self.state.record)

    @on(DiffView.Notified)
    def _said(self, message: DiffView.Notified) -> None:
        self.show_message(message.text, warning=True)

    # ---- loading

    def begin(self) -> None:
        """Start over: the next state is about another deployment."""
        super().begin()
        self._wanted = ""
        self._stop_rest()
        self.table.start_over()

    def hide(self) -> None:
        """Hide the pane, and cancel its requests."""
        self._stop_rest()
        super().hide()

    def load(self) -> None:
        """Load the revisions; their specs are loaded once."""
        self._rows.load(self._agent.history)
        self._load_builds()

    def _load_builds(self) -> None:
        blueprint, keep = self._blueprint, self.session.agents.builds.keep
        read = partial(read_builds, self.session.platform, *blueprint)
        self._builds.load(lambda call: keep(blueprint, read(call)))
        self.session.verdicts.read_builds(self.state.entry, self._agent.words_about_builds)

    @property
    def _blueprint(self) -> tuple[str, str]:
        """The account and the name of the blueprint."""
        detail = self.state.detail
        source = detail.source_account if detail is not None else ""
        return source or self.state.account, self.state.entry.deployment.name

    def _every(self) -> float:
        """Seconds between two loads of the builds: few while one of them runs."""
        runs = self._builds.value is not None and any(build.running for build in self._builds.value.rows)
        return BUILD_REFRESH if runs else max(NEVER_STALE, self.session.settings.refresh)

    def poll(self) -> None:
        """Load the builds again; the revisions change only with a deploy, which the screen reports."""
        if self.active and not self.session.paused:
            self._load_builds()

    def load_again(self) -> None:
        """Load again, including the specs that failed to load."""
        if self._rows.may_send_again():
            self._diff.key = None
            self.load()

    def follow(self) -> None:
        """Compare the revision under the cursor: at once if both specs are loaded, else when the cursor rests."""
        super().follow()
        running = self.state.build
        if running != self._deployed and self._rows.value is not None:
            # Another build was deployed, which adds a revision.
            self._deployed = running
            if (current := current_of(self.revisions)) is not None and current.raw_build != running:
                self.load()
        if self._wanted and self.table.every:
            self._go_to(self._wanted)
        pair, diff = self.pair, self._diff
        settled = diff.value is not None or diff.error is not None or diff.busy or self._rest is not None
        if pair == diff.key and (settled or pair is None):
            return
        self._stop_rest()
        diff.about(pair)
        if pair is not None and self._has_specs(pair):
            self._compare()
        elif pair is not None:
            self._rest = self.set_timer(DEBOUNCE, self._compare)

    def _has_specs(self, pair: RevisionPair) -> bool:
        return all(self.session.agents.specs.peek(row.key) is not None for row in pair)

    def _compare(self) -> None:
        self._stop_rest()
        if self.pair is not None:
            sides, options, width = sides_of(self._agent, self.pair), self.view.options, self.view.layout_width
            self._diff.load(lambda call: compared(sides, options, width, call))

    def _compared(self, comparison: Comparison) -> None:
        if comparison.pair == last_change(self.revisions):
            key = comparison.sides[1].agent.key
            self.session.roster.keep_change(key, comparison.newest_change)

    def _stop_rest(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None

    def take_focus(self) -> None:
        """Focus the table."""
        self.screen.set_focus(self.table if self.table_shown else None)

    def go_to(self, detail: str) -> None:
        """Move the cursor to a revision, now or when the rows are there."""
        self._wanted = detail
        self.changed()

    def _go_to(self, detail: str) -> None:
        self._wanted, rows = "", self.revisions
        row = revision_named(rows, detail)
        if row is None:
            self.show_message(f"There is no revision {detail}. The newest is {name_of(rows[0])}.", warning=True)
            return
        if row not in self.table.rows:
            self.action_clear()
        self.table.move_to(self.table.rows.index(row))

    @property
    def detail(self) -> str:
        """The revision under the cursor; empty for the newest."""
        row = self.table.row
        return name_of(row) if row is not None and row.run is None and row is not self.revisions[0] else ""

    # ---- drawing

    def draw(self) -> None:
        """Draw the revisions, and what differs."""
        rows, diff, look, now = self._rows, self._diff, self.look, self.session.clock()
        if rows.value is not None and rows.value.rows:
            if not self.table.every:
                # The cursor starts on the newest revision, below the builds.
                self.table.show(self.revisions)
            self.table.show(self.rows)
        elif rows.value is not None:
            label = look.name(self.state.entry.label, self.state.entry.blueprint)
            self.notice.say("No history", [f"{label} has no revisions."], [("r", "refresh"), ("esc", "go back")])
        elif rows.error is not None:
            self.notice.say_error(rows.error, self.error_keys(rows.error))
        self.show_notice(shown=not self.table.every and (rows.value is not None or rows.error is not None))
        if self.state.names != self._names:
            self._names = self.state.names
            self.table.draw_again()
        row, line = self.table.row, self.query_one("#about", Paragraph)
        line.display = row is not None
        if row is not None:
            line.show(about(row, look, now))
        self._draw_difference(diff)
        self._share_height(difference=self.view.has_focus_within)
        for notice in self.query(Notice):
            notice.trying(rows.trying(now) or diff.trying(now))
        super().draw()

    def _draw_difference(self, diff: Topic[Comparison]) -> None:
        side, pair = self.query_one(DifferenceSide), self.pair
        alone = pair is None and self.table.row is not None
        if diff.error is not None:
            side.notice.say_error(diff.error, self.error_keys(diff.error))
        elif self.run is not None:
            side.notice.say(*self._about_build(self.run))
        elif alone:
            side.notice.say("The only revision", ["There is no other revision to compare it with."])
        instead = alone or (diff.error is not None and diff.value is None)
        if instead and self.view.has_focus_within:
            self.screen.set_focus(self.table)
        # The old difference stays while specs that are loaded already are compared.
        loading = pair is not None and diff.value is None and not self._has_specs(pair)
        side.show(pair, diff.value, loading=loading, instead=instead)

    def _about_build(self, run: BuildRow) -> tuple[str, list[str], list[tuple[str, str]]]:
        """Return the title, the words, and the keys of the notice about a build."""
        look = self.look
        words = [*filter(None, [run.message, *run.details(self.session.clock())])]
        log = [("enter", "its log")] if run.has_log else []
        deploy = [("d", "what it changes"), ("a l", "deploy it")] if run.deployable else []
        return f"Build {look.plain(run.name)}", [look.plain(each) for each in words], [*log, *deploy]

    @property
    def note(self) -> Note:
        """How many revisions there are, how old they are, and how long the open request has taken."""
        rows, diff, now = self._rows, self._diff, self.session.clock()
        age, error = rows.words(now, max(NEVER_STALE, self.session.settings.refresh)), ""
        waited = diff.waited(now) or 0
        if diff.busy and not rows.busy and rows.error is None and waited >= REFRESH_SHOWN:
            age = self.look.line((f"comparing{self.look.glyphs.cut} {waited} s ", "$text-warning"))
        elif rows.error is not None and not rows.trying(now):
            error = age.plain.strip()
        if rows.value is None or not rows.value.rows:
            return Note("", "", age, error)
        hidden = self.look.line((self.shown_words, TONES[Severity.INFO]))
        if self._builds.error is not None:
            hidden += self.look.line(("  builds not read", TONES[Severity.WARN]))
        return Note(str(len(rows.value.rows)), count_of(rows.value, self.look) + hidden, age, error)

    def _share_height(self, *, difference: bool = False) -> None:
        """Give the room below a short table to the difference, if it is below the table.

        At full height, show only the table, or only the difference if `difference` is set.
        """
        split = self.app.size.width >= SPLIT_FROM
        self.set_class(split, "-split")
        side, beside = self.query_one("#history-side"), self.query_one(DifferenceSide)
        side.display, beside.display = not (self.full and difference), not self.full or difference
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

    # ---- keys

    @on(HistoryTable.Opened)
    def _opened(self) -> None:
        if self.run is None:
            self.action_diff()
        elif self.run.has_log:
            self.page.open(BuildLogRoute(*self._blueprint, self.run.build))
        else:
            self.show_message(NO_LOG)

    def action_diff(self) -> None:
        """Show the difference between the two revisions on the whole screen, or what a build would change."""
        if self.run is not None and self.table.row is not None:
            self._open_diff(Compared(self._agent, find=against_build(self.session, self._agent, self.table.row)))
        elif self.pair is None:
            self.show_message("There is no other revision to compare with.", warning=True)
        else:
            self._open_diff(Compared(self._agent, sides_of(self._agent, self.pair)))

    def offer(self, command: SectionCommand) -> bool:
        """Copy the revision under the cursor, or show the difference between the two revisions, or other ones."""
        match command:
            case SectionCommand.COPY:
                row = self.table.row
                title, offers = (row.title, offers_of(row)) if row is not None else ("", [])
                open_menu(self.page, self.look, title, offers)
            case SectionCommand.DIFF:
                self.action_diff()
            case SectionCommand.COMPARE:
                open_compare_menu(self.page, self._agent, self._compare_with, self._say_here)
        return command is not SectionCommand.SAVE

    def _say_here(self) -> None:
        self.show_message(f"You are already in the history. Mark two revisions with {action_key(self, 'list.mark')}.")

    def _compare_with(self, find: Find | None) -> None:
        self._open_diff(Compared(self._agent, find=find))

    def _open_diff(self, compared: Compared) -> None:
        self.page.open(DiffRoute(compared.agent.account, compared.agent.key), compared)

    def action_switch(self) -> None:
        """Move the focus to the difference, or back to the table."""
        difference = self.table.has_focus_within and self.view.display and self.view.diff is not None
        self._share_height(difference=difference)
        self.screen.set_focus(self.view if difference else self.table)
