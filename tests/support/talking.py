"""A user who talks to an agent of a demo platform, and waits for what is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from astro_tui.actions.arming import Arming
from astro_tui.actions.context import ActionContext
from astro_tui.actions.messages import MessageAction, MessageKind, perform, sent_of
from astro_tui.chat.talk import SendResult, Talk
from astro_tui.chat.turn import Thread
from astro_tui.demo import DemoServer
from astro_tui.demo.contents import contents
from astro_tui.platform.client import Call, Platform
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import Journal
from support.chatting import Chat
from support.deadline import DEADLINE

IDS = {each.name: each.id for each in reversed(contents().deployments)}


class Person:
    """A user who talks to one agent."""

    def __init__(self, demo: DemoServer, platform: Platform, journal: Journal, agent: str) -> None:
        self.demo, self.platform = demo, platform
        self.chat = Chat(demo, IDS[agent])
        self.target = Target("meridian-labs", IDS[agent], agent, agent)
        self.context = ActionContext(platform, journal, lambda: datetime.now(UTC))
        self.arming = Arming(write=True)
        self.arming.understand(self.target)
        self.news = threading.Condition()
        self.seen: list[Thread] = []
        self.talk = Talk(platform, self.target.id, Thread(self.chat.create(), read=True), self.changed)

    def changed(self, thread: Thread) -> None:
        with self.news:
            self.seen.append(thread)
            self.news.notify_all()

    def ask(self, question: str) -> None:
        action = MessageAction(MessageKind.SEND, self.talk.thread.id, question)

        def send() -> SendResult:
            return sent_of(
                perform(self.context, self.target, action, self.arming.permit_message(self.target, action), Call())
            )

        self.talk.ask(question, send)

    def answer(self, question: str, fields: dict[str, object]) -> str:
        """Answer a question, and return what the outcome says."""
        action = MessageAction(MessageKind.ANSWER, self.talk.thread.id, question=question, answer=fields)
        permit = self.arming.permit_message(self.target, action)
        return perform(self.context, self.target, action, permit, Call()).sentence

    def until(self, done: Callable[[Thread], bool]) -> Thread:
        with self.news:
            assert self.news.wait_for(lambda: done(self.talk.thread), DEADLINE), self.talk.thread.turn
        return self.talk.thread

    def ended(self) -> Thread:
        return self.until(lambda thread: not thread.busy)


def messages_sent(demo: DemoServer) -> int:
    return len([path for method, path in demo.requests if method == "POST" and path.endswith("/messages")])
