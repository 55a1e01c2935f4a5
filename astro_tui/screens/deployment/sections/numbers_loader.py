"""Loads the numbers of a deployment, each source on its own. Knows no widget."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from msgspec.structs import replace

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.numbers import Length, Measured, Numbers, Reading
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.loading import Changed, PolledLoader
from astro_tui.session.numbers import READ, Target
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

LEAST_PAUSE, MOST_PAUSE = 30.0, 300.0
"""Seconds between two loads of a short and of a long range."""
SLOW = {"cost": 600.0, "deploys": 120.0}
"""Source → seconds for which its values are good enough."""


class NumbersLoader(PolledLoader[Numbers]):
    """Requests all sources at once. The last good values of each stay until new ones arrive."""

    TOPICS = tuple(READ)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, show: Changed[Numbers]) -> None:
        super().__init__(requests, session, Numbers(session.clock()), show)
        self.deployment: DeploymentState | None = None
        """The deployment whose numbers are shown."""

    @property
    def usual(self) -> float:
        """Seconds between two loads: about as long as a sample."""
        return min(max(self.state.length.step, LEAST_PAUSE), MOST_PAUSE)

    def begin(self) -> None:
        """Start over with another deployment, in the same range."""
        self.begin_with(Numbers(self._session.clock(), self.state.length), *READ)

    def choose(self, length: Length | None = None, workload: str | None = None) -> None:
        """Read another range, or the pod of another workload. What is known stays, but not why it failed."""
        readings = {source: replace(reading, error=None) for source, reading in self.state.readings.items()}
        length, chosen = length or self.state.length, self.state.workload if workload is None else workload
        self.state = Numbers(self.state.now, length, readings, chosen)
        self.load(everything=True)

    def load(self, *, everything: bool = False) -> None:
        """Request the sources whose values are not good enough, or everything."""
        self.stop_polling()
        known, now = self.deployment, self._session.clock().replace(microsecond=0)
        if known is None:
            return
        target = Target(known.account, known.entry.deployment, replace(self.state, now=now))
        self.staleness.requested(now)
        for source in READ:
            reading = self.state.readings.get(source, Reading())
            if everything or reading.error or now.timestamp() - reading.at >= SLOW.get(source, 0.0):
                request = partial(self._read, source, target)
                self._requests.fetch(source, request, partial(self._take, source, now), partial(self._fail, source))
        self.change(now=now)

    def _read(self, source: str, target: Target, call: Call) -> Measured:
        return READ[source](self._session.platform, target, call)

    def _take(self, source: str, now: datetime, value: Measured) -> None:
        self._keep(source, Reading(value, now.timestamp()))

    def _fail(self, source: str, error: PlatformError) -> None:
        self._keep(source, replace(self.state.readings.get(source, Reading()), error=error))

    def _keep(self, source: str, reading: Reading) -> None:
        """Show what was read of a source. After the last one, plan the next load: soon only if all of them failed."""
        readings = {**self.state.readings, source: reading}
        done, now = not any(map(self._requests.busy, READ)), self._session.clock()
        errors = [each.error for each in readings.values() if each.error is not None]
        if done and len(errors) == len(readings):
            self.staleness.failed(errors[0], now)
        elif done:
            self.staleness.fresh(now)
        self.change(readings=readings)
        if done:
            self.plan()
