"""Ways in which the demo platform can misbehave, so that tests and people can see every state of the app."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

Kind = Literal["answer", "slow", "hang", "reset", "cut", "huge", "drip", "list", "nulls", "types", "silent"]
Headers = tuple[tuple[str, str], ...]
_JSON = "application/json; charset=utf-8"
MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to misbehave; make it with one of the named constructors, and `later()` to wait before it.

    `delay` and `pause` are in seconds, `size` in bytes. Kinds that bend the true answer keep its status:
    `cut`, `drip`, `list`, `nulls`, `types`. `silent` does what was requested and reports only that it worked.
    """

    kind: Kind
    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    content_type: str = _JSON
    delay: float = 0.0
    pause: float = 0.0
    size: int = 0
    zipped: bool = False

    def __post_init__(self) -> None:
        # People set faults over HTTP: a wrong type is better refused there than met in a handler's thread.
        whole, fractions = (self.status, self.size), (self.delay, self.pause)
        if not all(isinstance(value, int) for value in whole) or not 200 <= self.status <= 999:
            raise ValueError("status and size are whole numbers, status is from 200 to 999")
        if not all(isinstance(value, int | float) and value >= 0 for value in fractions):
            raise ValueError("delay and pause are seconds")
        if not isinstance(self.body, bytes):
            raise TypeError("body is text")

    @classmethod
    def answer(
        cls,
        status: int,
        body: bytes | str = b'{"error":"demo fault"}',
        *,
        headers: Headers = (),
        content_type: str = _JSON,
    ) -> Fault:
        """Answer with this status and body instead."""
        data = body.encode() if isinstance(body, str) else body
        return cls("answer", status, data, headers, content_type)

    @classmethod
    def rate_limited(cls, retry_after: float | str = 1) -> Fault:
        """Answer 429 with `Retry-After`, in seconds or as a date."""
        return cls.answer(429, b'{"error":"too many requests"}', headers=(("Retry-After", str(retry_after)),))

    @classmethod
    def billing(cls) -> Fault:
        """Answer 402 as a suspended account gets it (platform.md §4)."""
        return cls.answer(
            402,
            b'{"error":"Billing suspended","code":"BILLING_SUSPENDED","reason":"card_declined",'
            b'"action":"update_card","details":"The last payment failed. Update the card to resume.",'
            b'"pay_link":"https://pay.example/meridian-labs"}',
        )

    @classmethod
    def html(cls, status: int = 502, body: str = "<html><body><h1>502 Bad Gateway</h1></body></html>") -> Fault:
        """Answer with the page of a proxy."""
        return cls.answer(status, body, content_type="text/html; charset=utf-8")

    @classmethod
    def not_json(cls, body: str = '{"deployments": [{"id": ', status: int = 200) -> Fault:
        """Answer with text that calls itself JSON and is not."""
        return cls.answer(status, body)

    @classmethod
    def empty(cls, status: int = 200) -> Fault:
        """Answer without a body."""
        return cls.answer(status, b"")

    @classmethod
    def empty_success(cls) -> Fault:
        """Do what was requested; if that works, send 200 without a body (platform.md §15)."""
        return cls("silent")

    @classmethod
    def deep(cls, levels: int = 100_000) -> Fault:
        """Answer with JSON nested so many levels deep."""
        return cls.answer(200, b'{"deployments":' + b"[" * levels + b"]" * levels + b"}")

    @classmethod
    def redirect(cls, url: str, status: int = 302) -> Fault:
        """Send the client to another address."""
        return cls.answer(status, b"", headers=(("Location", url),))

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Give the true answer after so many seconds."""
        return cls("slow", delay=seconds)

    @classmethod
    def hang(cls) -> Fault:
        """Take the request and never answer, until the server stops."""
        return cls("hang")

    @classmethod
    def reset(cls) -> Fault:
        """Reset the connection (RST) instead of an answer."""
        return cls("reset")

    @classmethod
    def cut(cls, size: int = -1) -> Fault:
        """Promise the whole true answer and close after `size` bytes of it (-1 = half)."""
        return cls("cut", size=size)

    @classmethod
    def drip(cls, pause: float = 0.05, size: int = 16) -> Fault:
        """Send the true answer `size` bytes at a time with `pause` seconds between."""
        return cls("drip", pause=pause, size=max(1, size))

    @classmethod
    def huge(cls, size: int = 70 * MEBIBYTE, *, zipped: bool = False) -> Fault:
        """Stream valid JSON of `size` bytes; `zipped` makes it a gzip bomb, a thousandth on the wire."""
        return cls("huge", size=size, zipped=zipped)

    @classmethod
    def list_for_object(cls) -> Fault:
        """Wrap the true answer into a list."""
        return cls("list")

    @classmethod
    def nulls(cls) -> Fault:
        """Replace every scalar of the true answer and every inner list by null."""
        return cls("nulls")

    @classmethod
    def wrong_types(cls) -> Fault:
        """Send strings for numbers and truths, and numbers for strings."""
        return cls("types")

    def later(self, seconds: float) -> Fault:
        """Return the same fault, `seconds` later."""
        return replace(self, delay=seconds)


NAMED: Mapping[str, Callable[..., Fault]] = {
    "status": Fault.answer,
    "rate-limited": Fault.rate_limited,
    "billing": Fault.billing,
    "html": Fault.html,
    "not-json": Fault.not_json,
    "empty": Fault.empty,
    "empty-success": Fault.empty_success,
    "deep": Fault.deep,
    "redirect": Fault.redirect,
    "slow": Fault.slow,
    "hang": Fault.hang,
    "reset": Fault.reset,
    "cut": Fault.cut,
    "drip": Fault.drip,
    "huge": Fault.huge,
    "list-for-object": Fault.list_for_object,
    "nulls": Fault.nulls,
    "wrong-types": Fault.wrong_types,
}
"""Faults by the names that `POST /demo/faults` knows; its other keys are the constructor's arguments."""


