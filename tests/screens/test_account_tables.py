"""The audit log, the variables, and what the list says about billing."""

from __future__ import annotations

from typing import Any

import pytest
from support.app import AppFactory
from support.driving import go_to, listed
from support.driving import picker as picked
from support.on_screen import running, screen_lines, settled, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.base.open import Open
from astro_tui.screens.picker import screen as picker
from astro_tui.session.routes import parse

pytestmark = pytest.mark.anyio
LANTERN, DRYDOCK, RAIL = "copper-lantern", "drydock-nine", "ferncliff-rail"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picker, "BILLING_AFTER", 0.01)


async def opened(pilot: Pilot[Any], address: str) -> None:
    screen = await listed(pilot)
    pilot.app.post_message(Open(screen.session, parse(address)))


async def test_the_audit_log_is_filtered_and_ends(make_app: AppFactory) -> None:
    async with running(make_app(account=LANTERN), 120, 40) as pilot:
        await opened(pilot, f"audit:{LANTERN}")
        await until_text(pilot, "audit log", "Priya Raman", "platform staff", "16 actions")
        await pilot.press("m")
        await until_text(pilot, "There are no older entries.")
        await pilot.press("/", *"paused", "enter")
        await until_text(pilot, "1 of 16 actions", "stock-counter")
        await pilot.press("enter")
        await until_text(pilot, "Stock Counter", "9 numbers")
        await pilot.press("6")
        await until_text(pilot, "Paused by Priya Raman.")


async def test_values_are_hidden_and_users_are_read_on_request(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(account=LANTERN), 120, 40) as pilot:
        await opened(pilot, f"variables:{LANTERN}")
        await until_text(pilot, "LAMP_CATALOG_URL", "hidden")
        assert "catalog.lantern.example" not in "\n".join(screen_lines(pilot.app))
        assert not [target for _method, target in demo.requests if "deployment-template" in target]
        await pilot.press("x")
        await until_text(pilot, "catalog.lantern.example")
        await pilot.press("u")
        await until_text(pilot, "Price Watch, Stock Counter")


@pytest.mark.parametrize("address", [f"audit:{RAIL}", f"variables:{LANTERN}"])
async def test_what_is_refused_is_said_and_not_requested_again(
    make_app: AppFactory, demo: DemoServer, address: str
) -> None:
    demo.faults.set("^/accounts/.*/variables$", Fault.response(403, '{"error":"insufficient permissions"}'))
    async with running(make_app(account=LANTERN), 80, 24) as pilot:
        await opened(pilot, address)
        await until_text(pilot, "Only owners and admins of the account may read this.")
        kind, _, account = address.partition(":")
        await pilot.press("r", "r")
        await pilot.pause()
        part = f"/accounts/{account}/{kind.replace('audit', 'audit-log')}"
        assert sum(part in target for _method, target in demo.requests) == 1


async def test_opening_an_agent_sends_few_requests_more_and_a_refresh_none(
    make_app: AppFactory, demo: DemoServer
) -> None:
    def more() -> list[str]:
        parts = ("/accounts/", "deployment-template")
        sent = [target for _method, target in demo.requests if any(part in target for part in parts)]
        # The list reads billing.
        return [target for target in sent if "/billing/" not in target]

    async with running(make_app(account=LANTERN), 120, 40) as pilot:
        await listed(pilot)
        await settled(pilot)
        before = len(more())
        await go_to(pilot, next(row.key for row in picked(pilot.app).table.rows if row.blueprint == "gallery-guide"))
        await pilot.press("enter")
        await until_text(pilot, "LAMP_CATALOG_URL was edited")
        await settled(pilot)
        first = more()[before:]
        # The template of the revision before is read for the comparison.
        assert len(set(first)) <= 4, first
        await pilot.press("r")
        await settled(pilot)
        assert more()[before:] == first


@pytest.mark.parametrize(
    ("account", "said"),
    [
        (DRYDOCK, "Billing has stopped the account: its credit is used up. An owner or admin can add a card"),
        ("harborline", "A payment is late. Agents still run"),
        (LANTERN, "The account has reached its spend warning: $"),
    ],
)
async def test_the_list_says_once_what_billing_warns_of(make_app: AppFactory, account: str, said: str) -> None:
    async with running(make_app(account=account), 120, 40) as pilot:
        await listed(pilot)
        await until_text(pilot, said[:40])
        text = " ".join(" ".join(screen_lines(pilot.app)[1:4]).split())
        assert said in text


async def test_accounts_show_money_to_those_who_manage_them(make_app: AppFactory) -> None:
    async with running(make_app(account=LANTERN), 120, 40) as pilot:
        await opened(pilot, "accounts:")
        await until_text(pilot, "$12.30 left", "3 of 4", "switched off")
        await pilot.press("k")
        await until_text(pilot, "not shown: only owners and admins may read this")
