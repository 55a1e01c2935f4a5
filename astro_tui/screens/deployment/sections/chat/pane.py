"""Chat with an agent: the user's conversations, and the thread of one with its input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.getters import query_one
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget

from astro_tui.actions.messages import ACTS, MEANS, MessageKind
from astro_tui.actions.run import ActionOutcome
from astro_tui.chat.form import RESPOND, Question, answer_of
from astro_tui.chat.turn import Thread, TurnStage
from astro_tui.chat.words import words_of
from astro_tui.clipboard.offers import masked_offer, text_offer
from astro_tui.diagnosis.observe import body
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.platform.lenient import flag
from astro_tui.platform.models import Conversation, TraceHead
from astro_tui.presentation.conversations import ConversationRow, row_of
from astro_tui.presentation.log_places import log_place
from astro_tui.presentation.presence import target_of
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.runtime import elapsed
from astro_tui.screens.actions.acting import tell_screens
from astro_tui.screens.actions.box import ArmBox
from astro_tui.screens.actions.confirming import Asked, MeaningBox
from astro_tui.screens.base.copy_actions import open_menu, typing
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import FilteredPane
from astro_tui.screens.base.sections import Note, SectionCommand
from astro_tui.screens.base.staleness import NEVER
from astro_tui.screens.base.view import Topic
from astro_tui.screens.deployment.sections.chat.blocks import YOU, ThreadBlocks
from astro_tui.screens.deployment.sections.chat.composer import Composer
from astro_tui.screens.deployment.sections.chat.form import QuestionForm
from astro_tui.session.chats import Chat
from astro_tui.state.journal import ActionStage
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES
from astro_tui.theme.sizes import BESIDE_FROM
from astro_tui.widgets.chrome.bar import TitledRule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.tables import ConversationTable
from astro_tui.widgets.text.thread_view import ThreadBlock, ThreadView

FRAME = 0.03
"""Seconds between two frames while an answer is written: each of them draws the window."""
REST = 0.3
"""Seconds that the cursor stays on a conversation before it is read."""
SKEW = timedelta(minutes=1)
"""How much an agent's clock may lag."""
NO_ADAPTER = "This agent has no chat: its blueprint configures no web adapter."
HIDES = "The conversation disappears from your list, also in the web app. Its traces stay."


def _listed_as(thread: Thread) -> tuple[str, bool]:
    """Return what changes a row of the list: the conversation's ID, and whether a stored message is unanswered."""
    return thread.id, thread.busy and thread.turn is not None and thread.turn.stage is not TurnStage.SENDING


