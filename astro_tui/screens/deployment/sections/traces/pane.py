"""The traces of a deployment: the list with its search, and one trace in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one

from astro_tui.clipboard.offers import text_offer
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.lenient import time_of
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.presentation.traces import MOST_READ, Outcome, TraceLine, search_problem, searched
from astro_tui.screens.base.copy_actions import open_document_menu, open_menu
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Note, SectionCommand
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.screens.deployment.sections.traces.pages import TracePages, after_failure, with_next_page
from astro_tui.screens.deployment.sections.traces.side import SPAN, TraceSide
from astro_tui.text.times import counted, local_time, rfc3339, span
from astro_tui.theme.look import TONES
from astro_tui.traces import TraceOutline
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.trace_tables import MISSING, TraceTable

ONE, FIND = "one", "find"
"""The requests of what the user waits for: one trace, and the next trace with an error."""
MOST_UNASKED = MOST_READ
"""The most traces of a list that are read for their errors in the background."""
SORTS = ("timestamp", "latency", "cost")
DEPLOY = "since the deploy"
WINDOWS = {"": None, DEPLOY: None, **{f"last {span(hours * 3600)}": timedelta(hours=hours) for hours in (1, 24, 168)}}
"""How far back the list can go, in words; without words, everything."""
NOBODY = "without a user"
SEARCHED = "enter searches names, IDs, and users of the newest 1,000 at most"
NO_TRACING = ("No tracing", ["This agent sends no traces, or tracing is not set up for its account."])
NO_TRACES = ("No traces", ["Traces appear a few seconds after a request, and may be sampled."])


class TracesPane(FilteredPane[DeploymentState]):
    """Nothing is requested while the user types, because a search may take two minutes."""

    STYLES = ("traces", "spec_tree")
    BINDINGS = keymap("""
        E  next_error  traces.next-error  next trace with an error [next error]
        s  sort        traces.sort        sort by time, latency, or cost [sort]
        u  user        traces.user        only traces of this user, or all [user]
        w  window      traces.window      how far back [window]
    """)

    table = query_one(TraceTable)
    """The list."""
    body = query_one(".traces-body", Vertical)
    """The list, with what is about it."""
    notice = query_one("#traces-notice", Notice)
    """The notice that can replace the list."""
    prompt = query_one("#traces-prompt", Prompt)
    """The prompt of the list, and of a trace."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._wanted = self._typed = ""
        self._window = ""
        """One of the `WINDOWS`."""
        self._between = "", ""
        """The times between which all listed traces are, if another section has named them."""
        self.query_now = self._bounded = TraceQuery()
        """What the list shows, and the same with both ends."""
        self.rows = Topic[TracePages](self, "list", alone=True)
        self._with_rest: tuple[PlatformError | None, Sequence[TraceLine]] = None, ()
        """Why the newest page is missing, and the rows with one in its place."""
        self.outcomes = Topic[Outcome](self, "errors", self._read)
        """Whether a trace of the list failed, read in the background for one trace after the other."""
        self._asked: set[str] = set()
        self._left = MOST_UNASKED
        """How many more may be read."""
        self._number = 0
        """Which trace a search for an error reads now; its worker thread sets this."""
        self.side = TraceSide(self)
        """One trace."""

    def compose(self) -> ComposeResult:
        """The list or the notice that can replace it, one trace, and the prompt."""
        look = self.look
        with Vertical(id="traces-list"):
            with Vertical(classes="traces-body"):
                yield Paragraph(look, id="traces-about")
                yield TraceTable(look, self.session.clock, id="trace-table")
            yield Notice(look, id="traces-notice")
        yield self.side
        yield Prompt(look, id="traces-prompt")

    def on_mount(self) -> None:
        """Show only the list."""
        self.side.display = False

    @property
    def searched(self) -> RowList:
        """The spans of the trace that is open, else the list."""
        return self.side.spans if self.side.display else self.table

    @property
    def lines(self) -> Sequence[TraceLine]:
        """The traces that are loaded so far."""
        return self.rows.value.lines if self.rows.value is not None else ()

    # ---- loading

    def begin(self) -> None:
        """Start over: the next state is about another deployment."""
        self._wanted, self._window, self._between = "", "", ("", "")
        self._close_trace()
        self._begin(TraceQuery())
        super().begin()

    def _begin(self, query: TraceQuery) -> None:
        """Show another list, from its start."""
        self.query_now, self._bounded = query, query.bounded(self.session.clock())
        self._asked, self._left = set(), MOST_UNASKED
        with self.one_drawing():
            self.rows.forget()
            self.outcomes.forget()
            for request in (ONE, FIND, SPAN):
                self.forget(request)
            self.table.order = query.sort
            self.table.start_over()
            if self.active:
                self._more()
            self.changed()

    def shown(self) -> None:
        """Load the first page, and open what was wanted meanwhile."""
        if self.rows.value is None:
            self._more()
        if self._wanted:
            self.go_to(self._wanted)

    def load_again(self) -> None:
        """Load the list from its start, with the newest traces. An open trace stays."""
        if not self.side.display and self.rows.may_send_again():
            self._begin(self._fixed(self.query_now))

    def _more(self) -> None:
        """Request the next page, unless it is already requested or this is the last one."""
        pages = self.rows.value or TracePages()
        if not (self.rows.busy or pages.complete or self.rows.error is not None):
            self.rows.load(partial(with_next_page, self.session, self.state.entry.key, self._bounded, pages))

    def follow(self) -> None:
        """Filter or search by the text typed so far, and read the next trace for its errors, or what a span says."""
        if self.side.display:
            self.side.follow()
        if self.prompt.display and self.prompt.text != self._typed:
            self._typed = self.prompt.text
            self.filter(self.prompt.text)
        if self.outcomes.error is not None:
            # The others would fail, too. The list of messages has the error.
            self._left = 0
        waited = self.outcomes.busy or any(map(self.busy, (ONE, FIND, SPAN)))
        if self._left and not (waited or self.side.display or self.session.paused) and self.in_front:
            self._read_next()

    def _read_next(self) -> None:
        key, store = self.state.entry.key, self.session.agents.traces
        keys = (line.key for line in self.lines if line.key not in self._asked)
        trace_id = next((each for each in keys if not store.settled(key, each)), "")
        if trace_id:
            self._left -= 1
            self.outcomes.about(trace_id)
            self.outcomes.load(partial(store.outcome, key, trace_id))

    def _read(self, _outcome: Outcome) -> None:
        """Show whether one more trace failed."""
        self._asked.add(str(self.outcomes.key))
        self.table.draw_again()

    # ---- what the host calls

    def take_focus(self) -> None:
        """Focus the list, or the trace that is open."""
        if self.side.display:
            self.side.take_focus()
        else:
            self.screen.set_focus(self.table if self.table_shown else None)

    def go_to(self, detail: str) -> None:
        """Open a trace, given as `TRACE` or `TRACE/SPAN`, or list those of some time, given as `@BEGIN..END`."""
        self._wanted = detail if not self.active else ""
        if self.active and detail.startswith("@"):
            begin, _, end = detail[1:].partition("..")
            self._close_trace()
            self._window, self._between = "", (begin, end)
            self._begin(self._fixed(TraceQuery()))
        elif self.active and detail:
            trace_id, _, span_id = detail.partition("/")
            self._open(trace_id, span_id)

    @property
    def detail(self) -> str:
        """The trace that is open, and its span under the cursor."""
        return self.side.address if self.side.display else ""

    def unfocused(self) -> None:
        """Keep the text that the user is typing."""
        super().unfocused()
        if self.side.document is not None:
            self.side.document.end_typing()

    # ---- drawing

    def draw(self) -> None:
        """Draw the list, or the trace that is open."""
        if self.side.display:
            self.side.draw(full=self.full)
            return
        error, pages, shown = self.rows.error, self.rows.value, self._shown_rows()
        if shown:
            at_end = self.table.cursor == self.table.row_count - 1 > 0 and shown is not self.table.every
            self.table.show(shown)
            if at_end and error is not None:
                self.table.action_last()
        elif error is not None:
            self.notice.say_error(error, self.error_keys(error))
        elif pages is not None and not pages.set_up:
            self.notice.say(*NO_TRACING, [("esc", "go back")])
        else:
            problem = self.look.plain(search_problem(self.query_now.search))
            nothing = ("Nothing matches.", [problem or f"{SEARCHED}."])
            title, words = NO_TRACES if self.query_now == TraceQuery() else nothing
            self.notice.say(title, words, [("esc", "show all"), ("r", "refresh")])
        self.show_notice(shown=not shown and (error is not None or (pages is not None and not self.rows.busy)))
        self.table.show_instead([self.nothing] if self.nothing and not self.table.loading_rows else [])
        self._show_about(pages or TracePages())
        self.notice.trying(self.rows.trying(self.session.clock()))

    def _shown_rows(self) -> Sequence[TraceLine]:
        """Return the traces, with a row for those that could not be loaded."""
        error, lines = self.rows.error, self.lines
        if error is None or not (lines or error.status == 502):
            return lines
        if self._with_rest[0] is not error:
            key = action_key(self, "list.choose")
            rest = TraceLine(MISSING, f"These traces cannot be loaded: {key} tries fewer of them.")
            self._with_rest = error, (*lines, rest)
        return self._with_rest[1]

    @property
    def note(self) -> Note:
        """What is shown, and how long the open request has taken."""
        stale, pages, now = self.rows, self.rows.value, self.session.clock()
        number = "" if pages is None else counted(len(pages.lines), "trace") + "+" * (not pages.complete)
        about = self.look.line((number, "$quiet"), (self.shown_words, TONES[Severity.INFO]))
        failed, age = sum(bool(line.errors) for line in self.lines), stale.words(now, NEVER)
        if self.busy(FIND):
            age = self.look.line((f"reading {self._number} of {MOST_READ} for errors ", TONES[Severity.INFO]))
        error = age.plain.strip() if stale.error is not None and not stale.trying(now) else ""
        return Note(str(failed) if failed else "", about, age, error)

    def _show_about(self, pages: TracePages) -> None:
        """Say above the list what was searched, and of how many traces."""
        query, look, now = self.query_now, self.look, self.session.clock()
        between = [time_of(look.plain(text)) for text in self._between]
        parts = [
            f"name, ID, or user contains “{look.plain(query.search)}”" if query.search else "",
            {"latency": "slowest first", "cost": "most expensive first"}.get(query.sort, ""),
            {None: "", "": NOBODY, "-": NOBODY}.get(query.user, f"user {look.plain(query.user or '')}"),
            " to ".join(local_time(end, now) for end in between if end is not None),
            self._window,
        ]
        if query.scans and self.rows.value is not None:
            parts.append(searched(pages.scanned, truncated=pages.truncated))
        if pages.skipped:
            parts.append(f"{counted(pages.skipped, 'trace')} could not be loaded")
        words = f" {look.glyphs.dot} ".join(part for part in parts if part)
        line = self.query_one("#traces-about", Paragraph)
        line.display = bool(words)
        line.show(look.line((f" {words}", "$quiet")))

    # ---- the list

    @on(TraceTable.NearEnd)
    def _near_end(self, message: TraceTable.NearEnd) -> None:
        message.stop()
        if self.active:
            self._more()

    @on(TraceTable.Opened)
    def _chosen(self, message: TraceTable.Opened) -> None:
        message.stop()
        row = self.table.row
        if row is not None and row.row is MISSING:
            self._try_rest()
        elif row is not None:
            self._open(row.key)

    def _try_rest(self) -> None:
        """Request fewer of the traces that could not be loaded; a single one that fails is skipped."""
        error = self.rows.error
        if error is not None and not self.rows.busy:
            self.rows.value, self.rows.error = after_failure(self.rows.value or TracePages(), error), None
            self._more()

    def _fixed(self, query: TraceQuery) -> TraceQuery:
        """Return a query with its window fixed now, to the minute: the server keeps the result of exactly this one."""
        (start, end), back = self._between, WINDOWS[self._window]
        if self._window == DEPLOY and self.state.entry.created is not None:
            start = rfc3339(self.state.entry.created, "seconds")
        elif back is not None:
            start = rfc3339(self.session.clock().replace(second=0, microsecond=0) - back)
        return replace(query, start=start, end=end)

    def filter(self, text: str) -> None:
        """Search the trace that is open, else show the loaded traces that match; enter searches all."""
        if self.side.display:
            self.prompt.note(self.side.search(text))
            self.changed()
        else:
            super().filter(text)
            self.prompt.note(self.look.plain(SEARCHED))

    def prompt_done(self, text: str | None) -> None:
        """Search all traces, or the one that is open."""
        if text is not None and not self.side.display:
            self.table.filter("")
            if text != self.query_now.search:
                self._change(search=text)
        super().prompt_done(text)

    def _change(self, **fields: Any) -> None:
        self._begin(self._fixed(replace(self.query_now, **fields)))

    def action_filter(self) -> None:
        """Type a search."""
        if self.side.display:
            self.side.begin_search()
            self.prompt.open(self.side.spans.query_text, replaced=True)
        else:
            super().action_filter()
            self.prompt.note(self.look.plain(SEARCHED))

    def action_clear(self) -> None:
        """Stop loading a trace, or the search for an error; else show all traces again."""
        if self._waits:
            self.forget(ONE)
            self.forget(FIND)
            self.table.draw_again()
            self.show_message("Stopped.")
            self.changed()
        elif self.table.filtered:
            super().action_clear()
        else:
            self._window, self._between = "", ("", "")
            self._begin(TraceQuery())

    def action_sort(self) -> None:
        """Sort by the next thing."""
        self._change(sort=SORTS[(SORTS.index(self.query_now.sort) + 1) % len(SORTS)])

    @on(TraceTable.HeadingClicked)
    def _heading_clicked(self, message: TraceTable.HeadingClicked) -> None:
        message.stop()
        if message.name in SORTS:
            self._change(sort=message.name if message.name != self.query_now.sort else SORTS[0])

    def action_user(self) -> None:
        """Show only the traces of the user under the cursor, or all again."""
        row = self.table.row
        if self.query_now.user is not None:
            self._change(user=None)
        elif row is not None and row.row is not MISSING:
            # The server lists those without an ID apart from those whose ID says that there is no user.
            self._change(user=row.row.user_id)

    def action_window(self) -> None:
        """Look further back, or not as far."""
        windows = [words for words in WINDOWS if words != DEPLOY or self.state.entry.created is not None]
        self._window, self._between = windows[(windows.index(self._window) + 1) % len(windows)], ("", "")
        self._change()

    # ---- the next error

    def action_next_error(self) -> None:
        """Read traces from the cursor on until one has an error."""
        row, keys = self.table.row, [line.key for line in self.lines]
        if row is None or self.busy(FIND):
            return
        at = keys.index(row.key) if row.key in keys else 0
        # A trace that was not read yet may be the one.
        first = at + (row.outcome is not None)
        waiting, key, store = keys[first : first + MOST_READ], self.state.entry.key, self.session.agents.traces

        def request(call: Call) -> str:
            for self._number, trace_id in enumerate(waiting, 1):
                if store.outcome(key, trace_id, call).errors:
                    return trace_id
            return ""

        self._number = 0
        self.outcomes.cancel()
        self.fetch(FIND, request, self._found, self._failed)
        self.changed()

    def _found(self, trace_id: str) -> None:
        self.table.draw_again()
        index = self.table.index_of(trace_id) if trace_id else None
        if index is not None:
            self.table.go_to_row(index)
        else:
            more = "" if self.rows.value and self.rows.value.complete else " Scroll down to load more."
            self.show_message(f"No errors in the traces that were read.{more}", warning=True)
        self.changed()

    def _failed(self, error: PlatformError) -> None:
        self.show_message(str(error), warning=True)
        self.table.draw_again()
        self.changed()

    @property
    def _waits(self) -> bool:
        """Whether the user waits for a trace, or for the next error."""
        return self.busy(FIND) or self.busy(ONE)

    # ---- one trace

    def _open(self, trace_id: str, span_id: str = "") -> None:
        """Read a trace, and lay out its rows, which takes a while if there are many."""
        self.show_message(self.look.plain("Loading…"))
        key, store = self.state.entry.key, self.session.agents.traces
        self.outcomes.cancel()
        self.fetch(
            ONE,
            lambda call: TraceOutline(store.read(key, trace_id, call)),
            lambda outline: self._show_trace(outline, span_id),
            self._failed,
        )

    def _show_trace(self, outline: TraceOutline, span_id: str) -> None:
        self.show_message(f"{counted(len(outline.tree.spans), 'span')}.")
        self.prompt.close()
        with self.one_drawing():
            self._show_side(shown=True)
            self.side.show(outline)
            if span_id:
                self.side.go_to_span(span_id)
            if self.active:
                self.side.take_focus()
            self.changed()

    def _close_trace(self) -> None:
        self.forget(ONE)
        if self.side.display:
            self._show_side(shown=False)
            self.table.draw_again()
            if self.active:
                self.take_focus()
            self.changed()

    def _show_side(self, *, shown: bool) -> None:
        self.query_one("#traces-list").display, self.side.display = not shown, shown

    @on(TraceSide.Closed)
    def _trace_closed(self, message: TraceSide.Closed) -> None:
        message.stop()
        self._close_trace()
        if self.rows.value is None:
            self._more()

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the list do nothing while a trace is open, or the user types."""
        if action == "filter" and self.side.display:
            return not (self.prompt.display or self.side.reading)
        if action == "clear":
            changed = self.table.filtered or self.query_now != TraceQuery() or bool(self._window)
            return not self.side.display and (changed or self._waits)
        if action in ("next_error", "sort", "user", "window"):
            return not (self.side.display or self.prompt.display)
        return super().check_action(action, parameters)

    def offer(self, command: SectionCommand) -> bool:
        """Copy from the span that is open, the span under the cursor, or the trace under the cursor."""
        if command is not SectionCommand.COPY:
            return False
        row = self.table.row
        if self.side.document is not None:
            open_document_menu(self.page, self.look, self.side.document)
        elif self.side.display:
            open_menu(self.page, self.look, "span", self.side.offers())
        elif row is None or row.row is MISSING or not self.table_shown:
            return False
        else:
            texts = ("t", "trace ID", row.key), ("n", "name", row.name), ("u", "user", row.user)
            open_menu(self.page, self.look, row.name or row.key, [text_offer(*each) for each in texts if each[2]])
        return True
