"""The messages and requests that the program keeps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from support.app import NOW
from support.on_screen import Clock

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call, Platform, SentRequest, Timeouts
from astro_tui.session import messages
from astro_tui.session.messages import ERROR, LONGEST, NOTICE, REQUEST, Messages
from astro_tui.session.session import Session
from astro_tui.state.settings import Settings
from astro_tui.text.redaction import redact_text
from astro_tui.theme.look import Look

THEN = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)
TOKEN = "very-private-token-0123456789"


def test_it_is_bounded_and_newest_first() -> None:
    messages = Messages(most=3)
    for number in range(5):
        messages.add(THEN, NOTICE, f"number {number}")
    assert [said.text for said in messages.newest_first()] == ["number 4", "number 3", "number 2"]
    assert messages.count == 5
    messages.add(THEN, ERROR, "x" * 100_000)
    assert len(messages.newest_first()[0].text) <= LONGEST


def test_secrets_are_masked() -> None:
    messages = Messages()
    messages.add(THEN, ERROR, "the server said: Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789")
    messages.add(THEN, ERROR, f"it repeats {TOKEN}")
    # A secret at the place where the text is cut.
    messages.add(THEN, NOTICE, "y" * (LONGEST - 30) + f" password={TOKEN}")
    text = " ".join(said.text for said in messages.newest_first({TOKEN}))
    assert "abcdefghijklmnop" not in text
    assert "very-private" not in text


def test_control_characters_are_visible() -> None:
    messages = Messages()
    messages.add(THEN, NOTICE, "one\x1b[31m\ntwo")
    assert messages.newest_first()[0].text.isprintable()


def test_every_request_is_noted() -> None:
    demo = DemoServer()
    demo.token = TOKEN
    with demo:
        platform = Platform(demo.url, TOKEN, timeouts=Timeouts(pauses=(0.01, 0.01)))
        session = Session(Settings(demo.url), platform, Look(), clock=Clock(NOW))
        platform.me()
        demo.faults.set("^/deployments", Fault.response(503, "{}"))
        with pytest.raises(PlatformError):
            platform.deployments("meridian-labs")
        canceled = Call()
        canceled.abort()
        with pytest.raises(PlatformError):
            platform.me(call=canceled)
        found = [said for said in session.messages.newest_first({TOKEN}) if said.kind == REQUEST]
        platform.close()
    texts = [said.text for said in found]
    assert [text.split(", ")[0] for text in texts] == [
        *["GET /api/v1/deployments?account=meridian-labs: 503"] * 3,
        "GET /api/v1/me: ok",
    ]
    assert {said.time for said in found} == {NOW}
    assert TOKEN not in repr(found)


def test_each_message_is_masked_once_by_the_thread_that_waited_for_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    masking: list[threading.Thread] = []

    def counted(text: str) -> str:
        masking.append(threading.current_thread())
        return redact_text(text)

    monkeypatch.setattr(messages, "redact_text", counted)
    with DemoServer() as demo, ThreadPoolExecutor(1) as pool:
        session = Session(Settings(demo.url), Platform(demo.url, demo.token), Look())
        for number in range(3):
            session.messages.add(THEN, NOTICE, f"number {number}")
        pool.submit(session.platform.me).result()
        assert len(masking) == 4
        assert len(session.messages.newest_first()) == 4
        assert len(masking) == 4
        assert threading.current_thread() not in masking
        session.messages.add(THEN, NOTICE, "another one")
        assert session.messages.newest_first()[0].text == "another one"
        assert len(masking) == 5
        session.platform.close()


def test_a_new_login_is_watched_too() -> None:
    from astro_tui.platform.client import FixedToken

    with DemoServer() as demo:
        session = Session(Settings(demo.url), Platform(demo.url, "old"), Look())
        session.sign_in(FixedToken(demo.token))
        session.platform.me()
        assert session.messages.count == 1
        session.platform.close()


def test_a_request_in_words() -> None:
    messages = Messages()
    messages.requested(THEN, SentRequest("GET /x", "ok", 0.0123))
    assert messages.newest_first()[0].text == "GET /x: ok, 12 ms"
