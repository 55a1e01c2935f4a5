"""Follows the logs of workloads, of one deployment or of several, and copies and saves their lines."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any, ClassVar, TypeVar

from msgspec.structs import replace
from textual.app import App, ComposeResult
from textual.screen import Screen

from astro_tui.clipboard.offers import SAMPLE, Offer, Piece, masked_offer, text_offer
from astro_tui.logs.feed import Feed, first_error
from astro_tui.logs.following import FollowPhase
from astro_tui.logs.line import LogSource, mixed_in, name_of
from astro_tui.logs.rows import LogRow
from astro_tui.logs.store import LogStore
from astro_tui.platform.client import Call
from astro_tui.presentation.log_places import place_in, unproven
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import open_menu, save
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import Note, SectionCommand, SectionPane
from astro_tui.screens.base.view import Topic
from astro_tui.screens.deployment.sections.logs import texts
from astro_tui.screens.deployment.sections.logs.side import PLACE, LogSide
from astro_tui.screens.deployment.sections.logs.sources import MOST_FOLLOWED, SourceMenu, followed_of
from astro_tui.session.agent import Agent
from astro_tui.session.log_selection import read_sources, sources_of
from astro_tui.state.files import file_stem
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, stamp
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.logs.log_view import LogView

S = TypeVar("S")
FRAME, FIRST_FRAME = 1.0, 0.05
"""Seconds between two frames while lines arrive, and while the last lines are still loading. A line that arrives after
a pause is drawn at once. Each frame draws the whole window, which delays keys and uses the processor."""


def line_text(row: LogRow) -> str:
    """Return a row as one line of text, masked."""
    if row.remark is not None:
        who = ", ".join(name_of(source) for source in row.remark.sources if source.agent)
        return f"-- {f'{who}: ' if who else ''}{row.remark.text or counted(row.remark.lines, 'line')} --"
    return f"{_head(row)}{masked_line(row.message)}"


def _head(row: LogRow) -> str:
    source = replace(row.source, container="")
    return f"{stamp(row.ns) if row.ns else '-'} {row.word or '-'} {name_of(source)} "


def line_offers(row: LogRow, inner: str = "") -> list[Offer]:
    """Return what can be copied from a line; `inner` is the JSON under the cursor, masked, or empty."""
    sample = masked_line(row.message, SAMPLE)
    offers = [
        text_offer("j", "JSON", visible(inner)),
        Offer("l", "line", f"{_head(row)}{sample}", lambda: Piece(line_text(row))),
        masked_offer("m", "message", row.message),
        text_offer("t", "time", stamp(row.ns) if row.ns else ""),
        text_offer("w", "workload", row.source.workload),
        text_offer("a", "agent", row.source.agent),
    ]
    return [offer for offer in offers if offer.sample]


def open_line_menu(screen: Screen[Any], look: Look, row: LogRow, inner: str) -> None:
    """Choose what to copy from a line; `inner` is the JSON under the cursor, masked, or empty."""
    open_menu(screen, look, row.source.workload, line_offers(row, inner))


def save_lines(app: App[Any], look: Look, label: str, store: LogStore) -> None:
    """Ask for a file name, and save the lines that are shown."""

    def make() -> Piece:
        parts = ["\n".join(map(line_text, rows)) for rows in store.shown_rows() if rows]
        return Piece("".join(f"{part}\n" for part in parts))

    save(app, look, file_stem(label, "log"), ".log", make)


class FollowedLogs(SectionPane[S]):
    """Follows workloads while its screen is open; can filter, search, and group repeats into templates."""

    STYLES = ("logs", "spec_tree")
    EVERY: ClassVar[float] = 0.0
    """Seconds after which the workloads are read again, because more may join; 0 for never."""
    BINDINGS = keymap("""
        P  sources  log.sources  choose a workload or container [workload]
    """)

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.side = LogSide(self, self.agents, update=self._update)
        self.feed = Feed(self.session.platform, self._feed_changed)
        """The lines, which continue to arrive while another section is shown."""
        self._all: tuple[LogSource, ...] = ()
        self._found: tuple[LogSource, ...] = ()
        self._place = ""
        self._waits = False
        self._frame_at = 0.0
        self.workloads = Topic[tuple[LogSource, ...]](self, "workloads", every=self._every if self.EVERY else None)
        """The workloads from a request: if no fact named any, or if more may join."""

    # ---- what differs for one deployment and for several

    @abstractmethod
    def agents(self) -> Sequence[Agent]:
        """Return the agents whose logs these are."""

    @property
    @abstractmethod
    def label(self) -> str:
        """What a saved log is called."""

    @abstractmethod
    def known_sources(self, *, containers: bool = False) -> tuple[LogSource, ...]:
        """Return the workloads that are known without a request."""

    @abstractmethod
    def read_sources(self, call: Call) -> tuple[LogSource, ...]:
        """Request the workloads (worker thread). Raises PlatformError."""

    def _every(self) -> float:
        return self.EVERY

    # ---- widgets

    def compose(self) -> ComposeResult:
        """The lines, and the notice that can replace them."""
        yield self.side
        yield Notice(self.look, id="log-notice")

    def on_mount(self) -> None:
        """Show the lines."""
        self.side.show(self.feed)

    def on_unmount(self) -> None:
        """End the streams."""
        self.feed.stop()

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
        states = self.feed.states
        return bool(states) and all(state.loaded for state in states.values()) and not self._waits

    # ---- what the host calls

    def begin(self) -> None:
        """Start over: the next state is about another deployment."""
        super().begin()
        self._start_over()

    def _start_over(self) -> None:
        self.feed.stop()
        self.feed = Feed(self.session.platform, self._feed_changed)
        self._all, self._found, self._place = (), (), ""
        self.workloads.forget()
        self.side.show(self.feed)

    def load(self) -> None:
        """Follow the workloads; following continues while another section is shown."""
        self.follow_now(self.known_sources())
        if not self._all or self.EVERY:
            self.workloads.load(self.read_sources)
        # Lines that came while another section was shown are not drawn yet.
        self._feed_changed()

    def load_again(self) -> None:
        """Reconnect at once wherever the connection was lost. If a log ended, read all of them again."""
        if any(state.phase is FollowPhase.ENDED for state in self.feed.states.values()):
            self._start_over()
            self.load()
            return
        self.feed.retry()
        if not self._all or self.EVERY:
            self.load()

    def follow(self) -> None:
        """Follow what is known by now."""
        if not self._all or self.EVERY:
            self.follow_now(self.workloads.value or self.known_sources())
        self.side.follow()

    def unfocused(self) -> None:
        """Close the prompt of the lines; a search in a document stays."""
        super().unfocused()
        self.side.end_typing()

    def follow_now(self, sources: tuple[LogSource, ...]) -> bool:
        """Follow these workloads from now on, in addition to those that the user chose; returns whether any is new."""
        if not sources or sources is self._found:
            return False
        self._found = sources
        if set(sources) == set(self._all):
            return False
        # In this order, each keeps its color.
        self._all = tuple(dict.fromkeys((*(source for source in self._all if source in sources), *sources)))
        self.side.followed = followed_of(self._all)
        self.feed.follow((*dict.fromkeys((*self.side.followed, *self.side.wish.sources)),))
        return True

    def take_focus(self) -> None:
        """Focus the lines, or what is in front of them."""
        self.side.take_focus()

    @property
    def detail(self) -> str:
        """The line under the cursor, unless the view follows the log, and the workload if only one is shown."""
        return self.side.detail

    # ---- new lines

    def _feed_changed(self) -> None:
        """React to the feed (any thread)."""
        if not self._waits:
            self._waits = True
            self.call_later(self._grew)

    async def _grew(self) -> None:
        left = self._frame_at - monotonic()
        if left > 0:
            self.set_timer(left, self._update)
        else:
            await self._update()

    async def _update(self) -> None:
        self._waits = False
        if self.active:
            await self.view.update_in_turns()
            self.changed()
        self._frame_at = monotonic() + (FRAME if self.complete else FIRST_FRAME)

    # ---- drawing

    def draw(self) -> None:
        """Draw the notice, or what is said about the lines. The lines are drawn when they arrive."""
        view, store, states, workloads = self.view, self.feed.store, self.feed.states, self.workloads
        if states and all(state.loaded for state in states.values()):
            view.instead = texts.NO_LINES if not store.lines else "Nothing matches."
        failed = all(state.error is not None and not state.loaded for state in states.values())
        error = first_error(states) or workloads.error
        if error is not None:
            self._notice.say_error(error, self.error_keys(error))
        elif workloads.value == ():
            title, lines = texts.NO_WORKLOADS
            self._notice.say(title, lines, [("r", "refresh"), ("esc", "go back")])
        instead = (error is not None and failed and not store.lines) or (workloads.value == () and not self._all)
        if self._notice.display != instead or self.side.display == instead:
            self._notice.display, self.side.display = instead, not instead
        if not self._waits:
            # Otherwise the next frame counts the lines that it adds.
            self.side.draw()

    @property
    def note(self) -> Note:
        """Whether the log is live."""
        return Note(age=texts.state_words(self.feed.states, self.look))

    def _choose(self, sources: tuple[LogSource, ...]) -> None:
        """Show only these sources, or all of them if none are given."""
        feed = self.feed
        # The lines of a workload include those of its containers.
        sources = tuple(each for each in sources if not each.container or replace(each, container="") not in sources)
        # Keep following the rest: lines would be missing after a stop, and following again would load too many.
        followed = dict.fromkeys((*followed_of(self._all), *feed.states, *sources))
        feed.follow((*followed,))
        apart = frozenset(each for each in followed if each.container)
        self.side.want(replace(self.side.wish, sources=frozenset(sources), apart=apart))

    def action_sources(self) -> None:
        """Choose workloads and containers."""

        def chosen(sources: list[LogSource] | None) -> None:
            if sources is not None:
                self._choose(tuple(sources))

        self.app.push_screen(SourceMenu(self.look, self._choosable(), self.side.wish.sources), chosen)

    def _choosable(self) -> list[LogSource]:
        return list(self.known_sources(containers=True)) or list(self._all)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, or reads a line as a document, letters belong to the prompt or the document."""
        if action == "sources":
            return not self.side.reading and not self.side.prompt.display
        return super().check_action(action, parameters)

    # ---- keys

    def offer(self, command: SectionCommand) -> bool:
        """Choose what to copy from the line under the cursor, or save the lines that are shown."""
        row = self.view.row
        if command is SectionCommand.COPY and row is not None and row.remark is None:
            open_line_menu(self.page, self.look, row, self.view.inner_text)
        elif command is SectionCommand.SAVE:
            save_lines(self.app, self.look, self.label, self.feed.store)
        else:
            return False
        return True


