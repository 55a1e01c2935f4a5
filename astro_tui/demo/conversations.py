"""A conversation with an agent of the demo, as its sidecar keeps it: its log, its messages, and its stream.

`data/chat.json` has what agents answer. An answer is a list of steps, each with its word and arguments:

    text WORDS TIMES            written word by word, in new text; `more` continues the text
    replace WORDS               replaces the text so far
    status WORD MESSAGE         a line such as "thinking"
    event NAME DATA             any other event
    wait SECONDS                silence
    error CODE MESSAGE RETRYABLE
    end                         the end of the text, and of the turn
    ask FORM ANSWERS            a question, and the answer that follows each action; older sidecars send it as text
    break                       every connection is reset; the agent goes on writing
    disconnect                  the agent disconnects, which ends the turn

A message gets the answer whose name, or one of whose `words`, it contains; otherwise that of the agent. `pause` is the
time between two words of an answer, in seconds. An answer without an end hangs.

When a message arrives, all events of its answer are planned with their times, up to the first question. So nothing runs
in the background.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from astro_tui.demo.data import read
from astro_tui.demo.entities import Json, digest
from astro_tui.demo.request import StreamReset, encode
from astro_tui.demo.streams import Pause, frame

OLD, PUBLIC, NEWEST = range(3)
"""Versions of the sidecar: without IDs and questions; the public one; with everything."""
_ENDS = ("finish", "error")
_HIDDEN = ("user", "answered", "stopped", "break", "closed")
"""What the log has besides events: what the user did, and what connections notice."""
PAUSE, _LOOK = 0.02, 0.01
"""Seconds between two words, and between two looks at the log."""
_AT = attrgetter("at")
_SETTLE = 0.3
"""Seconds in which a new connection waits for an event before it is told that the turn is over."""
_MOST_KEPT, _MOST_BYTES = 512, 2**18
"""The newest events of a turn that can be sent again, and their bytes."""
_MOST_STORED, _STORED = 128_000, 0.25
"""The characters of a message that are stored, and the seconds between two times at which they are."""
_WORD = re.compile(r"\s*\S+\s*")


@cache
def data() -> Any:
    """Return what the data file has: agents, answers, forms, and conversations."""
    return read("chat.json")


def identifier(*words: str) -> str:
    """Return a UUID that depends only on `words`."""
    return str(UUID(int=digest("uuid", *words) << 64 | digest("more", *words), version=4))


def words_of(text: str, times: int = 1) -> list[str]:
    """Return a text in the parts in which an agent writes it."""
    return _WORD.findall(text * times)


class StreamEntry(NamedTuple):
    """An entry of a log: when it is due, its name, its data, and its number; 0 is none."""

    at: float
    name: str
    data: Json
    number: int = 0


class ConversationState(NamedTuple):
    """What a log says by now: messages, whether an answer is due, and the question that is open."""

    messages: list[Json]
    busy: bool
    pending: Json | None


@dataclass(slots=True)
class DemoConversation:
    """One conversation. `first` has the messages from before the server's start; its log has all later ones."""

    id: str
    version: int
    updated: datetime
    title: str = ""
    first: Sequence[tuple[str, str]] = ()
    questions: dict[str, Json] = field(default_factory=dict)
    """Questions by ID, with the answers that follow each action, and with the action once it was answered."""
    _log: list[StreamEntry] = field(default_factory=list)
    _number: int = 0
    _response: str = ""

    def add(self, name: str, body: Json, at: float = 0.0) -> float:
        """Add an entry that is due now, or `at` another time. Return when it is due."""
        hidden = name in _HIDDEN
        self._number += not hidden
        number = 0 if hidden or self.version == OLD else self._number
        event = StreamEntry(at or time.monotonic(), name, body if hidden else {"type": name, **body}, number)
        insort(self._log, event, key=_AT)
        return event.at

    def due(self, start: int = 0) -> list[StreamEntry]:
        """Return the entries that are due, from a place in the log on."""
        return self._log[start : bisect_right(self._log, time.monotonic(), key=_AT)]

    def state(self) -> ConversationState:
        """Return what the entries that are due make. While a text is written, it is stored four times a second."""
        rows, text, busy, pending, stored = list(self.first), "", False, None, -1.0
        for at, name, body, _ in self.due():
            if name in ("user", "note", "injected"):
                rows.append((body.get("role", name), body["content"]))
                text, busy, stored = "", busy or rows[-1][0] == "user", stored if busy else -1.0
            elif name == "chunk":
                kind, busy = body["chunk_type"], True
                text = "" if kind in ("start", "replace") else text
                text += body["content"]
            elif name in ("interaction", "answered"):
                pending = body or None
            elif name in _ENDS:
                rows += [("assistant", text)] if rows and rows[-1][0] == "user" else []
                busy = False
            kept = name in ("stopped", "interaction") or (name == "chunk" and (kind == "end" or at >= stored + _STORED))
            if kept and text:
                rows[len(rows) - (rows[-1][0] == "assistant") :] = [("assistant", text)]
                stored = at
            if not busy:
                text, stored = "", -1.0
        messages = [
            {"id": identifier(self.id, str(place)), "role": role, "content": content[:_MOST_STORED]}
            for place, (role, content) in enumerate(rows)
        ]
        return ConversationState(messages, busy, pending)

    def over(self, place: int) -> bool:
        """Return whether the turn that begins at a place of the log has ended."""
        return any(event.name in _ENDS for event in self.due(place))

    def ask(self, content: str, answer: str) -> int:
        """Add a message of the user, and plan the answer to it. Return its place in the log."""
        self.add("user", {"role": "user", "content": content})
        place = len(self.due()) - 1
        self.plan(answer)
        return place

    def plan(self, answer: str) -> None:
        """Add the events of an answer, up to its first question."""
        row, at = data()["answers"][answer], time.monotonic()
        pause = row.get("pause", PAUSE)
        self._response = identifier(self.id, "response", str(self._number))
        for word, *arguments in row["steps"]:
            if word in ("text", "more"):
                for number, written in enumerate(words_of(*arguments)):
                    kind = "start" if word == "text" and not number else "delta"
                    at = self._chunk(written, kind, at + pause)
            elif word == "wait":
                at += arguments[0]
            else:
                at = self._step(word, arguments, at + pause)

    def _step(self, word: str, arguments: Sequence[Any], at: float) -> float:
        """Add the events of one step. Return when the last one is due."""
        if word == "ask" and self.version == OLD:
            self._chunk(data()["forms"][arguments[0]]["message"], "start", at)
            at = self._step("end", (), at)
        elif word == "ask":
            form, name = data()["forms"][arguments[0]], identifier(self.id, "question", str(self._number))
            self.questions[name] = {"form": form, "answers": arguments[1]}
            at = self.add("interaction", {"id": name, "kind": "form", **form}, at)
        elif word == "end":
            self._chunk(arguments[0] if arguments else "", "end", at)
            at = self.add("finish", {"response_id": self._response}, at)
        elif word == "disconnect":
            if self.version > OLD:
                self.fail("AGENT_UNAVAILABLE", "The agent disconnected. You can try sending again.", True, at)
                self.add("closed", {}, at)
        elif word == "error":
            at = self.add("error", dict(zip(("code", "message", "retryable"), arguments, strict=True)), at)
        elif word == "replace":
            at = self._chunk(arguments[0], word, at)
        elif word == "status":
            at = self.add("status", {"status": arguments[0], **({"message": arguments[1]} if arguments[1] else {})}, at)
        else:
            at = self.add(arguments[0] if arguments else word, arguments[1] if arguments else {}, at)
        return at

    def _chunk(self, content: str, kind: str, at: float = 0.0) -> float:
        return self.add("chunk", {"content": content, "chunk_type": kind, "response_id": self._response}, at)

    def answered(self, role: str, content: str, now: str) -> None:
        """Record the answer to a question: a note, or a message in the user's words, which ends the agent's turn."""
        if role == "user":
            self._chunk("", "end")
        place = len(self.state().messages)
        body = {"id": identifier(self.id, str(place)), "role": role, "content": content, "timestamp": now}
        self.add("note" if self.version == NEWEST else "injected", body)

    def fail(self, code: str, message: str, retryable: bool = False, at: float = 0.0) -> None:
        """End a turn whose agent is not there."""
        self.add("error", {"code": code, "message": message, "retryable": retryable}, at)

    def stop(self) -> None:
        """Stop the answer: what is not due yet never happens, and all connections are closed."""
        self._log[:] = self.due()
        self.add("stopped", {})
        self.add("finish", {})
        self.add("closed", {})

    # ---- the stream

    def frames(self, last: int | None, wait: Pause, heartbeat: float) -> Iterator[bytes]:
        """Yield a stream; `last` is the number of the last event that the client has, None for a new connection."""
        body = {"type": "connected", "conversation_id": self.id, "connection_id": identifier(self.id, "connection")}
        settled, begun, beat, due = last is not None and self.version > OLD, time.monotonic(), 1, self.due()
        place = len(due)
        missed, gone = self._missed(due, last) if settled else ([], False)
        yield frame("connected", body) + b"".join(map(_framed, missed))
        if gone:
            yield self._released()
            return
        while not wait(_LOOK):
            for event in self.due(place):
                place += 1
                if event.name == "break":
                    raise StreamReset
                if event.name == "closed":
                    return
                if event.name not in _HIDDEN:
                    yield _framed(event)
                    if not settled and event.name in _ENDS:
                        return
                    settled = True
            lasted = time.monotonic() - begun
            if not settled and lasted > (_SETTLE if self.version > OLD else 0.0):
                settled = True
                if self._is_over():
                    yield self._released()
                    return
            if lasted > beat * heartbeat:
                beat += 1
                yield frame("heartbeat", {"type": "heartbeat"})

    def _released(self) -> bytes:
        return frame("finish", {"type": "finish"}, max((event.number for event in self.due()), default=0))

    def _is_over(self) -> bool:
        state = self.state()
        return not state.busy and bool(state.messages) and state.messages[-1]["role"] == "assistant"

    def _missed(self, due: Sequence[StreamEntry], last: int | None) -> tuple[list[StreamEntry], bool]:
        """Return the events of this turn after `last`, and whether the client must read the history instead."""
        # What came before all connections were closed is forgotten.
        closed = max((place for place, event in enumerate(due, 1) if event.name == "closed"), default=0)
        numbered = [event for event in due[closed:] if event.number]
        ends = [place for place, event in enumerate(numbered[:-1], 1) if event.name in _ENDS]
        turn = numbered[ends[-1] :] if ends else numbered
        if not turn:
            return [], self._is_over()
        kept, size = list[StreamEntry](), 0
        for event in reversed(turn[-_MOST_KEPT:]):
            size += len(encode(event.data))
            if kept and size > _MOST_BYTES:
                break
            kept.insert(0, event)
        last = last or 0
        if last and not max(turn[0].number, kept[0].number - 1) <= last <= turn[-1].number:
            return [], True
        missed = [event for event in kept if event.number > last]
        told = not missed or any(event.name in _ENDS for event in missed)
        return missed, not told and self._is_over()


def _framed(event: StreamEntry) -> bytes:
    return frame(event.name, event.data, event.number)
