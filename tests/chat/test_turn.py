"""A turn of a conversation: event by event, in words, and joined with what is stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from astro_tui.chat.turn import ChatEvent, Role, Thread, TurnStage, read
from astro_tui.chat.words import words_of
from astro_tui.logs.sse import EventParser, ServerEvent
from astro_tui.platform.models import ChatPage

Row = tuple[str, str]
EARLIER: list[Row] = [("user", "hi"), ("assistant", "Hello")]
QUESTION = {"id": "q", "kind": "form", "message": "Run it?", "dataSchema": {"type": "object"}, "actions": ["submit"]}
TOOL = {**QUESTION, "intent": "tool_permission"}


def page(rows: list[Row], *, due: bool = False, pending: list[dict[str, Any]] | None = None) -> ChatPage:
    messages = [{"id": str(at), "role": role, "content": text} for at, (role, text) in enumerate(rows)]
    more = {"assistant_streaming": due, "pending_interactions": pending}
    return ChatPage.model_validate({"messages": messages, **more})


def event(name: str, number: int = 0, **fields: object) -> ChatEvent:
    return ChatEvent(name, fields, number)


def chunk(text: str, kind: str = "delta", number: int = 0, response: str = "r") -> ChatEvent:
    return event("chunk", number, content=text, chunk_type=kind, response_id=response)


def asked(earlier: list[Row] = EARLIER) -> Thread:
    thread = Thread("c").stored(page(earlier), 0.0).asking("why?", 1.0)
    assert thread.turn is not None
    return thread.with_turn(thread.turn.sent())


def after(thread: Thread, *events: ChatEvent) -> Thread:
    assert thread.turn is not None
    return thread.with_turn(thread.turn.after(events, 2.0))


WHY = [*EARLIER, ("user", "why?")]
BECAUSE = [*WHY, ("assistant", "Because")]
FINISH = event("finish")
SEQUENCES: dict[str, tuple[list[object], str, str]] = {
    # What happens: events, and pages of the history in between. Then the words, and the answer on screen.
    "text": ([chunk("Be", "start"), chunk("cause"), FINISH, page(BECAUSE)], "Answered", "Because"),
    "replace": ([chunk("Wait", "start"), chunk("So.", "replace"), chunk("", "end")], "", "So."),
    "start again": ([chunk("Wait", "start"), chunk("So.", "start")], "", "So."),
    "the stored text wins": ([chunk("Becau"), FINISH, page(BECAUSE)], "Answered", "Because"),
    "two answers at once": (
        [chunk("A", "start", response="a"), chunk("B", "start", response="b"), chunk("1", response="a")],
        "",
        "A1|B",
    ),
    "a second answer after the end": (
        [
            chunk("A", "start"), FINISH, page([*WHY, ("assistant", "A")]), chunk("B", "start", response="s"), FINISH,
            page([*WHY, ("assistant", "A"), ("assistant", "B")]),
        ],
        "Answered",
        "A|B",
    ),
    "unknown events": ([event("surprise", content="?"), chunk("A", "start"), event("", x=1)], "", "A"),
    "an unknown kind of text appends": ([chunk("A"), chunk("B", "sideways")], "", "AB"),
    "nothing yet": ([event("heartbeat"), event("connected")], "Waiting for the agent.", ""),
    "status": ([event("status", status="THINKING")], "thinking", ""),
    "status in words": ([event("status", status="GENERATING", message="Looking it up")], "Looking it up", ""),
    "finish without text": ([FINISH, page(WHY)], "ended its turn without an answer", ""),
    "an empty answer is stored": ([FINISH, page([*WHY, ("assistant", "")])], "without an answer", ""),
    "an older sidecar says that an answer is due": (
        [FINISH, page(WHY, due=True), FINISH, page(WHY, due=True)], "without an answer", ""
    ),
    "finish of the turn before": ([FINISH, page(EARLIER)], "Waiting for the agent.", ""),
    "finish, but an answer is due": ([FINISH, page(WHY, due=True)], "Waiting for the agent.", ""),
    "finish while it writes": ([chunk("A"), FINISH, page(WHY, due=True)], "", "A"),
    "error": ([event("error", code="INTERNAL", message="boom", retryable=False)], "failed: boom (INTERNAL).", ""),
    "error that may pass": ([event("error", code="BUSY", retryable=True)], "failed (BUSY). It may work later.", ""),
    "error after text": ([chunk("A"), event("error", message="boom")], "boom.", "A"),
    "a late error": ([chunk("A"), FINISH, event("error"), page([*WHY, ("assistant", "A")])], "Answered", "A"),
    "question": ([event("interaction", **QUESTION)], "has asked you something", ""),
    "approval": ([chunk("I need", "start"), event("interaction", **TOOL)], "waits for your approval", "I need"),
    "text while a question is open": ([event("interaction", **TOOL), chunk("A")], "waits for your approval", "A"),
    "an odd question is ignored": ([event("interaction", id="q")], "Waiting for the agent.", ""),
    "approval, known from the history": ([page(WHY, due=True, pending=[TOOL])], "waits for your approval", ""),
    "answered elsewhere": (
        [chunk("A", "start"), event("interaction", **TOOL), event("note", id="n", content="Approved"), chunk("B")],
        "",
        "A|B",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_a_sequence_of_events_in_words(name: str) -> None:
    happens, words, answer = SEQUENCES[name]
    thread = asked()
    for each in happens:
        thread = thread.stored(each, 3.0) if isinstance(each, ChatPage) else after(thread, each)  # type: ignore[arg-type]
    assert thread.turn is not None
    said = words_of(thread.turn)
    assert words in said if words else said == ""
    shown = [each for each in thread.shown if each.text]
    assert [each.text for each in shown[:2]] == ["hi", "Hello"]
    assert [each.text for each in shown[3:] if each.role is Role.ASSISTANT] == [
        text for text in answer.split("|") if text
    ]
    assert [each.text for each in shown].count("why?") == 1


def test_a_turn_that_is_silent_for_too_long_is_given_up_unless_a_question_is_open() -> None:
    silent = after(asked(), event("status", status="THINKING")).turn
    asks = after(asked(), event("interaction", **TOOL), chunk("A")).turn
    assert silent is not None
    assert asks is not None
    assert (silent.at(800).stage, silent.at(1000).stage) == (TurnStage.WAITING, TurnStage.SILENT)
    assert "wrote nothing for 16m 38s" in words_of(silent.at(1000))
    assert asks.at(1000).stage is TurnStage.WRITING
    # While the connection is lost, the agent may have written.
    assert words_of(replace(silent, lost=True).at(1000)) == "The connection was lost before the end of the answer."


def test_a_message_that_never_arrived_is_not_taken_for_an_older_one_with_the_same_text() -> None:
    thread = Thread("c").stored(page(BECAUSE), 0.0).asking("why?", 1.0)
    turn = thread.turn
    assert turn is not None
    assert not thread.has(turn)
    assert thread.stored(page([*BECAUSE, ("user", "why?")], due=True), 2.0).has(turn)


def test_a_line_of_a_megabyte_is_one_part_of_the_text() -> None:
    text = "x" * 1_000_000
    line = b'event: chunk\nid: 7\ndata: {"type":"chunk","chunk_type":"delta","content":"%b"}\n\n' % text.encode()
    parser = EventParser(2 << 20)
    pieces = [line[start : start + 65_536] for start in range(0, len(line), 65_536)]
    found = read(each for piece in pieces for each in parser.feed(piece))
    assert [(each.text("content") == text, each.id) for each in found] == [(True, 7)]


@pytest.mark.parametrize("odd", ["\u00b2", "9" * 5_000, "-1", "x"], ids=["raised", "huge", "negative", "word"])
def test_an_event_with_an_odd_id_is_read_as_one_without(odd: str) -> None:
    (found,) = read([ServerEvent("chunk", b'{"content": "So."}', odd, cut=False)])
    assert (found.text("content"), found.id) == ("So.", 0)


def test_what_an_agent_sends_without_end_is_bounded() -> None:
    thread = asked()
    for number in range(600):
        step = ChatEvent("step-start", {"step_id": str(number), "name": "n " * 5_000, "details": "d " * 5_000})
        thread = after(thread, step, chunk("So.", "start", response=str(number)), event("note", text="A note"))
    turn = thread.turn
    assert turn is not None
    assert sum(len(step.name + step.details) for step in turn.steps) <= 500 * 2_000
    assert len(turn.written) == 500
    # The history will have the rest.
    assert turn.gaps


@given(
    parts=st.lists(st.tuples(st.sampled_from(["delta", "delta", "replace"]), st.text("ab\n", max_size=4)), max_size=12),
    breaks=st.lists(st.integers(0, 14), max_size=8).map(sorted),
    missed=st.integers(0, 3),
    numbered=st.booleans(),
)
def test_breaks_and_resumes_lose_and_double_no_character(
    parts: list[tuple[str, str]], breaks: list[int], missed: int, *, numbered: bool
) -> None:
    """The sidecar goes on while the connection is broken. With numbers, it sends again what was missed, and more."""
    stream = [chunk("", "start", 1), *(chunk(text, kind, at + 2) for at, (kind, text) in enumerate(parts))]
    if not numbered:
        stream = [ChatEvent(each.name, each.fields) for each in stream]
    stored = ""
    for each in stream:
        stored = (
            each.text("content") if each.text("chunk_type") in ("start", "replace") else stored + each.text("content")
        )
    thread, place = asked(), 0
    while place < len(stream):
        if breaks and place >= breaks[0] and thread.turn is not None:
            resumed = bool(thread.turn.last_id)
            thread = thread.with_turn(thread.turn.reconnected(resumed=resumed)).stored(page(WHY, due=True), 2.0)
            # A sidecar that is asked from a number on may send too much, but never too little.
            place = max(0, place - missed) if resumed else place + missed
            breaks = breaks[1:]
            continue
        thread = after(thread, stream[place])
        place += 1
    turn = thread.turn
    assert turn is not None
    if not turn.gaps:
        assert turn.answer == stored
    rows = [*WHY, ("assistant", stored)]
    ended = after(thread, FINISH).stored(page(rows), 3.0)
    assert [(each.role.value, each.text) for each in ended.shown] == rows
