"""One deployment: its record, its spec as a tree, and never another one's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import PARCEL, roll_back
from support.driving import detail, go_to, listed, opened, spec_of, under_cursor
from support.on_screen import (
    Clock,
    flat,
    held,
    idle,
    resized,
    running,
    screen_lines,
    screen_text,
    settled,
    until,
    until_text,
)
from textual.timer import Timer

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.record import Field
from astro_tui.presentation.status import Severity
from astro_tui.theme.look import Look
from astro_tui.widgets import REVEAL_SECONDS
from astro_tui.widgets.text.record_pane import RecordPane

pytestmark = pytest.mark.anyio
CLAIMS, CLAIMS_US, WEATHER, LEGACY, NIGHT = (
    "q7k-0ab-x4d",
    "u5r-8wn-c2e",
    "d4f7a9b2-3c1e-4f8a-9b6d-2e7f5a1c9b0d",
    "v44-0xp-1tt",
    "ibb-xnp-9uz",
)
RECORD = r"/deployment$"
SECRETS = (
    "EXAMPLE-ONLY",
    "sk-EXAMPLE",
    "ghp_EXAMPLE",
    "xoxb-",
    "eyJhbGci",
    "PRIVATE KEY",
    "RVhBTVBMRS1PTkxZ",
    "Zk9vQmFy",
)


def record_of(key: str = CLAIMS, **values: object) -> Fault:
    """Return a fault that responds with a record with this id."""
    record = {
        "id": key,
        "agent_name": "claims-desk",
        "build_id": "e88d3146",
        "namespace": "ns",
        "status": "active",
        "deployed_at": "2026-07-02T06:30:00Z",
        "spec": {"spec": "deployment/v1", "source": {"account": "a", "name": "b"}},
    }
    return Fault.response(200, json.dumps(record | values))


def requests(demo: DemoServer, part: str) -> int:
    return sum(part in target for _, target in demo.requests)


def records(demo: DemoServer, name: str) -> int:
    return sum(target.endswith(f"/{name}/deployment") for _, target in demo.requests)


# ---- what is shown


async def test_the_record_in_all_its_fields_and_one_key_away_in_a_narrow_window(make_app: AppFactory) -> None:
    async with running(make_app(), 160, 50) as pilot:
        await opened(pilot, CLAIMS)
        text = flat(pilot.app)
        for part in (
            CLAIMS,
            "claims-desk",
            "e88d3146",
            "1fa07c3b",
            "astro-q7k0abx4d-0",
            "ACTIVE",
            "2d ago",
            "undeployed",
        ):
            assert part in text
        for part in ("deployment/v1", "308 values", "https://claims-desk.agents.example", "model-triage", "CronJob"):
            assert part in text
        for width, height in ((80, 24), (40, 15), (60, 12)):
            await resized(pilot, width, height)
            assert "source" in flat(pilot.app), (width, height)
            await pilot.press("2")
            await until_text(pilot, CLAIMS, "e88d3146")
            await pilot.press("1")
            await until_text(pilot, "source")


@pytest.mark.investigating
async def test_a_small_window_has_room_for_the_cause_and_the_spec(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, PARCEL)
        for size, rows in (((80, 24), 11), ((40, 10), 3)):
            await resized(pilot, *size)
            await until_text(pilot, "Cannot pull its image since rev 9")
            await until(pilot, lambda rows=rows: spec_of(screen).spec_tree.page >= rows, f"{rows} rows of the spec")  # type: ignore[misc]


async def test_the_row_is_shown_before_any_response(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        await listed(pilot)
        await settled(pilot)
        demo.faults.set("/", Fault.hang())
        await go_to(pilot, CLAIMS)
        await pilot.press("enter")
        await until_text(pilot, CLAIMS, "Claims Desk (EU)", "ACTIVE", "e88d3146", "loading")
        assert "░" in screen_text(pilot.app)
        await pilot.press("j", "l", "h", "equals_sign", "minus", "x", "J", "H", "2", "1", "r", "o", "space", "tab")
        assert detail(pilot.app).entry.key == CLAIMS
        await pilot.press("escape")
        assert under_cursor(pilot.app) == CLAIMS


async def test_without_an_active_deployment_the_newest_revision_is_shown(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, NIGHT)
        await until_text(pilot, "rev 3 regenerated; not active", "PAUSED", "Deployment is paused")
        assert spec_of(screen).spec_tree.display
        await pilot.press("J", "r")
        await settled(pilot)
        assert spec_of(screen).spec_tree.row is not None
        assert spec_of(screen).spec_tree.row.key == "source"
        await pilot.press("less_than_sign")
        await settled(pilot)
        assert "regenerated" not in flat(pilot.app)


async def test_without_a_history_the_screen_says_why_there_is_no_spec(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/agents/.*/history", Fault.response(404, '{"error":"agent not found"}'))
    async with running(make_app(), 160, 40) as pilot:
        await opened(pilot, NIGHT)
        await until_text(pilot, "Night Watch has no active deployment.", "PAUSED", "Deployment is paused")
        await until_text(pilot, NIGHT, "/agents/meridian-labs/night-watch/deployment")
        await pilot.press("escape")
        # The active record is that of another deployment.
        screen = await opened(pilot, CLAIMS_US)
        await until_text(pilot, "one spec per blueprint", CLAIMS_US, CLAIMS, "e88d3146")
        assert not spec_of(screen).spec_tree.display
        assert spec_of(screen).spec_tree.outline is None
        await pilot.press("escape")
        # An active agent without a record is not called inactive.
        demo.faults.set(r"^/agents/.*/deployment$", Fault.response(404, '{"error":"no active deployment found"}'))
        await opened(pilot, CLAIMS)
        await until_text(pilot, "Claims Desk (EU) has no active record.", "none: no active record", "This may take")
        text = flat(pilot.app)
        assert "not active" not in text
        assert "no active deployment" not in text


async def test_after_a_rollback_the_stored_spec_is_not_what_runs(make_app: AppFactory, demo: DemoServer) -> None:
    roll_back(demo)
    async with running(make_app(), 160, 50) as pilot:
        screen = await opened(pilot, CLAIMS)
        await until_text(
            pilot, "rev 11 regenerated; rolled back from rev 12", "The record still has the spec of rev 12"
        )
        await until_text(pilot, "c1f00a92", "17 in all workloads before the rollback")
        outline = spec_of(screen).spec_tree.outline
        assert outline is not None
        assert b'"build": "c1f00a92"' in outline.document.text
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "308 values")
        assert "rolled back" not in flat(pilot.app)


async def test_what_belongs_to_another_deployment_is_never_shown(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 160, 40) as pilot:
        screen = await opened(pilot, CLAIMS_US)
        await until_text(pilot, "The active record belongs to", CLAIMS_US, CLAIMS, "rev 4 regenerated")
        outline = spec_of(screen).spec_tree.outline
        assert outline is not None
        assert CLAIMS_US.encode() in outline.document.text
        assert CLAIMS.encode() not in outline.document.text
        # The key leads to the other one, and its details are those of a third one.
        body = {"id": "zzz-zzz", "status": "failed", "deployed_by": "SOMEBODY ELSE", "error_message": "THEIRS"}
        demo.faults.set(r"^/deployments/q7k-0ab-x4d$", Fault.response(200, json.dumps({"deployment": body})))
        await pilot.press("full_stop")
        await until(pilot, lambda: detail(pilot.app).entry.key == CLAIMS)
        await settled(pilot)
        assert "308 values" in flat(pilot.app)
        await until_text(pilot, "The response is about another deployment, zzz-zzz.")
        assert "SOMEBODY ELSE" not in flat(pilot.app)
        assert "THEIRS" not in flat(pilot.app)
        # The record becomes that of another one.
        assert spec_of(screen).spec_tree.display
        demo.faults.clear()
        demo.faults.set("^" + "/agents/.*" + RECORD, record_of("zzz-zzz-zzz", spec={"foreign": "never shown"}))
        await pilot.press("r")
        await until_text(pilot, "belongs to zzz-zzz-zzz")
        assert "never shown" not in flat(pilot.app)
        await pilot.press("full_stop")
        await until_text(pilot, "zzz-zzz-zzz is not in the list")
        await pilot.press("escape")
        assert under_cursor(pilot.app) == CLAIMS


# ---- the tree


async def test_the_path_of_the_cursor_and_folding_with_keys_and_clicks(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        tree = spec_of(await opened(pilot, CLAIMS)).spec_tree
        await pilot.press("g")
        assert ".spec" in screen_lines(pilot.app)[-2]
        await pilot.press("j", "l", "l")
        assert ".source.account" in screen_lines(pilot.app)[-2]
        assert tree.row is not None
        await pilot.press("minus")
        folded = tree.row_count
        await pilot.press("equals_sign")
        assert tree.row_count > 300
        await pilot.press("minus")
        assert tree.row_count == folded
        await pilot.press("g", "j", "l")
        assert tree.row_count > folded
        await pilot.press("h")
        assert tree.row_count == folded
        await pilot.press("L", "H", "space", "space")
        assert tree.row_count == folded
        assert "{4}" in flat(pilot.app)
        # A click on the mark folds, and elsewhere it moves the cursor.
        await pilot.click("#spec", offset=(1, 1))
        assert tree.row_count > folded
        await pilot.click("#spec", offset=(30, 3))
        assert tree.cursor == 3


async def test_folds_cursor_and_scroll_survive_a_refresh_and_leaving(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 100, 24) as pilot:
        tree = spec_of(await opened(pilot, CLAIMS)).spec_tree
        await pilot.press("equals_sign", *["pagedown"] * 3, *"jjj")
        before = (tree.row_count, tree.cursor, tree.top, screen_lines(pilot.app)[-2])
        outline = tree.outline
        asked = requests(demo, "/agents/")
        await pilot.press("r")
        await until(pilot, lambda: requests(demo, "/agents/") > asked)
        await settled(pilot)
        assert (tree.row_count, tree.cursor, tree.top, screen_lines(pilot.app)[-2]) == before
        assert tree.outline is outline
        await pilot.press("escape")
        again = spec_of(await opened(pilot, CLAIMS)).spec_tree
        assert again is not tree
        assert (again.row_count, again.cursor) == before[:2]


@pytest.mark.nightly
async def test_a_spec_of_any_shape_with_numbers_as_sent(make_app: AppFactory, demo: DemoServer) -> None:
    path = "^/agents/.*" + RECORD
    keys = ("j", "k", "l", "h", "L", "H", "J", "K", "equals_sign", "minus", "space", "x", "G", "g", "r")
    specs: list[Any] = [None, {}, [], "text", 12.50, True, [[[]]], {"": {"": ""}}]
    demo.faults.set(path, record_of(spec=specs[0]))
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, CLAIMS)
        for spec in specs:
            demo.faults.set(path, record_of(spec=spec))
            await pilot.press("r")
            await settled(pilot)
            await pilot.press(*keys)
            await settled(pilot)
            assert detail(pilot.app) is screen, spec
            outline = spec_of(screen).spec_tree.outline
            assert outline is not None
            assert json.loads(outline.document.text) == spec
        body = record_of(spec={"n": "@"}).body.replace(b'"@"', b"[1.10, 123456789012345678901234567890, 1e400, -0]")
        demo.faults.set(path, Fault.response(200, body))
        await pilot.press("r")
        await settled(pilot)
        await pilot.press("equals_sign")
        text = flat(pilot.app)
        for number in ("1.10", "123456789012345678901234567890", "1e400", "-0"):
            assert number in text


# ---- secrets


async def test_no_secret_on_any_screen_until_it_is_revealed_for_a_while(
    make_app: AppFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(make_app(), 160, 40) as pilot:
        tree = spec_of(await opened(pilot, LEGACY)).spec_tree
        shown = [screen_text(pilot.app)]
        await pilot.press("equals_sign", "g")
        while True:
            shown.append(screen_text(pilot.app))
            place = tree.cursor
            await pilot.press("pagedown")
            if tree.cursor == place:
                break
        for key in ("minus", "g", "j", "j", "j", "l", "L", "h", "2", "question_mark"):
            await pilot.press(key)
            shown.append(screen_text(pilot.app))
        everything = "\n".join(shown)
        assert "ADMIN_PASSWORD" in everything
        assert "••••••••" in everything
        assert [secret for secret in SECRETS if secret in everything] == []

        over: list[Callable[[], object]] = []
        timer = tree.set_timer

        def later(delay: float, callback: Callable[[], object] | None = None, **more: Any) -> Timer:
            if delay != REVEAL_SECONDS or callback is None:
                return timer(delay, callback, **more)
            over.append(callback)
            return timer(3600)

        monkeypatch.setattr(tree, "set_timer", later)
        await pilot.press("escape", "1", "equals_sign", "g")
        while "UPSTREAM" not in (spec_of(detail(pilot.app)).path or ()):
            await pilot.press("j")
        await pilot.press("x")
        await until_text(pilot, "sk-EXAMPLEonly")
        assert "ghp_EXAMPLE" not in flat(pilot.app)
        over[0]()
        await until(pilot, lambda: "sk-EXAMPLEonly" not in flat(pilot.app), "hidden again")
        await pilot.press("x")
        await until_text(pilot, "sk-EXAMPLEonly")
        await pilot.press("x")
        await until(pilot, lambda: "sk-EXAMPLEonly" not in flat(pilot.app), "hidden by the key")
        assert tree.row is not None


def test_a_value_is_revealed_for_ten_seconds() -> None:
    assert REVEAL_SECONDS == 10


# ---- neighbors, refresh, late responses


async def test_neighbors_in_the_order_of_the_list_and_of_a_filtered_list(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await listed(pilot)
        keys = [entry.key for entry in screen.table.rows]
        await opened(pilot, keys[1])
        await pilot.press("less_than_sign")
        assert detail(pilot.app).entry.key == keys[0]
        await pilot.press("less_than_sign")
        await until_text(pilot, "This is the first agent in the list.")
        await pilot.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
        await settled(pilot)
        assert detail(pilot.app).entry.key == keys[3]
        await pilot.press("escape")
        assert under_cursor(pilot.app) == keys[3]
        await pilot.press("/", *"claims", "enter")
        await opened(pilot, CLAIMS)
        await pilot.press("greater_than_sign")
        assert detail(pilot.app).entry.key == CLAIMS_US
        await pilot.press("greater_than_sign")
        await until_text(pilot, "This is the last agent in the list.")


async def test_a_late_response_is_not_shown_for_another_agent(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app()) as pilot:
        with held(demo, "/claims-desk/deployment"):
            await go_to(pilot, CLAIMS)
            await pilot.press("enter")
            await until(pilot, lambda: records(demo, "claims-desk") == 1)
            await pilot.press("escape")
            await go_to(pilot, WEATHER)
            await pilot.press("enter")
            await until_text(pilot, "secretKeyRef")
        await idle(pilot)
        assert detail(pilot.app).entry.key == WEATHER
        assert "308 values" not in flat(pilot.app)
        assert "deployment/v1" not in flat(pilot.app)
        await pilot.press("escape")
        # On the same screen, which moves on to the next agent.
        with held(demo, "/invoice-sorter/deployment"):
            await go_to(pilot, "b0c-4y0-dft")
            await pilot.press("enter")
            await until(pilot, lambda: records(demo, "invoice-sorter") == 1)
            await pilot.press("greater_than_sign")
            await settled(pilot)
            assert detail(pilot.app).entry.key == LEGACY
        await idle(pilot)
        assert "legacy-bridge" in flat(pilot.app)
        assert "invoice-sorter" not in flat(pilot.app)


async def test_a_changing_deployment_is_refreshed(
    make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.MOVING_REFRESH", 0.05)
    async with running(make_app()) as pilot:
        await go_to(pilot, "50f-frg-9zv")
        await pilot.press("enter")
        await until(pilot, lambda: requests(demo, "/deployments/50f-frg-9zv/status") >= 3)
        await until_text(pilot, "PodInitializing")


async def test_a_failed_refresh_keeps_the_spec_and_the_newest_of_two_responses_wins(
    make_app: AppFactory, demo: DemoServer, clock: Clock
) -> None:
    async with running(make_app()) as pilot:
        await opened(pilot, CLAIMS)
        clock.advance(240)
        demo.faults.set("/", Fault.reset())
        await pilot.press("r")
        await settled(pilot)
        await until_text(pilot, "OFFLINE since", "closed the connection", "4m ago", "r try now")
        assert "308 values" in flat(pilot.app)
        assert spec_of(detail(pilot.app)).spec_tree.display
        demo.faults.clear()
        await pilot.press("r")
        # A status may arrive before the record does.
        await settled(pilot)
        assert "OFFLINE" not in flat(pilot.app)
        assert "closed the connection" not in flat(pilot.app)
        # Of two pending responses, the newest wins.
        path = "^/agents/.*" + RECORD
        asked = records(demo, "claims-desk")
        demo.faults.set(path, record_of(spec={"which": "the old answer"}))
        with held(demo, path, count=1):
            await pilot.press("r")
            await until(pilot, lambda: records(demo, "claims-desk") == asked + 1)
            demo.faults.set(path, record_of(spec={"which": "the new answer"}))
            # Sooner it would not be sent again.
            clock.advance(2)
            await pilot.press("r")
            await until_text(pilot, "the new answer")
        await idle(pilot)
        assert "the new answer" in flat(pilot.app)


async def test_a_spec_that_comes_after_an_error_gets_the_keys_unless_the_record_has_them(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 80, 24) as pilot:
        for reads_record in (False, True):
            demo.faults.set("^/agents/.*" + RECORD, Fault.response(500))
            screen = await opened(pilot, CLAIMS)
            assert not spec_of(screen).spec_tree.display
            if reads_record:
                await resized(pilot, 120, 24)
                await pilot.press("2")
            else:
                # When the screen comes back, Textual focuses what is visible.
                await pilot.press("question_mark", "escape")
                assert detail(pilot.app) is screen
            demo.faults.clear()
            await pilot.press("r")
            await until(pilot, lambda screen=screen: spec_of(screen).spec_tree.display, "the spec")  # type: ignore[misc]
            await settled(pilot)
            await pilot.press("j")
            assert spec_of(screen).spec_tree.cursor == (0 if reads_record else 1)
            if not reads_record:
                await pilot.press("g", "escape")
        # An error that hides the spec takes the keys from it.
        await pilot.press("1")
        assert screen.focused is not None
        spec_of(screen).notice.say("an error", [])
        spec_of(screen).show_notice()
        # Textual would give them to the record as soon as it saw that the spec is hidden.
        assert screen.focused is None


@pytest.mark.parametrize("word", ["word ", "w"])
def test_a_value_of_the_record_that_is_cut_says_so(word: str) -> None:
    pane = RecordPane(Look(ascii_alone=False))
    for length in (1, 2, 10, 11, 12, 13, 14, 1000):
        value = (word * 30)[:29] * length
        shown = [line.plain[13:].rstrip() for line in pane._wrapped(Field("error", value, Severity.ERROR), 13, 43)]
        kept = "".join(shown).replace(" ", "")
        whole = value.replace(" ", "")
        assert len(shown) <= 12
        assert kept == whole or (kept.endswith("…") and whole.startswith(kept[:-1]))
        assert kept == whole or length >= 12


@pytest.mark.parametrize(
    ("value", "room", "shown"),
    [
        ("104d ago  2026-03-19 22:21:31 UTC", 33, ["104d ago  2026-03-19 22:21:31 UTC"]),
        ("104d ago  2026-03-19 22:21:31 UTC", 31, ["104d ago  2026-03-19 22:21 UTC"]),
        ("2d ago  2026-06-30 06:30:00 UTC", 27, ["2d ago  2026-06-30"]),
        ("https://claims-desk.agents.example", 34, ["https://claims-desk.agents.example"]),
        ("https://claims-desk.agents.example", 31, ["claims-desk.agents.example"]),
        ("https://claims-desk.agents.example/api/v1/chat", 31, ["claims-desk.age…ple/api/v1/chat"]),
        (
            "https://claims.example  not ready: no endpoints at all",
            31,
            ["https://claims.example  not", "ready: no endpoints at all"],
        ),
    ],
)
def test_no_unit_and_no_piece_of_an_address_has_a_line_of_its_own(value: str, room: int, shown: list[str]) -> None:
    lines = RecordPane(Look(ascii_alone=False))._wrapped(Field("web", value), 13, room + 14)
    assert [line.plain[14:].rstrip() for line in lines] == shown


async def test_the_record_names_what_is_risky_without_a_request(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 60) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("2")
        await until_text(pilot, "findings", "plain-secret agent.environment.DATABASE_URL")
        assert not [target for _, target in demo.requests if "vulnerabilities" in target or "/metrics" in target]


async def test_a_full_disk_is_named_when_the_cluster_answers_after_the_record(
    make_app: AppFactory, demo: DemoServer
) -> None:
    demo.faults.set("^/deployments/[^/]+/runtime", Fault.response(503, "{}"))
    async with running(make_app(account="copper-lantern"), 80, 60) as pilot:
        await opened(pilot, "k8m-igu-nxs")
        await pilot.press("2")
        await until_text(pilot, "“Night Porter”", "deployed by")
        await settled(pilot)
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "findings", "disk-nearly-full")
