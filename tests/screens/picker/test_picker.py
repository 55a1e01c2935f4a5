"""The picker: its list, filter, and order, and a cursor that stays on its deployment."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import pytest
from msgspec.structs import replace
from support.app import NOW, AppFactory
from support.deadline import DEADLINE
from support.driving import detail, go_to, listed, opened, picker, under_cursor
from support.on_screen import Clock, held, running, screen_lines, screen_text, settled, until, until_text
from textual import events
from textual.app import App, ComposeResult

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Timeouts
from astro_tui.platform.deployment_rows import DeploymentList, read_tolerantly
from astro_tui.platform.rounds import MOVING_REFRESH, STUCK_AFTER
from astro_tui.presentation.agent_list import Arrangement, Entry, entry_of
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.session import fact_store
from astro_tui.theme.look import THEMES, Look, stylesheet
from astro_tui.widgets.lists.agent_table import AgentTable

pytestmark = pytest.mark.anyio
LIST = r"^/deployments\?"
INVESTIGATIONS = 6
"""The most agents of a list that are investigated at a time."""


def row(key: str, **values: object) -> dict[str, object]:
    return {"id": key, "name": f"agent-{key}", "build_id": "e88d3146", "status": "Running"} | values


def response(rows: Iterable[dict[str, Any]]) -> Fault:
    entries = list(rows)
    return Fault.response(200, json.dumps({"deployments": entries, "count": len(entries)}))


def count_requests(demo: DemoServer, part: str) -> int:
    return sum(part in target for _, target in demo.requests)


# ---- the list


async def test_the_list_shows_what_needs_attention_first(make_app: AppFactory) -> None:
    async with running(make_app(), 230, 40) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        await pilot.press("i")
        lines = screen_lines(pilot.app)
        for name in ("Claims Desk (EU)", "シフト調整エージェント", "Übersetzungsbüro", "[bold]x[/] [/"):
            assert sum(name in line for line in lines) == 1
        [claims] = [line for line in lines if "Claims Desk (EU)" in line]
        assert all(part in claims for part in ("ACTIVE", "claims-desk", "e88d3146", "2d"))
        assert "e88d3146↑" in claims
        assert "meridian-labs" in lines[0]
        assert "30 agents" in lines[0]
        assert under_cursor(pilot.app) == "545-l2i-kfo"
        ranks = [entry.status.urgency for entry in screen.table.rows]
        assert ranks == sorted(ranks)
        assert ranks[0] == 0


async def test_an_older_list_does_not_hide_a_newer_finding(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        entry, *others = screen.agents.entries
        # One of the others has changed.
        rows = (entry.deployment, *(replace(each.deployment, build_id="1fa07c3b") for each in others))
        with held(demo, LIST):
            screen.load()
            response = screen.agents._with(screen.agents.scope, {screen.account: DeploymentList(rows)})
            # While the response is on its way to this thread, an investigation finds something.
            screen.session.verdicts.mark(entry.key, "PAUSING")
            screen.agents._learn(entry.key, screen.session.verdicts.known)
            screen.agents._take(response)
            found = next(each for each in screen.agents.entries if each.key == entry.key)
            assert found.status.label == "PAUSING"


async def test_all_counts_agree(make_app: AppFactory) -> None:
    async with running(make_app(), 240, 40) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        for query in ("", "is:problem", "claims", "a", "!is:problem", "nothing like this"):
            await pilot.press("slash", *query)
            await until(pilot, lambda query=query: screen.arrangement.query == query)  # type: ignore[misc]
            note = screen.prompt._note
            await pilot.press("enter") if query else await pilot.press("escape")
            head = screen_lines(pilot.app)[0].split("@")[1]
            shown = screen.table.row_count
            counts = re.findall(r"(\d+) (?!agents|of)[a-z]+", head.split("clears")[-1].split("agents", 1)[-1])
            assert sum(map(int, counts)) == shown, (query, head)
            assert ("30 agents" if shown == 30 else f"{shown} of 30 agents") in head, query
            assert note.startswith(f"{shown} of 30" if query else ""), query
            await pilot.press("escape")
            assert screen.table.row_count == 30


async def test_an_empty_account(make_app: AppFactory) -> None:
    async with running(make_app(account="quiet-harbor")) as pilot:
        await until_text(pilot, "No agents are deployed in quiet-harbor.", "0 agents")
        await pilot.press("j", "k", "enter", "e", "s", "y", "G", "g", "escape", "pagedown", "ctrl+d")
        assert picker(pilot.app)


async def test_the_account_is_found_when_none_is_named(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(account="")) as pilot:
        screen = await listed(pilot)
        assert screen.account in ("meridian-labs", "harborline")
        await until_text(pilot, screen.account)
        assert count_requests(demo, "/me") == 1


async def test_a_user_without_accounts_gets_a_message(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/me", Fault.response(200, '{"user": {"id": "u"}, "accounts": []}'))
    async with running(make_app(account="")) as pilot:
        await until_text(pilot, "You do not belong to any account yet.", "GET /api/v1/me")


async def test_rows_that_are_not_objects_are_counted(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, Fault.response(200, json.dumps({"deployments": [row("a1"), None, 7]})))
    async with running(make_app()) as pilot:
        await until_text(pilot, "1 agent", "2 unreadable")


@pytest.mark.parametrize("fault", [Fault.nulls(), Fault.wrong_types()], ids=["nulls", "wrong types"])
async def test_malformed_rows_are_still_rows(fault: Fault, make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set("/", fault)
    async with running(make_app()) as pilot:
        await until_text(pilot, "agent")
        await pilot.press("j", "enter")
        await settled(pilot)
        await pilot.press("escape", "G", "enter", "2", "escape")


# ---- agents named on the command line


async def test_an_agent_named_at_the_start(make_app: AppFactory) -> None:
    async with running(make_app(agent="Invoice Sorter")) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert detail(pilot.app).entry.key == "b0c-4y0-dft"
        await pilot.press("escape")
        assert under_cursor(pilot.app) == "b0c-4y0-dft"


async def test_a_missing_agent(make_app: AppFactory) -> None:
    """It opens no armed list with the cursor on another agent."""
    app = make_app(agent="claims-desk-x", write=True)
    async with running(app, 120, 24) as pilot:
        await until_text(pilot, "meridian-labs has no agent named claims-desk-x.", "Actions are off now.")
        await until_text(pilot, "0 of 30 agents claims-desk-x esc clears", "The closest match is")
        assert picker(app).table.row is None
        assert not app.session.arming.armed("meridian-labs")
        assert app.session.memory.place("meridian-labs").query == ""
        await pilot.press("escape")
        await until_text(pilot, "30 agents")


# ---- filter and order


async def test_the_filter_works_while_typing_and_suggests_the_closest_name(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await pilot.press("/", *"claims")
        assert screen.table.row_count == 2
        await until_text(pilot, "2 of 30")
        await pilot.press("space", *"!us")
        assert screen.table.row_count == 1
        assert under_cursor(pilot.app) == "q7k-0ab-x4d"
        await pilot.press("escape")
        assert screen.table.row_count == 30
        assert under_cursor(pilot.app) == "q7k-0ab-x4d"
        # Keys of the list are letters here.
        await pilot.press("/", *"qsreyS/?")
        await until_text(pilot, "/qsreyS/?", "No agent matches “qsreyS/?”")
        await pilot.press("escape", "/", *"invoce srter")
        await until_text(pilot, "No agent matches “invoce srter”", "The closest match is Invoice Sorter.", "0 of 30")
        await pilot.press("escape")
        await until_text(pilot, "CSV Importer")


async def test_enter_keeps_the_filter_and_opens_the_only_row(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await pilot.press("/", *"claims", "enter")
        assert screen.table.row_count == 2
        await pilot.press("slash", "end", "space", *"eu", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert detail(pilot.app).entry.key == "q7k-0ab-x4d"
        await pilot.press("escape")
        assert screen.table.row_count == 1
        await pilot.press("escape")
        assert screen.table.row_count == 30


async def test_a_long_filter_leaves_room_for_the_count(make_app: AppFactory) -> None:
    async with running(make_app(), 40, 15) as pilot:
        await listed(pilot)
        await pilot.press("/", *"!an-agent-with-a-very-long-name", "enter")
        await until_text(pilot, "30 of 30 !an-a… esc clears")


async def test_slash_starts_a_new_filter_and_an_arrow_key_edits_the_old_one(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await pilot.press("/", *"claims", "enter", "/")
        await until_text(pilot, "/claims", "type to replace, ← to edit 2 of 30")
        await pilot.press(*"mail")
        assert screen.arrangement.query == "mail"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        await pilot.press("escape", "/", "left", *"ma")
        assert screen.arrangement.query == "maimal"
        await pilot.press("escape")
        assert screen.arrangement.query == ""


async def test_a_misspelled_state_is_corrected(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await pilot.press("/", *"is:errr")
        await until_text(pilot, "No state is named errr. Did you mean is:error?", "did you mean is:error? 0 of 30")
        await pilot.press("enter")
        await until_text(pilot, "0 of 30 agents is:errr esc clears")
        await pilot.press("/", *"!is:errr")
        # It hides nothing, so only the prompt can say it.
        await until_text(pilot, "did you mean !is:error? 30 of 30")


async def test_the_cursor_goes_to_the_first_match_and_arrows_move_it(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await settled(pilot)
        await pilot.press("j", "j", "j", "/", *"claims")
        assert under_cursor(pilot.app) == "q7k-0ab-x4d"
        await pilot.press("down")
        assert under_cursor(pilot.app) == "u5r-8wn-c2e"
        # While the row under the cursor matches, the cursor stays on it.
        await pilot.press("escape")
        await go_to(pilot, "u5r-8wn-c2e")
        await pilot.press("/", *"claims")
        assert under_cursor(pilot.app) == "u5r-8wn-c2e"


@pytest.mark.investigating
async def test_only_problems(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        await pilot.press("e")
        assert 0 < screen.table.row_count < 30
        shown = {entry.label: entry for entry in screen.table.rows}
        quiet = [entry for entry in shown.values() if entry.status.severity.value not in ("error", "warn")]
        assert all(entry.waiting or (entry.report and entry.report.waiting_on) for entry in quiet)
        # A deployment that has been stuck for 26 minutes.
        assert shown["Contract Reader"].status.label == "DEPLOYING!"
        assert "PDF Extractor" in shown
        await pilot.press("e")
        assert screen.table.row_count == 30


async def test_sorting_cycles_through_the_columns(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await go_to(pilot, "q7k-0ab-x4d")
        await pilot.press("s")
        names = [entry.label.casefold() for entry in screen.table.rows]
        assert names == sorted(names)
        await pilot.press("S")
        assert [entry.label.casefold() for entry in screen.table.rows] == sorted(names, reverse=True)
        await pilot.press("s")
        times = [entry.created.timestamp() for entry in screen.table.rows if entry.created]
        assert times == sorted(times, reverse=True)
        await pilot.press("s", "s")
        assert screen.table.rows[0].status.urgency == 0
        assert under_cursor(pilot.app) == "q7k-0ab-x4d"


# ---- the cursor


class TableApp(App[None]):
    """A table and nothing else."""

    CSS_PATH = stylesheet("app")

    def compose(self) -> ComposeResult:
        yield AgentTable(Look(), lambda: NOW, id="agents")

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(THEMES["dark"].variables)


def entries(numbers: Iterable[int]) -> list[Entry]:
    return [entry_of(each) for each in read_tolerantly([row(str(number)) for number in numbers]).rows]


@pytest.mark.parametrize("seed", range(3))
async def test_the_cursor_stays_on_its_deployment_and_on_its_line(seed: int) -> None:
    dice = random.Random(seed)
    order = Arrangement()
    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        table = app.query_one(AgentTable)
        numbers = list(range(60))
        table.show_agents(entries(numbers), order)
        await pilot.pause()
        for _ in range(60):
            table.move_to(dice.randrange(len(numbers)))
            before = table.row
            assert before is not None
            line, place, top = table.cursor - table.top, table.cursor, table.top
            for _ in range(dice.randrange(8)):
                match dice.randrange(3):
                    case 0:
                        numbers.insert(dice.randrange(len(numbers) + 1), 1000 + dice.randrange(10**9))
                    case 1 if len(numbers) > 5:
                        numbers.pop(dice.randrange(len(numbers)))
                    case 2:
                        dice.shuffle(numbers)
            table.show_agents(entries(numbers), order)
            await pilot.pause()
            now = table.row
            assert now is not None
            assert table.top <= table.cursor < table.top + table.page
            if int(before.key) in numbers:
                assert now.key == before.key
                new_place = numbers.index(int(before.key))
                reachable = 0 <= new_place - line <= max(0, len(numbers) - table.page)
                if top == 0 and new_place < table.page:
                    # At the top, what is new above the cursor shows.
                    assert table.top == 0
                elif reachable:
                    assert table.cursor - table.top == line
            else:
                assert table.cursor == min(place, len(numbers) - 1)


async def test_until_the_first_key_the_cursor_is_on_the_worst_agent(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, response([row("a"), row("b")]))
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        demo.faults.set(LIST, response([row("a"), row("b"), row("urgent", status="failed")]))
        screen.load()
        await until(pilot, lambda: screen.table.row_count == 3)
        assert (screen.table.cursor, under_cursor(pilot.app)) == (0, "urgent")


async def test_the_cursor_through_an_empty_list() -> None:
    app = TableApp()
    async with app.run_test(size=(80, 20)) as pilot:
        table = app.query_one(AgentTable)
        table.show_agents(entries(range(5)), Arrangement())
        table.move_to(3)
        table.show_agents([], Arrangement())
        await pilot.press("j", "k", "G", "enter", "pageup")
        assert table.row is None
        table.show_agents(entries(range(5)), Arrangement())
        assert table.row is not None


async def test_moving_by_keys(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        table = (await listed(pilot)).table
        for key, place in (("G", 29), ("g", 0), ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0), ("end", 29)):
            await pilot.press(key)
            assert table.cursor == place
        await pilot.press("home", "pagedown")
        assert table.cursor == table.page
        await pilot.press("pageup")
        assert table.cursor == 0


async def test_the_mouse_selects_and_opens(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        table = (await listed(pilot)).table
        await pilot.click(AgentTable, offset=(20, 3))
        assert table.cursor == 2
        await pilot.click(AgentTable, offset=(20, 3), times=2)
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))


# ---- refreshing


async def test_the_list_refreshes_automatically(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.MOVING_REFRESH", 0.05)
    async with running(make_app()) as pilot:
        await until(
            pilot, lambda: count_requests(demo, "/deployments?") >= 3, "three refreshes while an agent is moving"
        )


async def test_an_agent_that_is_stuck_slows_the_refreshes_down(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    demo.faults.set(LIST, response([row("a1", status="undeploying")]))
    async with running(make_app(refresh=60.0)) as pilot:
        agents = (await listed(pilot)).agents
        assert agents.interval == MOVING_REFRESH
        clock.advance(STUCK_AFTER - 1)
        assert agents.interval == MOVING_REFRESH
        clock.advance(2)
        assert agents.interval == 60.0
        # Another one begins to move.
        demo.faults.set(LIST, response([row("a1", status="undeploying"), row("a2", status="pending")]))
        await pilot.press("r")
        await until(pilot, lambda: len(agents.entries) == 2)
        assert agents.interval == MOVING_REFRESH


@pytest.mark.investigating
@pytest.mark.parametrize("fault", [None, Fault.response(500)])
async def test_a_late_list_starts_nothing_behind_another_screen(
    make_app: AppFactory, demo: DemoServer, fault: Fault | None
) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        with held(demo, LIST):
            await pilot.press("r")
            await opened(pilot, "q7k-0ab-x4d")
            assert screen.busy("list")
            if fault is not None:
                demo.faults.set(LIST, fault)
        await until(pilot, lambda: not screen.busy("list"), "the late response")
        assert not screen.agents.planned
        assert not screen.agents.watch._suspects
        await pilot.press("escape")
        await until(pilot, lambda: screen.agents.planned, "it polls again")
        assert screen.agents.watch._suspects


@pytest.mark.investigating
async def test_investigations_that_hang_hold_up_neither_the_list_nor_an_agent(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fact_store, "PATIENCE", DEADLINE)
    demo.faults.set(r"^/deployments/(?!q7k-0ab-x4d)", Fault.hang())
    async with running(make_app(Timeouts(read=2 * DEADLINE, total=2 * DEADLINE))) as pilot:
        screen = await listed(pilot)
        workers = pilot.app.workers
        await until(pilot, lambda: sum(worker.is_running for worker in workers) >= INVESTIGATIONS, "they hang")
        await pilot.press("r")
        await until(pilot, lambda: not screen.busy("list"), "the list")
        await opened(pilot, "q7k-0ab-x4d")
        diagnosis = detail(pilot.app).agent.diagnosis
        assert diagnosis is not None
        assert diagnosis.unread == ()


@pytest.mark.nightly
async def test_a_list_that_failed_behind_another_screen_is_requested_again(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set(LIST, Fault.response(500), count=1)
    with ExitStack() as response:
        # The app sends the request as soon as it runs.
        response.enter_context(held(demo, LIST))
        async with running(make_app()) as pilot:
            screen = picker(pilot.app)
            await until(pilot, lambda: screen.busy("list"))
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
            response.close()
            await until(pilot, lambda: not screen.busy("list"), "the error")
            assert screen.agents.error is not None
            assert not screen.agents.planned
            await pilot.press("escape")
            await listed(pilot)


async def test_an_action_behind_another_screen_outdates_the_list_that_is_still_to_come(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        with held(demo, LIST):
            await pilot.press("r")
            await opened(pilot, "q7k-0ab-x4d")
            screen.acted("q7k-0ab-x4d")
            assert not screen.busy("list")
        await settled(pilot)
        demo.forget_requests()
        await pilot.press("escape")
        await until(pilot, lambda: count_requests(demo, "/deployments?"), "the list after the action")


async def test_the_age_of_the_data_in_words(make_app: AppFactory, clock: Clock) -> None:
    async with running(make_app(refresh=60.0)) as pilot:
        screen = await listed(pilot)
        await settled(pilot)
        for seconds, words in ((0, "now"), (45, "40s ago"), (120, "STALE 2m")):
            clock.advance(seconds)
            screen.tick()
            await pilot.pause()
            assert words in screen_lines(pilot.app)[0]


async def test_a_slow_list_is_called_slow(make_app: AppFactory, demo: DemoServer, clock: Clock) -> None:
    demo.faults.set(LIST, Fault.hang())
    async with running(make_app()) as pilot:
        await until(pilot, lambda: picker(pilot.app).busy("list"))
        assert "loading" in screen_lines(pilot.app)[0]
        assert "░" in screen_text(pilot.app)
        clock.advance(9)
        picker(pilot.app).tick()
        await pilot.pause()
        assert "still loading: 9 s" in screen_lines(pilot.app)[0]


async def test_a_repeated_refresh_sends_one_request(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(LIST, Fault.hang())
    async with running(make_app()) as pilot:
        await until(pilot, lambda: count_requests(demo, "/deployments?") == 1)
        await pilot.press("r", "r", "r")
        await until_text(pilot, "The request was just sent.")
        assert count_requests(demo, "/deployments?") == 1


# ---- opening and closing


async def test_a_burst_continues_in_the_prompt_it_opens(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await listed(pilot)
        for key in ("slash", *"weather", "enter"):
            pilot.app.post_message(events.Key(key, "/" if key == "slash" else key if len(key) == 1 else None))
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen), "the only match, opened")
        assert screen.table.row_count == 1
