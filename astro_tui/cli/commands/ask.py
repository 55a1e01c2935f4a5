"""Ask an agent once, and print its answer.

examples:
  astro-tui ask acme/claims-desk "How do I move a booking?"
  astro-tui ask --yes --timeout 20s acme/claims-desk "Are you there?" && echo it works
  astro-tui ask --yes --json acme/claims-desk - < question.txt | jq -r .answer
  astro-tui ask --conversation ID acme/claims-desk "And on weekends?"
  astro-tui ask --check acme/claims-desk       is it connected? costs nothing, and changes nothing

A question costs tokens, leaves a trace, and counts in the statistics, and the agent may act on it, so you confirm it
first. The command prints the answer line by line as it arrives, with secrets masked. It hides a new conversation
afterward unless you give --keep; one that you name stays. If the agent asks something back, such as for an approval,
the command declines. At the time limit, it stops the answer. If the response to the question is lost, it reads the
history, and never sends the question again. With --json, it prints one object at the end, with answer,
conversation_id, status (answered, empty, failed, asks, timeout, or unknown), seconds, and first_chunk_seconds; with
--check, server, sidecar, access, agent, and message. Unknown values are null.

exit code: 0 answered, or with --check, connected; 1 failed, without text, waiting for approval, or out of time: the
reason is on standard error; 2 not possible: standard error names the check that failed. To open an account named ask:
astro-tui --account ask
"""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from enum import IntEnum
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from astro_tui.actions.arming import Arming, NotArmedError
from astro_tui.actions.messages import MEANS, MessageAction, MessageKind, perform, sent_of
from astro_tui.actions.run import ActionOutcome
from astro_tui.chat.check import Reach, reach_of, why_not
from astro_tui.chat.form import CANCEL, DECLINE, answer_of
from astro_tui.chat.talk import SendResult, Talk
from astro_tui.chat.turn import OVER, Role, Thread, Turn, TurnStage
from astro_tui.chat.words import NOT_CONNECTED, words_of
from astro_tui.chat.writing import SafeText
from astro_tui.cli.agents import agent_to_act_on, found_agent
from astro_tui.cli.bulk import context_on
from astro_tui.cli.confirming import PROTECTED, ConfirmedBy, add_confirming
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.documents import STDIN
from astro_tui.cli.output import Output, note, trouble
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, seconds_of, settings_of
from astro_tui.cli.streams import complain
from astro_tui.errors import AstroError, ConfigError, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import read_report
from astro_tui.presentation.status import status_of
from astro_tui.runtime import elapsed
from astro_tui.session.agent import Agent
from astro_tui.state.journal import ActionStage
from astro_tui.text.foreign import visible
from astro_tui.text.styled import printable
from astro_tui.text.times import duration

LARGEST = 1 << 20
"""The most bytes of a question: the platform takes no larger request."""
_STORED = (424, 500)
"""The statuses with which a sidecar refuses a message that it has stored."""
_TICK = 0.2
_STOPPING = 5.0
"""Seconds to wait until a stopped answer ends."""
_MISSING = "name an agent and a question: astro-tui ask ACCOUNT/AGENT QUESTION"


class Code(IntEnum):
    """The exit codes."""

    ANSWERED = 0
    FAILED = 1
    NOT_POSSIBLE = 2


_STATUS = {TurnStage.ANSWERED: "answered", TurnStage.EMPTY: "empty", TurnStage.UNKNOWN: "unknown"}


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("ask", __doc__, QUESTION=_MISSING)
    words = "the question; - reads it from standard input"
    result.add_argument("question", nargs="?", default=None, metavar="QUESTION", help=words)
    result.add_argument("--conversation", metavar="ID", default="", help="continue this conversation of yours")
    result.flag("--keep", help="do not hide the conversation afterward")
    limit = "stop the answer after this time (default: 60s)"
    result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=60, help=limit)
    result.flag("--check", help="only say whether the agent is connected")
    add_confirming(result, "the agent's exact name, in protected accounts, where --yes is not enough")
    result.flag("--json", help="print a JSON object at the end")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing can be asked."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    if options["check"] == (options["question"] is not None):
        missing = "the following arguments are required: QUESTION"
        reader.error("--check takes no question" if options["check"] else missing)
    question = "" if options["check"] else _question(options["question"])
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        if options["check"]:
            return _check(connection, output, options)
        return _Asking(connection, output, options, question).run()


def _question(text: str) -> str:
    """Return the question, exactly as it was typed. Raises ConfigError if it is not text."""
    if text == STDIN:
        if sys.stdin.isatty():
            raise ConfigError("standard input is a terminal: pipe a question into it")
        try:
            text = sys.stdin.buffer.read(LARGEST + 1).decode()
        except UnicodeDecodeError:
            raise ConfigError("the question on standard input is not UTF-8 text") from None
    if not text.strip():
        raise ConfigError("the question is empty")
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise ConfigError(f"the question is larger than {LARGEST >> 20} MiB")
    return text


