"""The accounts: their rows, their screen, and switching between them."""

from __future__ import annotations

import json

import pytest
from support.app import AppFactory
from support.driving import detail, go_to, listed, opened, picker, spec_of, under_cursor
from support.on_screen import Clock, flat, resized, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Platform
from astro_tui.platform.models import Me, OverviewAccount
from astro_tui.presentation.accounts import AccountRow, known_of, nearest, rows_of, states_of
from astro_tui.presentation.nodes import matching
from astro_tui.presentation.verdicts import Verdicts
from astro_tui.screens.accounts import AccountsScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session.session import Session
from astro_tui.state.account_cache import KnownAccount

pytestmark = pytest.mark.anyio


def accounts(pilot: Pilot[None]) -> AccountsScreen:
    assert isinstance(pilot.app.screen, AccountsScreen), pilot.app.screen
    return pilot.app.screen


def session_of(pilot: Pilot[None]) -> Session:
    session: Session = pilot.app.session  # type: ignore[attr-defined]
    return session


async def show_accounts(pilot: Pilot[None]) -> AccountsScreen:
    await pilot.press("A")
    await until(pilot, lambda: isinstance(pilot.app.screen, AccountsScreen))
    await settled(pilot)
    return accounts(pilot)


def count_requests(demo: DemoServer, part: str) -> int:
    return sum(part in target for _, target in demo.requests)


# ---- the rows


def test_the_overview_has_the_states_of_each_account(demo: DemoServer) -> None:
    platform = Platform(demo.url, demo.token)
    states = states_of(platform.overview(), Verdicts())
    rows = rows_of(known_of(platform.me()), states)
    platform.close()
    assert [row.name for row in rows][:3] == ["meridian-labs", "harborline", "quiet-harbor"]
    assert [(row.agents, row.problems > 0) for row in rows][:3] == [(30, True), (3, False), (0, False)]
    assert rows[0].type == "organization"
    urgencies = [status.urgency for status, _ in rows[0].states or ()]
    assert urgencies == sorted(urgencies)


def test_removed_agents_are_not_counted_and_unknown_states_are() -> None:
    overview, _ = OverviewAccount.each(
        [
            {"id": "1", "name": "a", "deployments": [{"status": word} for word in ("active", "undeployed", "odd")]},
            {"id": "2", "deployments": None},
            {"deployments": [{"status": "active"}]},
        ]
    )
    states = states_of(overview, Verdicts())
    [row] = rows_of([KnownAccount("a", display_name="a")], states)
    assert (row.agents, row.label) == (2, "")
    assert [status.label for status, _ in row.states or ()] == ["odd", "ACTIVE"]
    # Known only by its ID, because the account was renamed.
    assert rows_of([KnownAccount("b", id="2")], states)[0].agents == 0
    assert rows_of([KnownAccount("c", id="3")], states)[0].agents is None


def test_the_filter_and_the_closest_name() -> None:
    rows = [AccountRow("acme", "Acme Corporation", "organization", "admin"), AccountRow("joel", "", "personal", "")]
    assert [row.name for row in matching(rows, "CORP adm")] == ["acme"]
    assert [row.name for row in matching(rows, "pers")] == ["joel"]
    assert matching(rows, "nobody") == []
    assert len(matching(rows, "")) == 2
    known = [KnownAccount("meridian-labs", display_name="Meridian Labs"), KnownAccount("joel")]
    assert nearest(known, "meridan-lab") == "meridian-labs"
    assert nearest(known, "Meridian Labs") == "meridian-labs"
    assert nearest(known, "elsewhere") == ""


def test_an_account_without_a_name_cannot_be_opened() -> None:
    assert known_of(Me.model_validate({"accounts": [{"id": "1"}, {"name": "a"}, 7]})) == (KnownAccount("a"),)


# ---- the screen


async def test_what_the_screen_shows_and_the_filter(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 30) as pilot:
        await listed(pilot)
        screen = await show_accounts(pilot)
        lines = screen_lines(pilot.app)
        assert "6 accounts" in lines[0]
        [meridian] = [line for line in lines if "✓ meridian-labs" in line]
        assert all(part in meridian for part in ("Meridian Labs", "organization", "30", "✖"))
        [quiet] = [line for line in lines if "quiet-harbor" in line and "Quiet Harbor" in line]
        assert quiet.split()[-2:] == ["0", "—"]
        assert screen.table.row is not None
        assert screen.table.row.name == "meridian-labs"
        await until_text(pilot, "current", "failed")
        await pilot.press("j", "j")
        await until_text(pilot, "no agents deployed")
        await pilot.press("/", *"personal")
        assert screen.table.row_count == 1
        await until_text(pilot, "1 of 6")
        await pilot.press("escape")
        assert screen.table.row_count == 6
        await pilot.press("/", *"zzz")
        await until_text(pilot, "No account matches “zzz”")
        await pilot.press("enter", "escape")
        assert screen.table.row_count == 6
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, PickerScreen)


