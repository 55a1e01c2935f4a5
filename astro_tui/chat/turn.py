"""One turn of a conversation: what a user sent, and what came back over the stream, as frozen values. Pure.

`read` decodes events, and `Turn.after` applies them. `Thread.stored` joins a turn with the stored history: after each
`finish` and each new connection, the stored text replaces the streamed one, so no character is lost or doubled.
All texts are as they were sent: mask them where they are displayed (`chat/writing.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from astro_tui.chat.form import Question, question_of
from astro_tui.logs.sse import ServerEvent
from astro_tui.platform.models import ChatMessage, ChatPage
from astro_tui.text.foreign import bounded

LONGEST_SILENCE = 900.0
"""Seconds without any content after which a turn is given up, unless a question is open (chat of the web client)."""
_COMPARED = 10_000
"""Characters of a message that are compared with the stored one."""
_LONGEST_ID = 18
"""Digits of the number of an event; an ID with more is not one that the sidecar counts."""
MOST_STEPS, MOST_QUESTIONS, MOST_PROMPTS, LONGEST_STEP, LONGEST_REASONING = 500, 20, 12, 1_000, 128_000
MOST_WRITTEN = 500
"""The most messages of one turn that are kept until the history has them."""


class Role(StrEnum):
    """Who wrote a message. A note is the record of an answered question."""

    USER = "user"
    ASSISTANT = "assistant"
    NOTE = "note"


class Message(Struct, frozen=True):
    """A message of a conversation. `id` is that of the history; empty if it was streamed and is not stored yet.

    `response` tells the answers of one turn apart. A streamed message is `whole` once its text is complete.
    """

    role: Role
    text: str
    id: str = ""
    response: str = ""
    whole: bool = True


class TurnStage(StrEnum):
    """How far a turn is."""

    SENDING = "sending"
    """It is not known yet whether the message arrived."""
    WAITING = "waiting"
    """The message arrived; nothing came back."""
    WRITING = "writing"
    ASKING = "asking"
    """The agent has asked something, and waits."""
    CHECKING = "checking"
    """The stream said that the turn is over; the history has not been read since then."""
    ANSWERED = "answered"
    EMPTY = "empty"
    """The turn ended without a text."""
    FAILED = "failed"
    STOPPED = "stopped"
    """The user stopped it. The agent may still be working."""
    SILENT = "silent"
    """There was no content for too long."""
    UNKNOWN = "unknown"
    """The connection broke while the message was sent, and the history does not have it."""


OVER = (TurnStage.ANSWERED, TurnStage.EMPTY, TurnStage.FAILED, TurnStage.STOPPED, TurnStage.SILENT, TurnStage.UNKNOWN)
"""The stages after which nothing more is expected."""


class TurnStep(Struct, frozen=True):
    """Something that the agent did on the way, such as a tool call."""

    id: str
    name: str
    details: str = ""
    done: bool = False


class SuggestedPrompt(Struct, frozen=True):
    """A question that the agent suggests."""

    title: str
    message: str


class TurnFailure(Struct, frozen=True):
    """Why a turn failed, in the words of the agent, its sidecar, or the platform."""

    code: str
    message: str
    retryable: bool = False


class ChatEvent(Struct, frozen=True):
    """A decoded event. `id` is 0 if it had none."""

    name: str
    fields: Mapping[str, Any]
    id: int = 0

    def text(self, key: str) -> str:
        """Return a text field of the event, or an empty text."""
        value = self.fields.get(key)
        return value if isinstance(value, str) else ""


_IDLE = frozenset(("connected", "heartbeat"))
"""Events that say nothing about the agent."""


def read(events: Iterable[ServerEvent]) -> list[ChatEvent]:
    """Return the events whose data is a JSON object. Others, and those that are too large, are left out."""
    readable = []
    for event in events:
        try:
            fields = msgspec.json.decode(event.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(fields, dict):
            name = event.name or str(fields.get("type", ""))
            numbered = event.id.isascii() and event.id.isdigit() and len(event.id) <= _LONGEST_ID
            readable.append(ChatEvent(name, fields, int(event.id) if numbered else 0))
    return readable


class Turn(Struct, frozen=True):
    """One turn, from the user's message to the end of the answer.

    `question` is what was sent; empty for a turn that was running when the conversation was opened. `previous` is the
    id of the last message before it. `arrived` is whether the platform accepted the message, and `stops` whether the
    user stopped the answer. `written` are the answers and notes that were streamed and are not stored yet. `status` is
    the newest status line. With `gaps`, a part of the streamed text was missed, which the stored text will have.
    `lost` is whether its stream broke and could not be opened again so far. `finishes` counts how often the stream said
    that the turn is over. Times are seconds of one clock: when it began,
    when its first and its last content came, and when it ended; 0 is never.
    """

    question: str = ""
    previous: str = ""
    stage: TurnStage = TurnStage.SENDING
    arrived: bool = False
    stops: bool = False
    written: tuple[Message, ...] = ()
    status: str = ""
    steps: tuple[TurnStep, ...] = ()
    reasoning: str = ""
    questions: tuple[Question, ...] = ()
    prompts: tuple[SuggestedPrompt, ...] = ()
    failure: TurnFailure | None = None
    gaps: bool = False
    lost: bool = False
    finishes: int = 0
    last_id: int = 0
    began: float = 0.0
    first: float = 0.0
    last: float = 0.0
    ended: float = 0.0

    @property
    def over(self) -> bool:
        """Whether nothing more is expected."""
        return self.stage in OVER

    @property
    def answer(self) -> str:
        """The text of the answers, in order."""
        return "\n\n".join(each.text for each in self.written if each.role is Role.ASSISTANT and each.text)

    @property
    def seconds(self) -> float:
        """How long it took; 0 while it is not over."""
        return self.ended - self.began if self.ended else 0.0

    @property
    def until_first(self) -> float | None:
        """The seconds until the first text came; None if none has."""
        return self.first - self.began if self.first else None

    # ---- what happens to it

    def sent(self) -> Turn:
        """Return the turn after its message has arrived."""
        stage = TurnStage.WAITING if self.stage is TurnStage.SENDING else self.stage
        return replace(self, arrived=True, stage=stage)

    def stopping(self) -> Turn:
        """Return the turn after the user stopped its answer. It is over when the history says so."""
        return replace(self, stops=True, stage=TurnStage.CHECKING)

    def answered(self, question_id: str, now: float) -> Turn:
        """Return the turn after a question was answered."""
        left = tuple(each for each in self.questions if each.id != question_id)
        return replace(self, questions=left, stage=TurnStage.ASKING if left else TurnStage.WAITING, last=now)

    def ending(self, stage: TurnStage, now: float, failure: TurnFailure | None = None) -> Turn:
        """Return the turn at its end."""
        return replace(self, stage=stage, failure=failure or self.failure, ended=now, questions=())

    def takes(self, event: ChatEvent) -> bool:
        """Whether an event can still change it. An agent may write a second answer after the first one has ended."""
        again = self.stage is TurnStage.ANSWERED and event.name == "chunk" and bool(event.text("content"))
        return again or not self.over

    def after(self, events: Sequence[ChatEvent], now: float) -> Turn:
        """Return the turn after some events. Unknown ones, and repeated texts, change nothing."""
        turn = self
        for event in events:
            repeated = 0 < event.id <= turn.last_id
            change = _CHANGES.get(event.name)
            if change is not None and not (repeated and event.name in _ONCE) and turn.takes(event):
                turn = change(turn, event, now)
            if event.name not in _IDLE:
                turn = replace(turn, last=now, last_id=event.id or turn.last_id)
        return turn

    def reconnected(self, *, resumed: bool) -> Turn:
        """Return the turn after its stream was opened again: unless it was `resumed`, parts of the text are missed."""
        missed = not resumed and self.stage in (TurnStage.WAITING, TurnStage.WRITING)
        return replace(self, lost=False, gaps=self.gaps or missed)

    def at(self, now: float) -> Turn:
        """Return the turn at some time: it is given up if there was no content for too long."""
        waits = self.stage in (TurnStage.WAITING, TurnStage.WRITING) and not self.questions
        late = now - max(self.last, self.began) > LONGEST_SILENCE
        return self.ending(TurnStage.SILENT, now) if waits and late else self


def _chunk(turn: Turn, event: ChatEvent, now: float) -> Turn:
    """Apply a part of a text, as the sidecar does: `start` and `replace` discard, everything else appends."""
    kind, content, response = event.text("chunk_type"), event.text("content"), event.text("response_id")
    place = _place(turn.written, response, starts=kind == "start", replaces=kind == "replace")
    old = turn.written[place].text if place < len(turn.written) else ""
    text = content if kind in ("start", "replace") else old + content
    message = Message(Role.ASSISTANT, text, response=response, whole=kind == "end")
    written = (*turn.written[:place], message, *turn.written[place + 1 :])[-MOST_WRITTEN:]
    first = turn.first or (now if text else 0.0)
    gaps = (turn.gaps and kind not in ("start", "replace")) or place >= MOST_WRITTEN
    # The end of a text may follow the end of the turn.
    stage = TurnStage.CHECKING if turn.stage is TurnStage.CHECKING and not content else TurnStage.WRITING
    return replace(turn, written=written, first=first, stage=stage, gaps=gaps, status="", ended=0.0)


def _place(written: Sequence[Message], response: str, *, starts: bool, replaces: bool) -> int:
    """Return the index of the message that a part belongs to; the number of messages for a new one."""
    for index in range(len(written) - 1, -1, -1):
        message = written[index]
        if message.role is not Role.ASSISTANT:
            # A text after a note is a new message.
            break
        if message.response == response or not (message.response and response):
            return len(written) if message.whole and (starts or not replaces) else index
    return len(written)


def _status(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    words = event.text("message") or event.text("status").lower().replace("_", " ")
    return replace(turn, status=words)


def _step(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    key, done = event.text("step_id"), event.name == "step-end"
    steps = {step.id: step for step in turn.steps}
    old = steps.get(key, TurnStep(key, ""))
    name, details = (bounded(event.text(part), LONGEST_STEP) for part in ("name", "details"))
    steps[key] = TurnStep(key, name or old.name, details or old.details, done)
    return replace(turn, steps=tuple(steps.values())[-MOST_STEPS:])


def _reasoning(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    # Only the names of these events are known.
    text = next(filter(None, map(event.text, ("delta", "content", "text"))), "")
    return replace(turn, reasoning=(turn.reasoning + text)[:LONGEST_REASONING])


def _prompts(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    rows = event.fields.get("prompts")
    texts = (
        [(row.get("title"), row.get("message")) for row in rows if isinstance(row, dict)]
        if isinstance(rows, list)
        else []
    )
    kept = [SuggestedPrompt(title, text) for title, text in texts if isinstance(title, str) and isinstance(text, str)]
    return replace(turn, prompts=tuple(kept[:MOST_PROMPTS]))


def _interaction(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    question = question_of(event.fields)
    if question is None:
        return turn
    others = [each for each in turn.questions if each.id != question.id]
    return replace(turn, questions=(*others, question)[-MOST_QUESTIONS:], stage=TurnStage.ASKING)


def _note(turn: Turn, event: ChatEvent, _now: float) -> Turn:
    """Apply the record of an answered question, or a text that the sidecar sent in the name of the user."""
    role = _role(event.text("role") or Role.NOTE)
    note = Message(role, event.text("content") or event.text("text"), event.text("id"))
    repeated = note.id in {each.id for each in turn.written} - {""}
    written = turn.written if repeated else (*turn.written, note)[-MOST_WRITTEN:]
    return replace(turn, written=written, questions=(), stage=TurnStage.WAITING)


def _finish(turn: Turn, _event: ChatEvent, _now: float) -> Turn:
    return replace(turn, stage=TurnStage.CHECKING, finishes=turn.finishes + 1)


def _error(turn: Turn, event: ChatEvent, now: float) -> Turn:
    if turn.stage is TurnStage.CHECKING:
        return turn
    failure = TurnFailure(event.text("code"), event.text("message"), event.fields.get("retryable") is True)
    return turn.ending(TurnStage.FAILED, now, failure)


_CHANGES = {
    "chunk": _chunk,
    "status": _status,
    "step-start": _step,
    "step-end": _step,
    "reasoning-delta": _reasoning,
    "prompts": _prompts,
    "interaction": _interaction,
    "note": _note,
    "injected": _note,
    "finish": _finish,
    "error": _error,
}
_ONCE = frozenset(("chunk", "reasoning-delta", "note", "injected"))
"""The events that must not be applied twice. The others do the same again."""


class Thread(Struct, frozen=True):
    """A conversation: its stored messages, oldest first, and the turn that is running, or was the last one.

    `earlier` is what `Platform.conversation` takes as `before` to read the messages before these; 0 if there are none.
    """

    id: str
    title: str = ""
    messages: tuple[Message, ...] = ()
    earlier: int = 0
    turn: Turn | None = None
    read: bool = False

    @property
    def shown(self) -> tuple[Message, ...]:
        """All messages to display, in order: the stored ones, then those of the running turn."""
        turn = self.turn
        if turn is None:
            return self.messages
        asked = () if self.has(turn) or not turn.question else (Message(Role.USER, turn.question),)
        return (*self.messages, *asked, *turn.written)

    @property
    def busy(self) -> bool:
        """Whether an answer is due, so that nothing else should be sent."""
        return self.turn is not None and not self.turn.over

    def asking(self, question: str, now: float) -> Thread:
        """Return the thread with a new turn, whose message is about to be sent."""
        previous = self.messages[-1].id if self.messages else ""
        return replace(self, turn=Turn(question, previous, began=now, last=now))

    def with_turn(self, turn: Turn) -> Thread:
        """Return the thread with its turn as it is now."""
        return replace(self, turn=turn)

    def stored(self, page: ChatPage, now: float) -> Thread:
        """Return the thread after its newest page was read. Stored texts replace streamed ones."""
        messages = _joined(self.messages, page)
        pending = tuple(filter(None, map(question_of, page.pending_interactions)))
        thread = replace(self, title=page.title or self.title, messages=messages, read=True)
        if not self.read or (messages and messages[0].id == page.messages[0].id):
            thread = replace(thread, earlier=(page.oldest_seq or 0) if page.has_more else 0)
        turn, due = self.turn, page.assistant_streaming
        if turn is None and due:
            # An answer is due that was not asked for here.
            turn = Turn(previous=_last_asked(messages), stage=TurnStage.WAITING, began=now, last=now, gaps=True)
        return thread if turn is None else _settled(thread, turn, pending, now, due=due)

    def with_earlier(self, page: ChatPage) -> Thread:
        """Return the thread with the page before its first message."""
        ids = {message.id for message in self.messages}
        before = tuple(message for message in map(_message, page.messages) if message.id not in ids)
        earlier = (page.oldest_seq or 0) if page.has_more and before else 0
        return replace(self, messages=(*before, *self.messages), earlier=earlier)

    def has(self, turn: Turn) -> bool:
        """Whether the message of a turn is among the stored ones, which are trimmed and bounded."""
        wanted = turn.question.strip()[:_COMPARED]
        return any(each.role is Role.USER and each.text.strip()[:_COMPARED] == wanted for each in self.since(turn))

    def since(self, turn: Turn) -> tuple[Message, ...]:
        """Return the stored messages of a turn, which begin with the user's own."""
        places = [index for index, each in enumerate(self.messages) if each.id == turn.previous]
        return self.messages[places[-1] + 1 :] if places and turn.previous else self.messages


