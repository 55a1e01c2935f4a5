"""A server of a log, and followers that are stopped at the end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.following import SOURCE, TOKEN, Follow, Taken
from support.log_server import LogServer

from astro_tui.logs import Follower
from astro_tui.platform.client import Platform, Timeouts, TokenSource


@pytest.fixture
def server() -> Iterator[LogServer]:
    with LogServer() as served:
        yield served


@pytest.fixture
def follow(server: LogServer) -> Iterator[Follow]:
    """Start a follower of the server's log. Its `lag` is short."""
    platforms: list[Platform] = []
    followers: list[Follower] = []

    def start(
        *, token: str | TokenSource = TOKEN, timeouts: Timeouts | None = None, lag: float = 0.2, **more: object
    ) -> tuple[Follower, Taken]:
        platforms.append(Platform(server.url, token, timeouts=timeouts or Timeouts(pauses=(0.01, 0.02))))
        taken = Taken()
        follower = Follower(platforms[-1], SOURCE, taken, lag=lag, **more)  # type: ignore[arg-type]
        followers.append(follower)
        follower.start()
        return follower, taken

    yield start
    for follower in followers:
        follower.stop()
    for platform in platforms:
        platform.close()
