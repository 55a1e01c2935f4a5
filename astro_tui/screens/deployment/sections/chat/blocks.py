"""A conversation as blocks of text: its messages, and what is known about its newest turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from astro_tui.chat.turn import Message, Role, Thread, Turn, TurnStage
from astro_tui.chat.words import words_of
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted
from astro_tui.widgets.text.thread_view import ThreadBlock

YOU = "you"
"""The title of the user's messages."""


class ThreadBlocks:
    """The blocks of a conversation. Those of stored messages are made once: a long thread grows many times a second."""

    def __init__(self) -> None:
        self._known: tuple[Sequence[Message], str, list[ThreadBlock]] = (), "", []

    def of(self, thread: Thread, agent: str) -> list[ThreadBlock]:
        """Return the blocks; steps and reasoning of the newest turn come before its answer."""
        if self._known[0] is not thread.messages or self._known[1] != agent:
            self._known = thread.messages, agent, [_block(each, agent, at) for at, each in enumerate(thread.messages)]
        stored, turn = self._known[2], thread.turn
        if turn is None:
            return stored
        new = thread.shown[len(stored) :]
        last = len(stored) + len(new) - 1 if turn.stage is TurnStage.WRITING else -1
        blocks = [*stored, *(_block(each, agent, at, growing=at == last) for at, each in enumerate(new, len(stored)))]
        asked = [at for at, block in enumerate(blocks) if block.title == YOU]
        answer = asked[-1] + 1 if asked else 0
        return [*blocks[:answer], *_folded(turn), *blocks[answer:], *_end(turn)]


def _block(message: Message, agent: str, number: int, *, growing: bool = False) -> ThreadBlock:
    own = message.role is Role.USER
    title = YOU if own else agent if message.role is Role.ASSISTANT else "note"
    return ThreadBlock(
        message.id or f"new {number}", title, message.text, markdown=not own, growing=growing and not own
    )


def _folded(turn: Turn) -> Iterator[ThreadBlock]:
    if turn.steps:
        lines = [f"{step.name or step.id} {step.details}".strip() for step in turn.steps]
        running = next((step.name or step.id for step in reversed(turn.steps) if not step.done), "")
        title, about = counted(len(lines), "step"), masked_line(running, 60)
        yield ThreadBlock("steps", title, "\n".join(lines), about, markdown=False, folds=True)
    if turn.reasoning:
        yield ThreadBlock("reasoning", "reasoning", turn.reasoning, folds=True)


def _end(turn: Turn) -> Iterator[ThreadBlock]:
    """Yield how a turn ended, unless its answer says so, and what the agent suggests to ask."""
    if turn.over and turn.stage is not TurnStage.ANSWERED:
        yield ThreadBlock("end", "how it ended", words_of(turn), markdown=False)
    if turn.over and turn.prompts:
        yield ThreadBlock(
            "prompts", "you could ask", "\n".join(prompt.message for prompt in turn.prompts), markdown=False
        )
