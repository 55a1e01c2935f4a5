"""What the loaders of screens share: the state that they publish, and when they load again by themselves."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace
from textual.timer import Timer

from astro_tui.platform import rounds
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

S = TypeVar("S", bound=Struct)
Changed = Callable[[S, S], None]
"""Gets the old state and the new one."""


class Loader(Generic[S]):
    """Keeps the `state` that a screen shows. `show` gets the old state and the new one at each change.

    `staleness` describes the age of the data in words.
    """

    TOPICS: ClassVar[tuple[str, ...]] = ()
    """The topics whose pauses before another try are shown."""
    ALONE: ClassVar[bool] = False
    """Whether no other line reports a failure, so that the header includes the age of the data."""

    def __init__(self, requests: Requests, session: Session, state: S, show: Changed[S]) -> None:
        self._requests, self._session, self._show = requests, session, show
        self.state = state
        self.staleness = Staleness(session.look, alone=self.ALONE)

    def begin_with(self, state: S, *topics: str) -> None:
        """Cancel requests, and start with another state, which the screen shows by itself."""
        for topic in topics:
            self._requests.forget(topic)
        self.state, self.staleness = state, Staleness(self._session.look, alone=self.ALONE)

    def change(self, **fields: Any) -> None:
        """Change fields of the state, if any, and let the screen show it."""
        old, self.state = self.state, replace(self.state, **fields)
        self._show(old, self.state)

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Note that the client is waiting before it tries again."""
        if topic in self.TOPICS:
            self.staleness.waiting(reason, seconds, self._session.clock())
            self.change()


class PolledLoader(Loader[S]):
    """A loader that loads again by itself while its screen or section is in front.

    The response to the first of its `TOPICS` plans the next request.
    """

    def __init__(self, requests: Requests, session: Session, state: S, show: Changed[S]) -> None:
        super().__init__(requests, session, state, show)
        self._timer: Timer | None = None
        self._outdated = False
        """Whether something changed on the platform while another screen was in front."""
        self._moving: tuple[Hashable, datetime] = (None, session.clock())

    @property
    @abstractmethod
    def usual(self) -> float:
        """Seconds between two loads without failures."""

    @property
    def pause(self) -> float:
        """Seconds until the next load: more after failures."""
        return self.staleness.pause(self.usual)

    @property
    def planned(self) -> bool:
        """Whether there is going to be another load."""
        return self._timer is not None

    def interval(self, *, moving: Hashable) -> float:
        """Return the seconds between two loads without failures: few while a state is changing.

        `moving` says which state that is, and is false if none is. If it stays the same for long, it is stuck.
        """
        usual, now = self._session.settings.refresh, self._session.clock()
        if moving != self._moving[0]:
            self._moving = moving, now
        stuck = (now - self._moving[1]).total_seconds() > rounds.STUCK_AFTER
        return min(rounds.MOVING_REFRESH, usual) if moving and not stuck else usual

    def plan(self, seconds: float | None = None) -> None:
        """Plan the next load. Behind another screen nothing is planned, also when a response arrives late."""
        self.stop_polling()
        if self._requests.in_front:
            self._timer = self._requests.set_timer(self.pause if seconds is None else seconds, self.due)

    def due(self) -> None:
        """Poll now, unless the timer has been stopped: it can already be in the queue of messages."""
        if self.planned:
            self._requests.poll()

    def stop_polling(self) -> None:
        """Plan no more loads: another screen is in front, or a request is sent."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def changed(self) -> None:
        """The platform has changed what is shown: load it, now or when the screen is in front again."""
        if self._requests.in_front:
            self._requests.load()
        else:
            self._outdated = True

    def resume(self) -> None:
        """The screen is in front again: load at once what changed or is old, else poll when it is due.

        If a request is open, its response plans the next one.
        """
        outdated, self._outdated = self._outdated, False
        now, busy, paused = self._session.clock(), self._requests.busy(self.TOPICS[0]), self._session.paused
        rest, fetched = self.staleness.rest_of_pause(self.usual, now), self.staleness.fetched
        old = fetched is None or (now - fetched).total_seconds() > rounds.MOVING_REFRESH
        if outdated and paused:
            # A pause ends polling, but not following an action.
            self._requests.load()
        elif outdated or (not busy and not paused and not rest and old):
            self._requests.poll()
        elif not busy:
            self.plan(rest or self.usual)