class ChatPane(FilteredPane[DeploymentState]):
    """Reading needs no permission; everything that changes something needs an armed session."""

    STYLES = ("chat", "markdown")
    SPLIT = True
    BINDINGS = keymap("""
        ctrl+x!  stop          chat.stop      stop the answer [stop]
        escape   leave         chat.leave     leave the input [leave]
        i        write         chat.write     write a message [write]
        n        new           chat.new       new conversation [new]
        e        rename        chat.rename    rename the conversation [rename]
        X        hide          chat.hide      hide the conversation [hide]
        T        trace         chat.trace     trace of this answer [trace]
        l        logs          chat.logs      log at the time of this answer [log]
        tab      next_part     chat.part      list, thread, question, or input
    """)

    table = query_one(ConversationTable)
    """The conversations."""
    body = query_one("#chat-body", Horizontal)
    """The conversations, and the thread of one."""
    notice = query_one("#chat-notice", Notice)
    """Why there is no chat."""
    prompt = query_one("#chat-prompt", Prompt)
    """For a filter, a title, or a value of a form."""
    thread = query_one(ThreadView)
    """The messages."""
    form = query_one(QuestionForm)
    """The question of the agent."""
    composer = query_one(Composer)
    """The input."""

    class Grew(Message):
        """An answer has got more text, or the state of a turn changed."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.rows = Topic[Sequence[Conversation]](self, "list", alone=True)
        self.history = Topic[object](self, "thread", alone=True)
        """The messages of the conversation that is open."""
        self._chat: Chat | None = None
        self._blocks = ThreadBlocks()
        self._reading = False
        """Whether a narrow window shows the thread rather than the list."""
        self._wanted = ""
        self._typed: Callable[[str], None] | None = None
        """Takes the text of the prompt; None if the text is a filter."""
        self._waits = False
        self._was = "", False
        """What the list says about the conversation since the last frame."""
        self._frame_at = 0.0
        self._rest: Timer | None = None
        self._resting = ""
        self._shown: tuple[object, Sequence[ConversationRow]] = None, ()

    def compose(self) -> ComposeResult:
        """The list, the thread with its question and its input, and the prompt."""
        with Horizontal(id="chat-body"):
            yield ConversationTable(self.look, self.session.clock, id="chat-list")
            with Vertical(id="chat-thread"):
                yield TitledRule(self.look, id="chat-rule")
                yield ThreadView(self.look, self.session.platform.hidden)
                yield QuestionForm(self.look)
                yield TitledRule(self.look, id="chat-input-rule")
                yield Composer(self.look)
        yield Notice(self.look, id="chat-notice")
        yield Prompt(self.look, id="chat-prompt")

    # ---- loading

    def begin(self) -> None:
        """Start over: the next state is about another agent."""
        super().begin()
        self.table.start_over()
        self._wanted, self._reading = "", False
        self._leave_chat()

    @property
    def chat(self) -> Chat:
        """The conversation that is open. Another user who has signed in has others."""
        if self._chat is None or self._chat not in self.session.chats.known(self._chat.target.id):
            self._put(self.session.chats.shown(target_of(self.state.account, self.state.entry.deployment)))
        return self._chat or self.chat

    def load(self) -> None:
        """Read the list, and what is open."""
        if self._has_adapter:
            key, platform = self.state.entry.key, self.session.platform
            self.rows.load(lambda call: platform.conversations(key, call=call))
            self._read()

    def _read(self) -> None:
        if self.chat.thread.id and not self.chat.thread.busy:
            self.history.load(self.chat.talk.load)

    def shown(self) -> None:
        """Load, and open the conversation that was wanted meanwhile."""
        super().shown()
        if self._wanted:
            self.go_to(self._wanted)

    @property
    def _has_adapter(self) -> bool:
        """Whether the agent may have a chat: a server that does not say so is asked."""
        return self.state.entry.deployment.messaging_web_configured is not False

    def follow(self) -> None:
        """Filter by the text typed so far, and read the conversation on which the cursor rests."""
        if self._typed is None:
            super().follow()
        row, open_one = self.table.row, self.chat.thread.id
        if row is None or not (self._beside and self.table.has_focus) or row.key in (open_one, self._resting):
            return
        self._resting = row.key
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, partial(self._rested, row.key))

    def _rested(self, key: str) -> None:
        if self.in_front and self.table.has_focus and self._resting == key:
            self._open(key)
        self._resting = ""

    @on(ThreadView.NearStart)
    def _near_start(self, message: ThreadView.NearStart) -> None:
        message.stop()
        if self.active and self.chat.thread.earlier and not (self.history.busy or self.history.busy_with_more):
            self.history.more(self.chat.talk.load_earlier, lambda _thread: None)

    # ---- what the host calls

    def take_focus(self) -> None:
        """Focus the list, or the thread if only that is shown."""
        self.screen.set_focus((self.thread if self._reading else self.table) if self.table_shown else None)

    def go_to(self, detail: str) -> None:
        """Open a conversation, given by its ID."""
        self._wanted = detail if not self.active else ""
        if self.active and detail:
            self._open(detail, self.thread)

    @property
    def detail(self) -> str:
        """The ID of the conversation that is open."""
        return self.chat.thread.id if self.begun else ""

    def unfocused(self) -> None:
        """Keep what the user is typing."""
        super().unfocused()
        self.keep_place()

    def keep_place(self) -> None:
        """Keep the draft for the next visit in this run."""
        if self._chat is not None:
            self._chat.draft = self.composer.text

    def on_unmount(self) -> None:
        """Stop listening: answers go on."""
        if self._chat is not None:
            self._chat.heard = None

    # ---- one conversation

    def _open(self, key: str, focused: Widget | None = None) -> None:
        """Show a conversation, and read it. An empty `key` is a new one."""
        self._put(self.session.chats.open(self.chat.target, key))
        self._read()
        if focused is not None:
            self._focus(focused)
        self.changed()

    def _put(self, chat: Chat) -> None:
        """Show another conversation, with its draft."""
        if chat is not self._chat:
            self._leave_chat()
            self.history.forget()
            self._chat, chat.heard = chat, self._heard
            self.session.chats.told = partial(tell_screens, self.app)
            self._was = _listed_as(chat.thread)
            self._show_draft()

    def _leave_chat(self) -> None:
        if self._chat is not None:
            self.keep_place()
            self._chat.heard = None
            self._chat = None

    def _show_draft(self) -> None:
        self.composer.text = self.chat.draft
        self.composer.move_cursor(self.composer.document.end)

    def _heard(self) -> None:
        """React to a change of the conversation (any thread)."""
        if not self._waits:
            self._waits = True
            self.post_message(self.Grew())

    @on(Grew)
    def _grew(self, message: Grew) -> None:
        message.stop()
        left = self._frame_at - monotonic()
        if left > 0:
            self.set_timer(left, self._frame)
        else:
            self._frame()

    def _frame(self) -> None:
        self._waits, self._frame_at = False, monotonic() + FRAME
        was, self._was = self._was, _listed_as(self.chat.thread)
        if self.active and was != self._was:
            # The list has a new row, or another order, and perhaps another title.
            self.load()
        if self.chat.draft and not self.composer.text:
            # It was not sent.
            self._show_draft()
        self.changed()

    # ---- what changes something

    def _allowed(self, kind: MessageKind, then: Callable[[], None]) -> None:
        """Do something if the session is armed and the user has confirmed what a message means; else ask first."""
        session, target = self.session, self.chat.target
        arming, account = session.arming, target.account
        named = arming.protects(account)
        if arming.read_only:
            self.show_message("read_only = true in the configuration: nothing can be sent.", warning=True)
        elif (kind in ACTS or named) and not arming.understood(target):

            def understood(typed: object) -> None:
                if isinstance(typed, str):
                    arming.understand(target, typed)
                    then()

            about = self.look.name(self.state.entry.label, self.state.entry.blueprint)
            asked = Asked("first message", about, MEANS, "send", target.to_type if named else "")
            self.app.push_screen(MeaningBox(session, account, asked), understood)
        elif arming.armed(account):
            then()
        else:
            self.app.push_screen(ArmBox(session, account), lambda armed: then() if armed else None)

    def _do(self, kind: MessageKind, done: Callable[[], object] = lambda: None, **what: Any) -> None:
        """Send a request that changes something, and say why if it failed."""
        chat = self.chat

        def ended(outcome: ActionOutcome) -> None:
            if outcome.step is ActionStage.DONE:
                done()
            else:
                self.show_message(outcome.sentence, warning=True)

        self._allowed(kind, lambda: self.fetch(kind.value, lambda _call: chat.do(kind, **what), ended, self._failed))

    def _failed(self, error: PlatformError) -> None:
        self.show_message(str(error), warning=True)

    @on(Composer.Sent)
    def _enter(self, message: Composer.Sent) -> None:
        message.stop()
        text, chat, question = self.composer.text, self.chat, self._question
        if not text.strip():
            return
        if question is not None and RESPOND in question.answers:
            if not (self.form.question is question and self.form.confirmation.readable):
                # The user wrote this before the question came.
                words = "The agent has just asked you something. Press enter again to answer it."
                self.show_message(words, warning=True)
                return
            self.composer.text = ""
            self._do(MessageKind.ANSWER, question=question.id, answer=answer_of(RESPOND, text=text))
        elif question is not None:
            self.show_message(f"Answer the question first: {action_key(self, 'chat.part')} goes there.", warning=True)
        elif chat.busy:
            key = action_key(self, "chat.stop")
            self.show_message(f"An answer is being written. {key} stops it.", warning=True)
        else:

            def send() -> None:
                if self._chat is chat and self.composer.text == text and not chat.busy:
                    self.composer.text = ""
                    self.thread.go_to_row(self.thread.row_count - 1)
                    chat.send(text)

            self._allowed(MessageKind.SEND, send)

    @on(QuestionForm.Answered)
    def _answered(self, message: QuestionForm.Answered) -> None:
        message.stop()
        self._do(MessageKind.ANSWER, question=message.question.id, answer=message.answer)

    @on(QuestionForm.Refused)
    @on(Composer.Refused)
    def _refused(self, message: QuestionForm.Refused | Composer.Refused) -> None:
        message.stop()
        self.show_message(message.why, warning=True)

    def action_stop(self) -> None:
        """Stop the answer that is being written."""
        self._do(MessageKind.STOP)

    def action_rename(self) -> None:
        """Give the conversation another title."""
        self._open(self._named)
        self._ask(
            "title", self.chat.thread.title, lambda text: self._do(MessageKind.RENAME, self.load, text=text.strip())
        )

    def action_hide(self) -> None:
        """Hide the conversation after a confirmation."""
        self._open(self._named)
        chat, title = self.chat, masked_line(self.chat.thread.title, 60)

        def gone() -> None:
            self._leave_chat()
            self.session.chats.drop(chat)
            self.load()
            self.changed()

        def confirmed(yes: object) -> None:
            if yes is not None:
                self._do(MessageKind.HIDE, gone)

        asked = Asked("hide", title, HIDES, "hide")
        self.app.push_screen(MeaningBox(self.session, chat.target.account, asked), confirmed)

    # ---- drawing

    @property
    def _beside(self) -> bool:
        """Whether the list and the thread fit side by side."""
        return self.app.size.width >= BESIDE_FROM

    @property
    def _question(self) -> Question | None:
        turn = self.chat.thread.turn
        return turn.questions[-1] if turn is not None and turn.questions else None

    def draw(self) -> None:
        """Draw the list and the thread, or why there is no chat."""
        rows, error = self.rows.value, self.rows.error
        if not self._has_adapter:
            self.notice.say("No chat", [NO_ADAPTER], [("esc", "go back")])
        elif error is not None:
            self.notice.say_error(error, self.error_keys(error), self._doubts())
        self.show_notice(shown=not self._has_adapter or (rows is None and error is not None))
        if rows is not None:
            self.table.show(self._rows_of(rows))
            at = self.table.index_of(self.chat.thread.id)
            if at is not None and not self.table.has_focus:
                self.table.move_to(at)
        self.table.show_instead([self.nothing or "No conversations yet."] if not self.table.loading_rows else [])
        self.set_class(self._beside, "-both")
        self.table.display = self._beside or not self._reading
        self.query_one("#chat-thread").display = self._beside or self._reading
        question = self._question
        self.form.display = question is not None
        self.form.ask(question)
        self._draw_thread()
        super().draw()
        if self._typed is not None:
            self.prompt.note("")

    def _rows_of(self, conversations: Sequence[Conversation]) -> Sequence[ConversationRow]:
        """Return the rows, the same ones as long as nothing has changed."""
        key = self.chat.thread.id
        state = "asks you" if self._question is not None else "answering" if self.chat.thread.busy else ""
        if self._shown[0] != (conversations, key, state):
            rows = [row_of(each, state if each.conversation_id == key else None) for each in conversations]
            self._shown = (conversations, key, state), rows
        return self._shown[1]

    def _draw_thread(self) -> None:
        chat, entry, look = self.chat, self.state.entry, self.look
        thread, error = chat.thread, self.history.error
        agent = look.name(entry.label, entry.blueprint)
        blocks = self._blocks.of(thread, agent)
        if chat.problem:
            blocks = [*blocks, ThreadBlock("problem", "problem", chat.problem, markdown=False)]
        waits = bool(thread.id) and not thread.read
        loading = str(error) if error is not None else "Loading…"
        self.thread.show(blocks, look.plain(loading if waits else f"Ask {agent} something."))
        title = masked_line(thread.title, 200) or "new conversation"
        turn = thread.turn
        words = look.plain(words_of(turn)) if turn is not None and not turn.over else ""
        self.query_one("#chat-rule", TitledRule).show(look.line((title, "bold")), words)
        sends = f"enter sends {look.glyphs.dot} ctrl+j new line" if self.screen.focused is self.composer else ""
        self.query_one("#chat-input-rule", TitledRule).show(Content("message"), sends)

    def _doubts(self) -> list[str]:
        """Return the reasons why the agent may not answer."""
        entry = self.state.entry
        runtime = body(self.session.agent(self.state.account, entry).facts.runtime, "runtime")
        unreachable = flag(runtime, "messaging_reachable") is False
        status = "" if entry.status.severity is Severity.OK else f"The agent's state is {entry.status.plain}."
        sidecar = "Its sidecar did not respond to the platform's last check." if unreachable else ""
        return [*filter(None, (status, sidecar))]

    @property
    def note(self) -> Note:
        """How many conversations there are, and how old the list is."""
        rows, now = self.rows, self.session.clock()
        if not self._has_adapter:
            return Note()
        number = counted(len(rows.value), "conversation") if rows.value else ""
        about = self.look.line((number, "$quiet"), (self.shown_words, TONES[Severity.INFO]))
        age = rows.words(now, NEVER)
        error = age.plain.strip() if rows.error is not None and not rows.trying(now) else ""
        return Note("!" if self._question is not None else "", about, age, error)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The keys of the section do nothing while the user types, or if there is no chat."""
        if not self.begun:
            return False
        free = self.table_shown and not typing(self.screen)
        if action == "stop":
            return self.chat.thread.busy
        if action == "leave":
            return self.composer.has_focus or self.form.has_focus or (self._reading and not self._beside)
        if action == "next_part":
            return self.table_shown and not self.prompt.display
        if action in ("write", "new", "filter"):
            return free
        if action in ("rename", "hide"):
            return free and bool(self._named)
        if action in ("trace", "logs"):
            return free and self.thread.has_focus and bool(self.chat.thread.id)
        return super().check_action(action, parameters)

    @property
    def _named(self) -> str:
        """The ID of the conversation that keys are about: the one under the cursor, else the one that is open."""
        row = self.table.row
        return row.key if self.table.has_focus and row is not None else self.chat.thread.id

    def _focus(self, part: Widget) -> None:
        """Give the keys to a part, which a narrow window then shows."""
        self._reading = part is not self.table
        self.changed()
        self.screen.set_focus(part)
        self.changed()

    def on_descendant_focus(self) -> None:
        """A click may also go to another part."""
        self.changed()

    def action_leave(self) -> None:
        """Go from the input or the question to the thread, and from there to the list if only the thread is shown."""
        self._focus(self.table if self.thread.has_focus else self.thread)

    def action_write(self) -> None:
        """Type a message."""
        self._focus(self.composer)

    def action_new(self) -> None:
        """Begin a conversation: it exists once its first message is sent."""
        self._open("", self.composer)

    def action_next_part(self) -> None:
        """Go to the next part."""
        parts: list[Widget] = [self.table, self.thread, *([self.form] if self.form.display else []), self.composer]
        at = next((number for number, part in enumerate(parts) if part.has_focus), -1)
        self._focus(parts[(at + 1) % len(parts)])

    @on(ThreadView.Chosen)
    def _thread_chosen(self, message: ThreadView.Chosen) -> None:
        message.stop()
        self.action_write()

    @on(ConversationTable.Opened)
    def _chosen(self, message: ConversationTable.Opened) -> None:
        message.stop()
        self._open(message.row.key, self.composer)

    def offer(self, command: SectionCommand) -> bool:
        """Copy the message under the cursor, the title, or the ID of the conversation."""
        block, thread = self.thread.block, self.chat.thread
        if command is not SectionCommand.COPY or not self.table_shown:
            return False
        offers = [
            masked_offer("m", "message", block.text if block is not None else ""),
            masked_offer("t", "title", thread.title),
            text_offer("i", "conversation ID", thread.id),
        ]
        open_menu(self.page, self.look, "chat", [offer for offer in offers if offer.sample])
        return True

    # ---- the prompt: a filter, a title, or a value of the form

    def _ask(self, what: str, text: str, taken: Callable[[str], None]) -> None:
        """Let the user type something."""
        self._typed, self.prompt.lead = taken, f"{what}: "
        self.prompt.open(text, replaced=bool(text))
        self.changed()

    def action_filter(self) -> None:
        """Type a filter."""
        self.prompt.lead = "/"
        super().action_filter()

    def prompt_done(self, text: str | None) -> None:
        """Take what was typed."""
        taken, self._typed = self._typed, None
        if taken is None:
            super().prompt_done(text)
            return
        self.close_prompt()
        if self.form.display and self._reading:
            self.screen.set_focus(self.form)
        if text is not None:
            taken(text)

    @on(QuestionForm.ValueWanted)
    def _value_wanted(self, message: QuestionForm.ValueWanted) -> None:
        message.stop()
        field = message.field
        what = self.look.plain(masked_line(field.title, 30))
        self._ask(what, str(self.form.given.get(field.key) or ""), lambda text: self.form.give(field, text))

    # ---- from an answer to its trace and its log

    def action_trace(self) -> None:
        """Open the trace of the answer under the cursor."""
        self._find_trace(lambda head: self.post_message(self.Wanted("traces", head.trace_id)))

    def action_logs(self) -> None:
        """Open the log at the time of the answer under the cursor."""
        if (began := self._began) is not None:
            self.post_message(self.Wanted("logs", log_place("", at=began)))
        else:
            self._find_trace(lambda head: self.post_message(self.Wanted("logs", log_place("", at=head.timestamp.at))))

    @property
    def _newer(self) -> int:
        """The number of the user's messages after the block under the cursor."""
        blocks, block = self.thread.blocks, self.thread.block
        here = next((at for at, each in enumerate(blocks) if each is block), len(blocks))
        return sum(each.title == YOU for each in blocks[here + 1 :])

    @property
    def _began(self) -> datetime | None:
        """When the message before the cursor was sent, if in this run."""
        turn = self.chat.thread.turn
        if turn is None or self._newer:
            return None
        return self.session.clock() - timedelta(seconds=elapsed() - turn.began)

    def _find_trace(self, show: Callable[[TraceHead], object]) -> None:
        """Look for the trace of the answer under the cursor among the user's newest ones."""
        newer, conversation = self._newer, self.chat.thread.id
        since = self._began - SKEW if self._began is not None else None
        agent = self.session.agent(self.state.account, self.state.entry)

        def find(call: Call) -> TraceHead | None:
            traces = agent.traces_of_chat(conversation, call, since)[newer:]
            return self.session.agents.traces.read(agent.key, traces[0], call).head if traces else None

        def found(head: TraceHead | None) -> None:
            if head is not None:
                show(head)
            else:
                self.show_message("No trace yet. It appears some seconds after the answer: try again.", warning=True)

        self.show_message("Looking for the trace…")
        self.fetch("trace", find, found, self._failed)
