"""What a value was in earlier revisions, shown below the value on the deployment screen."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS, HISTORY, PARCEL, SECRETS, TEMPLATE
from support.driving import opened, spec_of
from support.on_screen import flat, running, screen_text, settled, until, until_text
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.document import find
from astro_tui.screens.deployment.screen import DeploymentScreen

pytestmark = pytest.mark.anyio


def past(screen: DeploymentScreen) -> str:
    """Return the text about the value's history."""
    return spec_of(screen).value_pane.past.plain


def value_of(screen: DeploymentScreen, *path: str | int) -> None:
    """Put the cursor on a value of the spec."""
    outline = spec_of(screen).outline
    assert outline is not None
    node = find(outline.document, path)
    assert node is not None
    spec_of(screen).body.go_to(node)


async def on_value(pilot: Pilot[Any], key: str, *path: str | int) -> DeploymentScreen:
    """Open a deployment with the value pane on a value of its spec."""
    screen = await opened(pilot, key)
    value_of(screen, *path)
    await pilot.press("v")
    return screen


def only_one_revision(demo: DemoServer) -> None:
    """Let the history of the deployment have one revision."""
    rows = [{"id": CLAIMS, "revision": 1, "is_current": True, "status": "active", "spec": {}}]
    demo.faults.set(HISTORY, Fault.response(200, json.dumps({"deployments": rows, "count": 1})))


def redeployed(screen: DeploymentScreen) -> str:
    """Return a record of another deploy with the same spec."""
    record = screen.session.platform.active_deployment("meridian-labs", "claims-desk")
    body = {"id": CLAIMS, "build_id": "new", "status": "active", "deployed_at": "2026-03-01T00:00:00Z"}
    return json.dumps(body | {"spec": json.loads(record.spec)})


def templates(demo: DemoServer) -> int:
    # The record reads the current one.
    return sum(method == "POST" and "/claims-desk/" in path for method, path in demo.requests) - 1


async def test_the_revisions_that_changed_a_value(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        # Without the pane, nothing is requested.
        await pilot.press("j", "j")
        await settled(pilot)
        assert templates(demo) == 1
        value_of(screen, "agent", "replicas")
        await pilot.press("plus")
        await until_text(pilot, "history: 8 changes in the newest 10 of 12 revisions", "rev 12", "4 (or earlier)")
        assert past(screen).splitlines()[1].endswith("5")
        assert "+ more" in flat(pilot.app)
        # The record is that of revision 12. Nine other specs were regenerated.
        assert templates(demo) == 9
        # A secret only changed.
        value_of(screen, "agent", "environment", "DATABASE_URL")
        await until_text(pilot, "DATABASE_URL", "of 12 revisions", "changed")
        await until(pilot, lambda: past(screen).splitlines()[1:2] and past(screen).splitlines()[1].endswith("changed"))
        await pilot.press("x")
        await settled(pilot)
        assert not [secret for secret in SECRETS if secret in past(screen)]
        await pilot.press("plus")
        await until_text(pilot, "in 12 revisions", "rev 1")
        assert "or before" not in flat(pilot.app)
        assert templates(demo) == 11
        await pilot.press("plus")
        await until_text(pilot, "There are no more revisions to load.")
        # Another value needs no more requests.
        await pilot.press("j", "j", "k")
        await settled(pilot)
        await until_text(pilot, "in 12 revisions")
        assert templates(demo) == 11
        # The screen reads it once, the value twice.
        assert sum("claims-desk/deployment/history" in path for _method, path in demo.requests) == 3


async def test_leaving_cancels_requests_and_a_revision_without_a_spec_is_left_out(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 120, 40) as pilot:
        await opened(pilot, PARCEL)
        demo.faults.set(TEMPLATE, Fault.hang())
        await pilot.press("j", "v")
        await until_text(pilot, "revisions…")
        # Meanwhile, the screen still works, and closes at once.
        await pilot.press("j", "j", "k")
        assert "value" in screen_text(pilot.app)
        await pilot.press("greater_than_sign")
        await until(pilot, lambda: "revisions…" not in flat(pilot.app))
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, DeploymentScreen)
        # The newest two are known.
        demo.faults.clear()
        demo.faults.set(TEMPLATE, Fault.response(404))
        await opened(pilot, PARCEL)
        # The pane opens again by itself, and loads nothing more.
        await pilot.press("j")
        await until_text(pilot, "+ load earlier values")
        await pilot.press("plus")
        await until_text(pilot, "in 9 revisions, 7 of them without a spec")


async def test_a_refresh_keeps_the_history(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await on_value(pilot, CLAIMS, "agent", "replicas")
        await until_text(pilot, "history: 8 changes in the newest 10 of 12 revisions")
        asked = templates(demo)
        screen.load()
        await settled(pilot)
        await pilot.press("j", "k")
        await settled(pilot)
        assert templates(demo) == asked
        await pilot.press("plus")
        await until_text(pilot, "in 12 revisions")


async def test_r_loads_the_history_again_and_another_section_does_not(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 40) as pilot:
        screen = await on_value(pilot, CLAIMS, "agent", "replicas")
        await until_text(pilot, "history: 8 changes in the newest 10 of 12 revisions")
        # A deploy that failed: the record is still that of the one before.
        only_one_revision(demo)
        await pilot.press("4")
        await settled(pilot)
        demo.forget_requests()
        demo.faults.set("^/agents/.*/deployment$", Fault.response(200, redeployed(screen)))
        screen.load()
        await settled(pilot)
        assert not [path for _method, path in demo.requests if "history" in path or "template" in path]
        await pilot.press("1", "r")
        await until_text(pilot, "history: no change in 1 revision")


@pytest.mark.parametrize("path", [HISTORY, TEMPLATE], ids=["history", "specs"])
async def test_an_error_is_shown_and_retried(path: str, make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 80, 24) as pilot:
        await opened(pilot, CLAIMS)
        demo.faults.set(path, Fault.response(500))
        await pilot.press("j", "v")
        await until_text(pilot, "+ try again")
        await settled(pilot)
        # Moving the cursor does not repeat the request.
        asked = len(demo.requests)
        await pilot.press("j", "k")
        await settled(pilot)
        assert len(demo.requests) == asked
        demo.faults.clear()
        await pilot.press("plus")
        await until_text(pilot, "in the newest 10 of")
