"""What screens and sections share: they know topics, each from one kind of request, and draw themselves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, Generic, TypeVar

from textual import on
from textual.app import App
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform import rounds
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Fail, Request, Show
from astro_tui.session.routes import Route
from astro_tui.session.session import Session
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.drawn import Drawn
from astro_tui.widgets.lists.rows import RowList

T = TypeVar("T")
P = TypeVar("P")


class View(Drawn):
    """A screen or a section. Its first topic is what `r` loads again."""

    session: Session
    look: Look
    topics: dict[str, Topic[Any]]

    @property
    @abstractmethod
    def in_front(self) -> bool:
        """Whether the user sees it, with no other screen and no box in front of it."""

    # ---- requests

    @abstractmethod
    def fetch(
        self,
        topic: str,
        request: Request[T],
        show: Show[T],
        fail: Fail,
        waiting: Callable[[str, float], None] | None = None,
    ) -> None:
        """Run `request` in a worker thread, then `show` its result or `fail` with its error on the UI thread.

        A new request cancels the previous one of its topic. After an error of kind CANCELED, neither is called.
        `waiting` is called with the reason and the seconds if the client waits before it tries again.
        """

    @abstractmethod
    def forget(self, topic: str) -> None:
        """Cancel the topic's request and drop its response."""

    @abstractmethod
    def busy(self, topic: str) -> bool:
        """Whether the topic has an open request."""

    # ---- a prompt

    @property
    def searched(self) -> RowList | None:
        """The list that the arrow keys move over while the user types."""
        return None

    def prompt_done(self, text: str | None) -> None:
        """The user submitted the text of the prompt; None if they canceled."""

    @on(Prompt.Pressed)
    def _prompt_pressed(self, message: Prompt.Pressed) -> None:
        message.stop()
        searched = self.searched
        if not message.moves:
            self.prompt_done(message.text)
        elif searched is not None:
            searched.action_move(message.rows(searched.page))

    # ---- loading

    def load(self) -> None:
        """Load what the view shows."""

    @abstractmethod
    def poll(self) -> None:
        """Load again, unless refreshes are paused; while signed out, only check for a new login."""

    def load_again(self) -> None:
        """Load because the user wants the newest data, or has signed in."""
        main = next(iter(self.topics.values()), None)
        if main is None or main.may_send_again():
            self.load()

    def suspend(self) -> None:
        """Plan no more requests: another screen is in front, or the section is hidden."""
        for topic in self.topics.values():
            topic.stop()

    def resume(self) -> None:
        """Load what is old, and plan the next requests: the view is in front again."""
        for topic in self.topics.values():
            topic.resume()

    def settled(self) -> None:
        """React to the end of the screen's last open request: there is time to prepare what comes next."""

    def keep_place(self) -> None:
        """Save the position for the next visit; called before the screen closes."""

    @property
    def route(self) -> Route | None:
        """Where the user is: the address of what is on screen or under the cursor; None if it has none."""
        return None

    # ---- words

    @abstractmethod
    def show_message(self, text: str, *, warning: bool = False) -> None:
        """Show a message in the last row for a few seconds."""

    @abstractmethod
    def error_keys(self, error: PlatformError) -> list[tuple[str, str]]:
        """Return the keys that help after an error, for a notice."""