def _settled(thread: Thread, turn: Turn, pending: tuple[Question, ...], now: float, *, due: bool) -> Thread:
    """Return a thread with its turn, joined with what is stored of it. `due` is whether an answer still is."""
    stored = [each for each in thread.since(turn) if each.role is Role.ASSISTANT]
    checking = turn.stage is TurnStage.CHECKING
    if turn.question and not thread.has(turn):
        if turn.stops:
            return replace(thread, turn=turn.ending(TurnStage.STOPPED, now))
        # It has not arrived yet: what the stream said was about the turn before.
        back = (TurnStage.WAITING if turn.arrived else TurnStage.SENDING) if checking else turn.stage
        return replace(thread, turn=replace(turn, stage=back, finishes=0))
    # Older sidecars say that an answer is due whenever the user wrote last, even if the turn is over.
    empty = turn.finishes > 1 and not (turn.last_id or turn.answer or pending)
    if due and not (turn.over or (checking and (turn.stops or empty))):
        # A `finish` during a turn also says that a resumed stream cannot bring all that was missed.
        return _running(thread, replace(turn.sent(), gaps=turn.gaps or checking), pending)
    text = any(each.text.strip() for each in stored)
    kept = tuple(each for each in turn.written if each.text and each.role is Role.ASSISTANT)
    # Of an agent that fails, a sidecar stores an earlier state, or an empty answer: what was streamed says more.
    failed = turn.stage is TurnStage.FAILED and not turn.gaps
    if text and not (failed and turn.answer.startswith("\n\n".join(each.text for each in stored))):
        kept = ()
    if kept:
        thread = replace(thread, messages=tuple(each for each in thread.messages if each not in stored))
    turn = replace(turn, written=kept, gaps=False)
    if not turn.over:
        text = text or any(each.text.strip() for each in kept)
        stage = TurnStage.STOPPED if turn.stops else TurnStage.ANSWERED if text else TurnStage.EMPTY
        turn = turn.ending(stage, now)
    return replace(thread, turn=turn)


