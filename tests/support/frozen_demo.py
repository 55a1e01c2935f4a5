"""A demo platform that works out each response once in a test run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.wire import Reply, Responder

_known: dict[tuple[object, ...], Reply] = {}


class FrozenDemo(DemoServer):
    """A platform at a fixed time. Its responses are those of every other one at that time, until a request changes it.

    Working them out again for each test was a tenth of the work of tests with screens.
    """

    def __init__(self, now: datetime) -> None:
        super().__init__(frozen=True, clock=lambda: now)
        self._now = now

    def handler(self) -> Responder:
        respond = super().handler()
        changed = False

        def reply(
            method: str, target: str, headers: Mapping[str, str], body: bytes = b"", fault: Fault | None = None
        ) -> Reply:
            nonlocal changed
            reads = method in ("GET", "HEAD") or target.endswith("/deployment-template")
            changed = changed or not reads
            if changed or fault:
                return respond(method, target, headers, body, fault)
            key: tuple[Any, ...] = (self._now, self.token, method, target, headers.get("Authorization"), body)
            if key not in _known:
                made = respond(method, target, headers, body, fault)
                if made.stream:
                    return made
                _known[key] = made
            return _known[key]

        return reply
