"""Repeatedly loads what a section with foldable rows shows. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

from astro_tui.diagnosis.facts import Fact, Facts
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.loading import Changed, PolledLoader
from astro_tui.session.intervals import OBSERVED_MOVING_REFRESH, OBSERVED_REFRESH
from astro_tui.session.requests import Requests
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.platform.client import Call

ROWS = "rows"
"""The topic."""


class Loaded(NamedTuple):
    """What was fetched, and the rows made from it."""

    facts: Facts
    nodes: Nodes


Read = Callable[[Session, Facts, "Nodes | None", "Call"], Loaded]
"""Fetches newer facts, and makes rows from them (worker thread). Gets the known facts and rows. Raises PlatformError.

What cannot be fetched keeps its old value, which is then stale.
"""


class NodesState(Struct, frozen=True):
    """The rows, None until they are loaded, the facts behind them, and why the last request failed."""

    facts: Facts
    nodes: Nodes | None = None
    failure: PlatformError | None = None

    @property
    def unsupported(self) -> bool:
        """Whether the server does not have the endpoint."""
        return self.failure is not None and self.failure.not_offered


class NodesLoader(PolledLoader[NodesState]):
    """Requests the rows, which stay until the response to the next request."""

    TOPICS = (ROWS,)
    ALONE = True

    def __init__(self, requests: Requests, session: Session, read: Read, show: Changed[NodesState]) -> None:
        super().__init__(requests, session, NodesState(Facts(session.clock())), show)
        self._read = read
        self.deployment: DeploymentState | None = None
        """The deployment whose rows are shown."""

    @property
    def usual(self) -> float:
        """Seconds between two loads: few during a rollout."""
        moving = self.deployment is not None and self.deployment.status.moving
        return OBSERVED_MOVING_REFRESH if moving else OBSERVED_REFRESH

    @property
    def observed(self) -> dict[str, Fact]:
        """What the last response said, for the diagnosis."""
        facts = self.state.facts
        read = {"record": facts.record, "runtime": facts.runtime, "events": facts.events}
        return {name: fact for name, fact in read.items() if fact.known and not fact.stale}

    def begin(self) -> None:
        """Start over with another deployment."""
        self.begin_with(NodesState(Facts(self._session.clock())), ROWS)

    def load(self) -> None:
        """Request the rows of the deployment; those on screen stay until the response."""
        self.stop_polling()
        known = self.deployment
        if known is None:
            return
        session, read, before, facts = self._session, self._read, self.state.nodes, self.state.facts
        report, row = known.report or known.entry.report, known.entry.deployment
        facts = replace(
            facts,
            row=Fact(row),
            status=Fact(report) if report is not None else facts.status,
            deployment_id=known.entry.key,
            account=known.account,
        )
        self.staleness.requested(session.clock())
        self._requests.fetch(ROWS, lambda call: read(session, facts, before, call), self._take, self._fail)

    def _take(self, loaded: Loaded) -> None:
        self.staleness.fresh(self._session.clock())
        self.change(facts=loaded.facts, nodes=loaded.nodes, failure=None)
        self.plan()

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.change(failure=error)
        self.plan()


def newer(old: Fact, fetch: Callable[[], object], session: Session) -> tuple[Fact, PlatformError | None]:
    """Return the result of a request as a fact; if the request fails, the old value and the error."""
    try:
        return Fact(fetch(), read_at=session.clock()), None
    except PlatformError as error:
        if error.kind is ErrorKind.CANCELED:
            raise
        return old.followed_by(Fact(error=str(error), since=session.clock())), error.without_frames()
