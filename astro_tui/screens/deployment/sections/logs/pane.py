"""The log of a deployment's workloads: the last lines at once, then every new line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from astro_tui.errors import AstroError, PlatformError
from astro_tui.logs.feed import Feed, first_error
from astro_tui.logs.levels import Level
from astro_tui.logs.line import Source
from astro_tui.logs.names import name_of
from astro_tui.logs.query import parse_query
from astro_tui.logs.store import Row, Shows
from astro_tui.presentation.log_places import Place, place_in
from astro_tui.presentation.record import Known
from astro_tui.screens.base.sections import SectionFetcher, SectionPane
from astro_tui.screens.deployment.sections.logs import texts
from astro_tui.screens.deployment.sections.logs.finding import Finder, Found
from astro_tui.screens.deployment.sections.logs.sources import MOST_FOLLOWED, read_sources, sources_of
from astro_tui.screens.deployment.sections.logs.state import Wish
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.logs.line_drawing import Times, time_of
from astro_tui.widgets.logs.log_view import LogView
from astro_tui.widgets.logs.template_table import TemplateTable

if TYPE_CHECKING:
    from astro_tui.platform.client import Call
    from astro_tui.widgets.document.spec_side import SpecSide

FRAME, SLOWEST_FRAME = 0.05, 0.2
"""Seconds between two frames while lines arrive: at least, and at most on a busy machine."""
REST = 5
"""Between two frames, the time for keys is this many times that of drawing."""
ERRORS = Level.ERROR


class LogsPane(SectionPane[Known]):
    """Follows all workloads while its screen is open; a filter, a search, and repeats grouped into templates."""

    STYLES = ("logs", "spec_tree")
    BINDINGS = keymap("""
        slash!       search        log.search     search
        n            find(1)       log.next       next match
        N            find(-1)      log.previous   previous match
        ampersand    only          log.only       only matching lines
        L            level         log.level      lowest level
        e            errors        log.errors     errors only
        P            sources       log.sources    workload or container
        number_sign  templates     log.templates  group repeats
        escape       clear         log.clear      close the line, end the search
    """)

    class Grew(Message):
        """Lines arrived, or the state of a source changed."""

    class Troubled(Message):
        """The search cannot be done."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, session: Session, name: str, fetcher: SectionFetcher) -> None:
        super().__init__(session, name, fetcher)
        self.view = LogView(self.look, session.clock, id="log-view")
        """The lines."""
        self._known: Known | None = None
        self._feed: Feed | None = None
        self._all: tuple[Source, ...] = ()
        self._wish = Wish(report=self._trouble)
        self._finder = Finder(fetcher, self._found, self._search_failed)
        self._place = ""
        self._waits = False
        self._frame_at = 0.0
        self._updating = False
        self._words: Content | None = None
        self._failure: PlatformError | None = None
        self._told = ""
        self._document: SpecSide | None = None

    # ---- widgets

    def compose(self) -> ComposeResult:
        """The lines, the templates, what is shown, and the prompt for a search."""
        look = self.look
        with Vertical(id="log-body"):
            yield self.view
            yield TemplateTable(look, id="log-templates")
            yield Rule(look, id="log-rule")
        yield Notice(look, id="log-notice")
        yield Prompt(look, id="log-prompt")

    def on_mount(self) -> None:
        """Show only the lines yet."""
        self.prompt.display = self.templates.display = False
        self._show_notice(shown=False)
        self.set_interval(1, self._tick)

    def on_unmount(self) -> None:
        """End the streams."""
        if self._feed is not None:
            self._feed.stop()

    @property
    def prompt(self) -> Prompt:
        """The prompt for a search."""
        # A line that is open as a document has a prompt and a notice of its own.
        return self.query_one("#log-prompt", Prompt)

    @property
    def _notice(self) -> Notice:
        return self.query_one("#log-notice", Notice)

    @property
    def templates(self) -> TemplateTable:
        """The repeats."""
        return self.query_one(TemplateTable)

    @property
    def complete(self) -> bool:
        """Whether the last lines of all workloads that are followed are on screen."""
        states = self._feed.states if self._feed is not None else {}
        return bool(states) and all(state.loaded for state in states.values()) and not self._waits

    # ---- what the host calls

    def show(self, state: Known) -> None:
        """Take the deployment; start over if it is another one."""
        other = self._known is None or self._known.entry.key != state.entry.key
        self._known = state
        if other:
            self._start_over()
        elif self.active and not self._all:
            self._follow(self._known_sources())

    def _start_over(self) -> None:
        if self._feed is not None:
            self._feed.stop()
        self._feed = Feed(self.session.platform, self._changed)
        self._all, self._wish, self._failure, self._words = (), Wish(report=self._trouble), None, None
        self.view.instead = self.look.own(texts.LOADING)
        self.view.highlight(None)
        self.view.show(self._feed.store)
        self._show_notice(shown=False)
        self._tick()

    def activate(self) -> None:
        """Follow the workloads; they are followed on while another section is shown."""
        self._follow(self._known_sources())
        if not self._all and self._known is not None:
            entry, account = self._known.entry, self._known.account
            self.fetcher.fetch(
                "workloads",
                lambda call: read_sources(self.session, account, entry, call),
                self._follow_read,
                self._failed,
            )
        self._tick()

    def _known_sources(self) -> tuple[Source, ...]:
        known = self._known
        return sources_of(self.session, known.account, known.entry) if known is not None else ()

    def _follow_read(self, sources: tuple[Source, ...]) -> None:
        self._follow(sources)
        if not sources:
            title, lines = texts.NO_WORKLOADS
            self._notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
            self._show_notice(shown=True)

    def _follow(self, sources: tuple[Source, ...]) -> None:
        if self._feed is None or not sources or self._all:
            return
        self._all, self._failure = sources, None
        self._show_notice(shown=False)
        self.view.sources = sources[:MOST_FOLLOWED]
        self._feed.follow(sources[:MOST_FOLLOWED])
        if self._place:
            self.go_to(self._place)
        elif len(sources) > MOST_FOLLOWED:
            self.page.tell(texts.chosen([source.workload for source in sources], MOST_FOLLOWED))

    def _failed(self, error: PlatformError) -> None:
        self._failure = error
        self._notice.say_error(error, self.error_keys(error))
        self._show_notice(shown=True)
        self._tick()

    def take_focus(self) -> None:
        """Let the keys go to the lines, or to what is in front of them."""
        document = self._document
        if document is not None:
            document.take_focus()
        else:
            self.screen.set_focus(self.templates if self.templates.display else self.view)

    def refresh_data(self) -> None:
        """Connect again at once where the connection is lost."""
        if self._feed is not None and self._all:
            self._feed.retry()
        else:
            self.activate()

    def resized(self) -> None:
        """Fit the last row."""
        self._tick()

    def go_to(self, place: str) -> None:
        """Show a workload at a time: `WORKLOAD`, `WORKLOAD/CONTAINER`, `@TIME`, or both."""
        self._place = place
        feed = self._feed
        if feed is None or not self._all:
            return
        self._place = ""
        workload, container, ns = place_in(place)
        known = next((source for source in self._all if source.workload == workload), None)
        if known is None:
            if workload:
                self.page.tell(f"There is no workload named {self.look.plain(workload)}.", warning=True)
            known = self._all[0]
        source = replace(known, container=container)
        if workload:
            self._choose((source,))
        if ns:
            reach = partial(self._reach, feed, source, ns)
            self.fetcher.fetch("place", reach, self._go_to_time, self._search_failed)

    @staticmethod
    def _reach(feed: Feed, source: Source, ns: int, call: Call) -> int:
        feed.wait_for_first(source, call)
        feed.reach(source, ns, call)
        return ns

    def _go_to_time(self, ns: int) -> None:
        self.view.update()
        row = self.view.store.row(self.view.store.number_at(ns))
        if row is not None:
            self.view.go_to(row)
        self._tick()

    @property
    def detail(self) -> str:
        """The line under the cursor, unless the view follows the log, and the workload if only one is shown."""
        row, sources = self.view.row, tuple(self._wish.sources)
        if not self.view.follows and row is not None and row.remark is None:
            return str(Place(row.source.workload, row.source.container, row.ns))
        return str(Place(sources[0].workload, sources[0].container)) if len(sources) == 1 else ""

    # ---- new lines

    def _changed(self) -> None:
        """React to the feed (any thread)."""
        if not self._waits:
            self._waits = True
            self.post_message(self.Grew())

    @on(Grew)
    def _grew(self, message: Grew) -> None:
        message.stop()
        left = self._frame_at - monotonic()
        if left > 0:
            self.set_timer(left, self._update)
        else:
            self._update()

    def _update(self) -> None:
        self._waits = False
        begun = monotonic()
        if self.active:
            # The view may report its cursor, and one tick is enough.
            self._updating = True
            self.view.update()
            self._updating = False
            self._tick()
        drawn = monotonic()
        self._frame_at = drawn + min(max(FRAME, REST * (drawn - begun)), SLOWEST_FRAME)

    def _trouble(self, text: str) -> None:
        """React to a search that cannot be done (any thread). It may report this for each line."""
        if text != self._told:
            self._told = text
            self.post_message(self.Troubled(text))

    @on(Troubled)
    def _troubled(self, message: Troubled) -> None:
        message.stop()
        self.page.tell(message.text, warning=True)

    # ---- what is shown

    def _show_notice(self, *, shown: bool) -> None:
        self._notice.display = shown
        self.query_one("#log-body").display = not shown
        self.post_message(self.KeysChanged())

    def _tick(self) -> None:
        """Say in the tab strip and below the lines what is shown."""
        feed = self._feed
        if feed is None or not self.is_mounted:
            return
        view, store, states = self.view, feed.store, feed.states
        if states and all(state.loaded for state in states.values()):
            view.instead = texts.NO_LINES if not store.lines else self.look.own("Nothing matches.")
        error = first_error(states) or self._failure
        words = texts.state_words(states, self.look)
        failed = all(state.error is not None and not state.loaded for state in states.values())
        if error is not None and failed and not store.lines:
            self._notice.say_error(error, self.error_keys(error))
            self._show_notice(shown=True)
        elif store.lines and self._notice.display:
            self._show_notice(shown=False)
        if words != self._words:
            self._words = words
            self.update_tab(age=words)
        self.query_one("#log-rule", Rule).show(
            texts.rule_words(self._wish, view.row_count, store.lines, self.look),
            texts.follow_words(view.unseen, self.look, follows=view.follows),
        )

    def handle_directly(self, message: Message) -> None:
        """Follow the cursor and the prompt."""
        if isinstance(message, LogView.Highlighted) and message.rows is self.view and not self._updating:
            self._tick()
        elif isinstance(message, Prompt.Changed):
            self._typed(message.text)

    def _wish_for(self, wish: Wish) -> None:
        """Show what the user wishes to see."""
        old, self._wish, self._told = self._wish, wish, ""
        self.view.highlight(wish.query)
        feed, shows = self._feed, wish.shows
        refilter = (old.only and old.query, old.level, old.sources) != (
            wish.only and wish.query,
            wish.level,
            wish.sources,
        )
        if feed is not None and refilter:
            work = partial(self._filter, feed, shows, wish.sources)
            self.run_worker(work, thread=True, group="log-filter", exclusive=True)
        self._tick()
        self.post_message(self.KeysChanged())

    def _filter(self, feed: Feed, shows: Shows | None, only: Collection[Source]) -> None:
        feed.store.filter(shows, only)
        self._changed()

    def _choose(self, sources: tuple[Source, ...]) -> None:
        """Show only these sources; all if there are none."""
        feed = self._feed
        if feed is None:
            return
        self.view.sources = sources or self._all[:MOST_FOLLOWED]
        if sources:
            feed.follow((*dict.fromkeys((*self._all[:MOST_FOLLOWED], *sources)),))
        self._wish_for(replace(self._wish, sources=frozenset(sources)))

    # ---- search

    def _typed(self, text: str) -> None:
        try:
            query = parse_query(text)
        except AstroError as error:
            self.prompt.note(str(error))
            return
        self.prompt.note("")
        self.view.highlight(query or None)

    @on(Prompt.Submitted)
    def _submitted(self, message: Prompt.Submitted) -> None:
        if not self.prompt.display:
            return
        try:
            query = parse_query(message.text)
        except AstroError as error:
            self.prompt.note(str(error))
            return
        self._close_prompt()
        self._wish_for(replace(self._wish, query=query or None, only=self._wish.only and bool(query)))
        if query:
            self.action_find(-1, here=True)

    @on(Prompt.Canceled)
    def _canceled(self) -> None:
        if not self.prompt.display:
            return
        self._close_prompt()
        self.view.highlight(self._wish.query)

    @on(Prompt.Moved)
    def _moved_while_typing(self, message: Prompt.Moved) -> None:
        if self.prompt.display:
            self.view.action_move(message.rows(self.view.page))

    def _close_prompt(self) -> None:
        self.prompt.close()
        self.take_focus()

    def action_search(self) -> None:
        """Type a search."""
        self.prompt.open(self._wish.query.text if self._wish.query else "", replaced=True)

    def action_find(self, step: int, *, here: bool = False) -> None:
        """Go to the next match, or to the one before; look for it in lines that are not here yet, too."""
        if self._wish.query and self._feed is not None:
            row = None if here and self.view.follows else self.view.row
            self._finder.find(self._feed, self._wish, row, backward=step < 0)
        else:
            self.page.tell("Press / to type a search.")

    def _found(self, found: Found) -> None:
        if found.row is not None:
            self.view.go_to(found.row)
            self._tick()
        elif self._wish.query:
            self.page.tell(found.words(self.look.plain(self._wish.query.text)), warning=True)

    def _search_failed(self, error: PlatformError) -> None:
        self.page.tell(str(error), warning=True)

    def action_only(self) -> None:
        """Show only matching lines, or all lines again."""
        if self._wish.query:
            self._wish_for(replace(self._wish, only=not self._wish.only))
        else:
            self.page.tell("Press / to type a search, then & to show only its matches.")

    def action_level(self) -> None:
        """Raise the lowest level that is shown; after the highest, show all lines."""
        self._wish_for(replace(self._wish, level=self._wish.next_level()))

    def action_errors(self) -> None:
        """Show only errors, or all lines again."""
        self._wish_for(replace(self._wish, level=Level.NONE if self._wish.level is ERRORS else ERRORS))

    def action_sources(self) -> None:
        """Choose workloads and containers."""
        from astro_tui.screens.deployment.sections.logs.source_menu import SourceMenu

        def chosen(sources: list[Source] | None) -> None:
            if sources is not None:
                self._choose(tuple(sources))

        self.app.push_screen(SourceMenu(self.look, self._choosable(), self._wish.sources), chosen)

    def _choosable(self) -> list[Source]:
        known = self._known
        if known is None:
            return list(self._all)
        return list(sources_of(self.session, known.account, known.entry, containers=True)) or list(self._all)

    # ---- a line as a document, and lines that are not here

    @on(LogView.Chosen)
    def _chosen(self, message: LogView.Chosen) -> None:
        message.stop()
        row, feed = message.row, self._feed
        if row.remark is None:
            self._open(row)
        elif row.remark.loadable and feed is not None:
            self.page.tell(self.look.own("Loading…"))
            self.fetcher.fetch("load", lambda call: feed.load(row, call), self._loaded, self._search_failed)

    def _loaded(self, count: int) -> None:
        self.view.update()
        self.page.tell(f"{count:,} lines loaded." if count else "There are no more lines.")
        self._tick()

    def _open(self, row: Row) -> None:
        from astro_tui.screens.deployment.sections.logs.line_document import document_of
        from astro_tui.widgets.document.spec_side import SpecSide

        side = SpecSide(self.look, title=f"line of {name_of(row.source)}, {time_of(row.ns, Times.FULL)}")
        self.query_one("#log-body").display = False
        self.mount(side)

        def show() -> None:
            side.show(document_of(row))
            side.take_focus()
            self._document = side
            self.post_message(self.KeysChanged())

        self.call_after_refresh(show)

    def action_clear(self) -> None:
        """Close what is in front of the lines, else end the search and show all lines."""
        document = self._document
        if document is not None:
            self._document = None
            document.remove()
            self.query_one("#log-body").display = True
            self.screen.set_focus(self.view)
        elif self.templates.display:
            self._show_templates(shown=False)
        else:
            self._wish_for(Wish(report=self._trouble))
        self.post_message(self.KeysChanged())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, or reads a document, its keys come first. Escape closes what is in front."""
        front = self._document is not None
        if action == "clear":
            return front or self.templates.display or self._wish != Wish(report=self._trouble)
        if action in ("search", "find", "only", "level", "errors", "sources", "templates"):
            return not front and not self.prompt.display
        return super().check_action(action, parameters)

    @property
    def fills(self) -> bool:
        """Whether the pane needs the whole height: always, it is about lines."""
        return True

    # ---- templates

    def action_templates(self) -> None:
        """Group repeats, or show the lines again."""
        self._show_templates(shown=not self.templates.display)

    def _show_templates(self, *, shown: bool) -> None:
        self.templates.display, self.view.display = shown, not shown
        feed, known = self._feed, self._known
        if shown and feed is not None and known is not None:
            deployed = known.entry.deployment.created.at
            since = int(deployed.timestamp() * 10**9) if deployed is not None else 0
            self.templates.count(feed.store, since)
        self.take_focus()

    @on(TemplateTable.Chosen)
    def _template_chosen(self, message: TemplateTable.Chosen) -> None:
        message.stop()
        self._show_templates(shown=False)
        self._go_to_time(message.group.last_ns)

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the lines."""
        if self._notice.display:
            return [("r", "try again")]
        document = self._document
        if document is not None:
            return [*document.hints(), ("esc", "close the line")]
        if self.templates.display:
            return [("enter", "last line"), ("esc", "lines")]
        found = (
            [("n N", "matches"), ("&", "all lines" if self._wish.only else "only matches")] if self._wish.query else []
        )
        clear = [("esc", "show all")] if self._wish != Wish(report=self._trouble) else []
        return [
            *([] if self.view.follows else [("G", "follow")]),
            ("/", "search"),
            *found,
            ("L", "level"),
            ("e", "errors"),
            ("P", "workload"),
            ("enter", "open"),
            ("#", "repeats"),
            ("w", "wrap"),
            *clear,
        ]

    def copy_menu(self) -> bool:
        """Choose what to copy of the line under the cursor."""
        from astro_tui.screens.deployment.sections.logs.copying import open_line_menu

        row = self.view.row
        if row is None or row.remark is not None:
            return False
        open_line_menu(self.page, self.look, row)
        return True

    def save(self) -> bool:
        """Save the lines that are shown."""
        from astro_tui.screens.deployment.sections.logs.copying import save_lines

        if self._feed is None or self._known is None:
            return False
        save_lines(self.app, self.look, self._known.entry.label, self._feed.store)
        return True
