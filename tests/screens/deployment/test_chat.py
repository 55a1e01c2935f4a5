"""The chat section: conversations, sending, questions from the agent, and what is not sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.app import AppFactory
from support.chatting import SIDECAR, Chat
from support.demo_deployments import CLAIMS
from support.driving import detail, listed, opened
from support.idle import drawn_strips
from support.on_screen import flat, held, running, until, until_text
from textual.events import Paste
from textual.pilot import Pilot

from astro_tui.chat.form import Question
from astro_tui.chat.turn import Turn, TurnStage
from astro_tui.demo import DemoServer
from astro_tui.platform.client import FixedToken
from astro_tui.screens.actions.confirming import MeaningBox
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.chat.composer import Composer
from astro_tui.screens.deployment.sections.chat.pane import ChatPane
from astro_tui.widgets.text import thread_view

pytestmark = pytest.mark.anyio
SENT, ANSWERED = "/messages", "/interactions/"


@pytest.fixture
def demo(demo: DemoServer) -> Iterator[DemoServer]:
    if not SIDECAR:
        yield demo
        return
    with DemoServer(frozen=True, sidecar=SIDECAR) as server:
        yield server


def pane(pilot: Pilot[Any]) -> ChatPane:
    """Return the section, which may have a box in front of it."""
    screen = next(each for each in pilot.app.screen_stack if isinstance(each, DeploymentScreen))
    return screen.query_one(ChatPane)


def posts(demo: DemoServer, part: str = "") -> list[str]:
    """Return the requests that change something in a conversation."""
    wanted = ("/chat/", "/messaging/")
    found = [target for method, target in demo.requests if method != "GET" and part in target]
    return [target for target in found if any(each in target for each in wanted)]


@asynccontextmanager
async def chatting(make_app: AppFactory, name: str = "claims-desk") -> AsyncIterator[Pilot[Any]]:
    async with running(make_app(write=True), 120, 40) as pilot:
        rows = (await listed(pilot)).table.rows
        await opened(pilot, next(row.key for row in rows if name in (row.deployment.name, row.key)))
        await pilot.press("0")
        await until(pilot, lambda: not pane(pilot).table.loading_rows or pane(pilot).notice.display, "the section")
        yield pilot


async def write(pilot: Pilot[Any], text: str) -> None:
    if not pane(pilot).composer.has_focus:
        await pilot.press("i")
    await pilot.press(*("space" if char == " " else char for char in text), "enter")


async def confirm(pilot: Pilot[Any], key: str = "S") -> None:
    await until(pilot, lambda: isinstance(pilot.app.screen, MeaningBox) and pilot.app.screen.readable)
    await pilot.press(key)
    await until(pilot, lambda: not isinstance(pilot.app.screen, MeaningBox), "confirmed")


async def asked(pilot: Pilot[Any], text: str = "please approve") -> None:
    """Send a message to which the agent answers with a question, and go to its form."""
    await write(pilot, text)
    await confirm(pilot)
    await until(pilot, lambda: pane(pilot).form.display, "the question")
    await to_form(pilot)


async def to_form(pilot: Pilot[Any]) -> None:
    while not pane(pilot).form.has_focus:
        await pilot.press("tab")
    await until(pilot, lambda: pane(pilot).form.confirmation.readable, "on screen")


@pytest.mark.sidecar
async def test_each_enter_sends_one_message_and_the_first_one_says_what_that_means(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        await write(pilot, "how do I move a booking")
        await until_text(pilot, "A message costs tokens", "S send")
        assert posts(demo) == []
        await confirm(pilot)
        await until_text(pilot, "Tell me the number of the booking, and I will do it.")
        await until(pilot, lambda: not pane(pilot).chat.thread.busy, "the end")
        await write(pilot, "thanks")
        # The second answer is written now.
        await until(pilot, lambda: len(posts(demo, SENT)) == 2, "sent without another confirmation")
        await until(pilot, lambda: not pane(pilot).chat.thread.busy, "the end")
        # A held key arrives as many presses; the text is gone after the first one.
        await pilot.press(*"more", *["enter"] * 9)
        await until(pilot, lambda: not pane(pilot).chat.thread.busy and len(posts(demo, SENT)) == 3, "one more")
        assert posts(demo)[0].endswith("/messaging/conversations")
        assert len(posts(demo)) == 4
        chat = Chat(demo, CLAIMS)
        said = chat.messages(pane(pilot).chat.thread.id)
        assert [text for role, text in said if role == "user"] == ["how do I move a booking", "thanks", "more"]
        assert "how do I move" in flat(pilot.app)


@pytest.mark.parametrize(("settings", "said"), [({"read_only": True}, "read_only = true"), ({"write": False}, "w arm")])
async def test_nothing_is_sent_unless_the_session_is_armed(
    make_app: AppFactory, demo: DemoServer, settings: dict[str, bool], said: str
) -> None:
    async with running(make_app(**settings), 120, 40) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("0")
        await until(pilot, lambda: pane(pilot).table.row_count, "the list")
        await write(pilot, "hello")
        await until_text(pilot, said)
        await pilot.press("escape", "S", "enter")
        assert pane(pilot).composer.text.startswith("hello")
        assert posts(demo) == []


async def test_a_second_message_waits_while_the_conversation_of_the_first_one_begins(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        with held(demo, "/messaging/conversations$"):
            await write(pilot, "one")
            await confirm(pilot)
            await until(pilot, lambda: not pane(pilot).composer.text, "on its way")
            await write(pilot, "two")
            await until_text(pilot, "being written")
        await until(pilot, lambda: len(posts(demo, SENT)) == 1 and not pane(pilot).chat.busy, "the end")
        assert len(posts(demo)) == 2
        assert pane(pilot).composer.text == "two"


async def test_a_text_that_was_typed_before_a_question_came_does_not_answer_it(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("enter", *"yes")
        talk = pane(pilot).chat.talk
        await until(pilot, lambda: talk.thread.read and not pane(pilot).history.busy, "the messages")
        question = Question("q", "Delete all bookings?", {}, ("respond",))
        talk.thread = talk.thread.with_turn(Turn(stage=TurnStage.ASKING, questions=(question,)))
        pane(pilot)._enter(Composer.Sent())
        await until_text(pilot, "has just asked you something")
        assert (pane(pilot).composer.text, posts(demo)) == ("yes", [])
        pane(pilot).changed()
        await until(pilot, lambda: pane(pilot).form.confirmation.readable, "on screen")
        await pilot.press("!", "enter")
        await confirm(pilot)
        await until(pilot, lambda: len(posts(demo, ANSWERED)) == 1, "answered")


async def test_a_paste_sends_nothing_and_what_is_typed_stays(make_app: AppFactory, demo: DemoServer) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("i", *"dDy0/", "ctrl+j")
        pilot.app.post_message(Paste("two\r\nlines\r\n"))
        await until(pilot, lambda: "lines" in pane(pilot).composer.text, "pasted")
        typed = pane(pilot).composer.text
        assert typed == "dDy0/\ntwo\nlines\n"
        await pilot.press("escape", "3")
        await until(pilot, lambda: detail(pilot.app).host.active == "history")
        await pilot.press("0")
        await until(pilot, lambda: pane(pilot).composer.text == typed, "kept in the section")
        await pilot.press("escape", "escape", "escape")
        await listed(pilot)
        await opened(pilot, CLAIMS)
        await pilot.press("0")
        await until(pilot, lambda: pane(pilot).composer.text == typed, "kept in this run")
        assert posts(demo) == []
        assert not isinstance(pilot.app.screen, MeaningBox)


@pytest.mark.sidecar
async def test_a_question_is_answered_only_on_purpose_and_with_all_values(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with chatting(make_app) as pilot:
        await asked(pilot)
        form = pane(pilot).form
        assert form.given == {"reason": "Delivered late", "amount": "48.5"}
        await pilot.press("Y")
        await until_text(pilot, "Some values are missing or wrong.", "required")
        await pilot.press("j", "j", "enter", "k", "enter", *"900", "enter")
        await until_text(pilot, "Back to the card", "900")
        await pilot.press("Y")
        await until_text(pilot, "at most 500")
        await pilot.press("enter", *"12", "enter", *["Y"] * 20)
        await until_text(pilot, "Not answered")
        assert posts(demo, ANSWERED) == []
        await pilot.press("j")
        await pilot.pause(0.15)
        await pilot.press("Y")
        await until(pilot, lambda: len(posts(demo, ANSWERED)) == 1, "answered")
        await until_text(pilot, "Done: the money is on its way.")
        await until(pilot, lambda: not form.display, "over")


@pytest.mark.sidecar
async def test_a_question_without_a_form_can_be_read_and_declined(make_app: AppFactory, demo: DemoServer) -> None:
    async with chatting(make_app) as pilot:
        await asked(pilot, "import rows")
        form = pane(pilot).form
        await until_text(pilot, "This question needs a form", "N decline")
        assert "Y submit" not in flat(pilot.app)
        await pilot.press("Y", *["j"] * 30)
        assert form.top == form.last_top > 0
        assert posts(demo, ANSWERED) == []


async def test_the_list_and_the_diagnosis_say_that_the_agent_waits(make_app: AppFactory) -> None:
    async with chatting(make_app) as pilot:
        await asked(pilot)
        await pilot.press("escape", "6")
        await until_text(pilot, "It waits for your approval in a conversation of yours.")
        await pilot.press("escape", "escape", "escape")
        await listed(pilot)
        await until_text(pilot, "waits for your approval")
        await opened(pilot, CLAIMS)
        await pilot.press("0")
        await until(pilot, lambda: pane(pilot).form.display, "the question")
        await to_form(pilot)
        await pilot.press("N")
        await until_text(pilot, "Then I leave it as it is.")
        assert not pilot.app.session.chats.asking


async def test_an_answer_can_be_stopped_and_a_conversation_renamed_and_hidden(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        await write(pilot, "it stalls")
        await confirm(pilot)
        await until_text(pilot, "This answer begins, and")
        await until(pilot, lambda: pane(pilot).table.row_count == 4, "listed while it is written")
        await pilot.press("ctrl+x")
        await until(pilot, lambda: not pane(pilot).chat.thread.busy, "stopped")
        await pilot.press("escape", "e")
        await pilot.press("ctrl+u", *"Tides", "enter")
        await until_text(pilot, "━━ Tides")
        await until(pilot, lambda: pane(pilot).table.row_count == 4, "listed")
        await pilot.press("X")
        await until_text(pilot, "Its traces stay")
        await confirm(pilot, "H")
        await until(pilot, lambda: pane(pilot).table.row_count == 3, "hidden")
        assert "Tides" not in flat(pilot.app)


async def test_from_an_answer_to_its_trace_and_back(make_app: AppFactory) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        await write(pilot, "how do I move it")
        await confirm(pilot)
        await until_text(pilot, "I will do it.")
        conversation = pane(pilot).chat.thread.id
        await pilot.press("escape", "T")
        await until(pilot, lambda: detail(pilot.app).host.active == "traces" and "C conversation" in flat(pilot.app))
        await pilot.press("C")
        await until(pilot, lambda: detail(pilot.app).host.active == "chat", "back")
        assert pane(pilot).chat.thread.id == conversation


async def test_what_an_agent_thought_is_laid_out_once_it_is_unfolded(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid, lay_out = list[str](), thread_view.lay_out
    monkeypatch.setattr(thread_view, "lay_out", lambda text, *how: laid.append(text) or lay_out(text, *how))
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        await write(pilot, "plan")
        await confirm(pilot)
        await until_text(pilot, "can be moved", "Move booking 7731")
        thought = "so I look up the booking first"
        assert not [text for text in laid if thought in text]
        await pilot.press("escape")
        view = pane(pilot).thread
        view.go_to_row(next(part.title for part in view._placed if part.block.key == "reasoning"))
        await pilot.press("enter")
        await until_text(pilot, thought)


async def test_a_long_conversation_is_read_page_by_page(make_app: AppFactory) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("G", "enter", "escape")
        view = pane(pilot).thread
        await until(pilot, lambda: len(view.blocks) >= 100 and view.cursor == view.row_count - 1 > 100, "the end")
        known = len(view.blocks)
        await pilot.press("g")
        await until(pilot, lambda: len(view.blocks) > known, "older messages")
        for _ in range(12):
            await pilot.press("g")
            await until(pilot, lambda: not pane(pilot).history.busy_with_more, "read")
        assert len(view.blocks) > 990
        assert pane(pilot).chat.thread.earlier == 0


async def test_sending_shows_the_end_of_the_thread_and_how_a_turn_failed(make_app: AppFactory) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("G", "enter", "escape")
        view = pane(pilot).thread
        await until(pilot, lambda: view.cursor == view.row_count - 1 > 100, "the end")
        await pilot.press("K", "K", "K")
        await until(pilot, lambda: view.cursor < view.row_count - 1, "earlier")
        await pilot.click(pane(pilot).composer)
        await until_text(pilot, "enter sends")
        await write(pilot, "it fails")
        await confirm(pilot)
        await until_text(pilot, "it fails", "Try again in a minute (RATE_LIMIT). It may", "work later.")
        await pilot.press("escape", "n")
        await until_text(pilot, "new conversation")


@pytest.mark.sidecar
async def test_hostile_texts_are_shown_and_secrets_masked(make_app: AppFactory) -> None:
    async with chatting(make_app, "markup-tester") as pilot:
        await pilot.press("n")
        await write(pilot, "markdown")
        await confirm(pilot)
        await until_text(pilot, "key is ••••", "a link (https://example.com/page)", "␛[31mred")
        drawn = "".join(segment.text for strip in drawn_strips(pilot.app) for segment in strip)
        assert not {"\x1b", "\u202e"} & set(drawn)
        assert "51H8x" not in drawn


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("policy-search", "this agent's web access does not include you"),
        ("route-optimizer", "This agent has no chat: its blueprint configures no web adapter."),
    ],
)
async def test_why_there_is_no_chat(make_app: AppFactory, demo: DemoServer, name: str, said: str) -> None:
    async with chatting(make_app, name) as pilot:
        await until_text(pilot, said)
        await pilot.press("i", "n", "enter")
        assert posts(demo) == []


@pytest.mark.sidecar
async def test_leaving_does_not_end_an_answer(make_app: AppFactory, demo: DemoServer) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        with held(demo, SENT):
            await write(pilot, "slowly")
            await confirm(pilot)
            await pilot.press("escape", "escape", "escape")
        await listed(pilot)
        [chat] = [chat for chat in pilot.app.session.chats.known(CLAIMS) if chat.sent]
        await until(pilot, lambda: chat.thread.turn and chat.thread.turn.over, "the answer")
        assert chat.thread.messages[-1].text == "First part. Second part."


async def test_another_user_sees_nothing_of_a_conversation(make_app: AppFactory, demo: DemoServer) -> None:
    async with chatting(make_app) as pilot:
        await pilot.press("n")
        await write(pilot, "a question of mine")
        await confirm(pilot)
        await until(pilot, lambda: not pane(pilot).chat.thread.busy and bool(pane(pilot).chat.thread.id), "the end")
        await pilot.press(*"draft")
        page, chat = pane(pilot).page, pane(pilot).chat
        page.session.user = "user_1"
        page.session.sign_in(FixedToken(demo.token), "user_1")
        page.signed_in_again("Signed in again.")
        assert pane(pilot).chat is chat
        await until_text(pilot, "To move a booking", "draft")
        page.session.sign_in(FixedToken(demo.token), "user_2")
        page.signed_in_again("Signed in as another user.")
        await until(pilot, lambda: "To move a booking" not in flat(pilot.app), "the messages are gone")
        assert pane(pilot).chat is not chat
        assert (pane(pilot).composer.text, pane(pilot).chat.thread.id) == ("", "")
