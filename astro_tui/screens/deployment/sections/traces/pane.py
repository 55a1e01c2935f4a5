"""The traces of a deployment: the list with its search, and one trace in its place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.getters import query_one

from astro_tui.clipboard.offers import text_offer
from astro_tui.errors import PlatformError
from astro_tui.platform.lenient import time_of
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.presentation.traces import MOST_READ, Outcome, TraceLine, search_problem, searched
from astro_tui.screens.base.copy_actions import open_document_menu, open_menu
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Command, Event, Note, PanePlace, Waiting
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.deployment.sections.traces.loader import LIST, ONE, TracesLoader, TracesState
from astro_tui.screens.deployment.sections.traces.side import TraceSide
from astro_tui.text.times import counted, local_time, rfc3339, span
from astro_tui.theme.look import TONES
from astro_tui.traces import TraceOutline
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.trace_tables import MISSING, TraceTable

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
        E  next_error  traces.next-error  next trace with an error
        s  sort        traces.sort        sort by time, latency, or cost
        u  user        traces.user        only traces of this user, or all
        w  window      traces.window      how far back
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
        self._key = self._wanted = self._typed = ""
        self._deployed: datetime | None = None
        self._window = ""
        """One of the `WINDOWS`."""
        self._between = "", ""
        """The times between which all listed traces are, if another section has named them."""
        self._loader = TracesLoader(self, self.session, self._loaded)
        self.side = TraceSide(page, self._loader)
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
    def query_now(self) -> TraceQuery:
        """What the list shows."""
        return self._loader.state.query

    # ---- what the host calls

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; start over if it is another one."""
        self._state, self._deployed = state, state.entry.created
        if state.entry.key != self._key:
            self._key = state.entry.key
            self._wanted, self._window, self._between = "", "", ("", "")
            self._close_trace()
            self._begin(TraceQuery())

    def _begin(self, query: TraceQuery) -> None:
        """Show another list, from its start."""
        self._loader.begin(self._key, query)
        self.table.order = query.sort
        self.table.start_over()
        self.show_notice(shown=False)
        if self.active:
            self._loader.more()
        self.update_note()

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Fit the details to the height."""
        super().put(place, full=full)
        if self.active:
            self.side.share_height(full=full)

    def take_focus(self) -> None:
        """Focus the list, or the trace that is open."""
        if self.side.display:
            self.side.take_focus()
        else:
            self.screen.set_focus(self.table if self.table_shown else None)

    def heard(self, event: Event | Waiting) -> None:
        """Load the first page when the section appears, and again when the user wants it."""
        match event:
            case Event.APPEARED:
                if self._loader.state.lines is None:
                    self._loader.more()
                if self._wanted:
                    self.go_to(self._wanted)
            case Event.REFRESH:
                if not self.side.display and self.send_again(LIST, self._loader.staleness):
                    # The window is fixed again, so that the newest traces are found.
                    self._begin(self._fixed(self.query_now))
            case Event.UNFOCUSED:
                if self.side.document is not None:
                    self.side.document.end_typing()
                if not self.active:
                    # The host has canceled its request.
                    self._loader.stop_finding()
            case Waiting(topic, reason, seconds):
                self._loader.waiting(topic, reason, seconds)
            case _:
                super().heard(event)

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
        self.heard(Event.UNFOCUSED)

    # ---- showing

    def follow(self) -> None:
        """Filter or search by the text typed so far."""
        if self.prompt.display and self.prompt.text != self._typed:
            self._typed = self.prompt.text
            self.filter(self.prompt.text)

    def draw(self) -> None:
        """Say what is shown."""
        self.table.show_instead([self.nothing] if self.nothing and not self.table.loading_rows else [])
        self.update_note()

    def _loaded(self, old: TracesState, state: TracesState) -> None:
        """Draw what differs from the state on screen."""
        if state.lines is not old.lines or state.failure is not old.failure:
            self._show_lines(state)
        self.update_note()

    def _show_lines(self, state: TracesState) -> None:
        error, lines, notice = state.failure, list(state.lines or ()), self.notice
        if error is not None and (lines or error.status == 502):
            lines.append(TraceLine(MISSING, "These traces cannot be loaded."))
            key = action_key(self, "list.choose").capitalize()
            self.page.show_message(f"{error} {key} tries fewer of them.", warning=True)
        elif error is not None and error.facts.not_set_up:
            notice.say(*NO_TRACING, [("esc", "go back")])
        elif error is not None:
            notice.say_error(error, self.error_keys(error))
        else:
            problem = self.look.plain(search_problem(self.query_now.search))
            nothing = ("Nothing matches.", [problem or f"{SEARCHED}."])
            title, words = NO_TRACES if self.query_now == TraceQuery() else nothing
            notice.say(title, words, [("esc", "show all"), ("r", "refresh")])
        self.show_notice(shown=not lines and (error is not None or state.lines is not None))
        if lines:
            at_end = self.table.cursor == self.table.row_count - 1 > 0
            self.table.show(lines)
            if at_end and error is not None:
                self.table.action_last()
        self.post_message(self.KeysChanged())

    def update_note(self) -> None:
        """Say in the tab strip what is shown, and how long the open request has taken."""
        loader, now = self._loader, self.session.clock()
        state, stale, lines = loader.state, loader.staleness, loader.state.lines
        self._show_about(state)
        self.notice.trying(stale.trying(now))
        number = "" if lines is None else counted(len(lines), "trace") + "+" * (not state.complete)
        about = Content.assemble((number, "$quiet"), (self.shown_words, TONES[Severity.INFO]))
        failed, age = sum(bool(line.errors) for line in lines or ()), stale.words(now, NEVER)
        if loader.finding:
            age = Content.assemble((f"reading {loader.number} of {MOST_READ} for errors ", TONES[Severity.INFO]))
        error = age.plain.strip() if stale.error is not None and not stale.trying(now) else ""
        self.post_message(self.Changed(self.section, Note(str(failed) if failed else "", about, age, error)))
        if not self.side.display:
            loader.read_next(self._read)

    def _read(self, _outcome: Outcome) -> None:
        """Show whether one more trace failed."""
        self.table.draw_again()
        self.update_note()

    def _show_about(self, state: TracesState) -> None:
        """Say above the list what was searched, and of how many traces."""
        query, look, now = state.query, self.look, self.session.clock()
        between = [time_of(look.plain(text)) for text in self._between]
        parts = [
            f"name, ID, or user contains “{look.plain(query.search)}”" if query.search else "",
            {"latency": "slowest first", "cost": "most expensive first"}.get(query.sort, ""),
            {None: "", "": NOBODY, "-": NOBODY}.get(query.user, f"user {look.plain(query.user or '')}"),
            " to ".join(local_time(end, now) for end in between if end is not None),
            self._window,
        ]
        if query.scans and state.lines is not None:
            parts.append(searched(state.scanned, truncated=state.truncated))
        if state.skipped:
            parts.append(f"{counted(state.skipped, 'trace')} could not be loaded")
        words = f" {look.glyphs.dot} ".join(part for part in parts if part)
        line = self.query_one("#traces-about", Paragraph)
        line.display = bool(words)
        line.show(Content.assemble((look.own(f" {words}"), "$quiet")))

    # ---- the list

    @on(TraceTable.NearEnd)
    def _near_end(self, message: TraceTable.NearEnd) -> None:
        message.stop()
        if self.active:
            self._loader.more()

    @on(TraceTable.Opened)
    def _chosen(self, message: TraceTable.Opened) -> None:
        message.stop()
        row = self.table.row
        if row is not None and row.row is MISSING:
            self._loader.again()
        elif row is not None:
            self._open(row.key)

    def _fixed(self, query: TraceQuery) -> TraceQuery:
        """Return a query with its window fixed now, to the minute: the server keeps the result of exactly this one."""
        (start, end), back = self._between, WINDOWS[self._window]
        if self._window == DEPLOY and self._deployed is not None:
            start = rfc3339(self._deployed, "seconds")
        elif back is not None:
            start = rfc3339(self.session.clock().replace(second=0, microsecond=0) - back)
        return replace(query, start=start, end=end)

    def filter(self, text: str) -> None:
        """Search the trace that is open, else show the loaded traces that match; enter searches all."""
        if self.side.display:
            self.prompt.note(self.side.search(text))
            self.post_message(self.KeysChanged())
        else:
            super().filter(text)
            self.prompt.note(self.look.own(SEARCHED))

    @on(Prompt.Submitted)
    def _searched(self, message: Prompt.Submitted) -> None:
        message.stop()
        if not self.side.display:
            self.table.filter("")
            if message.text != self.query_now.search:
                self._change(search=message.text)

    def _change(self, **fields: Any) -> None:
        self._begin(self._fixed(replace(self.query_now, **fields)))

    def action_filter(self) -> None:
        """Type a search."""
        if self.side.display:
            self.side.begin_search()
            self.prompt.open(self.side.spans.query_text, replaced=True)
        else:
            super().action_filter()
            self.prompt.note(self.look.own(SEARCHED))

    def action_clear(self) -> None:
        """Stop loading a trace, or the search for an error; else show all traces again."""
        if self._loader.finding or self.busy(ONE):
            self.forget(ONE)
            self._loader.stop_finding()
            self.table.draw_again()
            self.page.show_message("Stopped.")
            self.update_note()
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
        windows = [words for words in WINDOWS if words != DEPLOY or self._deployed is not None]
        self._window, self._between = windows[(windows.index(self._window) + 1) % len(windows)], ("", "")
        self._change()

    # ---- the next error

    def action_next_error(self) -> None:
        """Read traces from the cursor on until one has an error."""
        row, keys = self.table.row, [line.key for line in self._loader.state.lines or ()]
        if row is not None and not self._loader.finding:
            at = keys.index(row.key) if row.key in keys else 0
            # A trace that was not read yet may be the one.
            self._loader.find(at + (row.outcome is not None), self._found, self._failed)
            self.update_note()

    def _found(self, trace_id: str) -> None:
        self.table.draw_again()
        index = self.table.index_of(trace_id) if trace_id else None
        if index is not None:
            self.table.go_to_row(index)
        else:
            more = "" if self._loader.state.complete else " Scroll down to load more."
            self.page.show_message(f"No errors in the traces that were read.{more}", warning=True)
        self.update_note()

    def _failed(self, error: PlatformError) -> None:
        self.page.show_message(str(error), warning=True)
        self.table.draw_again()
        self.update_note()

    # ---- one trace

    def _open(self, trace_id: str, span_id: str = "") -> None:
        self.page.show_message(self.look.own("Loading…"))

        def show(found: TraceOutline) -> None:
            self._show_trace(found, span_id)

        self._loader.open(trace_id, show, self._failed)

    def _show_trace(self, found: TraceOutline, span_id: str) -> None:
        self.page.show_message(f"{counted(len(found.tree.spans), 'span')}.")
        self.prompt.close()
        self._show_side(shown=True)
        self.side.show(found)
        if span_id:
            self.side.go_to_span(span_id)
        if self.active:
            self.side.share_height(full=self.full)
            self.side.take_focus()
        self.post_message(self.KeysChanged())

    def _close_trace(self) -> None:
        self.forget(ONE)
        if self.side.display:
            self._show_side(shown=False)
            self.table.draw_again()
            if self.active:
                self.take_focus()
            self.post_message(self.KeysChanged())

    def _show_side(self, *, shown: bool) -> None:
        self.query_one("#traces-list").display, self.side.display = not shown, shown

    @on(TraceSide.Closed)
    def _trace_closed(self, message: TraceSide.Closed) -> None:
        message.stop()
        self._close_trace()
        if self._loader.state.lines is None:
            self._loader.more()

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the list do nothing while a trace is open, or the user types."""
        if action == "filter" and self.side.display:
            return not (self.prompt.display or self.side.reading)
        if action == "clear":
            changed = self.table.filtered or self.query_now != TraceQuery() or bool(self._window)
            return not self.side.display and (changed or self._loader.finding or self.busy(ONE))
        if action in ("next_error", "sort", "user", "window"):
            return not (self.side.display or self.prompt.display)
        return super().check_action(action, parameters)

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the list, or of the trace that is open."""
        if self.side.display:
            return self.side.hints()
        if not self.table_shown:
            return [("r", "refresh")]
        if self._loader.finding:
            return [("esc", "stop")]
        clear = [("esc", "show all")] if self.check_action("clear", ()) else []
        rows = [("enter", "open"), ("E", "next error")] if self.table.row_count else []
        return [*clear, *rows, ("/", "search"), ("s", "sort"), ("u", "user"), ("w", "window"), ("y", "copy")]

    def offer(self, command: Command) -> bool:
        """Copy from the span that is open, the span under the cursor, or the trace under the cursor."""
        if command is not Command.COPY:
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
