"""The lines of a log with their search, their repeats, and a line opened as a document."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from astro_tui.document import Document
from astro_tui.errors import AstroError, DocumentError, PlatformError
from astro_tui.logs.feed import Feed
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource, name_of
from astro_tui.logs.query import parse_query
from astro_tui.logs.rows import LogRow
from astro_tui.platform.client import Call
from astro_tui.presentation.log_places import LogAddress, trace_in
from astro_tui.screens.base.sections import SectionPane
from astro_tui.screens.base.view import View
from astro_tui.screens.deployment.sections.logs import texts
from astro_tui.screens.deployment.sections.logs.sources import newest_deploy, read_newest_deploy
from astro_tui.screens.deployment.sections.logs.texts import Wish, finder, searched_words
from astro_tui.session.agent import Agent
from astro_tui.text.times import stamp
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import TitledRule
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.document.reading_side import ReadingSide
from astro_tui.widgets.drawn import changed
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.logs.line_drawing import LineTimes, time_of
from astro_tui.widgets.logs.log_view import LogView
from astro_tui.widgets.logs.template_table import TemplateTable

FIRST_PAGE, MOST_PAGES = 2_000, 12
"""Lines on the first page of earlier lines (twice as many on each following page), and maximum pages per search."""
LARGEST_PAGE = 16_000
SEARCH = "search"
"""The request for the next match."""
Matches = Callable[[LogRow], bool]
"""Says whether a row matches a search."""
ERRORS = Level.ERROR
PLACE = "place"
"""The request for the lines around a time."""


def document_of(row: LogRow) -> Document:
    """Return time, level, agent and workload, and message; a message in JSON is part of the document."""
    head = {"timestamp": stamp(row.ns) if row.ns else "", "level": row.word}
    head |= {"agent": row.source.agent} if row.source.agent else {}
    head["workload"] = row.source.workload
    if row.source.container:
        head["container"] = row.source.container
    whole = json.dumps(head)[:-1]
    message = row.message.strip()
    if message.startswith(("{", "[")):
        try:
            Document.parse(message.encode("utf-8", "replace"))
            return Document.parse(f'{whole}, "message": {message}}}'.encode("utf-8", "replace"))
        except DocumentError:
            pass
    return Document.parse(json.dumps({**head, "message": row.message}).encode())


class FoundRow(Struct, frozen=True):
    """The row that was found, or how far the search went."""

    row: LogRow | None
    lines: int = 0
    back_to: int = 0

    def words(self, query: str) -> str:
        """Return how far a search without a result went."""
        if not self.back_to:
            return f"No later match for {query}."
        return searched_words(self.back_to, self.lines, query)


def _before(end: int, matches: Matches) -> Matches:
    return lambda row: row.ns <= end and matches(row)


def find(feed: Feed, matches: Matches, start: LogRow | None, call: Call, *, backward: bool) -> FoundRow:
    """Return the next match (worker thread). Raises PlatformError if earlier lines cannot be loaded."""
    store = feed.store
    row = store.find(start, matches, backward=backward)
    if row is not None or not backward:
        return FoundRow(row)
    size = FIRST_PAGE
    for _page in range(MOST_PAGES):
        remark = store.first_remark()
        if remark is None or remark.remark is None or call.canceled.is_set():
            break
        end = remark.remark.end
        feed.load(remark, call, size)
        row = store.find(None, _before(end, matches), backward=True)
        if row is not None:
            return FoundRow(row)
        size = min(2 * size, LARGEST_PAGE)
    first = next((row for row in map(store.row, range(2)) if row is not None and row.remark is None), None)
    return FoundRow(None, store.lines, first.ns if first is not None else 1)


class LogSide(ReadingSide):
    """Shows the part of a feed that the user wants to see. It knows neither workloads nor agents."""

    BODY = "#log-body"
    BINDINGS = keymap("""
        escape       clear         log.clear      close the open line, or end the search [!end search|lines]
        slash!       search        log.search     search [search]
        n            find(1)       log.next       next match [|matches]
        N            find(-1)      log.previous   previous match [|matches]
        ampersand    only          log.only       only matching lines [|only matches]
        L            level         log.level      minimum level [level]
        e            errors        log.errors     errors only [errors]
        number_sign  templates     log.templates  group repeats [repeats]
        E            unfilter      log.all        show all lines [|show all]
        T            trace         log.trace      open the trace that this line names
    """)

    def __init__(
        self,
        pane: View,
        agents: Callable[[], Sequence[Agent]] = tuple,
        *,
        update: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(pane.look, id="log-side")
        self._agents, self._update = agents, update
        self._pane, self.session = pane, pane.session
        self.view = LogView(self.look, self.session.clock, id="log-view")
        self.templates = TemplateTable(self.look, id="log-templates")
        """The repeats."""
        # A line that is open as a document has a prompt of its own.
        self.prompt = Prompt(self.look, id="log-prompt")
        self._feed: Feed | None = None
        self._reported = ""
        self.wish = Wish()
        """What the user wants to see."""
        self._followed: Sequence[LogSource] = ()
        self._moves = 0
        self._typed = ""

    def compose(self) -> ComposeResult:
        """The lines, the repeats, what is shown, and the prompt for a search."""
        with Vertical(id="log-body"):
            yield self.view
            yield self.templates
            yield TitledRule(self.look, id="log-rule")
        yield self.prompt

    def on_mount(self) -> None:
        """Show only the lines at first."""
        self.prompt.display = self.templates.display = False

    # ---- what the pane calls

    def show(self, feed: Feed) -> None:
        """Show another log, from its end."""
        self._close_front()
        self._feed, self.wish = feed, Wish()
        self.view.instead = texts.LOADING
        self.view.highlight(None)
        self.view.show(feed.store)

    def end_typing(self) -> None:
        """Close a prompt that is open: another section gets the keys."""
        if self.document is not None:
            self.document.end_typing()
        elif self.prompt.display:
            self.prompt.close()
            self.view.highlight(self.wish.query)

    def take_focus(self) -> None:
        """Focus the lines, or what is in front of them."""
        if self.document is not None:
            self.document.take_focus()
        else:
            self.screen.set_focus(self.templates if self.templates.display else self.view)

    def follow(self) -> None:
        """Follow the cursor and the prompt."""
        if self.view.moves != self._moves:
            self._moves = self.view.moves
            # A match or a place that is found later must not move the cursor away again.
            self._pane.forget(SEARCH)
            self._pane.forget(PLACE)
        if self.prompt.display and self.prompt.text != self._typed:
            self._typed = self.prompt.text
            self._read_typed()

    def draw(self) -> None:
        """Say below the lines how many there are, what is hidden, and whether the view follows the log."""
        view, rule = self.view, self.query_one("#log-rule", TitledRule)
        narrow = rule.size.width < NARROW
        follow = texts.follow_words(
            view.unseen, self.look, follows=view.follows, key=action_key(view, "list.last"), narrow=narrow
        )
        room = rule.size.width - follow.cell_length - texts.RULE_ENDS
        words = texts.rule_words(self.wish, view.shown, view.store.lines, self.look, silence=view.silence, room=room)
        rule.show(words, follow)

    def go_to_time(self, ns: int) -> None:
        """Go to the first line that is not older than a time."""
        self.view.update()
        row = self.view.store.row(self.view.store.number_at(ns))
        if row is not None:
            self.view.go_to(row)
        changed(self)

    def say_error(self, error: PlatformError) -> None:
        """Say why lines could not be loaded."""
        self._pane.show_message(str(error), warning=True)

    @property
    def detail(self) -> str:
        """The line under the cursor, unless the view follows the log, and the workload if only one is shown."""
        row, sources = self.view.row, tuple(self.wish.sources)
        if not self.view.follows and row is not None and row.remark is None:
            return str(LogAddress(row.source.workload, row.source.container, row.ns))
        return str(LogAddress(sources[0].workload, sources[0].container)) if len(sources) == 1 else ""

    # ---- what is shown

    @property
    def followed(self) -> Sequence[LogSource]:
        """The sources whose lines are shown unless the user chooses others."""
        return self._followed

    @followed.setter
    def followed(self, sources: Sequence[LogSource]) -> None:
        self._followed = sources
        self.view.sources = sorted(self.wish.sources, key=name_of) or sources

    def want(self, wish: Wish) -> None:
        """Show what the user wants to see."""
        old, self.wish, self._reported = self.wish, wish, ""
        if wish.query != old.query:
            self._pane.forget(SEARCH)
        self.view.highlight(wish.query)
        self.view.sources = sorted(wish.sources, key=name_of) or self.followed
        feed = self._feed
        if feed is not None and _filter_of(old) != _filter_of(wish):
            about = wish.sources or (feed.states.keys() - wish.apart if wish.apart else ())
            # Set here, in the order of the keys: threads may get to their work in any order.
            work = partial(self._filter, feed, feed.store.set_filter(wish.filter(self._trouble), about))
            self.run_worker(work, thread=True, group="log-filter", exclusive=True)
        changed(self)

    def _filter(self, feed: Feed, number: int) -> None:
        feed.store.apply_filter(number)
        self.call_later(self._filtered, feed)

    async def _filtered(self, feed: Feed) -> None:
        if self.templates.display:
            # Other lines are shown than before.
            self.templates.count(feed.store)
        # The user waits for this frame.
        await (self._update or self.view.update_in_turns)()
        changed(self)

    # ---- messages to the user

    def _trouble(self, text: str) -> None:
        """React to a search that cannot be run (any thread). Each line may report the same problem."""
        if text != self._reported:
            self._reported = text
            self.call_later(self._pane.show_message, text, warning=True)

    @on(LogView.NoJson)
    def _no_json(self, message: LogView.NoJson) -> None:
        message.stop()
        self._pane.show_message(texts.NO_JSON)

    # ---- search

    def _read_typed(self) -> None:
        try:
            query = parse_query(self._typed)
        except AstroError as error:
            self.prompt.note(str(error))
            return
        self.prompt.note("")
        self.view.highlight(query or None)

    @on(Prompt.Pressed)
    def _prompt_pressed(self, message: Prompt.Pressed) -> None:
        if not self.prompt.display:
            return
        message.stop()
        if message.moves:
            self.view.action_move(message.rows(self.view.page))
        elif message.text is None:
            self._close_prompt()
            self.view.highlight(self.wish.query)
        else:
            self._submit(message.text)

    def _submit(self, text: str) -> None:
        try:
            query = parse_query(text)
        except AstroError as error:
            self.prompt.note(str(error))
            return
        self._close_prompt()
        self.want(replace(self.wish, query=query or None, only=self.wish.only and bool(query)))
        if query:
            self.action_find(-1, here=True)

    def _close_prompt(self) -> None:
        self.prompt.close()
        self.take_focus()

    def action_search(self) -> None:
        """Type a search."""
        self.prompt.open(self.wish.query.text if self.wish.query else "", replaced=True)

    def action_find(self, step: int, *, here: bool = False) -> None:
        """Go to the next match, or to the one before; also search lines that are not loaded yet."""
        if self.wish.query and self._feed is not None:
            row = None if here and self.view.follows else self.view.row
            matches = finder(self.wish.query, self._trouble)
            search = partial(find, self._feed, matches, row, backward=step < 0)
            self._pane.fetch(SEARCH, search, self._found, self.say_error)
        else:
            self._pane.show_message(f"Press {action_key(self, 'log.search')} to search.")

    def _found(self, result: FoundRow) -> None:
        if result.row is not None:
            self.view.go_to(result.row)
            changed(self)
        elif self.wish.query:
            self._pane.show_message(result.words(self.look.plain(self.wish.query.text)), warning=True)

    def action_only(self) -> None:
        """Show only matching lines, or all lines again."""
        if self.wish.query:
            self.want(replace(self.wish, only=not self.wish.only))
        else:
            search, only = action_key(self, "log.search"), action_key(self, "log.only")
            self._pane.show_message(f"Press {search} to search, then {only} to show only the matches.")

    def action_level(self) -> None:
        """Raise the lowest level that is shown; after the highest, show all lines."""
        self.want(replace(self.wish, level=self.wish.next_level()))

    def action_errors(self) -> None:
        """Show only errors, or all lines again."""
        self.want(replace(self.wish, level=Level.NONE if self.wish.level is ERRORS else ERRORS))

    def action_trace(self) -> None:
        """Open the trace that the line names."""
        row = self.view.row
        trace_id = trace_in(row.message) if row is not None and row.remark is None else ""
        if trace_id:
            self.post_message(SectionPane.Wanted("traces", trace_id))
        else:
            self._pane.show_message("This line names no trace.")

    # ---- a line as a document, and lines that are not here

    @on(LogView.Chosen)
    def _chosen(self, message: LogView.Chosen) -> None:
        message.stop()
        row, feed = message.row, self._feed
        if row.remark is None:
            title = f"line from {name_of(row.source)}, {time_of(row.ns, LineTimes.FULL)}"
            self.open_document(title, document_of(row))
        elif row.remark.loadable and feed is not None:
            self._pane.show_message(self.look.plain("Loading…"))
            self._pane.fetch("load", lambda call: feed.load(row, call), self._loaded, self.say_error)

    def _loaded(self, count: int) -> None:
        self.view.update()
        self._pane.show_message(f"{count:,} lines loaded." if count else "There are no more lines.")
        changed(self)

    def keys_changed(self) -> None:
        """Other keys work now."""
        changed(self)

    def action_clear(self) -> None:
        """Close what is in front of the lines, else end the search."""
        if self.reading or self.templates.display:
            self._close_front()
            self.take_focus()
        else:
            self.want(replace(self.wish, query=None, only=False))
        changed(self)

    def action_unfilter(self) -> None:
        """Show all lines of all workloads."""
        self.want(self.wish.everything())

    def _close_front(self) -> None:
        """Show the lines again."""
        self.close_document()
        self.view.display, self.templates.display = True, False

    # ---- templates

    def action_templates(self) -> None:
        """Group repeats, or show the lines again."""
        if self.templates.display:
            self._close_front()
        elif self._feed is not None:
            self.templates.display, self.view.display = True, False
            self.templates.count(self._feed.store)
            self._read_deploys()
        self.take_focus()
        changed(self)

    def _read_deploys(self) -> None:
        """Say which repeats are new since the newest deploy."""
        agents = self._agents()
        self.templates.since({agent.key: newest_deploy(agent) for agent in agents})
        if len(agents) == 1:
            # Errors are ignored: without the revision's number, its time is enough.
            read = partial(read_newest_deploy, agents[0])
            self._pane.fetch("history", read, self.templates.since, lambda _error: None)

    @on(TemplateTable.Opened)
    def _template_chosen(self, message: TemplateTable.Opened) -> None:
        message.stop()
        self._close_front()
        self.take_focus()
        self.go_to_time(message.row.last_ns)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A prompt or a document that is open gets the keys first. Escape closes what is in front."""
        front = self.reading
        if action == "clear":
            return front or self.templates.display or self.wish.query is not None
        if action in ("search", "find", "only", "level", "errors", "templates", "unfilter", "trace"):
            return not front and not self.prompt.display
        return super().check_action(action, parameters)

    def is_on(self, action: str) -> bool:
        """Whether something is in front of the lines, a filter hides some, or the user searches."""
        if action == "clear":
            return self.reading or self.templates.display
        return self.wish != self.wish.everything() if action == "unfilter" else self.wish.query is not None


def _filter_of(wish: Wish) -> tuple[object, ...]:
    return wish.only and wish.query, wish.level, wish.sources, wish.apart
