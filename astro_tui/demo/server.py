"""The demo platform as an object that you can start and stop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from astro_tui.demo.api import Api
from astro_tui.demo.contents import contents
from astro_tui.demo.entities import Contents
from astro_tui.demo.identity import DemoIdentity
from astro_tui.demo.service import Service
from astro_tui.demo.volume import Volume
from astro_tui.demo.wire import Responder
from astro_tui.demo.world import World
from astro_tui.runtime import Clock, system_clock

DEFAULT_ACCOUNT = "meridian-labs"
TOKEN = "demo-access-token-of-nobody"  # noqa: S105  a public constant


class DemoServer(Service):
    """A platform on a free loopback port. It follows `tests/demo/openapi.yaml` over HTTP/1.1.

    `agents` more deployments are added to the default account, and `accounts` more accounts with 50 agents each.
    `delay` seconds pass before each response. A `frozen` platform stays at the moment of its start. `clock`
    (zone-aware) is the only source of time: with a fixed clock all responses are the same, byte for byte. Access tokens
    of an `identity` are accepted until they expire by that clock, and two more accounts exist, which require a token of
    their organization (platform.md §2.5). `heartbeat` is the time between two heartbeats of a log stream, in seconds. A
    `volume` adds the deployments whose logs it has. `stories` are folders with more stories (see `contents.py`).
    `reader` is `v3` or `v4`: how the platform reads its tracing product. `sidecar` is the URL of a real sidecar, which
    then has all chats. Use the server as a context manager, or call `start()` and `stop()`.
    """

    name = "demo platform"
    token = TOKEN
    user = "user_01EXAMPLE"
    default_account = DEFAULT_ACCOUNT

    def __init__(
        self,
        *,
        port: int = 0,
        agents: int = 0,
        accounts: int = 0,
        delay: float = 0.0,
        frozen: bool = False,
        clock: Clock = system_clock,
        identity: DemoIdentity | None = None,
        heartbeat: float = 5.0,
        volume: Volume | None = None,
        stories: Sequence[Path] = (),
        reader: str = "v3",
        sidecar: str = "",
    ) -> None:
        super().__init__(port, delay)
        self._agents, self._accounts, self._frozen, self._clock = agents, accounts, frozen, clock
        self._identity, self._heartbeat, self._volume, self._stories = identity, heartbeat, volume, stories
        self._reader, self._sidecar = reader, sidecar

    def handler(self) -> Responder:
        """Return the function that handles all requests. Time starts here; the first request creates the data."""
        identity = self._identity

        def read() -> Contents:
            guarded = identity is not None
            made = contents(self._agents, more_accounts=self._accounts, guarded=guarded, folders=self._stories)
            made.deployments += self._volume.deployments if self._volume else []
            return made

        world = World(read, self._clock, frozen=self._frozen, reader=self._reader)
        api = Api(
            world,
            self.token,
            identity.authority.claims if identity else None,
            heartbeat=self._heartbeat,
            volume=self._volume,
            sidecar=self._sidecar,
        )
        if self._agents:
            api.prepare(self.default_account)
        return api.reply
