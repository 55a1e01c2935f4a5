"""What the sections of a screen share: their keys, the tab strip, and the base of a section's pane."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from enum import Enum, auto
from typing import ClassVar, Generic, TypeVar

from msgspec import Struct
from textual import events
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from astro_tui.errors import PlatformError
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.view import View
from astro_tui.session.requests import Fail, Request, Show
from astro_tui.session.routes import Section
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import BESIDE_FROM
from astro_tui.widgets.chrome.bar import Bar, press
from astro_tui.widgets.chrome.prompt import Typed
from astro_tui.widgets.keymap import shown_keys

T = TypeVar("T")
S = TypeVar("S")


def section_bindings(screen: str, sections: Sequence[Section]) -> list[Binding]:
    """Return the keys of the sections, for the `BINDINGS` of a screen whose action ids start with `screen`."""
    return [
        *(
            Binding(one.key, f"section({one.name!r})", one.title, tooltip="sections", id=f"{screen}.{one.name}")
            for one in sections
        ),
        Binding("left_square_bracket", "next_section(-1)", "previous section", id=f"{screen}.previous-section"),
        Binding("right_square_bracket", "next_section(1)", "next section", id=f"{screen}.next-section"),
    ]


class PanePlace(Enum):
    """Where a pane is shown."""

    HIDDEN = auto()
    """It is not shown."""
    MAIN = auto()
    """It fills the body, or the room that the panes beside and above it leave."""
    BESIDE = auto()
    """It is in the column beside another pane."""
    ABOVE = auto()
    """It is above another pane, as a summary of a few lines."""


class SectionCommand(Enum):
    """What a key does in a section, or in the whole screen if the section offers nothing for it."""

    COPY = auto()
    """Choose what to copy."""
    COMPARE = auto()
    """Choose what to compare with."""
    DIFF = auto()
    """Show what changed."""
    SAVE = auto()
    """Save what is shown to a file."""


class Note(Struct, frozen=True):
    """What the tab strip says about a section: a `badge` in its tab, and the rest while the section is shown.

    `about` says what it shows, `age` how old that is, and `error` why loading failed.
    """

    badge: str = ""
    about: Content | str = ""
    age: Content | str = ""
    error: str = ""

    def state(self, look: Look) -> Content:
        """Return how old it is, or why loading failed, for the header; empty if there is nothing to say."""
        return look.line((self.error, "$text-error"), " ") if self.error else _quiet(self.age, look)


def _quiet(text: Content | str, look: Look) -> Content:
    """Return a text for a right end, with a margin."""
    quiet = text if isinstance(text, Content) else look.line((text, "$quiet"))
    return quiet.rstrip() + " " if quiet else quiet


class SectionPane(Vertical, View, Generic[S]):
    """The base of a section's pane. It knows no other section; its screen hands it each new state.

    The host calls its methods. A pane implements those that it needs; `show` is called first, with the current state.
    While the pane is shown, `draw` shows the state and what its topics know.
    """

    STYLES: ClassVar[tuple[str, ...]] = ()
    """Names of the style sheets that are loaded with the pane."""
    SPLIT: ClassVar[bool] = False
    """Whether the pane has parts that share even a short window."""

    class Wanted(Message):
        """The user wants to see another section, at `detail`, as in a route."""

        def __init__(self, name: str, detail: str = "") -> None:
            super().__init__()
            self.name = name
            self.detail = detail

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(id=f"section-{name}", classes="section-pane")
        self.display = False
        self.page = page
        """The screen, to open other screens and to say what was just done."""
        self.session = page.session
        self.look = page.look
        self.topics = {}
        self._state: S | None = None
        self._reported: object = None
        self.section = name
        self._topics: set[str] = set()
        self.place = PanePlace.HIDDEN
        """Where the pane is shown."""
        self.active = False
        """Whether the pane is shown."""
        self.full = False
        """Whether the user wants the full height for what has the focus."""
        self.fills = False
        """Whether the pane needs the whole height, with nothing above it."""

    @property
    def begun(self) -> bool:
        """Whether the host has handed the state over."""
        return self._state is not None

    @property
    def state(self) -> S:
        """What the screen knows. Nothing is drawn or loaded before the host hands it over."""
        if self._state is None:
            raise RuntimeError
        return self._state

    # ---- what the host calls

    def begin(self) -> None:
        """Start over: the next state is about another object."""
        for topic in self.topics.values():
            topic.forget()
        self._state = None

    def show(self, state: S) -> None:
        """Take the state that the screen has now. Called for each new state, even while the pane is hidden."""
        self._state = state
        self.changed()

    def put(self, place: PanePlace, *, full: bool) -> None:
        """Show the pane in a place, or hide it. Also called when the window has a new size."""
        self.place, self.full, self.active = place, full, place is not PanePlace.HIDDEN
        self.display = self.active
        self.changed()

    def shown(self) -> None:
        """Load: the pane is shown from now on."""
        self.load()

    def hide(self) -> None:
        """Hide the pane, and cancel its requests."""
        self.put(PanePlace.HIDDEN, full=False)
        self.forget_all()
        for topic in self.topics.values():
            topic.cancel()
        if self.is_mounted:
            self.unfocused()

    def unfocused(self) -> None:
        """Close an open prompt: another section gets the keys."""

    def hold(self) -> None:
        """Keep the rows in place, because a line may appear above the pane: the screen loads again."""

    @property
    def drawable(self) -> bool:
        """Whether the pane is shown, has its widgets, and knows what to show."""
        return self.active and self.begun and super().drawable

    def changed(self) -> None:
        """Draw the pane, then, if that has changed, what the screen says about it."""
        super().changed()
        said = (self.note, self.fills) if self.begun and super().drawable else None
        if said is None or said != self._reported:
            self._reported = said
            self.page.changed()
        else:
            self.page.draw_keys_soon()

    @property
    def note(self) -> Note | None:
        """What the tab strip says about the section."""
        return None

    @property
    def build(self) -> str:
        """The build under the cursor, for the actions; empty without one."""
        return ""

    def take_focus(self) -> None:
        """Take the keys."""
        inside = self.query("*").results(Widget)
        self.screen.set_focus(next((widget for widget in inside if widget.focusable), None))

    def go_to(self, detail: str) -> None:
        """Show a part of the section: the detail of a route. It may not exist."""

    @property
    def detail(self) -> str:
        """The part of the section under the cursor, for `go_to`: the end of the address that `y L` copies."""
        return ""

    def offer(self, command: SectionCommand) -> bool:
        """Do what a key is for, or open a menu for it; returns False if the section has nothing for it."""
        del command
        return False

    # ---- requests: their topics carry the section's name, so that no two sections cancel each other's

    def _full(self, topic: str) -> str:
        return f"{self.section}/{topic}"

    def fetch(
        self,
        topic: str,
        request: Request[T],
        show: Show[T],
        fail: Fail,
        waiting: Callable[[str, float], None] | None = None,
    ) -> None:
        """Send a request of the section; see `Page.fetch`."""
        self._topics.add(topic)
        self.page.fetch(self._full(topic), request, show, fail, waiting)

    def forget(self, topic: str) -> None:
        """Cancel the topic's request and drop its response."""
        self.page.forget(self._full(topic))

    def busy(self, topic: str) -> bool:
        """Whether the topic has an open request."""
        return self.page.busy(self._full(topic))

    def forget_all(self) -> None:
        """Cancel all requests of the section. The host does this when it hides the section."""
        for topic in self._topics:
            self.forget(topic)
        self._topics.clear()

    @property
    def in_front(self) -> bool:
        """Whether the pane is shown, with no other screen in front of its own."""
        return self.active and self.page.in_front

    def poll(self) -> None:
        """Load again, unless refreshes are paused."""
        if self.active and not self.session.paused:
            self.load()

    def error_keys(self, error: PlatformError) -> list[tuple[str, str]]:
        """Return the keys that help after an error, for a notice."""
        return self.page.error_keys(error)

    def show_message(self, text: str, *, warning: bool = False) -> None:
        """Show a message in the last row for a few seconds."""
        self.page.show_message(text, warning=warning)

    def remember(self) -> None:
        """Save what the next run starts with."""
        self.page.remember()


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class TabStrip(Bar):
    """Names the sections with their keys. Brackets mark the section with the focus, so it stands out without color.

    A click on one of the others presses its key.
    """

    ALLOW_SELECT = False
    _tabs: Sequence[tuple[int, int, str]] = ()
    """Where each tab starts and ends, and its key, except for the section with the focus."""

    def on_click(self, event: events.Click) -> None:
        """Press the key of a section. While the user types, end that first, or the text would get the key."""
        for start, end, key in self._tabs:
            if start <= event.x < end:
                focused = self.screen.focused
                press(self, *([focused.LEAVES] if isinstance(focused, Typed) else []), key)

    def show_tabs(
        self,
        sections: Sequence[Section],
        shown: Sequence[str],
        notes: Mapping[str, Note],
        *,
        focused: str,
        unnamed: Container[str] = (),
    ) -> None:
        """Draw a tab for each section, and what is said about the one with the focus, as far as there is room for it.

        A narrow window has room only for the names of the sections that are `shown`, and `unnamed` ones have nothing to
        show. Sections that are shown without the focus end with a plus.
        """
        wide = self.app.size.width >= BESIDE_FROM
        named = [section.name for section in sections if wide and section.name not in unnamed]
        abouts = (_quiet(notes.get(name, Note()).about, self._look) for name in (focused, *shown))
        about = next(filter(None, abouts), Content())
        for gap in (" ", ""):
            tabs, self._tabs = self._tabs_of(sections, shown, notes, focused, named=named, gap=gap)
            room = max(0, self.app.size.width - tabs.cell_length - 1)
            if about.cell_length <= room:
                break
        cut = self._look.glyphs.cut
        self.show(tabs, about if about.cell_length <= room else about.truncate(max(0, room - len(cut))) + cut[:room])

    def _tabs_of(
        self,
        sections: Sequence[Section],
        shown: Sequence[str],
        notes: Mapping[str, Note],
        focused: str,
        *,
        named: Container[str],
        gap: str,
    ) -> tuple[Content, Sequence[tuple[int, int, str]]]:
        """Return the tabs with a `gap` between them, and where each starts and ends, with its key."""
        tabs, places = Content(" "), []
        for section in sections:
            note, here = notes.get(section.name, Note()), section.name in shown
            key, badge = shown_keys(self, section.key), self._look.plain(note.badge)
            # A count in plain digits would look like a key.
            count = f"({badge})" if badge and self._look.ascii else badge.translate(_RAISED)
            text = f"{key}{f' {section.title}' if here or section.name in named else ''}{count}"
            ends = (f"{'' if gap else ' '}[", "]") if section.name == focused else (" ", "+" if here else gap)
            tab = self._look.line((f"{ends[0]}{text}{ends[1]}", "bold $text-primary" if here else "$quiet"))
            if section.name != focused:
                places.append((tabs.cell_length, tabs.cell_length + tab.cell_length, key))
            tabs += tab + self._look.line(("!" if note.error else "", "bold $text-error"))
        return tabs, places
