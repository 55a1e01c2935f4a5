"""Follows one conversation on threads of its own: its stream, and its stored history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from astro_tui.chat.turn import ChatEvent, Thread, Turn, TurnFailure, TurnStage, read
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.sse import EventParser, ServerEvent
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.rounds import Rounds
from astro_tui.runtime import elapsed

MOST_DATA = 2 << 20
"""Bytes of one event: the platform's own limit is a line of 1 MB."""
CONNECTING = 10.0
"""Seconds to wait for the stream before a message is given up."""
PAGE = 100
"""Messages of a page."""
_AGAIN, _FIRST, _LONGEST = 0.1, 0.5, 30.0
"""Seconds until a broken stream is opened again: after one that brought something, and after the first failure."""
_BATCH = 0.01
"""Seconds to wait after a read of the stream, so that several parts of a text arrive together."""
_TICK = 5.0
_REFUSED = frozenset(
    (ErrorKind.SIGNED_OUT, ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND, ErrorKind.BILLING, ErrorKind.BAD_REQUEST)
)
"""The errors after which another try makes no difference."""


class SendResult(NamedTuple):
    """What became of a message: whether it arrived (None if that is not known), and if not, why, as a sentence."""

    arrived: bool | None
    sentence: str = ""


class Talk:
    """One conversation with an agent. `thread` is everything that is known about it, and `changed` gets each new one.

    `changed` is called from several threads, one at a time: be fast, never raise. The methods may be called from any
    thread; `load`, `load_earlier`, and `ask` block. While no turn is running, nothing is requested, but a stream that
    is still open brings what the agent writes.
    """

    def __init__(
        self,
        platform: Platform,
        deployment_id: str,
        thread: Thread,
        changed: Callable[[Thread], None] = lambda _thread: None,
        *,
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self.thread = thread
        self._platform, self._deployment_id, self._changed, self._clock = platform, deployment_id, changed, clock
        self._state = threading.Condition(threading.RLock())
        self._closed, self._wanted = threading.Event(), threading.Event()
        self._call = Call()
        self._following = self._keeping = self._open = False
        self._brought = False
        self._error: PlatformError | None = None

    # ---- what users do

    def load(self, call: Call) -> Thread:
        """Read the newest messages, and follow an answer that is being written. Raises PlatformError."""
        self._read(call)
        self._start()
        return self.thread

    def load_earlier(self, call: Call) -> Thread:
        """Read the messages before the first one. Raises PlatformError."""
        before = self.thread.earlier
        if before:
            page = self._platform.conversation(
                self._deployment_id, self.thread.id, limit=PAGE, before=before, call=call
            )
            self._apply(lambda thread: thread.with_earlier(page) if thread.earlier == before else thread)
        return self.thread

    def ask(self, question: str, send: Callable[[], SendResult]) -> Thread:
        """Begin a turn: open the stream, and call `send`, which sends the question once, as soon as it is open.

        Returns when it is known whether the message arrived. Does nothing while another turn is running.
        """
        with self._state:
            if self.thread.busy:
                return self.thread
            self._error = None
            self._apply(lambda thread: thread.asking(question, self._clock()))
            self._start()
            self._state.wait_for(lambda: self._open or not self._wants_to_send() or self._closed.is_set(), CONNECTING)
            ready = self._open and self._wants_to_send()
            if not ready and self.thread.busy and not self._wants_to_send():
                self._change(lambda turn: turn.ending(TurnStage.STOPPED, self._clock()))
        if not ready:
            why = str(self._error) if self._error is not None else "The agent's stream did not open in time."
            self._change(
                lambda turn: turn.ending(TurnStage.FAILED, self._clock(), TurnFailure("", f"{why} Nothing was sent."))
            )
            return self.thread
        sent = send()
        if sent.arrived:
            self._change(Turn.sent)
        elif sent.arrived is None:
            self._find_out()
        else:
            self._change(lambda turn: turn.ending(TurnStage.FAILED, self._clock(), TurnFailure("", sent.sentence)))
            # It may be stored all the same.
            self._want()
        return self.thread

    def _wants_to_send(self) -> bool:
        """Whether a turn is still to be sent: it did not fail, and the user did not stop it."""
        turn = self.thread.turn
        return turn is not None and not (turn.over or turn.stops)

    def stopped(self) -> None:
        """Note that the platform has accepted the request to stop the answer."""
        self._change(Turn.stopping)
        self._want()

    def answered(self, question_id: str) -> None:
        """Note that the platform has accepted the answer to a question."""
        self._change(lambda turn: turn.answered(question_id, self._clock()))
        self._want()

    def give_up(self) -> None:
        """End the turn because the user waits no longer."""
        self._change(lambda turn: turn.ending(TurnStage.SILENT, self._clock()))

    def close(self) -> None:
        """Stop following. Returns at once; `changed` is not called after that."""
        with self._state:
            self._closed.set()
            self._state.notify_all()
        self._call.abort()
        self._wanted.set()

    # ---- what is known

    def _apply(self, change: Callable[[Thread], Thread]) -> None:
        with self._state:
            if self._closed.is_set():
                return
            thread = change(self.thread)
            if thread is not self.thread:
                self.thread = thread
                self._changed(thread)
                self._state.notify_all()

    def _change(self, change: Callable[[Turn], Turn]) -> None:
        """Change the turn, unless it is over."""
        self._apply(lambda thread: thread if not thread.busy else _with(thread, change))

    def _read(self, call: Call) -> None:
        """Read the newest page, and join it with what is known. Raises PlatformError."""
        page = self._platform.conversation(self._deployment_id, self.thread.id, limit=PAGE, call=call)
        self._apply(lambda thread: thread.stored(page, self._clock()))

    def _find_out(self) -> None:
        """Read whether a message arrived whose response was lost."""
        try:
            self._read(self._call)
        except PlatformError:
            pass
        else:
            turn = self.thread.turn
            if turn is None or self.thread.has(turn):
                return
        self._change(lambda turn: turn.ending(TurnStage.UNKNOWN, self._clock()))

    def _want(self) -> None:
        """Read the history soon."""
        self._wanted.set()
        self._start()

    # ---- the threads

    def _start(self) -> None:
        """Start the threads that a running turn needs, unless they run."""
        with self._state:
            if self._closed.is_set():
                return
            if self.thread.busy and not self._following:
                self._following = True
                self._spawn("chat-stream", self._follow)
            if (self.thread.busy or self._wanted.is_set()) and not self._keeping:
                self._keeping = True
                self._spawn("chat-history", self._keep)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        threading.Thread(target=self._run, args=(work,), name=name, daemon=True).start()

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  the user must learn that nothing more will come
            bug = TurnFailure(type(error).__name__, "Following this conversation failed because of a bug in astro-tui")
            self._change(lambda turn: turn.ending(TurnStage.FAILED, self._clock(), bug))

    def _keep(self) -> None:
        """Read the history when it is wanted, and give up a turn that is silent for too long."""
        rounds = Rounds(0.0, first=_FIRST, longest=_LONGEST, clock=self._clock)
        while not self._closed.is_set():
            self._wanted.wait(_TICK)
            self._change(lambda turn: turn.at(self._clock()))
            if self._wanted.is_set():
                self._wanted.clear()
                try:
                    self._read(self._call)
                    rounds.done()
                except PlatformError as error:
                    self._refuse(error)
                    if self.thread.busy:
                        self._wanted.set()
                    rounds.failed(error)
                    self._closed.wait(max(0.0, rounds.rest))
            with self._state:
                if not self.thread.busy and not self._wanted.is_set():
                    self._keeping = False
                    return

    def _follow(self) -> None:
        """Open the stream, again and again until the turn is over and the server has closed it."""
        rounds = Rounds(_AGAIN, first=_FIRST, longest=_LONGEST, clock=self._clock)
        while True:
            self._error = self._stream()
            with self._state:
                self._open = False
                if self._error is not None:
                    self._refuse(self._error)
                if self._closed.is_set() or not self.thread.busy:
                    self._following = False
                    return
            if self._brought or self._error is None:
                rounds.done()
            else:
                rounds.failed(self._error)
                self._change(lambda turn: replace(turn, lost=True))
            self._want()
            self._closed.wait(max(0.0, rounds.rest))

    def _refuse(self, error: PlatformError) -> None:
        """End the turn with an error after which another try makes no difference."""
        if error.kind in _REFUSED:
            self._change(lambda turn: turn.ending(TurnStage.FAILED, self._clock(), TurnFailure("", str(error))))

    def _stream(self) -> PlatformError | None:
        """Follow one stream until it ends. Returns why, or None if the server ended it."""
        turn, parser = self.thread.turn, EventParser(MOST_DATA)
        last = turn.last_id if turn is not None else 0
        self._brought = False

        def receive(chunk: bytes) -> None:
            self._received(parser.feed(chunk), last)

        try:
            self._platform.chat_stream(
                self._deployment_id, self.thread.id, receive, last_id=str(last) if last else "", call=self._call
            )
        except PlatformError as error:
            return error.without_frames()
        return None

    def _received(self, events: list[ServerEvent], last: int) -> None:
        hide = self._platform.without_tokens
        arrived = read([event._replace(data=hide(event.data)) for event in events])
        if not arrived:
            return
        with self._state:
            if not self._open:
                self._open = True
                self._change(lambda turn: turn.reconnected(resumed=bool(last)))
                self._state.notify_all()
            self._apply(lambda thread: thread if thread.turn is None else _with(thread, self._after(arrived)))
        self._brought |= any(event.id or event.name == "chunk" for event in arrived)
        if any(event.name in ("finish", "error", "note", "injected") for event in arrived):
            self._want()
        self._closed.wait(_BATCH)

    def _after(self, events: list[ChatEvent]) -> Callable[[Turn], Turn]:
        return lambda turn: turn.after(events, self._clock())


def _with(thread: Thread, change: Callable[[Turn], Turn]) -> Thread:
    """Return a thread with a changed turn; the same one if nothing has changed."""
    turn = thread.turn
    new = change(turn) if turn is not None else None
    return thread if new is turn else replace(thread, turn=new)
