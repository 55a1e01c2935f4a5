"""The demo's chats: what the server and the sidecar refuse, and what agents answer (platform.md §20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.chat_cases import ANSWERED, FAILED, ChatCase, for_both
from support.chatting import ENDS, SIDECAR, Chat, Event, text_of, until
from support.contract import validator
from support.demo_deployments import CLAIMS

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.contents import contents

IDS = {each.name: each.id for each in reversed(contents().deployments)}
NOBODY = "00000000-0000-4000-8000-000000000000"
LONG = "The clerk wrote another line about the harbor, and the harbor did not mind.\n\n" * 200
MESSAGES, STREAM = "/messaging/conversations/{}/messages", "/messaging/conversations/{}/stream"


@pytest.fixture(scope="module")
def demo() -> Iterator[DemoServer]:
    with DemoServer(sidecar=SIDECAR) as server:
        yield server


REFUSALS = [
    ("route-optimizer", "GET", "/chat/conversations", None, 404, "chat endpoint unavailable"),
    ("archive-scout", "POST", "/messaging/conversations", {}, 404, "messaging endpoint unavailable"),
    ("secret-sauce", "GET", "/chat/conversations", None, 403, "insufficient permissions"),
    ("translation-desk", "GET", "/chat/conversations", None, 502, "chat request failed"),
    ("claims-desk", "GET", "/chat/conversations/mine", None, 400, "invalid conversation id"),
    ("claims-desk", "GET", "/messaging/a%20b", None, 400, "invalid messaging path"),
    ("policy-search", "GET", "/chat/conversations", None, 403, "Forbidden\n"),
    ("seal-counter", "GET", "/messaging/agent/config", None, 404, "Agent config not yet received\n"),
    ("legacy-bridge", "GET", "/messaging/ready", None, 404, "404 page not found\n"),
    ("legacy-bridge", "POST", MESSAGES.format(NOBODY), {}, 400, "Content is required\n"),
]
SIDECAR_REFUSALS = [
    ("claims-desk", "GET", f"/chat/conversations/{NOBODY}", None, 404, "conversation not found\n"),
    ("claims-desk", "GET", f"/chat/conversations/{NOBODY}?limit=0", None, 400, "invalid pagination\n"),
    ("claims-desk", "GET", STREAM.format(NOBODY), None, 404, "conversation not found\n"),
    ("claims-desk", "POST", MESSAGES.format(NOBODY), b"[]", 400, "Invalid request body\n"),
    ("claims-desk", "POST", MESSAGES.format(NOBODY), {}, 400, "Content or attachment is required\n"),
    ("claims-desk", "PUT", f"/chat/conversations/{NOBODY}/title", {"title": " "}, 400, "title is required\n"),
    ("claims-desk", "PUT", f"/chat/conversations/{NOBODY}/title", {"title": 81 * "x"}, 400, "title too long\n"),
]


@pytest.mark.parametrize(
    ("agent", "method", "path", "body", "status", "error"),
    [*REFUSALS, *(pytest.param(*row, marks=pytest.mark.sidecar) for row in SIDECAR_REFUSALS)],
)
def test_refusals(  # noqa: PLR0917  one argument a column
    demo: DemoServer, agent: str, method: str, path: str, body: Any, status: int, error: str
) -> None:
    answer = Chat(demo, IDS[agent]).send(method, path, body)
    assert answer == (status, error if error.endswith("\n") else {"error": error})


@pytest.mark.parametrize("case", for_both(*ANSWERED, *FAILED, ChatCase("claims-desk", "long", LONG)))
def test_answers(demo: DemoServer, case: ChatCase) -> None:
    agent, question, text, end, code, _words = case
    chat = Chat(demo, IDS[agent])
    conversation = chat.create()
    with chat.stream(conversation) as events:
        assert next(events).name == "connected"
        assert chat.ask(conversation, question)[0] == 200
        seen = until(events, lambda event: event.name in ENDS)
    assert (text_of(seen), seen[-1].name, seen[-1].data.get("code", "")) == (text, end, code)
    first = int(seen[0].number or 0)
    assert [event.number for event in seen] == [str(first + place) if first else "" for place in range(len(seen))]
    assert bool(first) == (agent != "legacy-bridge" or bool(SIDECAR))
    history = chat.history(conversation)
    assert not history["assistant_streaming"]
    # What was written in the last quarter of a second before an error is not stored.
    (asked, stored) = chat.messages(conversation)
    assert (asked, stored[0]) == (("user", question), "assistant")
    assert text.startswith(stored[1]) if end == "error" else stored[1] == text
    faults = validator("/deployments/{id}/chat/conversations/{conversationId}", "GET", 200).iter_errors(history)
    assert not list(faults)


@pytest.mark.sidecar
def test_two_texts_of_one_turn(demo: DemoServer) -> None:
    """Both end with `finish`. As on the platform, the second one replaces the first among the stored messages."""
    chat = Chat(demo, CLAIMS)
    conversation = chat.create()
    with chat.stream(conversation) as events:
        chat.ask(conversation, "twice")
        assert text_of(until(events, lambda event: event.name == "finish")) == "This is the first answer."
        assert text_of(until(events, lambda event: event.name == "finish")) == "This is the second answer."
    assert chat.messages(conversation)[1:] == [("assistant", "This is the second answer.")]


@pytest.mark.sidecar
def test_a_broken_stream_resumes_after_the_last_event(demo: DemoServer) -> None:
    chat = Chat(demo, CLAIMS)
    conversation, seen, last, opened = chat.create(), list[Event](), "", 0
    demo.faults.set(f"^/deployments/{CLAIMS}/messaging/.*/stream", Fault.stream_reset(size=400), count=3)
    while not any(event.name in ENDS for event in seen):
        with chat.stream(conversation, last) as events:
            opened += 1
            assert next(events).name == "connected"
            if opened == 1:
                chat.ask(conversation, "stream")
            seen += until(events, lambda event: event.name in ENDS)
        last = seen[-1].number
    assert opened == 4
    assert len({event.number for event in seen}) == len(seen)
    assert [("assistant", text_of(seen))] == chat.messages(conversation)[1:]


@pytest.mark.sidecar
def test_a_stream_that_cannot_resume_only_says_that_the_turn_is_over(demo: DemoServer) -> None:
    chat = Chat(demo, CLAIMS)
    conversation = chat.create()
    with chat.stream(conversation) as events:
        for _ in range(2):
            chat.ask(conversation, "stream")
            seen = until(events, lambda event: event.name == "finish")
    for last in ("2", "999"):
        with chat.stream(conversation, last) as events:
            assert [event.name for event in events] == ["connected", "finish"]
    with chat.stream(conversation, "") as events:
        assert [(event.name, event.number) for event in events] == [("connected", ""), ("finish", seen[-1].number)]


FORM = {"reason": "late", "amount": 3, "method": "card"}
APPROVALS = [
    ("submit", {"content": FORM}, "submitted", [("note", "Approved"), ("assistant", "Done: the money is on its way.")]),
    ("decline", {}, "declined", [("note", "Denied"), ("assistant", "Then I leave it as it is.")]),
    ("cancel", {}, "cancelled", []),
]
NOT_ALLOWED: list[tuple[dict[str, Any], int]] = [
    ({"action": "approve"}, 400),
    ({"action": "respond", "text": "maybe"}, 400),
    ({"action": "submit"}, 400),
    ({"action": "submit", "content": {}}, 422),
    ({"action": "submit", "content": {**FORM, "amount": "3"}}, 422),
    ({"action": "submit", "content": {**FORM, "amount": 501}}, 422),
    ({"action": "submit", "content": {**FORM, "method": "cash"}}, 422),
    ({"action": "submit", "content": {**FORM, "notify": 1}}, 422),
]


@pytest.mark.sidecar
@pytest.mark.parametrize(("action", "fields", "status", "messages"), APPROVALS)
def test_an_approval(demo: DemoServer, action: str, fields: Any, status: str, messages: list[tuple[str, str]]) -> None:
    chat = Chat(demo, CLAIMS)
    conversation = chat.create()
    with chat.stream(conversation) as events:
        chat.ask(conversation, "approve it")
        asked = until(events, lambda event: event.name == "interaction")[-1].data
        history = chat.history(conversation)
        assert (history["pending_interactions"], history["assistant_streaming"]) == ([asked], True)
        assert chat.ask(conversation, "again")[1]["error"] == "turn_in_progress"
        assert [chat.answer(conversation, asked["id"], **given)[0] for given, _ in NOT_ALLOWED] == [
            refused for _, refused in NOT_ALLOWED
        ]
        # The first answer counts.
        for given in ({"action": action, **fields}, {"action": "cancel"}):
            assert chat.answer(conversation, asked["id"], **given) == (200, {"status": status, "action": action})
        seen = until(events, lambda event: event.name == "finish")
    assert [event.data["content"] for event in seen if event.name in ("note", "injected")] == [
        text for _, text in messages[:-1]
    ]
    assert chat.messages(conversation)[1:] == [("assistant", "The order was delivered late."), *messages]
    assert "pending_interactions" not in chat.history(conversation)


@pytest.mark.sidecar
def test_an_answer_can_be_stopped(demo: DemoServer) -> None:
    chat = Chat(demo, CLAIMS)
    conversation = chat.create()
    with chat.stream(conversation) as events:
        chat.ask(conversation, "stall")
        until(events, lambda event: event.data.get("content") == "then")
        assert chat.send("POST", f"/messaging/conversations/{conversation}/cancel")[0] == 204
        assert [event.name for event in events] == ["finish"]
    assert chat.messages(conversation)[1:] == [("assistant", "This answer begins, and then")]
    assert chat.send("DELETE", f"/chat/conversations/{conversation}")[0] == 204
    assert chat.history(conversation) == "conversation not found\n"


def test_a_message_to_an_agent_that_is_not_connected_is_stored(demo: DemoServer) -> None:
    chat = Chat(demo, IDS["seal-counter"])
    conversation = chat.create()
    assert chat.ask(conversation, "hello") == (424, "agent unavailable\n")
    assert chat.messages(conversation) == [("user", "hello"), ("assistant", "")]


def test_pages_limits_and_lists(demo: DemoServer) -> None:
    chat = Chat(demo, CLAIMS)
    empty = chat.create()
    listed = chat.send("GET", "/chat/conversations")[1]
    assert not list(validator("/deployments/{id}/chat/conversations", "GET", 200).iter_errors(listed))
    known = {row["title"]: row["conversation_id"] for row in listed["conversations"]}
    assert empty not in known.values()
    long = known["All claims of the storm"]
    page = chat.history(long, "limit=10")
    assert (len(page["messages"]), page["has_more"], page["oldest_seq"]) == (10, True, 989)
    older = chat.history(long, "limit=10&before_seq=989")
    assert older["messages"] + page["messages"] == chat.history(long)["messages"][-20:]
    assert chat.ask(long, "nothing")[0] == 200
    while chat.history(long)["assistant_streaming"]:
        pass
    assert chat.ask(long, "nothing")[1]["error"] == "message_limit_reached"
    old = Chat(demo, IDS["legacy-bridge"])
    assert old.history(old.create())["messages"] is None


def test_billing_stops_only_changes(demo: DemoServer) -> None:
    demo.faults.set("^.*/messaging/", Fault.unpaid())
    chat = Chat(demo, CLAIMS)
    assert chat.send("POST", "/messaging/conversations", {})[1]["code"] == "BILLING_SUSPENDED"
    assert chat.send("GET", "/messaging/ready") == (200, {"agent_connected": True})
    demo.faults.clear()


def test_an_answer_has_a_trace_with_the_conversation_as_its_session(demo: DemoServer) -> None:
    chat = Chat(demo, CLAIMS)
    conversation = chat.create()
    with chat.stream(conversation) as events:
        chat.ask(conversation, "stream")
        until(events, lambda event: event.name == "finish")
    query = f"limit=10&user_id={demo.user}"
    listed = chat.send("GET", f"/observability/traces?{query}")[1]["traces"]
    details = [chat.send("GET", f"/observability/traces/{row['trace_id']}")[1] for row in listed]
    mine = [detail for detail in details if detail["trace"]["session_id"] == conversation]
    assert len(mine) == 1
    span = mine[0]["observations"][0]
    assert chat.send("GET", f"/observability/observations/{span['id']}")[1]["name"] == span["name"]
