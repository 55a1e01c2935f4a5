"""The faults of the demo platform, which let tests and people see every state of the app."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar, Literal

from astro_tui.demo.data import read

_OfLogs = Literal["stream-reset", "stall", "garbage", "endless", "stream-error", "pod-end", "late", "plain"]
_General = Literal[
    "response", "slow", "hang", "reset", "cut", "huge", "drip", "list", "nulls", "types", "hostile", "silent", "lost"
]
_OfPlatform = Literal[
    "unpaid", "over-limit", "not-in-plan", "cached", "not-scheduled", "deleted-hidden", "undeploy-fails"
]
FaultKind = _General | _OfLogs | _OfPlatform
Headers = tuple[tuple[str, str], ...]
_JSON = "application/json; charset=utf-8"
MEBIBYTE = 2**20
REFUSALS: dict[str, dict[str, Any]] = read("refusals.json")
"""The bodies of 402 by the kind of the fault (platform.md §4)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Create it with one of the named constructors; `later()` adds a delay.

    `delay` and `pause` are in seconds, `size` in bytes. These kinds change the real response but keep its status:
    `cut`, `drip`, `list`, `nulls`, `types`, `hostile`. `silent` does what was requested and sends no body, and `lost`
    resets the connection afterward. The endpoints apply the kinds of `_OfPlatform` themselves. The kinds from
    `stream-reset` on affect only logs. `lines` is how many log lines a stream sends before the fault.
    """

    kind: FaultKind
    status: int = 200
    body: bytes = b""
    headers: Headers = ()
    content_type: str = _JSON
    delay: float = 0.0
    pause: float = 0.0
    size: int = 0
    zipped: bool = False
    lines: int = 0

    unpaid: ClassVar[Callable[[], Fault]]
    """Refuse an operation with 402 where the platform checks billing, after the checks that come first."""
    over_limit: ClassVar[Callable[[], Fault]]
    """Refuse a deploy with 402, because the account has as many deployments as its plan includes."""
    not_in_plan: ClassVar[Callable[[], Fault]]
    """Refuse a deploy with 402, because the account's plan includes none."""
    cached: ClassVar[Callable[[], Fault]]
    """Send a template with what another process of the server remembers from the deploy before (platform.md §19)."""
    not_scheduled: ClassVar[Callable[[], Fault]]
    """Respond to a deploy with 500 after its revision was written (platform.md §19)."""
    deleted_hidden: ClassVar[Callable[[], Fault]]
    """Hide deleted deployments: the platform may respond with 403 to their IDs (platform.md §16.3)."""
    empty_success: ClassVar[Callable[[], Fault]]
    """Do what was requested. If that works, send 200 without a body (platform.md §15)."""
    lost_response: ClassVar[Callable[[], Fault]]
    """Do what was requested, and reset the connection (RST) instead of responding."""
    hang: ClassVar[Callable[[], Fault]]
    """Accept the request and never respond."""
    reset: ClassVar[Callable[[], Fault]]
    """Reset the connection (RST) instead of responding."""
    list_for_object: ClassVar[Callable[[], Fault]]
    """Wrap the real response in a list."""
    nulls: ClassVar[Callable[[], Fault]]
    """Replace every scalar and every inner list of the real response with null."""
    wrong_types: ClassVar[Callable[[], Fault]]
    """Send strings for numbers and booleans, and numbers for strings."""
    garbage: ClassVar[Callable[[], Fault]]
    """Send every line of a log stream, in all forms that the rules allow, with garbage in between."""
    plain: ClassVar[Callable[[], Fault]]
    """Send a list of log lines as plain text, as older servers do."""

    def __post_init__(self) -> None:
        # Faults are set over HTTP: refuse a wrong type there instead of failing later in a handler's thread.
        whole, fractions = (self.status, self.size, self.lines), (self.delay, self.pause)
        if not all(isinstance(value, int) for value in whole) or not 200 <= self.status <= 999:
            raise ValueError("status, size, and lines are whole numbers, status is from 200 to 999")
        if not all(isinstance(value, int | float) and value >= 0 for value in fractions):
            raise ValueError("delay and pause are seconds")
        if not isinstance(self.body, bytes):
            raise TypeError("body is text")

    @classmethod
    def response(
        cls,
        status: int,
        body: bytes | str = b'{"error":"demo fault"}',
        *,
        headers: Headers = (),
        content_type: str = _JSON,
    ) -> Fault:
        """Respond with this status and body."""
        data = body.encode() if isinstance(body, str) else body
        return cls("response", status, data, headers, content_type)

    @classmethod
    def hostile(cls, text: str) -> Fault:
        """Add a text to every string of the real response except IDs and times, and as a member to every object."""
        return cls("hostile", body=text.encode())

    @classmethod
    def rate_limited(cls, retry_after: float | str = 1) -> Fault:
        """Respond with 429 and `Retry-After`, in seconds or as a date."""
        return cls.response(429, b'{"error":"too many requests"}', headers=(("Retry-After", str(retry_after)),))

    @classmethod
    def billing(cls) -> Fault:
        """Respond with 402, as for a suspended account (platform.md §4)."""
        return cls.response(402, json.dumps(REFUSALS["unpaid"]))

    @classmethod
    def undeploy_fails(cls, message: str = "namespace is stuck in Terminating") -> Fault:
        """Accept the deletion of a deployment, and fail in the middle of it."""
        return cls("undeploy-fails", body=message.encode())

    @classmethod
    def html(cls, status: int = 502, body: str = "<html><body><h1>502 Bad Gateway</h1></body></html>") -> Fault:
        """Respond with an HTML page, as a proxy does."""
        return cls.response(status, body, content_type="text/html; charset=utf-8")

    @classmethod
    def not_json(cls, body: str = '{"deployments": [{"id": ', status: int = 200) -> Fault:
        """Respond with text that claims to be JSON but is not."""
        return cls.response(status, body)

    @classmethod
    def empty(cls, status: int = 200) -> Fault:
        """Respond without a body."""
        return cls.response(status, b"")

    @classmethod
    def deep(cls, levels: int = 100_000) -> Fault:
        """Respond with JSON that is nested `levels` deep."""
        return cls.response(200, b'{"deployments":' + b"[" * levels + b"]" * levels + b"}")

    @classmethod
    def redirect(cls, url: str, status: int = 302) -> Fault:
        """Redirect the client to another URL."""
        return cls.response(status, b"", headers=(("Location", url),))

    @classmethod
    def slow(cls, seconds: float) -> Fault:
        """Send the real response after `seconds`."""
        return cls("slow", delay=seconds)

    @classmethod
    def cut(cls, size: int = -1) -> Fault:
        """Announce the whole real response, and close after `size` bytes of it (-1 = half)."""
        return cls("cut", size=size)

    @classmethod
    def drip(cls, pause: float = 0.05, size: int = 16) -> Fault:
        """Send the real response `size` bytes at a time, with `pause` seconds in between."""
        return cls("drip", pause=pause, size=max(1, size))

    @classmethod
    def huge(cls, size: int = 70 * MEBIBYTE, *, zipped: bool = False) -> Fault:
        """Send `size` bytes of valid JSON. `zipped` makes it a gzip bomb, a thousandth of that on the wire."""
        return cls("huge", size=size, zipped=zipped)

    @classmethod
    def stream_reset(cls, lines: int = 0, size: int = 0) -> Fault:
        """Reset the connection of a log stream after some lines, or after `size` bytes in the middle of a line."""
        return cls("stream-reset", lines=lines, size=size)

    @classmethod
    def stall(cls, lines: int = 0) -> Fault:
        """Send nothing more on a log stream after some lines, not even heartbeats, and keep it open."""
        return cls("stall", lines=lines)

    @classmethod
    def endless(cls, size: int = 40 * MEBIBYTE, lines: int = 0) -> Fault:
        """Send `size` bytes without a line break on a log stream after some lines, and then the lines that follow."""
        return cls("endless", size=size, lines=lines)

    @classmethod
    def stream_error(cls, message: str = "log backend is gone", lines: int = 0) -> Fault:
        """End a log stream with an `error` frame after some lines."""
        return cls("stream-error", body=message.encode(), lines=lines)

    @classmethod
    def pod_end(cls, lines: int = 0) -> Fault:
        """End a log stream after some lines, or, without a number, when the pod that ran at its start ends."""
        return cls("pod-end", lines=lines)

    @classmethod
    def late(cls, seconds: float = 5) -> Fault:
        """Leave the newest lines out of a list of log lines, as an index that lags behind the stream does."""
        return cls("late", pause=seconds)

    def later(self, seconds: float) -> Fault:
        """Return the same fault with a delay."""
        return replace(self, delay=seconds)