def _running(thread: Thread, turn: Turn, pending: tuple[Question, ...]) -> Thread:
    """Return a thread with a turn that goes on.

    What is stored of its answer may be older than what was streamed. It is set aside, unless parts of the streamed text
    were missed and the stored text has more.
    """
    answer = thread.since(turn)
    kept = next((at + 1 for at, each in enumerate(answer) if each.role is Role.USER), 0)
    stored, written = answer[kept:], turn.written
    if turn.gaps and _length(stored) > _length(written):
        written = tuple(replace(each, id="", whole=False) for each in stored)
    questions = pending or turn.questions
    stage = TurnStage.ASKING if questions else TurnStage.WRITING if written else TurnStage.WAITING
    turn = replace(turn, written=written, questions=questions, stage=stage)
    return replace(thread, messages=thread.messages[: len(thread.messages) - len(stored)], turn=turn)


def _length(messages: Sequence[Message]) -> int:
    return sum(len(each.text) for each in messages)


def _last_asked(messages: Sequence[Message]) -> str:
    """Return the id of the message before the last one of the user."""
    asked = [index for index, each in enumerate(messages) if each.role is Role.USER]
    return messages[asked[-1] - 1].id if asked and asked[-1] else ""


def _joined(messages: Sequence[Message], page: ChatPage) -> tuple[Message, ...]:
    """Return the known messages, with those of the newest page from its first one on."""
    newest = tuple(map(_message, page.messages))
    if not newest or not page.has_more:
        return newest
    place = next((index for index, each in enumerate(messages) if each.id == newest[0].id), None)
    # If the page begins after everything that is known, messages in between are not known.
    return newest if place is None else (*messages[:place], *newest)


def _message(stored: ChatMessage) -> Message:
    return Message(_role(stored.role), stored.content, stored.id)


def _role(word: str) -> Role:
    return Role(word) if word in (Role.USER, Role.ASSISTANT) else Role.NOTE
