"""The demo platform as an object that you can start and stop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from astro_tui.demo.faults import Faults

if TYPE_CHECKING:
    from astro_tui.demo.identity import DemoIdentity
    from astro_tui.demo.request import Reply
    from astro_tui.demo.wire import Platform

DEFAULT_ACCOUNT = "meridian-labs"
TOKEN = "demo-access-token-of-nobody"  # noqa: S105
_REMEMBERED = 2000


def _now() -> datetime:
    return datetime.now(UTC)


class DemoServer:
    """A platform on a free loopback port. It follows the contract over HTTP/1.1.

    `agents` more deployments are added to the default account. `delay` seconds pass before each response. A `frozen`
    platform stays at the moment of its start. `clock` (zone-aware) is the only source of time: with a fixed clock all
    responses are the same, byte for byte. Access tokens of an `identity` are accepted until they expire by that clock,
    and two more accounts exist, which require a token of their organization (platform.md §2.5). `heartbeat` is the time
    between two heartbeats of a log stream, in seconds. Use the server as a context manager, or call `start()` and
    `stop()`.
    """

    token = TOKEN
    user = "user_01EXAMPLE"
    default_account = DEFAULT_ACCOUNT

    def __init__(
        self,
        *,
        port: int = 0,
        agents: int = 0,
        delay: float = 0.0,
        frozen: bool = False,
        clock: Callable[[], datetime] = _now,
        identity: DemoIdentity | None = None,
        heartbeat: float = 5.0,
    ) -> None:
        self._port, self._agents, self._delay, self._frozen, self._clock = port, agents, delay, frozen, clock
        self._identity, self._heartbeat = identity, heartbeat
        self._requests: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._platform: Platform | None = None
        self._thread: threading.Thread | None = None
        self.faults = Faults()

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:40123`. Raises RuntimeError before `start()`."""
        if self._platform is None:
            raise RuntimeError("the demo platform is not running")
        return f"http://127.0.0.1:{self._platform.server_port}"

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and target of the newest 2000 requests, oldest first; a target is path and query as sent."""
        return list(self._requests)

    def start(self) -> Self:
        """Serve in a daemon thread. Raises OSError if the port is in use."""
        # Imported here because the standard library's server takes longer to import than the whole demo.
        from astro_tui.demo.wire import Platform

        if self._platform is None:
            answer = self._answer()
            self._platform = Platform(self._port, answer, self.faults, self._record, self._delay)
            self._thread = threading.Thread(target=self._platform.serve, name="demo-platform", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections, including those that hang. Returns at once."""
        platform, thread = self._platform, self._thread
        self._platform = self._thread = None
        if platform and thread:
            platform.close()
            thread.join(2)
            platform.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop()

    def _record(self, method: str, target: str) -> None:
        self._requests.append((method, target))

    def _answer(self) -> Callable[[str, str, str | None, bytes], Reply]:
        """The handler of all requests. Time starts here; the data is created at the first request."""
        from astro_tui.demo.api import Api
        from astro_tui.demo.cast import write
        from astro_tui.demo.world import World

        identity = self._identity
        world = World(lambda: write(self._agents, guarded=identity is not None), self._clock, frozen=self._frozen)
        api = Api(world, self.token, identity.authority.claims if identity else None, self._heartbeat)
        if self._agents:
            api.prepare(self.default_account)
        return api.reply
