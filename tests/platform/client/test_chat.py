"""Conversations over HTTP: any shape of JSON, refusals in plain text, and what an agent said about itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, Fault
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Platform, Timeouts

CID = "7a586acd-f401-4eaa-bef0-3cd3fb262b23"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer() as server:
        yield server


@pytest.fixture
def platform(demo: DemoServer) -> Iterator[Platform]:
    platform = Platform(demo.url, demo.token, timeouts=Timeouts(pauses=(0.01,)))
    yield platform
    platform.close()
    demo.faults.clear()


@pytest.mark.parametrize(
    ("body", "rows", "due"),
    [
        ({"conversation_id": CID, "messages": None}, [], False),
        (
            {"messages": [{"id": 7, "role": None, "content": 1}, "odd"], "assistant_streaming": 1},
            [("7", "", "1")],
            True,
        ),
        ({"messages": [{"id": "a", "role": "user", "content": "x" * 128_000}]}, [("a", "user", "x" * 128_000)], False),
    ],
)
def test_a_page(demo: DemoServer, platform: Platform, body: object, rows: list[object], *, due: bool) -> None:
    demo.faults.set(re.compile("/chat/conversations/"), Fault.response(200, json.dumps(body)))
    page = platform.conversation(CLAIMS, CID)
    assert [(each.id, each.role, each.content) for each in page.messages] == rows
    assert page.assistant_streaming is due


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault.response(200, '{"messages":[],"conversation_id":"other"}'), ErrorKind.ODD_SHAPE, "another conversation"),
        (Fault.response(200, "[]"), ErrorKind.ODD_SHAPE, "a conversation with messages"),
        (Fault.not_json('{"messages": ['), ErrorKind.CUT_BODY, "cut off"),
        (Fault.response(403, "Forbidden\n", content_type="text/plain"), ErrorKind.FORBIDDEN, "web access"),
        (Fault.response(403, '{"error":"insufficient permissions"}'), ErrorKind.FORBIDDEN, "no access"),
        (Fault.response(404, "conversation not found\n", content_type="text/plain"), ErrorKind.NOT_FOUND, "not yours"),
        (Fault.response(404, '{"error":"chat endpoint unavailable"}'), ErrorKind.NOT_FOUND, "cannot be asked now"),
        (Fault.response(503, "Authorization unavailable\n", content_type="text/plain"), ErrorKind.SERVER, "503"),
        (Fault.response(502, '{"error":"chat request failed"}'), ErrorKind.SERVER, "does not respond"),
    ],
)
def test_a_page_that_cannot_be_read(
    demo: DemoServer, platform: Platform, fault: Fault, kind: ErrorKind, words: str
) -> None:
    demo.faults.set(re.compile("/chat/conversations/"), fault)
    with pytest.raises(PlatformError, match=words) as caught:
        platform.conversation(CLAIMS, CID)
    assert caught.value.kind is kind


def test_what_an_agent_said_about_itself_has_no_system_prompt(platform: Platform) -> None:
    config = platform.agent_config(CLAIMS)
    assert [tool["name"] for tool in config.tools] == ["lookup_booking"]
    assert "Never mention" not in repr(config)
    assert platform.agent_ready(CLAIMS)
