"""An identity provider in a box: device sign-in and token rotation on a loopback port (platform.md §2.3, §2.4)."""

from __future__ import annotations

import html
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, parse_qsl

from astro_tui.demo.authority import Authority, RefusedError
from astro_tui.demo.entities import Json
from astro_tui.demo.faults import Faults

if TYPE_CHECKING:
    from astro_tui.demo.asking import Reply
    from astro_tui.demo.wire import Platform

CLIENT_ID = "client_01DEMO"
START = "/user_management/authorize/device"
AUTHENTICATE = "/user_management/authenticate"
PAGE = "/device"
SESSIONS = "/demo/sessions"
_REMEMBERED = 2000


def _now() -> datetime:
    return datetime.now(UTC)


def _organizations() -> Collection[str]:
    from astro_tui.demo.cast import ACCOUNTS, GUARDED

    return {account.organization for account in (*ACCOUNTS, *GUARDED) if account.member and account.organization}


class DemoIdentity:
    """Signs people in on a free loopback port; use it as a context manager, or `start()` and `stop()`.

    A code is approved by `approve()`, by a visit to the address that the client was given, or by itself after
    `approves_after` polls. `DELETE /demo/sessions` signs everybody out. `lifetime`, `code_lifetime` and `interval`
    are in seconds (see `Authority`). `faults` are those of the demo platform; `cut` spends a refresh token and loses
    the answer. A DemoServer that is given this one (`DemoServer(identity=…)`) takes its access tokens.
    """

    client_id = CLIENT_ID

    def __init__(
        self,
        *,
        port: int = 0,
        lifetime: float = 300.0,
        code_lifetime: float = 300,
        interval: float = 5,
        approves_after: int | None = None,
        organizations: Callable[[], Collection[str]] = _organizations,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.authority = Authority(
            CLIENT_ID,
            lifetime=lifetime,
            code_lifetime=code_lifetime,
            interval=interval,
            approves_after=approves_after,
            organizations=organizations,
            clock=clock,
        )
        self.faults = Faults()
        self._port = port
        self._requests: deque[tuple[str, str]] = deque(maxlen=_REMEMBERED)
        self._platform: Platform | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The origin, such as `http://127.0.0.1:40123`. Raises RuntimeError before `start()`."""
        if self._platform is None:
            raise RuntimeError("the demo identity provider is not running")
        return f"http://127.0.0.1:{self._platform.server_port}"

    @property
    def requests(self) -> list[tuple[str, str]]:
        """Method and target of the newest 2000 requests, oldest first."""
        return list(self._requests)

    @property
    def counts(self) -> Counter[str]:
        """How often what was done: started, polled, granted, refreshed, scoped, refused."""
        return self.authority.counts

    @property
    def issued(self) -> list[str]:
        """Every secret that ever left here: device codes, access and refresh tokens."""
        return list(self.authority.issued)

    def approve(self, user_code: str = "") -> bool:
        """Let in who waits with this code (or everybody who waits); False when nobody does."""
        return self.authority.decide(user_code, yes=True)

    def deny(self, user_code: str = "") -> bool:
        """Turn away who waits with this code (or everybody who waits); False when nobody does."""
        return self.authority.decide(user_code, yes=False)

    def tokens(self, organization: str = "") -> Json:
        """Return a token body as a sign-in gives it, without the sign-in."""
        return self.authority.grant(organization)

    def end_sessions(self) -> None:
        """Sign everybody out."""
        self.authority.end_sessions()

    def start(self) -> Self:
        """Listen and answer in a daemon thread. Raises OSError when the port is taken."""
        from astro_tui.demo.wire import Platform

        if self._platform is None:
            self._platform = Platform(self._port, self._answer, self.faults, self._record, 0.0)
            self._thread = threading.Thread(target=self._platform.serve, name="demo-identity", daemon=True)
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and all connections, also those that hang; returns within a moment."""
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

    # ---- answers

    def _answer(self, method: str, target: str, _authorization: str | None, body: bytes) -> Reply:
        from astro_tui.demo.asking import Reply, encode

        path, _, query = target.partition("?")
        if path == PAGE and method == "GET":
            return self._page({key: values[0] for key, values in parse_qs(query).items()})
        if path == SESSIONS and method == "DELETE":
            self.end_sessions()
            return Reply(200, encode({"signed_out": True}))
        if path not in (START, AUTHENTICATE):
            return Reply(404, encode({"error": "not_found", "error_description": "There is nothing here."}))
        if method != "POST":
            return Reply(405, encode({"error": "method_not_allowed"}), (("Allow", "POST"),))
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            if path == START:
                return Reply(200, encode(self.authority.start(fields, self.url + PAGE)))
            return Reply(200, encode(self.authority.authenticate(fields)))
        except RefusedError as refused:
            told = {"error": refused.code, "error_description": refused.description}
            return Reply(400, encode({key: value for key, value in told.items() if value}))

    def _page(self, query: dict[str, str]) -> Reply:
        """Answer the browser: a visit with a code says yes to it."""
        from astro_tui.demo.asking import Reply

        code, no = query.get("user_code", ""), query.get("answer") == "no"
        if not code:
            said = "Enter the code that astro-tui shows."
        elif not (self.deny(code) if no else self.approve(code)):
            said = f"No sign-in waits with the code {code}."
        else:
            said = "The sign-in is refused." if no else "You are signed in. Close this page."
        return Reply(200, _HTML.format(html.escape(said)).encode(), content_type="text/html; charset=utf-8")


_HTML = """<!doctype html><title>Demo sign-in</title><h1>{}</h1>
<form><input name=user_code autofocus><button>Sign in</button><button name=answer value=no>Refuse</button></form>
"""
