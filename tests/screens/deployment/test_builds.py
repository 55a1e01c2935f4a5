"""Builds above the history: see one fail, read its log, compare it, and deploy another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import running, screen_lines, screen_text, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.screens.actions.box import ValueBox
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.screens.deployment.build_log import BuildLogScreen
from astro_tui.screens.deployment.sections.history import HistoryPane

pytestmark = pytest.mark.anyio
BUILDS = r"^/agents/[^/]+/claims-desk/builds\?"
LOG = r"^/agents/[^/]+/claims-desk/github/builds/[^/]+/logs"


async def in_builds(pilot: Pilot[Any]) -> HistoryPane:
    await opened(pilot, CLAIMS)
    await pilot.press("3")
    await until_text(pilot, "new", "FAILED", "rev 11")
    pane = pilot.app.screen.query_one(HistoryPane)
    # The cursor starts on the revision that runs.
    assert pane.table.row is not None
    assert pane.table.row.current
    return pane


async def on_build(pilot: Pilot[Any], build: str) -> HistoryPane:
    pane = await in_builds(pilot)
    pane.table.move_to([row.raw_build for row in pane.table.rows].index(build))
    await until_text(pilot, f"Build {build}")
    return pane


async def test_a_failed_build_says_where_and_why_and_its_log_opens(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await on_build(pilot, "b7d20c44")
        await until_text(pilot, "failed at building (1/2: agent)", "fraudlib==4.2", "its log")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BuildLogScreen))
        await until_text(pilot, "build b7d20c44 of claims-desk", "FAILED", "=== build ===", "Step 3/6")
        assert "ghp_" not in screen_text(pilot.app)
        await pilot.press("slash", *"distribution", "enter")
        await until_text(pilot, "No matching distribution found")
        await pilot.press("escape", "escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, BuildLogScreen))
        # A build that is over is not read again.
        assert sum("/logs" in target for _, target in demo.requests if "b7d20c44" in target) == 1


async def test_a_running_build_is_read_again_until_it_is_over(make_app: AppFactory, demo: DemoServer) -> None:
    def log(phase: str, *lines: str) -> Fault:
        text = "\n".join(("=== build ===", *lines))
        return Fault.response(200, json.dumps({"components": [{"name": "agent", "logs": text}], "phase": phase}))

    demo.faults.set(LOG, log("building", "one", "two"))
    async with running(make_app(), 120, 40) as pilot:
        await on_build(pilot, "b7d20c44")
        await pilot.press("enter")
        await until_text(pilot, "BUILDING", "two")
        demo.faults.set(LOG, log("registered", "two", "three"))
        await until(pilot, lambda: "three" in screen_text(pilot.app), "the next lines")
        await until_text(pilot, "BUILT")
        assert sum(line.endswith("two") for line in screen_lines(pilot.app)) == 1


async def test_d_shows_what_a_build_would_change(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await on_build(pilot, "1fa07c3b")
        await pilot.press("d")
        await until_text(pilot, "build 1fa07c3b", "POLICY_SET", "2026-08", "TRANSLATE_TO")


async def test_four_keys_deploy_the_build_under_the_cursor(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(write=True), 120, 40) as pilot:
        await on_build(pilot, "1fa07c3b")
        await pilot.press("a")
        await until_text(pilot, "Deploy a build")
        await pilot.press("l")
        await until_text(pilot, "Build 1fa07c3b is deployed in place of build e88d3146", "TRANSLATE_TO")
        assert not any(target.endswith("/deploy") for _, target in demo.requests)
        box = pilot.app.screen
        assert isinstance(box, PreviewBox)
        await until(pilot, lambda: box.readable, "the preview to count")
        await pilot.press("L")
        await until(pilot, lambda: any(target.endswith("/deploy") for _, target in demo.requests), "the request")
        assert sum(target.endswith("/deploy") for _, target in demo.requests) == 1


async def test_a_build_that_was_pushed_has_no_log(make_app: AppFactory, demo: DemoServer) -> None:
    run = {"build_id": "77aa88bb", "source": "cli", "status": "registered", "started_at": "2026-07-02T09:00:00Z"}
    demo.faults.set(BUILDS, Fault.response(200, json.dumps({"builds": [run]})))
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("3")
        await until_text(pilot, "77aa88bb")
        await pilot.press("k", "enter")
        await until_text(pilot, "The build was pushed from elsewhere, so the platform has no log of it.")


async def test_a_required_secret_is_typed_unseen(make_app: AppFactory) -> None:
    async with running(make_app(write=True), 120, 40) as pilot:
        await on_build(pilot, "1fa07c3b")
        await pilot.press("a", "l")
        await until_text(pilot, "Build 1fa07c3b is deployed")
        box = pilot.app.screen
        assert isinstance(box, PreviewBox)
        box.app.push_screen(ValueBox(box.session, "ROTA_KEY", secret=True))
        await until_text(pilot, "set", "ROTA_KEY")
        await pilot.press(*"s3cret")
        await until_text(pilot, "••••••")
        assert "s3cret" not in screen_text(pilot.app)