def _check(connection: CliConnection, output: Output, options: dict[str, Any]) -> int:
    agent = found_agent(connection, options["agent"])
    problem = why_not(web=agent.row.messaging_web_configured)
    reach = Reach(sentence=problem) if problem else reach_of(connection.platform, agent.key, connection.call())
    if options["json"]:
        named = {name: getattr(reach, name) for name in _WAY}
        output.json(json.dumps({**named, "message": reach.sentence}, ensure_ascii=False))
    else:
        output.lines(f"{name:<8} {_YES_NO[getattr(reach, name)]}" for name in _WAY)
        output.lines(output.wrapped(reach.sentence))
    if reach.ok:
        return Code.ANSWERED
    return Code.FAILED if reach.access else Code.NOT_POSSIBLE


_WAY = ("server", "sidecar", "access", "agent")
_YES_NO = {True: "yes", False: "no", None: "not known"}


class _Asking:
    """One run of the command."""

    def __init__(self, connection: CliConnection, output: Output, options: dict[str, Any], question: str) -> None:
        self._connection, self._output, self._given, self._question = connection, output, options, question
        settings = connection.settings
        self._arming = Arming(read_only=settings.read_only, write=True, protected=settings.protected)
        self._context = context_on(connection)
        self._agent: Agent
        self._news = SimpleQueue[Thread]()
        self._safe, self._printed = SafeText(connection.platform.hidden), ""
        self._asks = self._late = self._tried = False
        self._began: datetime | None = None

    def run(self) -> int:
        try:
            self._agent = agent_to_act_on(self._connection, self._given["agent"])
            self._check_first()
            typed = self._confirmed()
            if typed is None:
                return self._refused("Canceled. Nothing was sent.")
            self._arming.understand(self._agent.target, typed)
            talk = self._opened()
        except NotArmedError as error:
            return self._refused(f"{error} Nothing was sent.")
        except AstroError as error:
            complain(trouble(error, ["--ascii"] if self._output.ascii else []))
            return Code.NOT_POSSIBLE
        try:
            return self._asked(talk)
        finally:
            talk.close()
            if not (self._given["keep"] or self._given["conversation"]):
                outcome = self._do(MessageKind.HIDE, talk.thread.id)
                if outcome.step is not ActionStage.DONE:
                    self._connection.note(f"The conversation {talk.thread.id} stays: {outcome.sentence}")

    def _refused(self, words: str) -> int:
        note(words, ascii_alone=self._output.ascii)
        return Code.NOT_POSSIBLE

    def _check_first(self) -> None:
        """Raise ConfigError if the agent cannot be asked."""
        agent, call = self._agent, self._connection.call()
        problem = why_not(web=agent.row.messaging_web_configured)
        if not problem:
            report = read_report(self._connection.platform, agent.target, call)
            status = status_of(report.value, report.reason)
            problem = why_not(state="" if status.active else status.plain, runtime=agent.read("runtime", call).value)
        if problem:
            raise ConfigError(f"{problem} Nothing was sent.")

    def _confirmed(self) -> str | None:
        """Return the name typed to confirm, or None if the user declines. Raises NotArmedError."""
        target = self._agent.target
        if self._arming.read_only:
            return ""
        protected = self._arming.protects(target.account)
        confirmation = ConfirmedBy(target.to_type, "A", "ask", protected, PROTECTED)
        meaning = [f"Ask: {self._agent.label}", *self._output.wrapped(MEANS)]
        show = partial(self._output.lines, meaning)
        return confirmation.typed(self._output, yes=self._given["yes"], named=self._given["confirm"], show=show)

    def _opened(self) -> Talk:
        """Return the conversation: a new one, or the one that is named. Raises AstroError."""
        name, platform = self._given["conversation"], self._connection.platform
        if name:
            talk = Talk(platform, self._agent.key, Thread(name), self._news.put)
            if talk.load(self._connection.call()).busy:
                talk.close()
                raise ConfigError("The agent is still writing an answer in this conversation (assistant_streaming).")
            return talk
        begun = self._do(MessageKind.BEGIN)
        made = begun.reply.get("conversation_id")
        if begun.step is not ActionStage.DONE or not isinstance(made, str):
            raise ConfigError(begun.sentence or "The platform named no conversation. Nothing was sent.")
        return Talk(platform, self._agent.key, Thread(made, read=True), self._news.put)

    def _do(self, kind: MessageKind, conversation: str = "", **more: Any) -> ActionOutcome:
        """Do something in the conversation. Raises NotArmedError."""
        action, target = MessageAction(kind, conversation, **more), self._agent.target
        return perform(self._context, target, action, self._arming.permit_message(target, action), Call())

    # ---- the turn

    def _asked(self, talk: Talk) -> int:
        self._began = self._context.clock()
        begun = elapsed()
        threading.Thread(target=talk.ask, args=(self._question, partial(self._send, talk)), daemon=True).start()
        try:
            thread = self._followed(talk, begun + self._given["timeout"])
        except KeyboardInterrupt:
            with suppress(NotArmedError):
                self._do(MessageKind.STOP, talk.thread.id)
            raise
        return self._ended(thread)

    def _send(self, talk: Talk) -> SendResult:
        if self._late:
            return SendResult(arrived=False, sentence="The stream opened too late. Nothing was sent.")
        self._tried = True
        outcome = self._do(MessageKind.SEND, talk.thread.id, text=self._question)
        status = outcome.error.status if isinstance(outcome.error, PlatformError) else None
        self._tried = outcome.step is not ActionStage.REFUSED or status in _STORED
        return sent_of(outcome)

    def _followed(self, talk: Talk, until: float) -> Thread:
        """Print the answer until it ends, and return the conversation then."""
        thread, declined = talk.thread, set[str]()
        while True:
            left = until - elapsed()
            try:
                thread = self._news.get(timeout=min(_TICK, max(left, 0.01)))
            except Empty:
                if left <= 0 and self._late:
                    talk.give_up()
                    return talk.thread
            turn = thread.turn
            if turn is None:
                continue
            if not self._given["json"] and not turn.gaps:
                self._print(self._safe.of(turn.answer, lines=True))
            if turn.over:
                return thread
            for question in turn.questions:
                if question.id not in declined:
                    declined.add(question.id)
                    self._decline(talk, question.id, DECLINE if DECLINE in question.answers else CANCEL)
            if left <= 0 and not self._late:
                self._late, until = True, elapsed() + _STOPPING
                if self._do(MessageKind.STOP, talk.thread.id).step is ActionStage.DONE:
                    talk.stopped()

    def _decline(self, talk: Talk, question: str, action: str) -> None:
        self._asks = True
        outcome = self._do(MessageKind.ANSWER, talk.thread.id, question=question, answer=answer_of(action))
        if outcome.step is ActionStage.DONE:
            talk.answered(question)
        else:
            self._connection.note(outcome.sentence)

    def _print(self, safe: str, *, end: bool = False) -> None:
        """Print what is new in the answer. Printed text stays, even if the agent changes it later."""
        if safe.startswith(self._printed):
            new = safe[len(self._printed) :]
        elif not end:
            return
        else:
            self._connection.note("The agent changed its answer while writing. The whole answer:")
            new = f"\n{safe}"
        self._printed = safe
        *lines, rest = new.expandtabs().split("\n")
        ascii_alone = self._output.ascii
        pieces = [printable(line, ascii_alone=ascii_alone) for line in lines]
        self._output.write([*pieces, printable(rest, ascii_alone=ascii_alone, end="")])

    # ---- the end

    def _ended(self, thread: Thread) -> int:
        turn = thread.turn
        assert turn is not None  # noqa: S101  it was asked
        answer = "\n\n".join(
            each.text for each in (*thread.since(turn), *turn.written) if each.role is Role.ASSISTANT and each.text
        )
        safe = SafeText(self._connection.platform.hidden).of(answer, whole=True)
        answered = turn.stage is TurnStage.ANSWERED and not self._asks and not self._late
        if self._given["json"]:
            self._output.json(json.dumps(self._object(thread, turn, safe), ensure_ascii=False))
        elif safe or self._printed:
            self._print(safe if safe.endswith("\n") else f"{safe}\n", end=True)
        if answered:
            return Code.ANSWERED
        self._connection.note(self._reason(turn, safe))
        if not self._tried:
            return Code.NOT_POSSIBLE
        self._connection.note(f"trace: {self._trace(thread.id)}")
        return Code.FAILED

    def _object(self, thread: Thread, turn: Turn, answer: str) -> dict[str, object]:
        status = "asks" if self._asks else "timeout" if self._late else _STATUS.get(turn.stage, "failed")
        first = turn.until_first
        return {
            "answer": answer,
            "conversation_id": thread.id,
            "status": status,
            "seconds": round(turn.seconds, 3) if turn.stage in OVER else None,
            "first_chunk_seconds": None if first is None else round(first, 3),
        }

    def _reason(self, turn: Turn, answer: str) -> str:
        if self._asks:
            return (
                "The agent wants an approval or an answer, which this command always declines. Use the chat in the app."
            )
        if self._late:
            limit = duration(self._given["timeout"])
            slow = f"Too slow: no complete answer within {limit}."
            return slow if answer else f"No answer within {limit}. {NOT_CONNECTED}"
        return words_of(turn)

    def _trace(self, conversation: str) -> str:
        """Return the command that shows the trace of the answer, or the newest ones if it has not arrived."""
        agent = f"{self._agent.account}/{self._agent.key}"
        traces: tuple[str, ...] = ()
        with suppress(PlatformError):
            traces = self._agent.traces_of_chat(conversation, Call(), self._began)
        words = ["trace", agent, traces[0]] if traces else ["traces", agent]
        return visible(shlex.join(["astro-tui", *words]), 300)
