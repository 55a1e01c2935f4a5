"""The connection to a server of the platform: its origin, the tokens, and the raw request."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from astro_tui.errors import ConfigError
from astro_tui.platform.client.call import Call, FixedToken, Limits, Response, Sent, Timeouts, TokenSource
from astro_tui.platform.client.organizations import Organizations
from astro_tui.platform.servers import API_ROOT, server_origin
from astro_tui.runtime import made_once

if TYPE_CHECKING:
    from astro_tui.platform.client.probe import Probe
    from astro_tui.platform.client.transport import Transport

_TIMEOUTS = Timeouts()
_LIMITS = Limits()


class Connection(ABC):
    """Sends requests to one server, with a token if there is one. Safe to use from many threads.

    Creating one is cheap: nothing is connected or loaded before the first request.
    """

    def __init__(
        self,
        server: str,
        token: str | TokenSource | None = None,
        *,
        allow_insecure: bool = False,
        read_only: bool = False,
        at_once: int = 0,
        timeouts: Timeouts = _TIMEOUTS,
        limits: Limits = _LIMITS,
    ) -> None:
        """Take the server's origin, such as `https://astropods.com`, and a token or a source of tokens.

        With `read_only`, no request can change anything, not even with a permit. If `at_once` is not 0, at most that
        many requests are in flight. Raises ConfigError for an invalid server or token.
        """
        if isinstance(token, str) and not (token.isascii() and token.isprintable() and " " not in token):
            raise ConfigError("the token contains invalid characters (a line break or a space?)")
        self.tokens: TokenSource = FixedToken(token) if token is None or isinstance(token, str) else token
        """Where the tokens come from."""
        self._former: tuple[str, ...] = ()
        self._origin = server_origin(server, allow_insecure=allow_insecure)
        self._allow_insecure, self._timeouts, self._limits = allow_insecure, timeouts, limits
        self._read_only, self._at_once = read_only, at_once
        self._depth = limits.depth
        self._organizations = Organizations(self._ask_for_organizations)
        self._observer: Callable[[Sent], None] = lambda _sent: None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._origin}>"

    @property
    def signed_in(self) -> bool:
        """Whether a login seems to be stored. It may have expired."""
        return self.tokens.present

    def use(self, tokens: TokenSource) -> None:
        """Take the tokens from another source from the next request on."""
        self._former = (*self._former, *self.tokens.hidden())
        self.tokens = tokens

    def hidden(self) -> tuple[str, ...]:
        """Return the tokens that must never be displayed: those of the source, and of the sources before it."""
        return (*self._former, *self.tokens.hidden())

    @property
    def server(self) -> str:
        """The server's origin as text."""
        return str(self._origin)

    def url(self, endpoint: str) -> str:
        """Return the full address of an endpoint, for people to copy."""
        return f"{self._origin}{API_ROOT}{endpoint}"

    def observe(self, observer: Callable[[Sent], None]) -> None:
        """Call `observer` with every request that was sent, in the thread that waited for it."""
        self._observer = observer

    def close(self) -> None:
        """Cancel all requests, from any thread. Later ones raise PlatformError of kind CANCELED."""
        self._transport.close()

    def prepare(self) -> None:
        """Load the modules for the first request now, for callers that must not hold the GIL later."""
        self._transport.prepare()

    def fetch(self, endpoint: str, *, call: Call | None = None) -> Response:
        """Return the raw response of an endpoint, which comes from a `…_endpoint` method."""
        return self._transport.get(endpoint, call or Call())

    def probe(self, endpoint: str, *, call: Call | None = None) -> Probe:
        """Send one request without a token and return how it went. Never raises; for diagnosis."""
        return self._transport.probe(endpoint, call or Call())

    @made_once
    def _transport(self) -> Transport:
        """Sends the requests. Imported with the first one, because TLS takes a while to load."""
        from astro_tui.platform.client.transport import Transport

        return Transport(
            self._origin,
            lambda: self.tokens,
            allow_insecure=self._allow_insecure,
            timeouts=self._timeouts,
            limits=self._limits,
            organizations=self._organizations,
            observe=self._report,
            read_only=self._read_only,
            at_once=self._at_once,
        )

    def _report(self, sent: Sent) -> None:
        self._observer(sent)

    def place(self, account: str, deployment_id: str) -> None:
        """Remember which account a deployment belongs to: requests about it may need the token of its organization."""
        self._organizations.place(account, deployment_id)

    @abstractmethod
    def _ask_for_organizations(self, call: Call) -> None:
        """Request the user's accounts, whose organizations are then known (platform.md §2.5)."""
