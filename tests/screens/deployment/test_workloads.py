"""The workloads section: rows from the record and the last observation, loaded again while they are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken, chosen
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import Clock, flat, footer, held, resized, running, screen_lines, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.diagnosis import Fact
from astro_tui.screens.deployment.sections.workloads import WorkloadsPane
from astro_tui.screens.nodes import NodesPane
from astro_tui.widgets.lists.filtered_tables import NodeLine

pytestmark = pytest.mark.anyio
RECORD, RUNTIME = rf"^/deployments/{CLAIMS}$", rf"^/deployments/{CLAIMS}/runtime"

DECLARED: list[dict[str, Any]] = [
    {
        "name": "claims-agent",
        "kind": "Deployment",
        "component": "agent",
        "image": "registry.example/claims:e88d3146",
        "replicas": 2,
        "env": {"app": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "DB_PASSWORD", "value": "not-real-9x"}]},
    },
    {"name": "claims-knowledge-cases", "kind": "StatefulSet", "component": "knowledge-cases", "image": "postgres:17"},
    {"name": "claims-ingestion-nightly", "kind": "CronJob", "component": "ingestion-nightly", "schedule": "15 2 * * *"},
    {"name": "collector", "kind": "Deployment", "component": "collector", "image": "collector:1"},
]


def container(*, ready: bool = True, **more: Any) -> dict[str, Any]:
    return {"name": "app", "state": "Running", "ready": ready, "restart_count": 0} | more


CRASHING = container(ready=False, state="Waiting", restart_count=12, message="CrashLoopBackOff: exit code 1")
OBSERVED: list[dict[str, Any]] = [
    {"name": "claims-agent", "age": "3h", "pod_name": "claims-agent-7c9d8f6b5-x2x7p", "containers": [CRASHING]},
    {
        "name": "claims-knowledge-cases",
        "age": "61d",
        "containers": [container()],
        "storage_used_bytes": 3 * 2**30,
        "storage_capacity_bytes": 8 * 2**30,
    },
    {"name": "claims-ingestion-nightly", "status": "Idle", "runs": []},
    {"name": "collector", "age": "61d", "containers": [container(restart_count=1)]},
]


def says(demo: DemoServer, declared: list[dict[str, Any]], observed: list[dict[str, Any]]) -> None:
    record = {"deployment": {"id": CLAIMS, "name": "claims-desk", "status": "Running", "workloads": declared}}
    demo.faults.set(RECORD, Fault.response(200, json.dumps(record)))
    demo.faults.set(RUNTIME, Fault.response(200, json.dumps({"runtime": {"workloads": observed}})))


@pytest.fixture(autouse=True)
def _bodies(demo: DemoServer) -> None:
    says(demo, DECLARED, OBSERVED)


def pane(pilot: Pilot[Any]) -> WorkloadsPane:
    return pilot.app.screen.query_one(WorkloadsPane)


def under_cursor(pilot: Pilot[Any]) -> str:
    row = pane(pilot).table.row
    assert isinstance(row, NodeLine)
    return row.node.label or row.node.note


async def in_workloads(pilot: Pilot[Any], key: str = CLAIMS) -> WorkloadsPane:
    await opened(pilot, key)
    await pilot.press("4")
    await until(pilot, lambda: pane(pilot).table.row_count, "rows")
    return pane(pilot)


async def test_problems_come_first_and_are_unfolded_in_every_size(make_app: AppFactory) -> None:
    async with running(make_app(), 140, 40) as pilot:
        await in_workloads(pilot)
        await until_text(pilot, "[4 workloads¹]", "4 workloads 1 problem")
        text = flat(pilot.app)
        assert "✖ agent crashes repeatedly 0/1 12 3h Deployment agent claims:e88d3146" in text
        assert "✖ app crashes repeatedly restarted 12 times CrashLoopBackOff: exit code 1" in text
        assert "● knowledge cases running 1/1 0 61d StatefulSet dependency postgres:17" in text
        # The details have what the row has no room for.
        assert "image registry.example/claims:e88d3146" in text
        assert "kind Deployment ×2" in text
        for size in ((40, 10), (40, 15), (80, 24), (200, 60)):
            await resized(pilot, *size)
            await until_text(pilot, "crashes")
            text = flat(pilot.app)
            assert "agent" in text, size
            assert ("Deployment ×2" in text) == (size[1] >= 20), size


async def test_folding_and_the_masked_environment(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 40) as pilot:
        await in_workloads(pilot)
        assert "of 8 GiB" not in flat(pilot.app)
        await pilot.press("space")
        assert [line.folded for line in pane(pilot).table.rows] == [True] * 4
        await pilot.press("j", "space")
        await until_text(pilot, "storage 3 of 8 GiB · 38%")
        # A row with nothing below it folds what it is in.
        await pilot.press("j", "space")
        assert under_cursor(pilot) == "knowledge cases"
        # The next response does not unfold it.
        await pilot.press("k", "r")
        await settled(pilot)
        assert [line.folded for line in pane(pilot).table.rows] == [True] * 4
        assert under_cursor(pilot) == "agent"
        await pilot.press("space")
        assert "LOG_LEVEL" not in flat(pilot.app)
        await pilot.press("j", "j", "j", "space")
        await until_text(pilot, "LOG_LEVEL info", "DB_PASSWORD ••••••••")
        assert "not-real-9x" not in flat(pilot.app)


async def test_a_click_on_the_mark_folds_and_opening_a_row_shows_its_logs(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 40) as pilot:
        table = (await in_workloads(pilot)).table
        line = table.heading + 1 + next(index for index, row in enumerate(table.rows[1:]) if row.folded)
        assert await pilot.click(table, offset=(1, line))
        assert not table.rows[line - table.heading].folded
        assert table.cursor == line - table.heading
        # Elsewhere, it only moves the cursor.
        assert await pilot.click(table, offset=(3, table.heading))
        assert (table.cursor, table.rows[0].folded) == (0, False)
        assert "enter open" in footer(pilot.app)
        # While a filter is typed, enter ends that.
        await pilot.press("/", *"agent", "enter")
        assert pane(pilot).active
        for key in ("enter", "l"):
            await pilot.press(key)
            await until_text(pilot, "[7 logs")
            await pilot.press("4")
            await until_text(pilot, "[4 workloads")
        # A double click is the same.
        assert await pilot.click(table, offset=(8, table.heading), times=2)
        await until_text(pilot, "[7 logs")


async def test_loading_then_rows_which_stay_when_a_refresh_fails_until_the_next_agent(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app(), 140, 30) as pilot:
        await opened(pilot, CLAIMS)
        with held(demo, "/runtime"):
            await pilot.press("4")
            await until(pilot, lambda: "░" in flat(pilot.app) and "loading" in flat(pilot.app), "gray bars")
            assert pilot.app.screen.busy("workloads/rows")  # type: ignore[attr-defined]
        await until_text(pilot, "crashes repeatedly")
        demo.faults.set(RUNTIME, Fault.response(500, '{"error":"failed to read runtime"}'))
        clock.advance(120)
        await pilot.press("j", "r")
        await until_text(pilot, "[4 workloads¹]!", "FAILED at", "as of 2m ago")
        assert "crashes repeatedly" in flat(pilot.app)
        assert under_cursor(pilot) == "app"
        # Another agent, the same section.
        section = pane(pilot)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: not section.table.loading_rows)
        await settled(pilot)
        assert section.active
        assert "crashes repeatedly" not in flat(pilot.app)


async def test_one_of_the_two_responses_fails(make_app: AppFactory, demo: DemoServer) -> None:
    unavailable = "Workloads unavailable: this server does not report them."
    async with running(make_app(), 80, 24) as pilot:
        demo.faults.set(RUNTIME, Fault.response(404, '{"error":"not found"}'))
        await in_workloads(pilot)
        await until_text(pilot, unavailable, "agent not observed")
        demo.faults.set(RUNTIME, Fault.response(500, '{"error":"failed to read runtime"}'))
        await pilot.press("r")
        await until_text(
            pilot, "! Workloads unavailable: The platform failed with an internal error (500).", "agent not observed"
        )
        demo.faults.set(RUNTIME, Fault.response(501, '{"error":"not found"}'))
        await pilot.press("r")
        await until_text(pilot, unavailable, "agent not observed")
        says(demo, DECLARED, OBSERVED)
        demo.faults.set(RECORD, Fault.response(500, '{"error":"no record"}'))
        await pilot.press("r")
        await until_text(pilot, "! The record may be old: ", "agent crashes repeatedly")
        says(demo, DECLARED, OBSERVED)
        await pilot.press("r")
        await until(pilot, lambda: "may be old" not in flat(pilot.app))


async def test_an_empty_section_says_why_and_a_cut_one_how_many_are_missing(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        for path in (RECORD, RUNTIME):
            demo.faults.set(path, Fault.response(500, '{"error":"failed to read"}'))
        await pilot.press("4")
        await until_text(pilot, "[4 workloads]!", "request GET /api", "r try again")
        for path in (RECORD, RUNTIME):
            demo.faults.set(path, Fault.response(404, '{"error":"not found"}'))
        await pilot.press("r")
        await until_text(pilot, "No workloads from this server", "older version")
        assert "!" not in screen_lines(pilot.app)[1]
        says(demo, [], [])
        await pilot.press("r")
        await until_text(pilot, "No workloads", "The platform lists no workloads for this deployment.")
        says(demo, DECLARED, OBSERVED)
        await pilot.press("r")
        await until_text(pilot, "crashes repeatedly")
        assert pane(pilot).table.has_focus
        says(demo, [{"name": f"claims-tool-{number}", "kind": "Deployment"} for number in range(320)], [])
        await resized(pilot, 120, 30)
        await pilot.press("r")
        await until_text(pilot, "320 workloads, 120 not shown")


async def test_it_loads_again_by_itself_only_while_it_is_shown(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.OBSERVED_REFRESH", 0.02)

    def asked() -> int:
        return sum(target.endswith("/runtime") for _, target in demo.requests)

    async with running(make_app(), 80, 24) as pilot:
        section = await in_workloads(pilot)
        await until(pilot, lambda: asked() >= 3, "three requests")
        await pilot.press("1")
        assert not section.active
        assert not section.rows.planned
        assert not pilot.app.screen.busy("workloads/rows")  # type: ignore[attr-defined]


@pytest.mark.nightly
async def test_a_filter_and_copying(make_app: AppFactory) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 80, 24) as pilot:
        section = await in_workloads(pilot)
        for keys in (("y", "p"), ("y", "i"), ("y", "n"), ("j", "y", "l"), ("y", "p")):
            await chosen(pilot, *keys)
        assert taken.texts == [
            "claims-agent-7c9d8f6b5-x2x7p",
            "registry.example/claims:e88d3146",
            "claims-agent",
            "app, crashes repeatedly, restarted 12 times, CrashLoopBackOff: exit code 1",
            "claims-agent-7c9d8f6b5-x2x7p",
        ]
        await pilot.press("/", *"postgres")
        await until_text(pilot, "1 of 4")
        assert [line.node.label for line in section.table.rows] == ["knowledge cases"]
        # Letters are letters while a filter is typed.
        await pilot.press("y", "5")
        await until_text(pilot, "Nothing matches postgresy5.")
        await pilot.press("backspace", "backspace", "enter")
        assert section.table.has_focus
        await pilot.press("escape")
        assert len(section.table.shown) == 4
        assert section.active
        await pilot.press("escape")
        assert not section.active


def names(pilot: Pilot[Any]) -> list[str]:
    return [node.label for node in pane(pilot).table.shown]


async def test_problems_only_and_other_orders(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 140, 40) as pilot:
        await in_workloads(pilot)
        usual = ["agent", "knowledge cases", "ingestion nightly", "collector"]
        assert names(pilot) == usual
        await pilot.press("e")
        await until_text(pilot, "1 shown", "e all")
        assert names(pilot) == ["agent"]
        # The next response does not end it, and escape does.
        await pilot.press("r")
        await settled(pilot)
        assert names(pilot) == ["agent"]
        await pilot.press("escape")
        assert names(pilot) == usual
        await pilot.press("s")
        await until_text(pilot, "WORKLOAD ▴", "by name")
        assert names(pilot) == sorted(usual)
        await pilot.press("s")
        await until_text(pilot, "RST ▾")
        assert names(pilot)[:2] == ["agent", "collector"]
        heading = next(line for line in screen_lines(pilot.app) if "WORKLOAD" in line)
        await pilot.click("WorkloadTable", offset=(heading.index("AGE"), 0))
        await until_text(pilot, "newest first")
        assert names(pilot)[0] == "agent"
        await pilot.click("WorkloadTable", offset=(heading.index("STATE"), 0))
        await until(pilot, lambda: names(pilot) == usual)
        # A letter that is typed is a letter.
        await pilot.press("slash", "e", "s")
        assert pane(pilot).prompt.text == "es"
        # Without problems, it says so.
        await pilot.press("escape")
        says(demo, DECLARED[1:], OBSERVED[1:])
        await pilot.press("r", "e")
        await until_text(pilot, "There are no problems.")
        assert not {"l logs", "space fold", "s sort"} & {*footer(pilot.app)}


async def test_what_was_read_about_one_deployment_is_not_taken_for_another(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, "q7k-0ab-x4d")
        seen: list[object] = []
        monkeypatch.setattr(screen.reads, "observe", seen.append)
        screen.host.post_message(NodesPane.Observed("u5r-8wn-c2e", {"runtime": Fact({})}))
        screen.host.post_message(NodesPane.Observed("q7k-0ab-x4d", {"events": Fact({})}))
        await until(pilot, lambda: seen)
        assert [[*facts] for facts in seen] == [["events"]]  # type: ignore[attr-defined]