_WITHOUT_ARGUMENTS: dict[str, FaultKind] = {
    **{name: name for name in ("unpaid", "cached", "hang", "reset", "nulls", "garbage", "plain")},
    "over_limit": "over-limit",
    "not_in_plan": "not-in-plan",
    "not_scheduled": "not-scheduled",
    "deleted_hidden": "deleted-hidden",
    "empty_success": "silent",
    "lost_response": "lost",
    "list_for_object": "list",
    "wrong_types": "types",
}
for _name, _kind in _WITHOUT_ARGUMENTS.items():
    setattr(Fault, _name, partial(Fault, _kind))
NAMED: Mapping[str, Callable[..., Fault]] = {
    "status" if name == "response" else name.replace("_", "-"): getattr(Fault, name)
    for name, made in vars(Fault).items()
    if isinstance(made, classmethod | partial)
}
"""Name in `POST /demo/faults` → fault. The other keys of the request are the constructor's arguments."""


def hostile(body: Any, text: str, key: str = "") -> Any:
    """Return a JSON value with a text added everywhere, for the kind `hostile`."""
    if isinstance(body, dict):
        return {name: hostile(value, text, name) for name, value in body.items()} | {text: text}
    if isinstance(body, list):
        return [hostile(value, text, key) for value in body]
    kept = not isinstance(body, str) or key in ("id", "account_name") or body[:2] == "20"
    return body if kept else f"{body}{text}"


def bend(kind: FaultKind, body: Any, depth: int = 0) -> Any:
    """Return a JSON value in another shape, for the kinds `list`, `nulls`, and `types`."""
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
    """The active faults, newest first. All methods can be called from any thread."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()

    def set(self, path: str | re.Pattern[str], fault: Fault, *, count: int | None = None) -> None:
        """Make requests for `path` fail with `fault`, at most `count` times (None = always).

        `path` is without `/api/v1`: a prefix (`/deployments`), or a regular expression that is searched in path and
        query (compiled, or a string that begins with `^`). The newest matching rule wins.
        """
        if count is not None and not isinstance(count, int):
            raise TypeError("count is a whole number")
        pattern = re.compile(path) if isinstance(path, str) and path.startswith("^") else path
        with self._lock:
            self._rules.insert(0, _Rule(pattern, fault, count))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._rules.clear()

    def take(self, path: str) -> Fault | None:
        """Return the fault for a request of `path` (path and query, without `/api/v1`), and count the request."""
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
