"""Platforms that are closed at the end of a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Platform, Timeouts
from support.raw_server import RawServer

TOKEN = "very-private-token-0123456789"
QUICK = Timeouts(connect=20, read=30, total=45, pauses=(0.01, 0.02), longest_pause=1)
Opened = Callable[..., Platform]


@contextmanager
def closed_at_the_end() -> Iterator[Opened]:
    """Return a maker of platforms."""
    platforms: list[Platform] = []

    def make(url: str, token: Any = TOKEN, timeouts: Timeouts = QUICK, **more: Any) -> Platform:
        platforms.append(Platform(url, token, timeouts=timeouts, **more))
        return platforms[-1]

    yield make
    for platform in platforms:
        platform.close()


def asked(ask: Callable[[Platform], Any], *responses: bytes) -> tuple[Any, list[str]]:
    """Return what the client makes of responses, or its error, and what it requested below the API's root."""
    with (
        closed_at_the_end() as opened,
        RawServer(lambda _head: responses[min(len(server.heads), len(responses)) - 1]) as server,
    ):
        platform = opened(server.url, timeouts=Timeouts(pauses=()))
        try:
            found = ask(platform)
        except PlatformError as error:
            found = error
        return found, [head.split()[1].removeprefix("/api/v1") for head in server.heads]
