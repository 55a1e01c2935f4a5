"""The revisions of a deployment: what the rows say, and the section that compares them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from support.app import AppFactory
from support.copying import Taken
from support.demo_deployments import CLAIMS, HISTORY, TEMPLATE
from support.driving import history_shown, opened
from support.logins import jwt
from support.on_screen import flat, footer, held, resized, running, screen_text, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.demo.bodies import PEOPLE
from astro_tui.platform.client import Call
from astro_tui.platform.client.call import FixedToken
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.history import HistoryPane
from astro_tui.screens.diff.screen import DiffScreen

pytestmark = pytest.mark.anyio


def history(demo: DemoServer, rows: list[dict[str, Any]]) -> None:
    demo.faults.set(HISTORY, Fault.response(200, json.dumps({"deployments": rows, "count": len(rows)})))


@pytest.fixture(autouse=True)
def _no_builds(demo: DemoServer) -> None:
    """Leave the rows of newer builds to test_builds.py."""
    demo.faults.set(r"^/agents/[^/]+/[^/]+/builds\?", Fault.response(200, '{"builds": []}'))


def many(count: int) -> list[dict[str, Any]]:
    return [
        {
            "id": CLAIMS,
            "revision": number,
            "is_current": number == count,
            "status": "active" if number == count else "undeployed",
            "build_id": f"{number:08x}",
            "deployed_at": "2026-06-01T00:00:00Z",
            "commit_message": f"change {number}",
            "spec": {},
        }
        for number in range(count, 0, -1)
    ]


def asked(demo: DemoServer, part: str = "claims-desk/deployment-template") -> int:
    # The list investigates its broken agents meanwhile, and the record reads the current variables.
    variables = "template" in part and any(target.endswith("/variables") for _, target in demo.requests)
    return sum(part in target for _, target in demo.requests) - variables


def shown(pilot: Pilot[Any]) -> HistoryPane:
    assert history_shown(pilot.app), pilot.app.screen
    return pilot.app.screen.query_one(HistoryPane)


async def in_history(pilot: Pilot[Any], key: str = CLAIMS) -> HistoryPane:
    """Open the history of a deployment and wait for its rows."""
    await opened(pilot, key)
    await pilot.press("3")
    await until(pilot, lambda: history_shown(pilot.app))
    await until(pilot, lambda: shown(pilot).table.row_count)
    return shown(pilot)


async def compared(pilot: Pilot[Any], *names: str) -> None:
    """Wait until these two revisions are compared on screen."""
    screen = shown(pilot)
    await until(
        pilot,
        lambda: (
            screen.view.diff is not None and screen.pair is not None and [row.name for row in screen.pair] == [*names]
        ),
        f"compared: {names}",
    )


async def test_the_history_with_the_difference_to_the_current_revision(make_app: AppFactory, demo: DemoServer) -> None:
    taken = Taken()
    async with running(taken.on(make_app()), 160, 40) as pilot:
        await in_history(pilot)
        await compared(pilot, "11", "12")
        text = flat(pilot.app)
        for part in ("12 revisions", "e88d3146", "5d2f0c9b", "Add fraud check", "ACTIVE", "EARLIER", "github"):
            assert part in text
        assert "11 changed, 1 added, 4 removed" in text
        assert "regenerated: variables, resources, storage, access are from the newest" in text
        # What can be copied.
        for key, text in (
            ("y", "rev 12, build e88d3146, commit 5d2f0c9b, Add fraud check, pull out of Slack"),
            ("b", "e88d3146"),
            ("i", CLAIMS),
        ):
            await pilot.press("y", key)
            await until(pilot, lambda text=text: taken.texts[-1:] == [text])  # type: ignore[misc]
        # Nothing is requested while the cursor is moving.
        before_it = asked(demo)
        await pilot.press(*"jjjjjjjj")
        await compared(pilot, "4", "12")
        assert asked(demo) <= before_it + 3
        assert "rev 4 → 12 (current)" in flat(pilot.app)
        await pilot.press("escape")
        assert isinstance(pilot.app.screen, DeploymentScreen)


async def test_names_take_the_place_of_ids(make_app: AppFactory, demo: DemoServer) -> None:
    """IDs are there at once. Names come with one request, which is not sent again for another agent."""
    async with running(make_app(), 120, 40) as pilot:
        with held(demo, "/members$"):
            pane = await in_history(pilot)
            assert {row.who for row in pane.table.rows} == {*PEOPLE}
            assert PEOPLE[1][:9] in flat(pilot.app)
        await until_text(pilot, "Priya")
        # Somebody who has left stays an ID.
        assert {row.who for row in pane.table.rows} == {"Sam Example", "Priya Raman", PEOPLE[2]}
        await pilot.press("escape", "escape")
        await in_history(pilot, "b0c-4y0-dft")
        await until_text(pilot, "Priya")
        assert asked(demo, "/members") == 1


async def test_the_evidence_gets_names_without_another_investigation(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 50) as pilot:
        with held(demo, "/members$"):
            await opened(pilot, "9vq-x1z-l5u")
            await pilot.press("6")
            await until_text(pilot, f"by {PEOPLE[0]}")
            demo.forget_requests()
        await until_text(pilot, "by Sam Example")
        assert PEOPLE[0] not in flat(pilot.app)
        assert not asked(demo, "/history")


async def test_without_permission_ids_stay(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(re.compile("/members$"), Fault.response(403))
    async with running(make_app(), 160, 40) as pilot:
        for key in (CLAIMS, "b0c-4y0-dft"):
            pane = await in_history(pilot, key)
            await settled(pilot)
            assert {row.who for row in pane.table.rows} == {*PEOPLE}
            await pilot.press("escape", "escape")
        assert asked(demo, "/members") == 1


def test_the_token_identifies_the_user(make_app: AppFactory) -> None:
    session = make_app().session
    session.user = "told by /me"
    session.know_user(Call())
    assert session.user == "told by /me"
    session.platform.tokens = FixedToken(jwt(sub="user_9"))
    session.know_user(Call())
    assert session.user == "user_9"


async def test_the_users_own_revisions(make_app: AppFactory, demo: DemoServer) -> None:
    app = make_app()
    app.session.user = demo.user
    async with running(app, 160, 40) as pilot:
        await opened(pilot, "b0c-4y0-dft")
        await until_text(pilot, "deployed by you")
        await pilot.press("3")
        await until(pilot, lambda: history_shown(pilot.app) and bool(shown(pilot).table.row_count))
        await compared(pilot, "6", "7")
        await pilot.press("j", "j")
        await until_text(pilot, "by you")
        table = shown(pilot).table
        assert {row.who for row in table.rows} == {"you", "Priya Raman", PEOPLE[2]}
        assert len({row.message for row in table.rows if row.message}) == sum(bool(row.message) for row in table.rows)
        assert not [target for _method, target in demo.requests if target.endswith("/me")]
        # The accounts say who the user is, too.
        app.session.user = ""
        await pilot.press("A")
        await until(pilot, lambda: app.session.user == demo.user)


async def test_each_spec_is_requested_once_and_late_responses_are_dropped(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await in_history(pilot)
        await compared(pilot, "11", "12")
        with held(demo, "/deployment-template"):
            await pilot.press("j", "j")
            # A request that is dropped before it is sent never arrives.
            await until(pilot, lambda: asked(demo) == 2)
            assert shown(pilot).busy("diff")
            await pilot.press("k", "k")
            await compared(pilot, "11", "12")
        await pilot.press("r")
        await settled(pilot)
        await compared(pilot, "11", "12")
        assert "rev 11 → 12" in flat(pilot.app)
        await pilot.press(*"jjj")
        await compared(pilot, "9", "12")
        before_it = asked(demo)
        await pilot.press(*"kkk")
        await compared(pilot, "11", "12")
        await pilot.press("d")
        await until_text(pilot, "1 of 14")
        await pilot.press("escape", "escape", "d")
        await until_text(pilot, "1 of 14")
        await pilot.press("escape", "3")
        await until(pilot, lambda: history_shown(pilot.app))
        await until(pilot, lambda: shown(pilot).table.row_count)
        await pilot.press(*"jjj")
        await compared(pilot, "9", "12")
        assert asked(demo) == before_it


async def test_two_marked_revisions_are_compared(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await in_history(pilot)
        await pilot.press("j", "j", "space", "j", "j", "space", "j")
        await compared(pilot, "8", "10")
        assert screen_text(pilot.app).count("◆") == 2
        await pilot.press("enter")
        await until_text(pilot, "diff 8 → 10", "1 of 4")
        assert isinstance(pilot.app.screen, DiffScreen)
        await pilot.press("q", "space")
        # The mark that was set first is removed.
        await compared(pilot, "7", "8")
        await pilot.press("space", "k", "space", "j")
        assert not screen.table.marks
        await compared(pilot, "7", "12")


async def test_a_filter(make_app: AppFactory, demo: DemoServer) -> None:
    history(demo, many(12))
    async with running(make_app(), 140, 40) as pilot:
        screen = await in_history(pilot)
        names = [row.name for row in screen.table.rows]
        await pilot.press("/", *"change 7")
        await until_text(pilot, "1 of 12", "12 revisions 1 shown")
        # What is under the cursor is compared with the current revision, which is hidden.
        await compared(pilot, "7", "12")
        await pilot.press("enter")
        assert screen.table.has_focus
        assert footer(pilot.app)[0] == "esc show all"
        # It stays when more revisions come.
        history(demo, many(17))
        await pilot.press("r")
        await until_text(pilot, "17 revisions 2 shown")
        assert [row.name for row in screen.table.rows] == ["17", "7"]
        assert screen.detail == "7"
        # An address shows its revision, hidden or not.
        screen.go_to("9")
        assert screen.detail == "9"
        assert [row.name for row in screen.table.rows][5:] == names
        await pilot.press("/", *"nobody", "enter")
        await until_text(pilot, "Nothing matches nobody.", "17 revisions 0 shown")
        assert "only revision" not in flat(pilot.app)
        await pilot.press("escape")
        assert len(screen.table.rows) == 17
        assert history_shown(pilot.app)
        # Another agent has no filter.
        demo.faults.clear()
        await pilot.press("/", *"zzz", "enter", "greater_than_sign")
        await settled(pilot)
        assert not screen.table.filtered
        assert screen.table.rows


async def test_an_empty_history_and_the_last_revision_alone(make_app: AppFactory, demo: DemoServer) -> None:
    history(demo, [])
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("3")
        await until_text(pilot, "No history", "go back")
        await pilot.press("d", "y", "space", "tab", "escape")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        history(demo, many(1))
        await pilot.press("3")
        await until_text(pilot, "The only revision")
        await pilot.press("d")
        await until_text(pilot, "no other revision")
        await pilot.press("tab", "j", "space", "r")
        await settled(pilot)
        assert shown(pilot).table.row_count == 1


async def test_a_short_history_leaves_room_for_what_differs_and_unreadable_rows_are_counted(
    make_app: AppFactory, demo: DemoServer
) -> None:
    history(demo, many(3))
    async with running(make_app(), 80, 24) as pilot:
        screen = await in_history(pilot)
        await until(pilot, lambda: screen.view.size.height >= 12)
        assert screen.table.size.height >= 4
        history(demo, many(30))
        await pilot.press("r")
        await until(pilot, lambda: len(screen.table.rows) == 30)
        await until(pilot, lambda: screen.table.size.height >= 8)
        await resized(pilot, 120, 24)
        await until(pilot, lambda: screen.table.size.height >= 15)
        rows = many(3)
        rows[0]["status"] = "hibernating"
        history(demo, [None, *rows, 7])  # type: ignore[list-item]
        await pilot.press("r")
        # Nor is a word cut that is not known here.
        await until_text(pilot, "2 unreadable", "? hibernating")
        await resized(pilot, 130, 24)
        await until_text(pilot, "3 revisions 2 unreadable")


async def test_older_servers_send_the_specs_or_none(make_app: AppFactory, demo: DemoServer) -> None:
    rows = [
        {"id": f"old-{day}", "status": status, "deployed_at": f"2026-06-0{day}T00:00:00Z", "spec": {"replicas": day}}
        for day, status in ((3, "active"), (2, "failed"), (1, "stopped"))
    ]
    history(demo, rows)
    async with running(make_app(), 120, 30) as pilot:
        await in_history(pilot)
        await pilot.press("G")
        await until_text(pilot, "06-01 00:00 →", "~1 +0 -0", "PAUSED")
        assert "regenerated" not in flat(pilot.app)
        assert asked(demo) == 0
        await pilot.press("escape", "escape")
        rows = many(2)
        rows[1] |= {"revision": None, "spec": {}}
        history(demo, rows)
        await in_history(pilot)
        await until_text(pilot, "keeps no spec", "go back")


# ---- when it fails


async def test_without_a_history_or_a_spec_the_error_is_shown(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 170, 30) as pilot:
        await opened(pilot, CLAIMS)
        demo.faults.set("/", Fault.hang())
        await pilot.press("3")
        await until_text(pilot, "history", "loading")
        assert "░" in screen_text(pilot.app)
        await pilot.press("j", "space", "d", "tab", "enter", "n", "escape")
        assert isinstance(pilot.app.screen, DeploymentScreen)
        demo.faults.clear()
        demo.faults.set(HISTORY, Fault.response(500))
        await pilot.press("3")
        await until_text(
            pilot, "GET /api/v1/agents/meridian-labs/claims-desk/deployment/history", "FAILED at", "try again"
        )
        demo.faults.clear()
        demo.faults.set(TEMPLATE, Fault.response(404, '{"error":"build not found","error_code":"build_not_found"}'))
        await pilot.press("r")
        await until_text(pilot, "12 revisions", "e88d3146")
        await pilot.press("j", "j", "j")
        await until_text(
            pilot, "was not found: build not found", "request POST", "claims-desk/deployment-te", "try again"
        )
        assert "c1f00a92" in flat(pilot.app)
        demo.faults.clear()
        await pilot.press("r")
        await compared(pilot, "9", "12")
        # A failed refresh keeps the rows.
        demo.faults.set(HISTORY, Fault.reset())
        await pilot.press("r")
        await until_text(pilot, "OFFLINE since")
        row = shown(pilot).table.row
        assert row is not None
        assert row.name == "9"


# ---- sizes, copies, texts
