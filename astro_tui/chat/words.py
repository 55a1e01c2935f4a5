"""How a turn goes, in words that are safe to print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from shlex import quote

from astro_tui.chat.turn import Turn, TurnStage
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import duration, took

_LONGEST, _LONGEST_QUESTION = 300, 200
LOST = "The connection is lost. Trying again."
NOT_CONNECTED = "The agent is not connected, or it hangs."


def words_of(turn: Turn) -> str:
    """Return a sentence about a turn; empty while its text is being written."""
    return LOST if turn.lost and not turn.over else _WORDS[turn.stage](turn)


def _waiting(turn: Turn) -> str:
    return masked_line(turn.status, _LONGEST) or "Waiting for the agent."


def _asking(turn: Turn) -> str:
    tool = any(question.runs_a_tool for question in turn.questions)
    return "The agent waits for your approval." if tool else "The agent has asked you something, and waits."


def _answered(turn: Turn) -> str:
    return f"Answered in {took(round(turn.seconds * 1e6))}."


def _failed(turn: Turn) -> str:
    failure = turn.failure
    if failure is None:
        return "The agent failed."
    said = masked_line(failure.message, _LONGEST).rstrip(".")
    if said and not (turn.arrived or failure.code):
        # The platform refused the message, or it was not sent.
        return f"{said}."
    code = masked_line(failure.code, 60)
    later = " It may work later." if failure.retryable else ""
    return f"The agent failed{f': {said}' if said else ''}{f' ({code})' if code else ''}.{later}"


def _silent(turn: Turn) -> str:
    if turn.lost:
        return "The connection was lost before the end of the answer."
    silence = duration(turn.ended - max(turn.last, turn.began))
    if turn.answer:
        return f"The agent began an answer, and then wrote nothing for {silence}."
    return f"The agent wrote nothing for {silence}. {NOT_CONNECTED}"


_WORDS: Mapping[TurnStage, Callable[[Turn], str]] = {
    TurnStage.SENDING: lambda _turn: "Sending.",
    TurnStage.WAITING: _waiting,
    TurnStage.WRITING: lambda turn: _asking(turn) if turn.questions else masked_line(turn.status, _LONGEST),
    TurnStage.ASKING: _asking,
    TurnStage.CHECKING: lambda _turn: "Reading the whole answer.",
    TurnStage.ANSWERED: _answered,
    TurnStage.EMPTY: lambda _turn: "The agent ended its turn without an answer.",
    TurnStage.FAILED: _failed,
    TurnStage.STOPPED: lambda _turn: "Stopped. The agent may keep working for a while.",
    TurnStage.SILENT: _silent,
    TurnStage.UNKNOWN: lambda _turn: (
        "The connection broke while the message was sent, and the conversation does not have it."
    ),
}


def command_to_ask(agent: str, question: str = "") -> str:
    """Return the command that asks an agent, safe to print. A long question, or one with a secret, is left out."""
    fits = 0 < len(question) <= _LONGEST_QUESTION and question[0] != "-" and masked_line(question) == question
    return f"astro-tui ask {quote(masked_line(agent, 200))} {quote(question) if fits else 'QUESTION'}"
