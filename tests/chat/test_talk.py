"""A conversation over HTTP with the demo's agents: what is shown in the end, and that each message is sent once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator

import pytest
from support.chat_cases import ANSWERED, BROKEN, FAILED, UNREACHED, ChatCase, for_both
from support.chatting import SIDECAR
from support.deadline import DEADLINE
from support.talking import Person, messages_sent

from astro_tui.chat.turn import Role, TurnStage
from astro_tui.chat.words import LOST, words_of
from astro_tui.demo import DemoServer
from astro_tui.demo.faults import Fault
from astro_tui.platform.client import Call


@pytest.fixture
def demo() -> Iterator[DemoServer]:
    with DemoServer(sidecar=SIDECAR) as server:
        yield server


@pytest.mark.parametrize("case", [*for_both(*ANSWERED, BROKEN, *FAILED), UNREACHED])
def test_a_turn(demo: DemoServer, meet: Callable[[str], Person], case: ChatCase) -> None:
    person = meet(case.agent)
    person.ask(case.question)
    # The stored messages follow the end.
    rows = person.until(lambda thread: not thread.busy and bool(thread.messages)).shown
    turn = person.talk.thread.turn
    assert turn is not None
    assert case.words in words_of(turn)
    if turn.stage is not TurnStage.FAILED:
        # Of an agent that fails, an earlier state is stored.
        assert [(each.role.value, each.text) for each in rows] == person.chat.messages(person.talk.thread.id)
    assert rows[1].text == case.text
    assert messages_sent(demo) == 1


@pytest.mark.sidecar
def test_two_turns_of_one_conversation_and_the_text_of_each(demo: DemoServer, meet: Callable[[str], Person]) -> None:
    person = meet("claims-desk")
    for question in ("stream", "stream"):
        person.ask(question)
        person.ended()
    rows = person.chat.messages(person.talk.thread.id)
    assert [(each.role.value, each.text) for each in person.talk.thread.shown] == rows
    assert len(rows) == 4
    assert messages_sent(demo) == 2


@pytest.mark.sidecar
def test_a_second_answer_of_a_turn(meet: Callable[[str], Person]) -> None:
    person = meet("claims-desk")
    person.ask("twice")
    person.until(lambda thread: not thread.busy and "second answer." in thread.messages[-1].text)
    assert any(thread.shown[-1].text == "This is the first answer." for thread in person.seen)


@pytest.mark.sidecar
@pytest.mark.parametrize("agent", ["claims-desk", "legacy-bridge"])
def test_after_many_broken_connections_the_stored_text_is_shown(
    demo: DemoServer, meet: Callable[[str], Person], agent: str
) -> None:
    person = meet(agent)
    demo.faults.set(re.compile("/stream$"), Fault.stream_reset(size=400), count=30)
    person.ask("usual")
    person.ended()
    stored = person.chat.messages(person.talk.thread.id)
    assert [(each.role.value, each.text) for each in person.talk.thread.shown] == stored
    assert messages_sent(demo) == 1
    if agent == "claims-desk":
        # Nothing that was shown had a lost or doubled character, either.
        texts = [each.turn.answer for each in person.seen if each.turn is not None]
        assert all(stored[1][1].startswith(text) for text in texts)


@pytest.mark.sidecar
def test_an_approval_a_stop_and_a_silence(demo: DemoServer, meet: Callable[[str], Person]) -> None:
    person = meet("claims-desk")
    person.ask("approve")
    turn = person.until(lambda thread: bool(thread.turn and thread.turn.questions)).turn
    assert turn is not None
    assert words_of(turn) == "The agent waits for your approval."
    (question,) = turn.questions
    assert question.fields is not None
    assert person.chat.answer(person.talk.thread.id, question.id, action="decline")[0] == 200
    person.talk.answered(question.id)
    thread = person.ended()
    assert [each.role for each in thread.messages] == [Role.USER, Role.ASSISTANT, Role.NOTE, Role.ASSISTANT]
    person.ask("stalls")
    person.until(lambda thread: bool(thread.turn and "and then" in thread.turn.answer))
    assert person.chat.send("POST", f"/messaging/conversations/{person.talk.thread.id}/cancel")[0] == 204
    person.talk.stopped()
    ended = person.ended().turn
    assert ended is not None
    assert words_of(ended).startswith("Stopped.")


@pytest.mark.sidecar
@pytest.mark.parametrize(
    ("path", "fault", "stage", "words", "sent"),
    [
        ("/messages$", Fault.lost_response(), TurnStage.ANSWERED, "Answered", 1),
        ("/messages$", Fault.reset(), TurnStage.UNKNOWN, "does not have it", 1),
        ("/stream$", Fault.response(403, "Forbidden\n", content_type="text/plain"), TurnStage.FAILED, "web access", 0),
        (
            "/stream$",
            Fault.response(404, "conversation not found\n", content_type="text/plain"),
            TurnStage.FAILED,
            "hidden",
            0,
        ),
        ("/messages$", Fault.response(402, '{"code":"BILLING_SUSPENDED"}'), TurnStage.FAILED, "billing", 1),
    ],
)
def test_a_message_that_gets_lost_or_is_refused(  # noqa: PLR0917  one argument a column
    demo: DemoServer, meet: Callable[[str], Person], path: str, fault: Fault, stage: TurnStage, words: str, sent: int
) -> None:
    person = meet("claims-desk")
    demo.faults.set(re.compile(path), fault)
    person.ask("stream")
    turn = person.ended().turn
    assert turn is not None
    assert (turn.stage, messages_sent(demo)) == (stage, sent)
    assert words in words_of(turn)


@pytest.mark.sidecar
def test_an_answer_that_is_being_written_is_followed(meet: Callable[[str], Person]) -> None:
    person = meet("claims-desk")
    person.chat.ask(person.talk.thread.id, "slow")
    thread = person.talk.load(Call())
    assert thread.busy
    assert person.ended().shown[-1].text == "First part. Second part."


def test_a_turn_that_is_stopped_before_its_stream_opens_sends_nothing(
    demo: DemoServer, meet: Callable[[str], Person]
) -> None:
    person = meet("claims-desk")
    demo.faults.set(re.compile("/stream$"), Fault.slow(1.0))
    asking = threading.Thread(target=person.ask, args=("stream",), daemon=True)
    asking.start()
    person.until(lambda thread: thread.busy)
    person.talk.stopped()
    asking.join(DEADLINE)
    turn = person.ended().turn
    assert turn is not None
    assert (turn.stage, messages_sent(demo)) == (TurnStage.STOPPED, 0)


def test_a_lost_connection_is_named_until_it_is_back(demo: DemoServer, meet: Callable[[str], Person]) -> None:
    person = meet("claims-desk")
    demo.faults.set(re.compile("/stream$"), Fault.reset())
    asking = threading.Thread(target=person.ask, args=("stream",), daemon=True)
    asking.start()
    person.until(lambda thread: bool(thread.turn and words_of(thread.turn) == LOST))
    demo.faults.clear()
    asking.join(DEADLINE)
    turn = person.ended().turn
    assert turn is not None
    assert (turn.stage, turn.lost, messages_sent(demo)) == (TurnStage.ANSWERED, False, 1)
