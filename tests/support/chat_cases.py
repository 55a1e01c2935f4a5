"""Questions to the demo's agents and their answers: the same over HTTP, in a conversation, and in the shell.

An agent of the demo gives the answer whose name, or one of whose words, is in the question (`demo/data/chat.json`); so
does the agent that `scripts/sidecar.py` connects to a real sidecar.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest


class ChatCase(NamedTuple):
    """A question: the text that is streamed, its last event, the code of an error, and what a user reads about it."""

    agent: str
    question: str
    text: str
    end: str = "finish"
    code: str = ""
    words: str = "Answered in"


_COUNTED = "One two three four five.\n\nSix seven eight. Nine."
ANSWERED = (
    ChatCase("claims-desk", "stream", _COUNTED),
    ChatCase("legacy-bridge", "stream", _COUNTED),
    ChatCase("weather-forecast-agent", "rewrite", "The train leaves at ten. Platform four."),
    ChatCase("claims-desk", "steps", "Your booking 7731 can be moved."),
)
BROKEN = ChatCase(
    "regulatory-watch",
    "break",
    "The connection breaks after these words, and the answer goes on, and on, until it ends.",
)
FAILED = (
    ChatCase("party-planner", "empty", "", words="without an answer"),
    ChatCase("invoice-sorter", "fail", "I will look that up.", "error", "RATE_LIMIT", "(RATE_LIMIT). It may work"),
    ChatCase("shift-planner", "refuse", "", "error", "CONTEXT_TOO_LONG", "too long for the model (CONTEXT_TOO_LONG)."),
    ChatCase("tide-notes", "disconnect", "I begin, but", "error", "AGENT_UNAVAILABLE", "The agent disconnected"),
)
UNREACHED = ChatCase("seal-counter", "hello", "", "error", "AGENT_UNAVAILABLE", "agent is not ")
"""A real sidecar has only one agent, and it is connected."""


def for_both(*cases: ChatCase) -> list[object]:
    """Return cases that also hold for a real sidecar, as parameters."""
    return [pytest.param(case, marks=pytest.mark.sidecar, id=f"{case.agent}, {case.question}") for case in cases]
