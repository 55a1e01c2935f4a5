"""At startup, the app reports how the actions of earlier runs ended."""

from __future__ import annotations

import pytest
from support.acting import CLAIMS, EU, state, writes
from support.app import NOW, AppFactory
from support.driving import listed
from support.on_screen import running, settled, until, until_text

from astro_tui.actions.context import intended
from astro_tui.actions.kinds import Action, ActionKind
from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.messages import MessagesScreen
from astro_tui.state.journal import ActionStage, journal_of_user

pytestmark = pytest.mark.anyio


def sent(server: str, kind: ActionKind = ActionKind.PAUSE, step: ActionStage = ActionStage.SENT) -> None:
    """Leave an action in the journal as a program that was killed does."""
    journal = journal_of_user()
    entry = intended(journal, server, Action(kind), CLAIMS, state(), now=NOW)
    if step is not ActionStage.INTENDED:
        journal.record(entry, step)


async def test_an_unknown_outcome_is_determined_at_the_start(make_app: AppFactory, demo: DemoServer) -> None:
    sent(demo.url)
    async with running(make_app()) as pilot:
        await listed(pilot)
        await until_text(pilot, "Claims Desk (EU): pause, sent 09:30")
        await until_text(pilot, "outcome unknown → now active, revision 12")
        assert writes(demo.requests) == []
        assert [entry.state for entry in journal_of_user().entries()] == [ActionStage.RESOLVED]


async def test_an_action_that_was_never_sent_is_reported_as_such(make_app: AppFactory, demo: DemoServer) -> None:
    sent(demo.url, step=ActionStage.INTENDED)
    async with running(make_app()) as pilot:
        await until_text(pilot, "Claims Desk (EU): pause, intended 09:30, nothing was sent")
        assert writes(demo.requests) == []


async def test_several_outcomes_are_listed_in_the_messages(make_app: AppFactory, demo: DemoServer) -> None:
    sent(demo.url)
    sent(demo.url, ActionKind.RESTART)
    async with running(make_app(keys={"app.messages": "F5"})) as pilot:
        await until_text(pilot, "Claims Desk (EU): restart", "(1 more: press F5)")
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(pilot.app.screen, MessagesScreen), "the messages")
        await until_text(pilot, "Claims Desk (EU): pause", "Claims Desk (EU): restart")


async def test_other_servers_are_left_alone_and_it_happens_once(make_app: AppFactory, demo: DemoServer) -> None:
    sent("https://elsewhere.example")
    app = make_app()
    async with running(app) as pilot:
        await until(pilot, lambda: app.session.earlier_resolved, "the first list")
        await until(pilot, lambda: not any(worker.is_running for worker in app.workers), "the end of the look-up")
        assert [entry.state for entry in journal_of_user().entries()] == [ActionStage.SENT]


@pytest.mark.nightly
async def test_a_deployment_that_cannot_be_read_stays_open(make_app: AppFactory, demo: DemoServer) -> None:
    sent(demo.url)
    demo.faults.set(f"/deployments/{EU}", Fault.response(500))
    async with running(make_app()) as pilot:
        await until_text(pilot, "Claims Desk (EU): pause, sent 09:30, outcome unknown")
        assert [entry.state for entry in journal_of_user().entries()] == [ActionStage.SENT]
    demo.faults.clear()
    async with running(make_app()) as pilot:
        await until_text(pilot, "outcome unknown → now active, revision 12")
        await settled(pilot)
