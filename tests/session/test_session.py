"""Signing in during a run: pending requests continue with the new login."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.deadline import DEADLINE
from support.logins import jwt
from support.raw_server import RawServer, answer

from astro_tui.diagnosis import Fact
from astro_tui.platform.client import Call, FixedToken, Platform
from astro_tui.platform.deployment_rows import Deployment
from astro_tui.presentation.agent_list import entry_of
from astro_tui.presentation.presence import Target
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

OLD, NEW = "old-private-token-0123456789", "new-private-token-0123456789"


class NewLogin(FixedToken):
    """A stored login: it has another token than the one that was refused."""

    def renewed(self, after: str, call: Call) -> str | None:
        token = self.current(call)
        return token if token != after else None


def test_a_request_that_was_refused_meanwhile_is_sent_again_with_the_new_login() -> None:
    came, signed_in = threading.Event(), threading.Event()

    def reply(head: str) -> bytes:
        if f"Bearer {NEW}" in head:
            return answer(b'{"accounts": [], "user": {"id": "u1"}}')
        came.set()
        signed_in.wait(DEADLINE)
        return answer(b'{"error": "expired"}', "401 Unauthorized")

    with RawServer(reply) as server, ThreadPoolExecutor(1) as pool:
        session = Session(Settings(server.url, token=OLD), Platform(server.url, OLD), Look())
        platform = session.platform
        waiting = pool.submit(platform.me)
        assert came.wait(DEADLINE)
        session.sign_in(NewLogin(NEW))
        signed_in.set()
        user = waiting.result(DEADLINE).user
        assert user is not None
        assert user.id == "u1"
        assert session.platform is platform
        assert platform.signed_in
        assert not session.settings.token
        # A log that goes on may repeat the old one.
        assert platform.without_tokens(f'{{"message": "{OLD} {NEW}"}}'.encode()).count(b"-token-") == 0
        platform.close()


def test_what_was_read_with_one_login_is_not_shown_to_another() -> None:
    session = Session(Settings("http://127.0.0.1:9"), Platform("http://127.0.0.1:9", OLD), Look())
    now, row = session.clock(), Deployment(id="d", name="agent")
    session.agent("acme", entry_of(row)).add(status=Fact({"value": "active"}, read_at=now))
    session.sign_in(session.platform.tokens)
    assert session.agent("acme", entry_of(row)).facts.status.known
    session.sign_in(NewLogin(NEW))
    assert not session.agent("acme", entry_of(row)).facts.status.known


@pytest.mark.parametrize(("before", "after", "kept"), [("u1", "u1", True), ("u1", "u2", False), ("", "u2", False)])
@pytest.mark.parametrize("same_source", [True, False])
def test_what_a_user_read_is_kept_for_that_user_alone(before: str, after: str, kept: bool, same_source: bool) -> None:
    session = Session(Settings("http://127.0.0.1:9"), Platform("http://127.0.0.1:9", OLD), Look())
    session.user, chat = before, session.chats.open(Target("acme", "id", "name", "name"))
    session.sign_in(session.platform.tokens if same_source else NewLogin(NEW), after)
    unknown = not before and same_source
    assert (chat in session.chats.known("id")) is (kept or unknown)
    assert session.user == after


def test_what_a_user_read_is_dropped_when_another_program_has_signed_in_somebody_else() -> None:
    session = Session(Settings("http://127.0.0.1:9"), Platform("http://127.0.0.1:9", jwt(sub="u1")), Look())
    session.know_user(Call())
    chat = session.chats.open(Target("acme", "id", "name", "name"))
    session.know_user(Call())
    assert chat in session.chats.known("id")
    session.platform.tokens = FixedToken(jwt(sub="u2"))
    session.know_user(Call())
    assert session.user == "u2"
    assert chat not in session.chats.known("id")