def bend(kind: Kind, body: Any, depth: int = 0) -> Any:
    """Return a JSON value bent into another shape: kinds `list`, `nulls` and `types`."""
    if kind == "list" and depth == 0:
        return [body]
    if isinstance(body, dict):
        return {key: bend(kind, value, depth + 1) for key, value in body.items()}
    if isinstance(body, list):
        return None if kind == "nulls" and depth > 1 else [bend(kind, value, depth + 1) for value in body]
    if kind == "nulls":
        return None
    if kind == "types":
        return len(body) if isinstance(body, str) else str(body)
    return body


@dataclass(slots=True)
class _Rule:
    pattern: str | re.Pattern[str]
    fault: Fault
    left: int | None

    def matches(self, path: str) -> bool:
        if isinstance(self.pattern, str):
            return path.startswith(self.pattern)
        return self.pattern.search(path) is not None


class Faults:
    """The faults in force, newest first. All methods may be called from any thread."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def set(self, path: str | re.Pattern[str], fault: Fault, *, count: int | None = None) -> None:
        """Let `fault` happen to requests of `path`, at most `count` times (None = always).

        `path` is without `/api/v1`: a prefix (`/deployments`), or a regular expression searched in path and
        query (compiled, or text that begins with `^`). The newest rule that matches wins.
        """
        if count is not None and not isinstance(count, int):
            raise TypeError("count is a whole number")
        pattern = re.compile(path) if isinstance(path, str) and path.startswith("^") else path
        with self._lock:
            self._rules.insert(0, _Rule(pattern, fault, count))

    def clear(self) -> None:
        """Behave again."""
        with self._lock:
            self._rules.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request of `path` (path and query, without `/api/v1`) and count it."""
        with self._lock:
            for rule in self._rules:
                if rule.left != 0 and rule.matches(path):
                    if rule.left is not None:
                        rule.left -= 1
                    return rule.fault
        return None

    def __len__(self) -> int:
        """Return how many rules can still match."""
        with self._lock:
            return sum(rule.left != 0 for rule in self._rules)
