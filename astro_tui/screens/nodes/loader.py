"""Repeatedly loads what a section with foldable rows shows. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.diagnosis.facts import Fact, Facts
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.nodes import Nodes
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Fetcher
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


@dataclass(frozen=True)
class NodesState:
    """The rows, None until they are loaded, and why the last request failed.

    `unsupported` says that the server does not have the endpoint.
    """

    nodes: Nodes | None = None
    failure: PlatformError | None = None

    @property
    def unsupported(self) -> bool:
        """Whether the server does not have the endpoint."""
        return self.failure is not None and self.failure.not_offered


class NodesLoader:
    """Keeps the `state` and the `facts` behind it, and calls `publish` after each response."""

    def __init__(self, fetcher: Fetcher, session: Session, read: Read, publish: Callable[[], None]) -> None:
        self._fetcher, self._session, self._read, self._publish = fetcher, session, read, publish
        self.state = NodesState()
        self.facts = Facts(session.clock())
        self.staleness = Staleness(session.look, alone=True)

    @property
    def observed(self) -> dict[str, Fact]:
        """What the last response said, for the diagnosis."""
        facts = self.facts
        read = {"record": facts.record, "runtime": facts.runtime, "events": facts.events}
        return {name: fact for name, fact in read.items() if fact.known and not fact.stale}

    def begin(self) -> None:
        """Start over with another deployment."""
        self._fetcher.forget(ROWS)
        self.state = NodesState()
        self.facts = Facts(self._session.clock())
        self.staleness = Staleness(self._session.look, alone=True)

    def load(self, known: DeploymentState) -> None:
        """Request the rows of a deployment; those on screen stay until the response."""
        session, read, before = self._session, self._read, self.state.nodes
        report, row = known.report or known.entry.report, known.entry.deployment
        facts = replace(
            self.facts,
            row=Fact(row),
            status=Fact(report) if report is not None else self.facts.status,
            deployment_id=known.entry.key,
            account=known.account,
        )
        self.staleness.requested(session.clock())
        self._fetcher.fetch(ROWS, lambda call: read(session, facts, before, call), self._take, self._fail)

    def _take(self, loaded: Loaded) -> None:
        self.staleness.fresh(self._session.clock())
        self.facts = loaded.facts
        self.state = NodesState(loaded.nodes)
        self._publish()

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self.state = replace(self.state, failure=error)
        self._publish()

    def waiting(self, reason: str, seconds: float) -> None:
        """The client tries a request again after a pause."""
        self.staleness.waiting(reason, seconds, self._session.clock())


def newer(old: Fact, fetch: Callable[[], object], session: Session) -> tuple[Fact, PlatformError | None]:
    """Return the result of a request as a fact; if the request fails, the old value and the error."""
    try:
        return Fact(fetch(), read_at=session.clock()), None
    except PlatformError as error:
        if error.kind is ErrorKind.CANCELED:
            raise
        return old.followed_by(Fact(error=str(error), since=session.clock())), error.without_frames()
