"""What the user can do in a conversation with an agent: begin, send, stop, rename, hide, and answer (platform.md §20).

Unlike the other actions, these need no preview: they change nothing about the deployment. Each takes a permit, which an
armed session gives (`Arming.permit_message`), and is recorded in the journal, without what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from astro_tui.actions.context import ActionContext
from astro_tui.actions.run import ActionOutcome, refused, send
from astro_tui.chat.talk import SendResult
from astro_tui.platform.client import Call, changes
from astro_tui.platform.client.changes import ChangeRequest
from astro_tui.platform.client.permit import Permit
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import CHAT, ActionStage, JournalEntry, JournalError
from astro_tui.text.times import rfc3339

MEANS = (
    "A message costs tokens, leaves a trace, and counts in the statistics. "
    "The agent may act on it: run its tools, send mail, or change data."
)
"""What sending means: shown before the first message to an agent in a run."""


class MessageKind(StrEnum):
    """The actions in a conversation. The values are those in the journal."""

    BEGIN = f"{CHAT}begin"
    SEND = f"{CHAT}message"
    STOP = f"{CHAT}stop"
    RENAME = f"{CHAT}rename"
    HIDE = f"{CHAT}hide"
    ANSWER = f"{CHAT}answer"


ACTS = (MessageKind.SEND, MessageKind.ANSWER)
"""The kinds after which the agent may act."""


class MessageAction(Struct, frozen=True):
    """One action in a conversation. `text` is the message, or the new title. `answer` is that to a question."""

    kind: MessageKind
    conversation: str = ""
    text: str = ""
    question: str = ""
    answer: Mapping[str, object] = {}

    def __repr__(self) -> str:
        """Leave out what it says."""
        return f"<{self.kind.value} {self.conversation}>"

    def change(self, deployment_id: str) -> ChangeRequest:
        """Return the request that does this."""
        return _CHANGES[self.kind](deployment_id, self)


_CHANGES: Mapping[MessageKind, Callable[[str, MessageAction], ChangeRequest]] = {
    MessageKind.BEGIN: lambda key, _action: changes.create_conversation(key),
    MessageKind.SEND: lambda key, action: changes.send_message(key, action.conversation, action.text),
    MessageKind.STOP: lambda key, action: changes.stop_answer(key, action.conversation),
    MessageKind.RENAME: lambda key, action: changes.title_conversation(key, action.conversation, action.text),
    MessageKind.HIDE: lambda key, action: changes.hide_conversation(key, action.conversation),
    MessageKind.ANSWER: lambda key, action: changes.answer_question(
        key, action.conversation, action.question, action.answer
    ),
}


def perform(context: ActionContext, target: Target, action: MessageAction, permit: Permit, call: Call) -> ActionOutcome:
    """Record the action, send it once, and record its outcome. For worker threads; does not raise.

    The reply to `BEGIN` has `conversation_id`. With the step UNKNOWN, a message may have arrived: read the history
    before anything is sent again. It may also be stored after it was refused.
    """
    entry = JournalEntry(
        key="",
        time=rfc3339(context.clock(), "milliseconds"),
        server=context.platform.server,
        account=target.account,
        agent=target.name,
        id=target.id,
        action=action.kind.value,
        argument=action.conversation,
        state=ActionStage.SENT.value,
    )
    context.platform.place(target.account, target.id)
    try:
        entry = context.journal.intend(entry)
    except JournalError as error:
        return refused(error)
    outcome = send(context, permit, call)
    if action.kind is MessageKind.SEND and outcome.step is not ActionStage.REFUSED:
        context.asked[target.id] = action.text
    if outcome.step is ActionStage.DONE and action.kind is MessageKind.ANSWER:
        outcome = _counted(outcome, action)
    entry, unrecorded = context.journal.tried_to_record(entry, outcome.step, outcome.sentence)
    return outcome._replace(entry=entry, sentence=f"{outcome.sentence}{unrecorded}".strip())


def _counted(outcome: ActionOutcome, action: MessageAction) -> ActionOutcome:
    """Return the outcome of an answer: only the first answer to a question counts."""
    counts = outcome.reply.get("action")
    if not isinstance(counts, str) or counts == action.answer.get("action"):
        return outcome
    sentence = "This question already has an answer, and the first answer counts."
    return outcome._replace(step=ActionStage.REFUSED, sentence=sentence)


def sent_of(outcome: ActionOutcome) -> SendResult:
    """Return the outcome of a message, for `Talk.ask`."""
    return SendResult({ActionStage.DONE: True, ActionStage.UNKNOWN: None}.get(outcome.step, False), outcome.sentence)
