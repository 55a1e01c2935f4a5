"""Follows the logs of a deployment's workloads, and copies and saves their lines."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from time import monotonic
from typing import Any

from msgspec.structs import replace
from textual import on
from textual.app import App, ComposeResult
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from astro_tui.clipboard.offers import SAMPLE, Offer, Piece, masked_offer, text_offer
from astro_tui.diagnosis.observe import revisions_of
from astro_tui.diagnosis.values import Fact
from astro_tui.errors import PlatformError
from astro_tui.logs.feed import Feed, first_error
from astro_tui.logs.following import Phase
from astro_tui.logs.line import Source, mixed_in
from astro_tui.logs.rows import Row
from astro_tui.logs.store import LogStore
from astro_tui.logs.templates import Deploy
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.log_places import place_in, unproven
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import open_menu, save
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import Command, Event, Note, PanePlace, SectionPane, Waiting
from astro_tui.screens.deployment.sections.logs import texts
from astro_tui.screens.deployment.sections.logs.side import PLACE, LogSide
from astro_tui.screens.deployment.sections.logs.sources import MOST_FOLLOWED, SourceMenu, read_sources, sources_of
from astro_tui.session.session import Session
from astro_tui.state.files import file_stem
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, stamp
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.logs.log_view import LogView

FRAME, FIRST_FRAME = 1.0, 0.05
"""Seconds between two frames while lines arrive, and while the last lines are still loading. A line that arrives after
a pause is drawn at once. Each frame draws the whole window, which delays keys and uses the processor."""


def newest_deploy(session: Session, account: str, entry: Entry) -> Deploy:
    """Return what is already known about the newest deploy, without sending a request."""
    revisions = revisions_of(session.agent(account, entry).facts)
    if revisions and revisions[0].deployed is not None:
        return Deploy(_ns(revisions[0].deployed), revisions[0].title)
    created = entry.deployment.created.at
    return Deploy(_ns(created)) if created is not None else Deploy()


def read_newest_deploy(session: Session, account: str, entry: Entry, call: Call) -> Deploy:
    """Request the history, and return the newest deploy (worker thread). Raises PlatformError."""
    agent = session.agent(account, entry)
    agent.add(history=Fact(agent.request("history", call), read_at=session.clock()))
    return newest_deploy(session, account, entry)


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 10**6) * 1000


def line_text(row: Row) -> str:
    """Return a row as one line of text, masked."""
    if row.remark is not None:
        return f"-- {row.remark.text or counted(row.remark.lines, 'line')} --"
    return f"{_head(row)}{masked_line(row.message)}"


def _head(row: Row) -> str:
    return f"{stamp(row.ns) if row.ns else '-'} {row.word or '-'} {row.source.workload} "


def line_offers(row: Row, inner: str = "") -> list[Offer]:
    """Return what can be copied from a line; `inner` is the JSON under the cursor, masked, or empty."""
    sample = masked_line(row.message, SAMPLE)
    offers = [
        text_offer("j", "JSON", visible(inner)),
        Offer("l", "line", f"{_head(row)}{sample}", lambda: Piece(line_text(row))),
        masked_offer("m", "message", row.message),
        text_offer("t", "time", stamp(row.ns) if row.ns else ""),
        text_offer("w", "workload", row.source.workload),
    ]
    return [offer for offer in offers if offer.sample]


def open_line_menu(screen: Screen[Any], look: Look, row: Row, inner: str) -> None:
    """Choose what to copy from a line; `inner` is the JSON under the cursor, masked, or empty."""
    open_menu(screen, look, row.source.workload, line_offers(row, inner))


def save_lines(app: App[Any], look: Look, label: str, store: LogStore) -> None:
    """Ask for a file name, and save the lines that are shown."""

    def make() -> Piece:
        parts = ["\n".join(map(line_text, rows)) for rows in store.shown_rows() if rows]
        return Piece("".join(f"{part}\n" for part in parts))

    save(app, look, file_stem(label, "log"), ".log", make)


class LogsPane(SectionPane[DeploymentState]):
    """Follows all workloads while its screen is open; can filter, search, and group repeats into templates."""

    STYLES = ("logs", "spec_tree")
    BINDINGS = keymap("""
        P  sources  log.sources  choose a workload or container
    """)

    class Grew(Message):
        """Lines arrived, or the state of a source changed."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.side = LogSide(self.session, self)
        self._state: DeploymentState | None = None
        self._feed: Feed | None = None
        self._all: tuple[Source, ...] = ()
        self._place = ""
        self._waits = False
        self._frame_at = 0.0
        self._words: Content | None = None
        self._failure: PlatformError | None = None

    # ---- widgets

    def compose(self) -> ComposeResult:
        """The lines, and the notice that can replace them."""
        yield self.side
        yield Notice(self.look, id="log-notice")

    def on_mount(self) -> None:
        """Show no notice yet."""
        self._show_notice(shown=False)
        self._clock = self.set_interval(1, self._tick, pause=not self.active)

    def on_unmount(self) -> None:
        """End the streams."""
        if self._feed is not None:
            self._feed.stop()

    @property
    def _notice(self) -> Notice:
        return self.query_one("#log-notice", Notice)

    @property
    def view(self) -> LogView:
        """The lines."""
        return self.side.view

    @property
    def complete(self) -> bool:
        """Whether the last lines of all workloads that are followed are on screen."""
        states = self._feed.states if self._feed is not None else {}
        return bool(states) and all(state.loaded for state in states.values()) and not self._waits

    # ---- what the host calls

    def show(self, state: DeploymentState) -> None:
        """Take the deployment; start over if it is another one."""
        other = self._state is None or self._state.entry.key != state.entry.key
        self._state = state
        if other:
            self._start_over()
        elif self.active and not self._all:
            self._follow(self._known_sources())

    def _start_over(self) -> None:
        if self._feed is not None:
            self._feed.stop()
        self._feed = Feed(self.session.platform, self._changed)
        self._all, self._place, self._failure, self._words = (), "", None, None
        self.side.show(self._feed)
        self._show_notice(shown=False)
        self._tick()

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Fit the tab strip and the rule below the lines to the size, and update the ages while they are seen."""
        super().put(place, full=full)
        if self.is_mounted:
            (self._clock.resume if self.active else self._clock.pause)()
        if self.active:
            self._tick()

    def heard(self, event: Event | Waiting) -> None:
        """Connect again, or close the prompt of the lines; a search in a document stays."""
        match event:
            case Event.APPEARED:
                self._begin()
            case Event.REFRESH:
                self._refresh()
            case Event.UNFOCUSED:
                self.side.end_typing()

    def _begin(self) -> None:
        """Follow the workloads; following continues while another section is shown."""
        self._follow(self._known_sources())
        if not self._all and self._state is not None:
            entry, account = self._state.entry, self._state.account
            self.fetch(
                "workloads",
                lambda call: read_sources(self.session, account, entry, call),
                self._follow_read,
                self._failed,
            )
        self._tick()
        # Lines that came while another section was shown are not drawn yet.
        self._changed()

    def _known_sources(self) -> tuple[Source, ...]:
        state = self._state
        return sources_of(self.session, state.account, state.entry) if state is not None else ()

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
        self.side.followed = sources[:MOST_FOLLOWED]
        self._feed.follow(sources[:MOST_FOLLOWED])
        names = [source.workload for source in sources]
        if self._place:
            self.go_to(self._place)
        elif mixed := mixed_in(names, names):
            self.page.show_message(mixed)
        elif len(sources) > MOST_FOLLOWED:
            self.page.show_message(texts.chosen(names, MOST_FOLLOWED, action_key(self, "log.sources")))

    def _failed(self, error: PlatformError) -> None:
        self._failure = error
        self._notice.say_error(error, self.error_keys(error))
        self._show_notice(shown=True)
        self._tick()

    def take_focus(self) -> None:
        """Focus the lines, or what is in front of them."""
        self.side.take_focus()

    def _refresh(self) -> None:
        """Reconnect at once wherever the connection was lost. If a log ended, read all of them again."""
        states = self._feed.states.values() if self._feed is not None else ()
        if any(state.phase is Phase.ENDED for state in states):
            self._start_over()
            self._begin()
        elif self._feed is not None and self._all:
            self._feed.retry()
        else:
            self._begin()

    def go_to(self, place: str) -> None:
        """Go to a workload, a time, or both, given as `WORKLOAD`, `WORKLOAD/CONTAINER`, and `@TIME`."""
        self._place = place
        feed = self._feed
        if feed is None or not self._all:
            return
        self._place = ""
        workload, container, ns = place_in(place)
        found = next((source for source in self._all if source.workload == workload), None)
        if found is None:
            if workload:
                self.page.show_message(f"There is no workload named {self.look.plain(workload)}.", warning=True)
            found = self._all[0]
        source = replace(found, container=container)
        if workload:
            self._choose((source,))
        if self._state is not None and (doubt := unproven(self._state.entry.diagnosis, place, self.session.clock())):
            self.page.show_message(doubt)
        if ns:
            reach = partial(self._reach, feed, source, ns)
            self.fetch(PLACE, reach, self.side.go_to_time, self.side.say_error)

    @staticmethod
    def _reach(feed: Feed, source: Source, ns: int, call: Call) -> int:
        feed.wait_for_first(source, call)
        feed.reach(source, ns, call)
        return ns

    @property
    def detail(self) -> str:
        """The line under the cursor, unless the view follows the log, and the workload if only one is shown."""
        return self.side.detail

    # ---- new lines

    def _changed(self) -> None:
        """React to the feed (any thread)."""
        if not self._waits:
            self._waits = True
            self.post_message(self.Grew())

    @on(Grew)
    async def _grew(self, message: Grew) -> None:
        message.stop()
        left = self._frame_at - monotonic()
        if left > 0:
            self.set_timer(left, self._update)
        else:
            await self._update()

    async def _update(self) -> None:
        self._waits = False
        if self.active:
            await self.side.update()
            self._tick()
        self._frame_at = monotonic() + (FRAME if self.complete else FIRST_FRAME)

    @on(LogSide.Filtered)
    async def _filtered(self, message: LogSide.Filtered) -> None:
        message.stop()
        self.side.count_again()
        # The user waits for this frame.
        await self._update()

    def handle_directly(self, message: Message) -> None:
        """Say why a key did nothing, in the frame of the key."""
        if isinstance(message, LogSide.Notified):
            self.page.show_message(message.text, warning=message.warning)

    @on(LogSide.TraceWanted)
    def _trace_wanted(self, message: LogSide.TraceWanted) -> None:
        message.stop()
        self.post_message(self.Wanted("traces", message.trace_id))

    @on(LogSide.Notified)
    def _notified(self, message: LogSide.Notified) -> None:
        message.stop()
        self.handle_directly(message)

    # ---- repeats that are new since a deploy

    @on(LogSide.Grouped)
    def _grouped(self, message: LogSide.Grouped) -> None:
        message.stop()
        state = self._state
        if state is None:
            return
        session, account, entry = self.session, state.account, state.entry
        self._take_deploy(newest_deploy(session, account, entry))
        read = partial(read_newest_deploy, session, account, entry)
        # Errors are ignored: without the revision's number, its time is enough.
        self.fetch("history", read, self._take_deploy, lambda _error: None)

    def _take_deploy(self, deploy: Deploy) -> None:
        self.side.templates.since(deploy)

    # ---- what is shown

    def _show_notice(self, *, shown: bool) -> None:
        self._notice.display = shown
        self.side.display = not shown
        self.post_message(self.KeysChanged())

    def _tick(self) -> None:
        """Say in the tab strip whether the log is live, and below the lines what is shown."""
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
            self.post_message(self.Changed(self.section, Note(age=words)))
        if not self._waits:
            # Otherwise the next frame counts the lines that it adds.
            self.side.say_what_is_shown()

    def _choose(self, sources: tuple[Source, ...]) -> None:
        """Show only these sources, or all of them if none are given."""
        feed = self._feed
        if feed is None:
            return
        # The lines of a workload include those of its containers.
        sources = tuple(each for each in sources if not each.container or replace(each, container="") not in sources)
        # Keep following the rest: lines would be missing after a stop, and following again would load too many.
        followed = dict.fromkeys((*self._all[:MOST_FOLLOWED], *feed.states, *sources))
        feed.follow((*followed,))
        apart = frozenset(each for each in followed if each.container)
        self.side.want(replace(self.side.wish, sources=frozenset(sources), apart=apart))

    def action_sources(self) -> None:
        """Choose workloads and containers."""

        def chosen(sources: list[Source] | None) -> None:
            if sources is not None:
                self._choose(tuple(sources))

        self.app.push_screen(SourceMenu(self.look, self._choosable(), self.side.wish.sources), chosen)

    def _choosable(self) -> list[Source]:
        state = self._state
        if state is None:
            return list(self._all)
        return list(sources_of(self.session, state.account, state.entry, containers=True)) or list(self._all)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, or reads a line as a document, letters belong to the prompt or the document."""
        if action == "sources":
            return not self.side.reading and not self.side.prompt.display
        return super().check_action(action, parameters)

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the lines."""
        if self._notice.display:
            return [("r", "try again")]
        return self.side.hints()

    @on(LogSide.KeysChanged)
    def _keys_changed(self, message: LogSide.KeysChanged) -> None:
        message.stop()
        self.post_message(self.KeysChanged())

    def offer(self, command: Command) -> bool:
        """Choose what to copy from the line under the cursor, or save the lines that are shown."""
        row, feed, state = self.view.row, self._feed, self._state
        if command is Command.COPY and row is not None and row.remark is None:
            open_line_menu(self.page, self.look, row, self.view.inner_text)
        elif command is Command.SAVE and feed is not None and state is not None:
            save_lines(self.app, self.look, state.entry.label, feed.store)
        else:
            return False
        return True
