"""What helps the screen of the list: the rows, the notice in their place, and named agents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.app import NOW, AppFactory
from support.driving import picker
from support.entries import ROWS, entry
from support.on_screen import running, until, until_text
from support.widget_app import WidgetApp
from textual.app import ComposeResult

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.agent_list import Arrangement
from astro_tui.screens.picker.agent_actions import AgentActions
from astro_tui.theme.look import Look
from astro_tui.widgets.lists.agent_table import AgentTable


class TableApp(WidgetApp):
    def compose(self) -> ComposeResult:
        yield AgentTable(Look(), lambda: NOW, id="agents")


@pytest.mark.anyio
async def test_rows_change_in_place_until_the_next_list() -> None:
    async with running(TableApp(), 120, 20) as pilot:
        table, plain = pilot.app.query_one(AgentTable), Arrangement()
        table.show_agents(tuple(ROWS), plain, NOW)
        table.touched = True
        order = [row.key for row in table.rows]
        changed = (entry("a1", status="error"), *ROWS[1:])
        table.show_agents(changed, plain, NOW)
        assert [row.key for row in table.rows] == order
        assert next(row for row in table.rows if row.key == "a1") is changed[0]
        # The next list is sorted, even if it is the same.
        table.show_agents(changed, plain, NOW + timedelta(seconds=3))
        assert table.rows[0].key == "a1" != order[0]
        table.show_agents(changed, Arrangement("claims", "name"), NOW, keep="a2")
        assert ([row.key for row in table.rows], table.row and table.row.key) == (["a1", "a2"], "a2")


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [Fault.hang(), Fault.response(500)], ids=["loading", "failed"])
async def test_a_notice_replaces_the_table_only_if_there_is_nothing_to_list(
    fault: Fault, make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set(r"^/deployments\?", fault)
    failed = fault != Fault.hang()
    async with running(make_app(), 80, 20) as pilot:
        await until_text(pilot, "LOADING FAILED" if failed else "loading")
        screen = picker(pilot.app)
        assert (screen.notice.display, screen.table.display) == (failed, not failed)
        demo.faults.clear()
        screen.load()
        await until(pilot, lambda: screen.table.row_count) if failed else None


@pytest.mark.parametrize(
    ("wanted", "keys", "problem"),
    [
        ("a3", ["a3"], ""),
        ("Mail Triage", ["a3"], ""),
        ("claims-desk", ["a1", "a2"], "2 agents are named claims-desk. Choose one."),
        ("mail-triag", [], "acme has no agent named mail-triag. Did you mean Mail Triage?"),
    ],
)
def test_the_agents_that_an_address_may_mean(wanted: str, keys: list[str], problem: str) -> None:
    found, said = AgentActions.named("acme", ROWS, wanted)
    assert ([row.key for row in found], said) == (keys, problem)
