"""What helps the screen of the list: the rows, the place where the user left an account, and named agents."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from support.app import NOW, AppFactory
from support.entries import ROWS, entry
from support.on_screen import running
from support.widget_app import WidgetApp
from textual.app import ComposeResult

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.agent_list import Arrangement
from astro_tui.screens.picker.account_places import AccountPlaces
from astro_tui.screens.picker.agent_actions import AgentActions
from astro_tui.screens.picker.loader import PickerState
from astro_tui.screens.picker.rows import AgentRows
from astro_tui.session.session import Session
from astro_tui.state.memory import Memory
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.lists.agent_table import AgentTable

LISTED = PickerState("acme", tuple(ROWS), fetched=NOW, revision=1, lists=1)


@pytest.fixture
def session(make_app: AppFactory) -> Session:
    return make_app().session


# ---- the rows


class RowsApp(WidgetApp):
    def __init__(self, session: Session) -> None:
        super().__init__()
        self.rows = AgentRows(session, Arrangement())

    def compose(self) -> ComposeResult:
        yield from self.rows.widgets


@pytest.mark.anyio
async def test_rows_change_in_place_until_the_next_list(session: Session) -> None:
    async with running(RowsApp(session), 120, 20) as pilot:
        rows, table = pilot.app.rows, pilot.app.query_one(AgentTable)  # type: ignore[attr-defined]
        rows.show(LISTED)
        order = [row.key for row in table.rows]
        changed = replace(LISTED, entries=(entry("a1", status="error"), *ROWS[1:]))
        assert not rows.outdated(changed, LISTED)
        rows.show_changes(changed, LISTED)
        assert [row.key for row in table.rows] == order
        assert next(row for row in table.rows if row.key == "a1") is changed.entries[0]
        # The next list is sorted, even if it is the same.
        again = replace(changed, lists=2, fetched=NOW + timedelta(seconds=3))
        assert rows.outdated(again, changed)
        rows.arrange(Arrangement("claims", "name"))
        rows.show(again, keep="a2")
        assert ([row.key for row in table.rows], table.row.key) == (["a1", "a2"], "a2")


@pytest.mark.anyio
async def test_a_notice_replaces_the_table_if_there_is_nothing_to_list(session: Session) -> None:
    async with running(RowsApp(session), 80, 20) as pilot:
        rows, table, notice = pilot.app.rows, pilot.app.query_one(AgentTable), pilot.app.query_one(Notice)  # type: ignore[attr-defined]
        failed = PlatformError(ErrorKind.SERVER, "internal error", request="GET /deployments")
        for state, shown in (
            (PickerState("acme"), False),
            (PickerState("acme", fetched=NOW), True),
            (PickerState("acme", error=failed), True),
            (replace(LISTED, error=failed), False),
        ):
            rows.show(state)
            rows.show_notice(state, [])
            assert (notice.display, table.display) == (shown, not shown)


# ---- where the user left an account


def test_the_place_in_an_account_is_restored_once(session: Session) -> None:
    session.memory = Memory(session.settings.server)
    session.memory.note("acme", query="is:error", order="age", reverse=True, agent="a1", section="history")
    places = AccountPlaces(session)
    assert places.begin("acme") == ("is:error", "age", True)
    assert places.key == "a1"
    assert places.arrived(ROWS[0]) == "history"
    assert (places.key, places.arrived(ROWS[0])) == (None, "")


@pytest.mark.parametrize("row", [None, ROWS[1]])
def test_a_section_opens_only_for_the_agent_that_was_on_screen(row: object, session: Session) -> None:
    session.memory = Memory(session.settings.server)
    session.memory.note("acme", agent="a1", section="history")
    places = AccountPlaces(session)
    places.begin("acme")
    assert places.arrived(row) == ""  # type: ignore[arg-type]


def test_a_list_of_this_run_is_kept_but_not_one_that_never_arrived(session: Session) -> None:
    places, arrangement = AccountPlaces(session), Arrangement("claims", "name")
    places.keep(PickerState("acme"), [], arrangement, None)
    assert places.change_to("acme") == (None, Arrangement())
    places.keep(LISTED, ROWS[:2], arrangement, ROWS[1])
    listed, found = places.change_to("acme")
    assert listed is not None
    assert (listed.key, found, places.key) == ("a2", arrangement, None)


# ---- the agent that an address names


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