async def test_enter_switches_the_account_and_minus_goes_back(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await go_to(pilot, "b0c-4y0-dft")
        await pilot.press("s")
        await settled(pilot)
        line = picker(pilot.app).table.cursor - picker(pilot.app).table.top
        await pilot.press("minus")
        await until_text(pilot, "No previous account")
        await show_accounts(pilot)
        await pilot.press("minus")
        await until_text(pilot, "No previous account")
        await pilot.press("j", "enter")
        await until_text(pilot, "harborline", "3 agents")
        assert len(pilot.app.screen_stack) == 1
        assert picker(pilot.app).account == "harborline"
        assert "Claims Desk" not in flat(pilot.app)
        # Back on the same row in the same order, without waiting for a response.
        demo.faults.set(r"^/deployments\?", Fault.hang())
        await pilot.press("minus")
        assert picker(pilot.app).account == "meridian-labs"
        assert under_cursor(pilot.app) == "b0c-4y0-dft"
        assert picker(pilot.app).table.cursor - picker(pilot.app).table.top <= line
        demo.faults.clear()
        await pilot.press("minus")
        await until_text(pilot, "harborline", "3 agents")
        # The accounts screen has the same key.
        await show_accounts(pilot)
        assert any(line.strip().startswith("- meridian-labs") for line in screen_lines(pilot.app))
        await pilot.press("minus")
        await until_text(pilot, "30 agents")
        assert picker(pilot.app).account == "meridian-labs"


async def test_marked_accounts_are_opened_together_and_a_star_opens_all(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await listed(pilot)
        await show_accounts(pilot)
        await pilot.press("space", "j", "space", "enter")
        await until_text(pilot, "harborline+meridian-labs", "33 agents")
        await show_accounts(pilot)
        assert sum("✓" in line for line in screen_lines(pilot.app)) == 2
        await pilot.press("asterisk")
        await until_text(pilot, "all accounts", "53 agents")


async def test_the_position_in_a_deployment_survives_another_account(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await opened(pilot, "q7k-0ab-x4d")
        await pilot.press("j", "j", "l", "j")
        path = spec_of(detail(pilot.app)).path
        await show_accounts(pilot)
        await pilot.press("escape")
        assert spec_of(detail(pilot.app)).path == path
        await show_accounts(pilot)
        await pilot.press("/", *"quiet", "enter")
        await until_text(pilot, "No agents are deployed in quiet-harbor")
        await pilot.press("minus")
        await until_text(pilot, "30 agents")
        await opened(pilot, "q7k-0ab-x4d")
        assert spec_of(detail(pilot.app)).path == path


async def test_remembered_accounts_are_shown_at_once_and_while_offline(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await show_accounts(pilot)
        await pilot.press("escape")
        session_of(pilot).clock.advance(7200)  # type: ignore[attr-defined]
        demo.faults.set("/me", Fault.reset())
        await pilot.press("A")
        await until_text(pilot, "quiet-harbor", "OFFLINE since", "as of 2h ago")
        await pilot.press("j", "enter")
        await until_text(pilot, "3 agents")


async def test_without_the_status_of_agents_the_accounts_stay(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/deployments/summary", Fault.response(500))
    async with running(make_app()) as pilot:
        await listed(pilot)
        await show_accounts(pilot)
        await until_text(pilot, "quiet-harbor", "Agent status unavailable: ")


async def test_an_error_without_remembered_accounts_then_foreign_text_and_many_accounts(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set("/me", Fault.response(500))
    async with running(make_app()) as pilot:
        await listed(pilot)
        screen = await show_accounts(pilot)
        await until_text(pilot, "internal error (500)", "GET /api/v1/me", "r try again")
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "quiet-harbor")
        # Foreign text is escaped.
        odd = {"name": "[bold]x[/]\x1b[31m", "type": "te\x00am", "display_name": "\u202eevil", "role": 7}
        demo.faults.set("/me", Fault.response(200, json.dumps({"accounts": [odd, {"name": "b"}]})))
        await pilot.press("r")
        await until_text(pilot, "[bold]x[/]␛[31m", "te␀am", "<U+202E>evil")
        # Many accounts scroll.
        rows = [{"name": f"account-{number:03}", "type": "organization"} for number in range(300)]
        demo.faults.set("/me", Fault.response(200, json.dumps({"accounts": rows})))
        await resized(pilot, 40, 15)
        await pilot.press("r")
        await until(pilot, lambda: screen.table.row_count == 300, "all accounts")
        await pilot.press("G")
        assert screen.table.row is not None
        assert screen.table.row.name == "account-299"
        await until_text(pilot, "account-299")


# ---- the account of a new run


async def test_a_run_starts_with_the_account_of_the_last_one(make_app: AppFactory, demo: DemoServer) -> None:
    app = make_app(account="")
    app.session.remembered.opened("harborline")
    async with running(app) as pilot:
        await until_text(pilot, "harborline", "3 agents")
        assert count_requests(demo, "/me") == 0
        await show_accounts(pilot)
        await pilot.press("k", "enter")
        await until_text(pilot, "30 agents")
        assert (app.session.remembered.account, app.session.remembered.previous) == ("meridian-labs", "harborline")


@pytest.mark.parametrize("gone", ["rival-works", "no-such-account"])
async def test_a_forbidden_remembered_account_is_replaced(gone: str, make_app: AppFactory) -> None:
    app = make_app(account="")
    app.session.remembered.opened(gone)
    async with running(app, 80, 24) as pilot:
        await until_text(pilot, f"{gone} no longer exists, or you left it. Showing harborline.", "3 agents")
        assert app.session.remembered.account == "harborline"
        assert app.session.remembered.previous == ""


# ---- wrong names


async def test_no_membership_and_no_such_account_differ(make_app: AppFactory, clock: Clock) -> None:
    app = make_app(account="rival-works")
    async with running(app) as pilot:
        await until_text(pilot, "rival-works exists, but you are not a member.", "A your accounts")
        await show_accounts(pilot)
        await pilot.press("enter")
        await until_text(pilot, "30 agents")
        await pilot.press("minus")
        await until_text(pilot, "No previous account")
    app = make_app(account="harborlin")
    app.session.remembered.learned([KnownAccount("harborline", "personal")], "user", clock())
    async with running(app) as pilot:
        await until_text(
            pilot, "There is no account with that name.", "has no account named harborlin. Did you mean harborline?"
        )
