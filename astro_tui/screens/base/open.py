"""The messages that open other screens, and closing one that may be behind another. No screen imports another."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from textual.content import Content
from textual.message import Message
from textual.screen import Screen

from astro_tui.presentation.agent_list import Entry
from astro_tui.session.routes import SECTIONS, DeploymentRoute, Route
from astro_tui.session.session import Session
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.bar import leading

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint
    from astro_tui.session.agent import Agent
    from astro_tui.session.comparison import Find, Sides


def agent_link(look: Look, account: str, entry: Entry) -> Content:
    """Return the name of an agent for a header; a click on it opens the agent."""
    route = DeploymentRoute(account, entry.key, SECTIONS[0].name)
    return leading(look.line((look.name(entry.label, entry.blueprint), "bold")), str(route))


class Compared(Struct, frozen=True):
    """What a screen knows of a comparison: the deployment, and the two sides or the function that finds them."""

    agent: Agent
    sides: Sides | None = None
    find: Find | None = None


class Published(Struct, frozen=True):
    """A blueprint as a list has it; `listed` if the screen behind lists it with its neighbors."""

    blueprint: Blueprint
    listed: bool = False


class Open(Message):
    """Open the screen of `route`, for `session`; `loaded` is what the sender has loaded of it already."""

    def __init__(
        self, session: Session, route: Route, loaded: Compared | Published | None = None, words: str = ""
    ) -> None:
        super().__init__()
        self.session = session
        self.route = route
        self.loaded = loaded
        self.words = words
        """What the opened screen says first."""


class Neighbor(Message):
    """Show what is `step` rows away in the list behind the screen in front."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step


class OpenSignIn(Message):
    """Let the user sign in; `done` is called with a sentence that says who signed in, and where the login is stored."""

    def __init__(self, session: Session, done: Callable[[str], None]) -> None:
        super().__init__()
        self.session = session
        self.done = done


T = TypeVar("T")


class ClosesItself(Screen[T]):
    """Closes only when it is in front, because Textual's `dismiss` closes whatever screen is in front."""

    _results: tuple[T, ...] = ()

    def close_with(self, result: T) -> None:
        """Close with a result: now, or once the screen in front of this one has closed."""
        self._results = (result,)
        self.close_in_front()

    def close_in_front(self) -> None:
        """Close if there is a result by now."""
        if self._results and self.is_active:
            (result,), self._results = self._results, ()
            self.dismiss(result)
