"""An identity provider with device sign-in and token rotation, on a loopback port (platform.md §2.3, §2.4)."""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qs, parse_qsl

from astro_tui.demo.authority import Authority, RefusedError
from astro_tui.demo.contents import accounts
from astro_tui.demo.data import text
from astro_tui.demo.faults import Fault
from astro_tui.demo.request import Reply, encode
from astro_tui.demo.service import Service
from astro_tui.demo.wire import Responder
from astro_tui.runtime import Clock, system_clock

CLIENT_ID = "client_01DEMO"
START = "/user_management/authorize/device"
AUTHENTICATE = "/user_management/authenticate"
PAGE = "/device"
SESSIONS = "/demo/sessions"


def _organizations() -> Collection[str]:

    return {account.organization for account in accounts() if account.member and account.organization}


class DemoIdentity(Service):
    """Signs users in on a free loopback port. Use it as a context manager, or call `start()` and `stop()`.

    A code is approved by `approve()`, by a visit to the URL that the client got, or automatically after
    `approves_after` polls. `DELETE /demo/sessions` signs everyone out. `lifetime`, `code_lifetime`, and `interval`
    are in seconds (see `Authority`). `faults` are those of the demo platform; `cut` spends a refresh token and loses
    the response. `DemoServer(identity=…)` accepts the access tokens of this provider. `counts`, `issued`, `tokens`, and
    `end_sessions` are those of the `Authority`.
    """

    name = "demo identity provider"
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
        clock: Clock = system_clock,
    ) -> None:
        super().__init__(port)
        self.authority = Authority(
            CLIENT_ID,
            lifetime=lifetime,
            code_lifetime=code_lifetime,
            interval=interval,
            approves_after=approves_after,
            organizations=organizations,
            clock=clock,
        )
        self.counts, self.issued = self.authority.counts, self.authority.issued
        self.tokens, self.end_sessions = self.authority.grant, self.authority.end_sessions

    def approve(self, user_code: str = "") -> bool:
        """Approve this code, or all pending ones. Return False if none is pending."""
        return self.authority.decide(user_code, yes=True)

    def deny(self, user_code: str = "") -> bool:
        """Deny this code, or all pending ones. Return False if none is pending."""
        return self.authority.decide(user_code, yes=False)

    def handler(self) -> Responder:
        """Return the function that handles all requests."""
        return self._respond

    # ---- responses

    def _respond(
        self, method: str, target: str, _headers: Mapping[str, str], body: bytes, _fault: Fault | None
    ) -> Reply:

        path, _, query = target.partition("?")
        if path == PAGE and method == "GET":
            return self._page({key: values[0] for key, values in parse_qs(query).items()})
        if path == SESSIONS and method == "DELETE":
            self.end_sessions()
            return Reply(200, encode({"signed_out": True}))
        if path not in (START, AUTHENTICATE):
            return Reply(404, encode({"error": "not_found", "error_description": "Not found."}))
        if method != "POST":
            return Reply(405, encode({"error": "method_not_allowed"}), (("Allow", "POST"),))
        fields = dict(parse_qsl(body.decode("utf-8", "replace")))
        try:
            if path == START:
                return Reply(200, encode(self.authority.start(fields, self.url + PAGE)))
            return Reply(200, encode(self.authority.authenticate(fields)))
        except RefusedError as refused:
            values = {"error": refused.code, "error_description": refused.description}
            return Reply(400, encode({key: value for key, value in values.items() if value}))

    def _page(self, query: dict[str, str]) -> Reply:
        """Respond to a browser. Opening the page with a code approves it."""
        code = query.get("user_code", "")
        if not code:
            message = "Enter the code in astro-tui."
        elif not self.approve(code):
            message = f"No sign-in with the code {code} is pending."
        else:
            message = "You are signed in. Close this page."
        return Reply(
            200, text("device.html").format(html.escape(message)).encode(), content_type="text/html; charset=utf-8"
        )
