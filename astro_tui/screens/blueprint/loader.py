"""Loads one blueprint with its builds, and parses the spec of a build. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.fetcher import Fetcher
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.models import Agent, AgentVersion


@dataclass(frozen=True)
class ParsedSpec:
    """The parsed spec of a build, or the `problem` with it."""

    version: AgentVersion
    document: Document | None
    problem: str = ""


class BlueprintLoader:
    """Keeps the blueprint; `publish` is called after each response, with whether the blueprint changed.

    `fail` gets the error of a failed request.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        session: Session,
        agent: Agent,
        *,
        sign_in_key: str,
        publish: Callable[[bool], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        self._fetcher, self._session, self._sign_in_key = fetcher, session, sign_in_key
        self._publish, self._fail = publish, fail
        self.agent = agent
        self.staleness = Staleness(session.look, sign_in_key)

    def begin(self, agent: Agent) -> None:
        """Start over with another blueprint; only its row in the catalog is known."""
        self._fetcher.forget("spec")
        self._fetcher.forget("agent")
        self.agent = agent
        self.staleness = Staleness(self._session.look, self._sign_in_key)

    def load(self) -> None:
        """Request the blueprint with its builds."""
        agent, platform = self.agent, self._session.platform
        self.staleness.requested(self._session.clock())

        def request(call: Call) -> Agent:
            found = platform.agent(agent.account, agent.name, call=call)
            # The response may leave out the account and the name.
            lacking = {key: getattr(agent, key) for key in ("account", "name") if not getattr(found, key)}
            found = found.model_copy(update=lacking) if lacking else found
            return agent if found == agent else found

        self._fetcher.fetch("agent", request, self._take, self._refused)

    def parse(self, version: AgentVersion, show: Callable[[ParsedSpec], None]) -> None:
        """Parse the spec of a build in a worker thread, then `show` it."""
        self._fetcher.fetch("spec", lambda _call: _parse(version), show, self._refused)

    def forget_spec(self) -> None:
        """Cancel the parsing: another build is shown."""
        self._fetcher.forget("spec")

    def waiting(self, topic: str, reason: str, seconds: float) -> None:
        """The client tries a request again after a pause."""
        if topic == "agent":
            self.staleness.waiting(reason, seconds, self._session.clock())

    def _take(self, agent: Agent) -> None:
        self.staleness.fresh(self._session.clock())
        changed, self.agent = agent is not self.agent, agent
        self._publish(changed)

    def _refused(self, error: PlatformError) -> None:
        if error.kind is not ErrorKind.CANCELLED:
            self.staleness.failed(error, self._session.clock())
            self._fail(error)


def _parse(version: AgentVersion) -> ParsedSpec:
    from astro_tui.document import Document, count_first_rows

    try:
        document = Document.parse(version.spec)
    except DocumentError as error:
        return ParsedSpec(version, None, str(error))
    count_first_rows(document)
    return ParsedSpec(version, document)
