"""A demo platform without a socket: requests go through the whole client, and from httpx straight into the demo."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from astro_tui.demo.wire import Responder
from astro_tui.platform.client import transport, wire
from support.acting import writes


class _Connection:
    """What the client expects from a connection."""

    def get_extra_info(self, _name: str) -> None:
        return None

    def read(self, _most: int, _timeout: float | None = None) -> bytes:
        return b""


class _Thread:
    """A request needs no thread here, because it cannot hang."""

    def __init__(self, target: Callable[..., object], args: tuple[object, ...], **_more: object) -> None:
        self._target, self._args = target, args

    def start(self) -> None:
        self._target(*self._args)


class InProcess(httpx.BaseTransport):
    """Responds at once, and counts the requests that change something. Log streams are not available."""

    url = "http://127.0.0.1:9"

    def __init__(self, respond: Responder) -> None:
        self._respond = respond
        self.writes: Counter[str] = Counter()
        self.requests = 0
        self.delay = 0.0
        """Real seconds until each response."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        self.requests += 1
        time.sleep(self.delay)
        self.writes.update(writes([(request.method, target)]))
        headers = {name.title(): value for name, value in request.headers.items()}
        reply = self._respond(request.method, target, headers, request.read(), None)
        status, body = (503, b'{"error":"log backend not configured"}') if reply.stream else (reply.status, reply.body)
        sent = [("Content-Type", reply.content_type), *reply.headers]
        return httpx.Response(status, headers=sent, stream=_Body(body), extensions={"network_stream": _Connection()})

    def use(self, patch: pytest.MonkeyPatch) -> None:
        """Let all clients send their requests here."""

        def client(_wire: object, _scheme: str) -> httpx.Client:
            return httpx.Client(transport=self, trust_env=False)

        wire._silence_logs()
        own = SimpleNamespace(Lock=threading.Lock, Event=threading.Event, Thread=_Thread)
        patch.setattr(wire.Wire, "_new_client", client)
        patch.setattr(transport, "threading", own)


class _Body(httpx.SyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[Any]:
        yield self._body
