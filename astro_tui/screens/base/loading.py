"""What the loaders of screens share: the state that they publish, and when they load again by themselves."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.intervals import MOVING_REFRESH, STUCK_AFTER
from astro_tui.session.requests import Fetcher, Polled, Stoppable
from astro_tui.session.session import Session

R = TypeVar("R", bound=Fetcher)
S = TypeVar("S", bound=Struct)


class Loader(Generic[R, S]):
    """Keeps the `state` that a screen shows. `show` gets the old state and the new one at each change.

    `staleness` describes the age of the data in words.
    """

    TOPICS: ClassVar[tuple[str, ...]] = ()
    """The topics whose pauses before another try are shown."""

    def __init__(self, requests: R, session: Session, state: S, show: Callable[[S, S], None]) -> None:
        self._requests, self._session, self._show = requests, session, show
        self.state = state
        self.staleness = Staleness(session.look)

    def change(self, **fields: Any) -> None:
        """Change fields of the state, if any, and let the screen show it."""
        old, self.state = self.state, replace(self.state, **fields)
        self._show(old, self.state)

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Note that the client is waiting before it tries again."""
        if topic in self.TOPICS:
            self.staleness.waiting(reason, seconds, self._session.clock())
            self.change()


class Polling:
    """The timer for the next load, and what happens when the screen is in front again."""

    def __init__(self, polled: Polled, session: Session) -> None:
        self._polled, self._session = polled, session
        self._timer: Stoppable | None = None
        self._outdated = False
        """Whether something changed on the platform while another screen was in front."""
        self._moving: tuple[Hashable, datetime] = (None, session.clock())

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
        stuck = (now - self._moving[1]).total_seconds() > STUCK_AFTER
        return min(MOVING_REFRESH, usual) if moving and not stuck else usual

    def plan(self, seconds: float) -> None:
        """Poll after some seconds. Behind another screen nothing is planned, also when a response arrives late."""
        self.stop()
        if self._polled.in_front:
            self._timer = self._polled.set_timer(seconds, self.due)

    def due(self) -> None:
        """Poll now, unless the timer has been stopped: it can already be in the queue of messages."""
        if self.planned:
            self._polled.poll()

    def stop(self) -> None:
        """Drop the plan."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None

    def changed(self) -> None:
        """The platform has changed what is shown: load it, now or when the screen is in front again."""
        if self._polled.in_front:
            self._polled.load()
        else:
            self._outdated = True

    def resume(self, fetched: datetime | None, staleness: Staleness, usual: float, *, busy: bool) -> None:
        """The screen is in front again: load at once what changed or is old, else poll when it is due.

        What is shown is from the time `fetched`. Without failures, polls are `usual` seconds apart. If a request is
        open (`busy`), its response plans the next one.
        """
        outdated, self._outdated = self._outdated, False
        paused, rest = self._session.paused, staleness.rest_of_pause(usual, self._session.clock())
        if outdated and paused:
            # A pause ends polling, but not following an action.
            self._polled.load()
        elif outdated or (not busy and not paused and not rest and self._old(fetched)):
            self._polled.poll()
        elif not busy:
            self.plan(rest or usual)

    def _old(self, fetched: datetime | None) -> bool:
        return fetched is None or (self._session.clock() - fetched).total_seconds() > MOVING_REFRESH
