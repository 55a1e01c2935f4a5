"""Sections of a screen: a registry, the tab strip that shows it, and the base of a section's pane."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.fetcher import Fetcher
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.bar import Bar

T = TypeVar("T")
S = TypeVar("S")
LOW = 20
"""Rows of the terminal below which the strip takes no row: the first row names the section instead."""


@dataclass(frozen=True)
class Section(Generic[S]):
    """One section of a screen. `name` is its fragment in a route and the prefix of its requests.

    `load` imports and returns the class of its pane, when the section is first shown; a section without it is part
    of its screen. `beside_from` is the number of columns from which it is shown beside the first section.
    """

    name: str
    title: str
    key: str
    load: Callable[[], type[SectionPane[S]]] | None = None
    beside_from: int = 0


class SectionFetcher:
    """A section's requests: their topics carry its name, so that no two sections cancel each other's."""

    def __init__(self, fetcher: Fetcher, name: str) -> None:
        self._fetcher, self._name = fetcher, name
        self._topics: set[str] = set()

    def fetch(
        self,
        topic: str,
        ask: Callable[[Call], T],
        show: Callable[[T], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        """As Fetcher.fetch."""
        self._topics.add(topic)
        self._fetcher.fetch(self._full(topic), ask, show, fail)

    def forget(self, topic: str) -> None:
        """As Fetcher.forget."""
        self._fetcher.forget(self._full(topic))

    def busy(self, topic: str) -> bool:
        """As Fetcher.busy."""
        return self._fetcher.busy(self._full(topic))

    def forget_all(self) -> None:
        """Cancel all of the section's requests."""
        for topic in self._topics:
            self.forget(topic)
        self._topics.clear()

    def _full(self, topic: str) -> str:
        return f"{self._name}/{topic}"


@dataclass(frozen=True)
class Note:
    """What the tab strip says about a section: a `badge` in its tab; `age` and `error` while it is shown."""

    badge: str = ""
    age: str = ""
    error: str = ""


class SectionPane(Vertical, Generic[S]):
    """The base of a section's pane. It knows no other section; its screen hands it each new state."""

    class Changed(Message):
        """The section has something new to say in the tab strip."""

        def __init__(self, name: str, note: Note) -> None:
            super().__init__()
            self.name = name
            self.note = note

    def __init__(self, session: Session, name: str, fetcher: SectionFetcher) -> None:
        super().__init__(id=f"section-{name}", classes="section-pane")
        self.session = session
        self.look = session.look
        self.fetcher = fetcher
        self._name_of_section = name

    def show(self, state: S) -> None:
        """Draw the state that the screen has now."""

    def activate(self) -> None:
        """Take the focus and load; the section is shown from now on."""

    def deactivate(self) -> None:
        """Cancel the section's requests; it is hidden from now on."""
        self.fetcher.forget_all()

    def refresh_data(self) -> None:
        """Load again: the user wants the newest data now."""
        self.activate()

    def hints(self) -> list[tuple[str, str]]:
        """Return the section's keys for the last row."""
        return []

    def tell_strip(self, badge: str = "", *, age: str = "", error: str = "") -> None:
        """Say in the tab strip how the section is doing."""
        self.post_message(self.Changed(self._name_of_section, Note(badge, age, error)))


class TabStrip(Bar):
    """Names the sections with their keys. Brackets mark the section with the focus, so it stands out without color."""

    def show_tabs(
        self,
        sections: Sequence[Section[S]],
        shown: Collection[str],
        notes: Mapping[str, Note] | None = None,
        *,
        focused: str,
        short: bool = False,
    ) -> None:
        """Draw a tab for each section; `short` leaves out the names of those that are not `shown`.

        Those that are shown without the focus are in parentheses.
        """
        notes, none = notes or {}, Note()
        parts: list[Content | str | tuple[str, str]] = [" "]
        right: Content | str = ""
        for section in sections:
            note, here = notes.get(section.name, none), section.name in shown
            name = f" {section.title}" if here or not short else ""
            text = f"{section.key}{name}{f' {self._look.plain(note.badge)}' if note.badge else ''}"
            ends = "[]" if section.name == focused else "()" if here else "  "
            parts.append((f"{ends[0]}{text}{ends[1]}", "bold $text-primary" if here else "$quiet"))
            if note.error:
                parts.append(("!", "bold $text-error"))
            parts.append("" if short else " ")
            if here and (note.error or note.age):
                right = Content.assemble(
                    (f"{self._look.plain(note.error or note.age)} ", "$text-error" if note.error else "$quiet")
                )
        self.show(Content.assemble(*parts), right)
