"""The conversations that were opened in this run."""

from __future__ import annotations

from support.app import NOW
from support.on_screen import Clock

from astro_tui.platform.client import Platform
from astro_tui.presentation.presence import Target
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.theme.look import Look

URL = "http://127.0.0.1:9"


def test_a_conversation_that_was_opened_before_a_new_login_can_be_hidden() -> None:
    session = Session(Settings(URL), Platform(URL, "token"), Look(), clock=Clock(NOW))
    target = Target("acme", "id", "name", "name")
    hidden = session.chats.open(target, "c1")
    session.sign_in(session.stored_tokens())
    kept = session.chats.open(target, "c2")
    session.chats.drop(hidden)
    session.chats.drop(hidden)
    assert [*session.chats.known(target.id)] == [kept]
