"""What the screens show after an action was confirmed: that it is under way, how it ended, and what was refused."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.acting import EU, writes
from support.app import AppFactory
from support.driving import go_to, listed, opened, picker
from support.on_screen import flat, idle, running, until, until_text
from support.open_demo import OpenDemo
from textual.pilot import Pilot

from astro_tui.actions.kinds import ActionKind
from astro_tui.demo import Fault
from astro_tui.demo.schedule import Condition, Pods, PodStory, always
from astro_tui.screens.actions import acting
from astro_tui.screens.actions.confirm import PreviewBox

OUT_OF_MEMORY = PodStory(
    state="Waiting",
    ready=False,
    message="CrashLoopBackOff: back-off 5m0s restarting failed container (OOMKilled, exit code 137)",
    run=75,
)
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.FOLLOWED", 0.1)


@pytest.fixture(name="open_demo")
def open_demo_fixture() -> Iterator[OpenDemo]:
    with OpenDemo() as server:
        yield server


def settings(demo: OpenDemo) -> dict[str, object]:
    return {"server": demo.url, "token": demo.token, "write": True}


async def confirm(pilot: Pilot[Any], *keys: str, confirm: str) -> None:
    """Open the menu, choose, and confirm once that is possible."""
    await pilot.press("a")
    for key in keys:
        await pilot.press(key)
        await idle(pilot)
    await until(pilot, lambda: isinstance(pilot.app.screen, PreviewBox), "the preview")
    box = pilot.app.screen
    assert isinstance(box, PreviewBox)
    await until(pilot, lambda: box.readable, "a preview to read")
    await pilot.press(confirm)
    await until(pilot, lambda: pilot.app.screen is not box, "the action")


def in_list(pilot: Pilot[Any]) -> str:
    """Return the status of the agent in the list."""
    return next(entry.status.label for entry in picker(pilot.app).agents.entries if entry.key == EU)


async def test_the_expected_state_is_shown_until_the_platform_reports_it(
    make_app: AppFactory, open_demo: OpenDemo
) -> None:
    """The list and the deployment screen show the expected state, and then what the platform reports."""
    async with running(make_app(**settings(open_demo))) as pilot:
        await listed(pilot)
        await go_to(pilot, EU)
        open_demo.put(EU, "stopped")
        await pilot.press("r")
        await until(pilot, lambda: in_list(pilot) == "PAUSED", "paused")
        await confirm(pilot, "s", confirm="S")
        await until(pilot, lambda: in_list(pilot) == "RESUMING…", "the word in the list")
        await pilot.press("enter")
        await until_text(pilot, "Claims Desk (EU)", "RESUMING…")
        await pilot.press("escape")
        await until(pilot, lambda: in_list(pilot) == "RESUMING…", "still in the list")
        # The word appears before the request is sent, and the platform refuses to resume an active agent.
        await until(pilot, lambda: writes(open_demo.requests), "the request")
        open_demo.put(EU, "active")
        await until_text(pilot, "was resumed")
        await until(pilot, lambda: in_list(pilot) == "ACTIVE", "what the platform says")


async def test_a_failure_shows_its_cause(make_app: AppFactory, open_demo: OpenDemo) -> None:
    async with running(make_app(**settings(open_demo))) as pilot:
        await opened(pilot, EU)
        await confirm(pilot, "b", "enter", confirm="B")
        await until_text(pilot, "ROLL BACK…", "deploying, revision 11")
        broken = Condition("failed", Pods({"agent": OUT_OF_MEMORY}), error_message="CrashLoopBackOff")
        open_demo.world.change(open_demo.world.by_id[EU], schedule=always(broken))
        await until(pilot, lambda: "ROLL BACK…" not in flat(pilot.app), "the end")
        await until_text(pilot, "Claims Desk (EU): failed, revision 11")
        messages = pilot.app.session.messages  # type: ignore[attr-defined]
        said = [each.text for each in messages.newest_first() if each.kind == "warning"]
        assert re.search(r"failed, revision 11 \([^)]*\)\. \w+", said[0]), said


async def test_a_restart_is_followed_through_its_pods(make_app: AppFactory, open_demo: OpenDemo) -> None:
    async with running(make_app(**settings(open_demo))) as pilot:
        await opened(pilot, EU)
        await confirm(pilot, "r", confirm="R")
        await until_text(pilot, "RESTART…")
        await until_text(pilot, "pods replaced")
        assert [each.split("/")[-1] for each in writes(open_demo.requests)] == ["restart"]


async def test_the_expected_state_disappears_if_the_login_ends(make_app: AppFactory, open_demo: OpenDemo) -> None:
    async with running(make_app(**settings(open_demo))) as pilot:
        await listed(pilot)
        await go_to(pilot, EU)
        await confirm(pilot, "r", confirm="R")
        await until(pilot, lambda: in_list(pilot) == "RESTART…", "the word in the list")
        await until(pilot, lambda: writes(open_demo.requests), "the request")
        open_demo.faults.set("/", Fault.response(401))
        await until(pilot, lambda: in_list(pilot) != "RESTART…", "gone")
        await until_text(pilot, "The outcome is not known.")


REFUSALS = [
    (402, "The last payment failed", "because of billing: The last payment failed."),
    (409, "another operation is in progress", "The platform refused: another operation is in progress."),
]


async def test_a_refusal_is_reported_in_plain_words(make_app: AppFactory, open_demo: OpenDemo) -> None:
    async with running(make_app(**settings(open_demo)), 160, 40) as pilot:
        await listed(pilot)
        await go_to(pilot, EU)
        for number, (status, error, words) in enumerate(REFUSALS, 1):
            body = json.dumps({"error": error, "message": error} if status == 402 else {"error": error})
            open_demo.faults.clear()
            open_demo.faults.set(re.compile("/stop$"), Fault.response(status, body))
            await confirm(pilot, "p", confirm="P")
            await until(pilot, lambda number=number: len(writes(open_demo.requests)) == number, "the request")  # type: ignore[misc]
            await until_text(pilot, words)
            await until(pilot, lambda: in_list(pilot) == "ACTIVE", "the state")
    assert len(writes(open_demo.requests)) == len(REFUSALS)


async def test_a_bug_in_the_middle_of_an_action_ends_the_program(
    make_app: AppFactory, open_demo: OpenDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_given: object) -> None:
        raise LookupError("a bug")

    monkeypatch.setattr(acting, "run", fails)

    async def paused() -> None:
        async with running(make_app(**settings(open_demo))) as pilot:
            await listed(pilot)
            await go_to(pilot, EU)
            await confirm(pilot, "p", confirm="P")
            await until(pilot, lambda: pilot.app._exception is not None, "the bug")

    with pytest.raises(LookupError, match="a bug"):
        await paused()
    assert writes(open_demo.requests) == []


@pytest.mark.parametrize(("in_the_list", "label"), [(False, "REMOVED"), (True, "UNKNOWN")])
async def test_a_deleted_agent_is_not_active_and_has_no_actions(
    make_app: AppFactory, in_the_list: bool, label: str
) -> None:
    with OpenDemo() as demo:
        async with running(make_app(server=demo.url, token=demo.token, write=True)) as pilot:
            await opened(pilot, EU)
            body = {"value": "active", "reason": "ready", "details": "Deployment is active"}
            row = {"id": EU, "revision": 12, "is_current": True, "status": "undeployed"}
            agent = {"id": EU, "name": "claims-desk", "status": "Running"}
            for path, answer in (
                ("/status$", body),
                ("/history", {"deployments": [row]}),
                (r"^/deployments\?", {"deployments": [agent] if in_the_list else []}),
            ):
                demo.faults.set(re.compile(path), Fault.response(200, json.dumps(answer)))
            await pilot.press("r")
            await until_text(pilot, label)
            await until(pilot, lambda: "ACTIVE" not in flat(pilot.app), "no claim that it is active")
            await pilot.press("a")
            await until_text(pilot, "Restart all pods")
            why = "the agent was deleted" if not in_the_list else "the agent's state cannot be read"
            assert flat(pilot.app).count(f"not now: {why}") == len(ActionKind)
            await pilot.press("p")
            await until_text(pilot, f"Pause: {why}")
            await pilot.press("escape", "6")
            expected = "The agent was deleted." if not in_the_list else "The status is not known"
            await until_text(pilot, expected)


async def test_the_deployments_screen_and_the_list_have_one_roster(make_app: AppFactory, open_demo: OpenDemo) -> None:
    """After an action, no old row of the list disagrees with the new state, neither here nor in the list."""
    open_demo.put(EU, "failed")
    async with running(make_app(**settings(open_demo)), 120, 40) as pilot:
        await opened(pilot, EU)
        await idle(pilot)
        await until_text(pilot, "FAILED")
        await confirm(pilot, "b", "enter", confirm="B")
        await until_text(pilot, "deploying, revision 11")
        await idle(pilot)
        assert "disagree" not in flat(pilot.app)
        open_demo.put(EU, "active")
        await until_text(pilot, "● ACTIVE")
        await pilot.press("6")
        await idle(pilot)
        assert "disagree" not in flat(pilot.app)
        # Somebody else changed it.
        open_demo.put(EU, "stopped")
        await pilot.press("r")
        await until_text(pilot, "PAUSED")
        await idle(pilot)
        assert "disagree" not in flat(pilot.app)
        await pilot.press("escape", "escape")
        await until(pilot, lambda: in_list(pilot) == "PAUSED", "the same state in the list")
