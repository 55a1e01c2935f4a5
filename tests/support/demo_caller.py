"""A clock that tests move, and a client with one connection to a demo platform."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from astro_tui.demo import DemoServer
from support.deadline import DEADLINE

START = datetime(2026, 7, 4, 12, 0, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Caller:
    """One kept-alive connection to a demo platform."""

    def __init__(self, demo: DemoServer) -> None:
        self.token: str | None = demo.token
        self.connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=DEADLINE)

    def raw(self, path: str, method: str = "GET", body: bytes | None = None, signature: str = "") -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"X-Template-Signature": signature} if signature else {}
        self.connection.request(method, "/api/v1" + path, body=body, headers=headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def send(self, path: str, method: str = "GET", body: Any = None, signature: str = "") -> tuple[int, Any]:
        status, answer = self.raw(path, method, None if body is None else json.dumps(body).encode(), signature)
        return status, json.loads(answer)

    def get(self, path: str) -> Any:
        status, answer = self.send(path)
        assert status == 200, answer
        return answer


@contextmanager
def calling(demo: DemoServer) -> Iterator[Caller]:
    """Connect to a demo platform, and close the connection at the end."""
    caller = Caller(demo)
    try:
        yield caller
    finally:
        caller.connection.close()