class Topic(Staleness, Generic[T]):
    """What a view knows from one kind of request: the newest value, its age, and why a later request failed.

    `took` gets each value before it is drawn. With `every`, the seconds between two loads, the view loads again by
    itself while it is in front. `failure_in` returns why a value is only partly new, if so. With `alone`, no other line
    reports a failure while an old value is shown: the age does, and a message.
    """

    def __init__(
        self,
        view: View,
        name: str,
        took: Show[T] | None = None,
        *,
        every: Callable[[], float] | None = None,
        failure_in: Callable[[T], PlatformError | None] = lambda _value: None,
        alone: bool = False,
    ) -> None:
        super().__init__(view.look, alone=alone)
        self._view, self.name, self._took, self._every, self._failure_in = view, name, took, every, failure_in
        self.value: T | None = None
        self.key: Hashable = None
        """What the value is about, such as a pod."""
        self._timer: Timer | None = None
        self._outdated = False
        self._moving: tuple[Hashable, datetime] = (None, view.session.clock())
        view.topics[name] = self

    @property
    def busy(self) -> bool:
        """Whether a response is still to come."""
        return self._view.busy(self.name)

    # ---- requests

    def load(self, request: Request[T]) -> None:
        """Send a request; the value stays until its response arrives."""
        self.stop()
        self._view.forget(self._more)
        self.requested(self._view.session.clock())
        self._view.fetch(self.name, request, self._take, self._fail, self._wait)
        self._view.changed()

    def _take(self, value: T) -> None:
        failure, now = self._failure_in(value), self._view.session.clock()
        with self._view.one_drawing():
            self.value = value
            if failure is None:
                self.fresh(now)
            else:
                self._failed(failure)
            if self._took is not None:
                self._took(value)
            if not self.busy:
                self.plan()
            self._view.changed()

    def _fail(self, error: PlatformError) -> None:
        self._failed(error)
        self.plan()
        self._view.changed()

    def _failed(self, error: PlatformError) -> None:
        self.failed(error, self._view.session.clock())
        # If signed out, the age says so, and the last row names the key to sign in.
        if self._alone and self.value is not None and error.kind is not ErrorKind.SIGNED_OUT:
            self._view.show_message(str(error), warning=True)

    def _wait(self, reason: str, seconds: float) -> None:
        self.waiting(reason, seconds, self._view.session.clock())
        self._view.changed()

    def more(self, request: Request[P], add: Show[P]) -> None:
        """Request a part that the value lacks, such as its next page; `add` puts it into the value."""

        def take(part: P) -> None:
            with self._view.one_drawing():
                self.fresh(self._view.session.clock())
                add(part)
                self._view.changed()

        self._view.fetch(self._more, request, take, self._fail, self._wait)

    @property
    def _more(self) -> str:
        return f"{self.name}-more"

    @property
    def busy_with_more(self) -> bool:
        """Whether a part is still to come."""
        return self._view.busy(self._more)

    def about(self, key: Hashable) -> bool:
        """Start over unless the topic is about `key` already; returns whether it starts over."""
        other = key != self.key
        if other:
            self.forget()
            self.key = key
        return other

    def cancel(self) -> None:
        """Cancel the request, and plan none."""
        self.stop()
        self.canceled()
        self._view.forget(self.name)
        self._view.forget(self._more)

    def forget(self) -> None:
        """Start over, about something else."""
        self.cancel()
        self.value = self.key = None
        self.start_over()

    def may_send_again(self) -> bool:
        """Tell the user what `r` does to an open request; return whether to send the request now."""
        again, sentence = self.again(self._view.session.clock(), busy=self.busy)
        if sentence:
            self._view.show_message(sentence)
        if again:
            self._view.forget(self.name)
        return again

    # ---- loading by itself

    @property
    def usual(self) -> float:
        """Seconds between two loads without failures."""
        return self._every() if self._every is not None else 0.0

    @property
    def interval(self) -> float:
        """Seconds until the next load: more after failures."""
        return self.pause(self.usual)

    def while_moving(self, moving: Hashable) -> float:
        """Return the seconds between two loads: few while a state is changing.

        `moving` says which state that is, and is false if none is. If it stays the same for long, it is stuck.
        """
        usual, now = self._view.session.settings.refresh, self._view.session.clock()
        if moving != self._moving[0]:
            self._moving = moving, now
        stuck = (now - self._moving[1]).total_seconds() > rounds.STUCK_AFTER
        return min(rounds.MOVING_REFRESH, usual) if moving and not stuck else usual

    def plan(self, seconds: float | None = None) -> None:
        """Plan the next load. Behind another screen nothing is planned, also when a response arrives late."""
        self.stop()
        if self._every is not None and self._view.in_front:
            self._timer = self._view.set_timer(self.interval if seconds is None else seconds, self.due)

    @property
    def planned(self) -> bool:
        """Whether there is going to be another load."""
        return self._timer is not None

    def due(self) -> None:
        """Poll now, unless the timer has been stopped: it can already be in the queue of messages."""
        if self.planned:
            self._view.poll()

    def stop(self) -> None:
        """Plan no more loads."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def outdated(self) -> None:
        """The platform has changed what is shown: load it now, or when the view is in front again."""
        self._outdated = not self._view.in_front
        if not self._outdated:
            self._view.load()

    def resume(self) -> None:
        """The view is in front again: load at once what changed or is old, else when it is due.

        If a request is open, its response plans the next one.
        """
        if self._every is None:
            return
        outdated, self._outdated = self._outdated, False
        now, paused = self._view.session.clock(), self._view.session.paused
        rest, fetched = self.rest_of_pause(self.usual, now), self.fetched
        old = fetched is None or (now - fetched).total_seconds() > rounds.MOVING_REFRESH
        if outdated and paused:
            # A pause ends polling, but not following an action.
            self._view.load()
        elif outdated or (not self.busy and not paused and not rest and old):
            self._view.poll()
        elif not self.busy:
            self.plan(rest or self.usual)


def show_message(app: App[Any], text: str, *, warning: bool = False) -> None:
    """Show a message in the last row of the screen in front, or of the one below a box."""
    screen = next((screen for screen in reversed(app.screen_stack) if isinstance(screen, View)), None)
    if screen is not None:
        screen.show_message(text, warning=warning)