class LogsPane(FollowedLogs[DeploymentState]):
    """Follows all workloads of the deployment on screen."""

    @property
    def _agent(self) -> Agent:
        return self.session.agent(self.state.account, self.state.entry)

    def agents(self) -> Sequence[Agent]:
        """Return the deployment."""
        return (self._agent,)

    @property
    def label(self) -> str:
        """The name of the deployment."""
        return self.state.entry.label

    def known_sources(self, *, containers: bool = False) -> tuple[LogSource, ...]:
        """Return what the facts name."""
        return sources_of(self._agent, containers=containers)

    def read_sources(self, call: Call) -> tuple[LogSource, ...]:
        """Request the record."""
        return read_sources(self._agent, call)

    def follow_now(self, sources: tuple[LogSource, ...]) -> bool:
        """Follow these workloads, unless some are followed already, and say which are left out."""
        if self._all or not super().follow_now(sources):
            return False
        names = [source.workload for source in sources]
        if self._place:
            self.go_to(self._place)
        elif mixed := mixed_in(names, names):
            self.show_message(mixed)
        elif len(sources) > MOST_FOLLOWED:
            self.show_message(texts.chosen(names, MOST_FOLLOWED, action_key(self, "log.sources")))
        return True

    def go_to(self, place: str) -> None:
        """Go to a workload, a time, or both, given as `WORKLOAD`, `WORKLOAD/CONTAINER`, and `@TIME`."""
        self._place = place
        if not self._all:
            return
        self._place = ""
        workload, container, ns = place_in(place)
        match = next((source for source in self._all if source.workload == workload), None)
        if match is None:
            if workload:
                self.show_message(f"There is no workload named {self.look.plain(workload)}.", warning=True)
            match = self._all[0]
        source = replace(match, container=container)
        if workload:
            self._choose((source,))
        if doubt := unproven(self.state.entry.diagnosis, place, self.session.clock()):
            self.show_message(doubt)
        if ns:
            reach = partial(self._reach, self.feed, source, ns)
            self.fetch(PLACE, reach, self.side.go_to_time, self.side.say_error)

    @staticmethod
    def _reach(feed: Feed, source: LogSource, ns: int, call: Call) -> int:
        feed.wait_for_first(source, call)
        feed.reach(source, ns, call)
        return ns
