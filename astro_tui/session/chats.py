"""The conversations of this run, each with the user's draft. Kept in memory only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.context import ActionContext
from astro_tui.actions.messages import MessageAction, MessageKind, perform, sent_of
from astro_tui.actions.run import ActionOutcome, refused
from astro_tui.chat.talk import SendResult, Talk
from astro_tui.chat.turn import Thread, TurnStage
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import ActionStage

_STORED = 424
"""The status with which a sidecar stores a message that the agent did not get."""


class Chat:
    """One conversation with its `draft`, and what the user does in it. A new one has no ID until its first message.

    `heard` is called from any thread after each change.
    """

    def __init__(self, chats: Chats, target: Target, conversation: str) -> None:
        self._chats, self.target = chats, target
        self.talk = Talk(chats.context.platform, target.id, Thread(conversation), self._changed)
        self.draft = ""
        self.sent = self.problem = ""
        """The newest message that was sent in this run, and why a conversation could not begin."""
        self._left = self._sending = False
        """Whether the newest message may be stored, and whether it is being sent."""
        self.heard: Callable[[], None] | None = None

    @property
    def thread(self) -> Thread:
        """What is known about the conversation."""
        return self.talk.thread

    @property
    def asks(self) -> bool:
        """Whether the agent waits for an answer of the user."""
        return bool(self.thread.turn and self.thread.turn.questions)

    @property
    def busy(self) -> bool:
        """Whether a message is being sent, also while its conversation begins, or an answer is due."""
        return self._sending or self.thread.busy

    def _changed(self, _thread: Thread) -> None:
        self._chats.changed(self.target.id)
        if self.heard is not None:
            self.heard()

    # ---- what changes something

    def send(self, text: str) -> None:
        """Send a message, after beginning the conversation if it is new, unless one is being sent. Returns at once."""
        if self.busy:
            return
        self.sent, self.draft, self.problem, self._left, self._sending = text, "", "", False, True
        threading.Thread(target=self._send, args=(text,), name="chat", daemon=True).start()

    def _send(self, text: str) -> None:
        try:
            if self.thread.id or self._begun(text):
                self._ask(text)
        finally:
            self._sending = False

    def _begun(self, text: str) -> bool:
        """Begin the conversation, or keep the text of its first message."""
        begun = self.do(MessageKind.BEGIN)
        name = begun.reply.get("conversation_id")
        if begun.step is not ActionStage.DONE or not isinstance(name, str):
            self._keep(text, begun.sentence or "The platform named no conversation. Nothing was sent.")
            return False
        self.talk.thread = Thread(name)
        return True

    def _ask(self, text: str) -> None:
        turn = self.talk.ask(text, lambda: self._deliver(text)).turn
        if turn is not None and turn.stage is TurnStage.FAILED and not self._left:
            self._keep(text, "")

    def _deliver(self, text: str) -> SendResult:
        outcome = self.do(MessageKind.SEND, text=text)
        status = outcome.error.status if isinstance(outcome.error, PlatformError) else None
        self._left = outcome.step is not ActionStage.REFUSED or status == _STORED
        return sent_of(outcome)

    def _keep(self, text: str, why: str) -> None:
        """Keep the text of a message that was not sent, so that the user can send it again."""
        self.draft, self.problem = self.draft or text, why
        self._changed(self.thread)

    def do(self, kind: MessageKind, **what: Any) -> ActionOutcome:
        """Do something in the conversation, and return the outcome (worker thread)."""
        action = MessageAction(kind, self.thread.id, **what)
        try:
            permit = self._chats.arming.permit_message(self.target, action)
        except NotArmedError as error:
            return refused(error)
        outcome = perform(self._chats.context, self.target, action, permit, Call())
        if outcome.step is ActionStage.DONE and kind is MessageKind.STOP:
            self.talk.stopped()
        elif outcome.step is ActionStage.DONE and kind is MessageKind.ANSWER:
            self.talk.answered(action.question)
        return outcome


class Chats:
    """The conversations by agent. `told` gets the key of an agent that begins or stops waiting for the user."""

    def __init__(self, context: ActionContext, arming: Arming) -> None:
        self.context, self.arming = context, arming
        self.told: Callable[[str], None] = lambda _agent: None
        self.asking: set[str] = set()
        """The agents that wait for an answer of the user."""
        self._chats: dict[str, list[Chat]] = {}
        self._open: dict[str, Chat] = {}

    def open(self, target: Target, conversation: str = "") -> Chat:
        """Return a conversation of an agent, or a new one without an ID, and remember it as the one on screen."""
        chats = self._chats.setdefault(target.id, [])
        chat = next((chat for chat in chats if chat.thread.id == conversation), None)
        if chat is None:
            chat = Chat(self, target, conversation)
            chats.append(chat)
        self._open[target.id] = chat
        return chat

    def known(self, agent: str) -> Sequence[Chat]:
        """Return the conversations of an agent that were opened."""
        return self._chats.get(agent, ())

    def shown(self, target: Target) -> Chat:
        """Return the conversation that was shown last, or a new one."""
        return self._open.get(target.id) or self.open(target)

    def drop(self, chat: Chat) -> None:
        """Forget a conversation that was hidden; after another login, it is not known any more."""
        chat.talk.close()
        self._chats[chat.target.id] = [each for each in self.known(chat.target.id) if each is not chat]
        self._open.pop(chat.target.id, None)
        self.changed(chat.target.id)

    def changed(self, agent: str) -> None:
        """Note whether an agent waits for the user (any thread)."""
        asks = any(chat.asks for chat in self.known(agent))
        if asks != (agent in self.asking):
            (self.asking.add if asks else self.asking.discard)(agent)
            self.told(agent)
