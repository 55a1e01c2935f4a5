"""Messages to agents: what they need, and that each is sent once and recorded without what it says."""

from __future__ import annotations

import re

import pytest
from support.acting import CLAIMS, EU, LABS, Operator, writes
from support.chatting import Chat
from support.open_demo import OpenDemo

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.messages import MessageAction, MessageKind, perform
from astro_tui.actions.run import ActionOutcome
from astro_tui.chat.form import answer_of
from astro_tui.demo.faults import Fault
from astro_tui.platform.client import Call
from astro_tui.state.journal import ActionStage, JournalEntry

SECRET = "is sk-example-hunter2 safe?\t\u202e"
BEGIN = MessageAction(MessageKind.BEGIN)


def do(operator: Operator, kind: MessageKind, conversation: str = "", **more: object) -> ActionOutcome:
    operator.arming.understand(CLAIMS)
    action = MessageAction(kind, conversation, **more)  # type: ignore[arg-type]
    return perform(operator.context, CLAIMS, action, operator.arming.permit_message(CLAIMS, action), Call())


def began(operator: Operator) -> str:
    return str(do(operator, MessageKind.BEGIN).reply["conversation_id"])


def test_a_message_needs_an_armed_session_that_was_told_what_it_means() -> None:
    send = MessageAction(MessageKind.SEND, "c", "hello")
    for arming, action, words in (
        (Arming(read_only=True, write=True), BEGIN, "read_only"),
        (Arming(), BEGIN, "read-only"),
        (Arming(write=True), send, "confirm"),
        (Arming(write=True), MessageAction(MessageKind.ANSWER, "c", question="q"), "confirm"),
        (Arming(write=True, protected=[LABS]), BEGIN, "confirm"),
    ):
        with pytest.raises(NotArmedError, match=words):
            arming.permit_message(CLAIMS, action)
    arming = Arming(write=True, protected=[LABS])
    with pytest.raises(NotArmedError, match="name to type"):
        arming.understand(CLAIMS, "claims-desk")
    arming.understand(CLAIMS, CLAIMS.name)
    assert arming.permit_message(CLAIMS, send).change.endpoint.endswith("/c/messages")
    arming.disarm()
    with pytest.raises(NotArmedError, match="read-only"):
        arming.permit_message(CLAIMS, send)


def test_everything_in_a_conversation_is_sent_as_typed_and_recorded_without_its_text(
    demo: OpenDemo, operator: Operator
) -> None:
    conversation = began(operator)
    assert do(operator, MessageKind.SEND, conversation, text=SECRET).step is ActionStage.DONE
    chat = Chat(demo, EU)
    assert chat.messages(conversation)[0] == ("user", SECRET)
    assert operator.context.asked == {EU: SECRET}
    assert do(operator, MessageKind.RENAME, conversation, text="My title").step is ActionStage.DONE
    assert chat.history(conversation)["title"] == "My title"
    assert do(operator, MessageKind.STOP, conversation).step is ActionStage.DONE
    assert do(operator, MessageKind.HIDE, conversation).step is ActionStage.DONE
    assert chat.send("GET", f"/chat/conversations/{conversation}?limit=1")[0] == 404
    assert [(each.action, each.state) for each in operator.journal.entries()] == [
        (f"chat-{word}", "done") for word in ("begin", "message", "rename", "stop", "hide")
    ]
    text = operator.journal.path.read_text(encoding="utf-8")
    assert "hunter2" not in text
    assert "My title" not in text
    assert conversation in text


@pytest.mark.parametrize(
    ("fault", "step", "words"),
    [
        (Fault.lost_response(), ActionStage.UNKNOWN, "unknown whether"),
        (Fault.response(504, '{"error":"upstream request failed"}'), ActionStage.UNKNOWN, "does not respond"),
        (Fault.response(424, "agent unavailable\n", content_type="text/plain"), ActionStage.REFUSED, "not connected"),
        (Fault.response(403, "Forbidden\n", content_type="text/plain"), ActionStage.REFUSED, "web access"),
        (Fault.response(404, "conversation not found\n", content_type="text/plain"), ActionStage.REFUSED, "hidden"),
        (Fault.response(409, '{"error":"message_limit_reached","error_description":"x"}'), ActionStage.REFUSED, "full"),
        (Fault.response(409, '{"error":"turn_in_progress"}'), ActionStage.REFUSED, "still being written"),
        (
            Fault.response(500, "Failed to process message\n", content_type="text/plain"),
            ActionStage.REFUSED,
            "did not take",
        ),
        (Fault.response(402, '{"error":"x","code":"BILLING_SUSPENDED"}'), ActionStage.REFUSED, "billing"),
    ],
)
def test_a_message_is_sent_once_whatever_comes_back(
    demo: OpenDemo, operator: Operator, fault: Fault, step: ActionStage, words: str
) -> None:
    conversation, sent = began(operator), len(writes(demo.requests))
    demo.faults.set(re.compile("/messages$"), fault)
    outcome = do(operator, MessageKind.SEND, conversation, text="hello")
    assert (outcome.step, len(writes(demo.requests)) - sent) == (step, 1)
    assert words in outcome.sentence
    stored = Chat(demo, EU).messages(conversation)
    assert len([each for each in stored if each[0] == "user"]) == (fault.kind == "lost")


def test_a_second_answer_to_a_question_does_not_count(demo: OpenDemo, operator: Operator) -> None:
    conversation = began(operator)
    reply = Fault.response(200, '{"status":"declined","action":"decline"}')
    demo.faults.set(re.compile("/interactions/q$"), reply)
    outcomes = [
        do(operator, MessageKind.ANSWER, conversation, question="q", answer=answer_of(action))
        for action in ("decline", "submit")
    ]
    assert [each.step for each in outcomes] == [ActionStage.DONE, ActionStage.REFUSED]
    assert "the first answer counts" in outcomes[1].sentence


def test_a_message_is_no_action_on_the_deployment(demo: OpenDemo, operator: Operator) -> None:
    """It comes between no preview and its confirmation, and leaves nothing to find out at the next start."""
    rollback = JournalEntry("", "2026-07-04T12:00:00Z", demo.url, LABS, CLAIMS.name, EU, "rollback", state="done")
    operator.journal.intend(rollback)
    demo.faults.set(re.compile("/conversations$"), Fault.lost_response())
    preview = operator.preview(ActionKind.PAUSE)
    assert do(operator, MessageKind.BEGIN).step is ActionStage.UNKNOWN
    assert operator.journal.rolled_back(demo.url) == {EU}
    assert [each.action for each in operator.journal.open_ones(demo.url)] == []
    assert operator.run(preview).step is ActionStage.DONE
