"""The list as the user left it in an earlier run."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS_US
from support.driving import detail, history_shown, listed, picker, under_cursor
from support.on_screen import flat, held, running, settled, until, until_text

from astro_tui.app.app import AstroApp
from astro_tui.demo import DemoServer
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.picker.screen import PickerScreen
from astro_tui.session.startup_request import StartupRequest
from astro_tui.state.memory import Memory

pytestmark = pytest.mark.anyio


def remembering(make_app: AppFactory, folder: Path, **changes: object) -> AstroApp:
    """Return an app with a memory in a folder."""
    app = make_app(**changes)
    app.session.memory = Memory(app.session.settings.server, folder)
    return app


def keep_history_shown(make_app: AppFactory, folder: Path) -> None:
    """Let the last run have ended in the history of an agent."""
    memory = remembering(make_app, folder).session.memory
    memory.note("meridian-labs", agent=CLAIMS_US, section="history")
    memory.save()


async def test_the_section_that_was_on_screen_opens_again(make_app: AppFactory, tmp_path: Path) -> None:
    keep_history_shown(make_app, tmp_path)
    async with running(remembering(make_app, tmp_path)) as pilot:
        await until(pilot, lambda: history_shown(pilot.app))
        assert detail(pilot.app).entry.key == CLAIMS_US
        await until_text(pilot, "Opened Claims Desk (US), where you left off. Press esc for the list.")
        # The user goes back to the list, so the next run starts there.
        await pilot.press("q", "q")
        await until(pilot, lambda: not isinstance(pilot.app.screen, DeploymentScreen))
        assert under_cursor(pilot.app) == CLAIMS_US
        pilot.app.session.memory.save()  # type: ignore[attr-defined]
    async with running(remembering(make_app, tmp_path)) as pilot:
        await listed(pilot)
        await settled(pilot)
        assert under_cursor(pilot.app) == CLAIMS_US


async def test_it_opens_again_even_if_the_list_arrives_before_the_first_frame(
    make_app: AppFactory, tmp_path: Path
) -> None:
    keep_history_shown(make_app, tmp_path)
    app = remembering(make_app, tmp_path)
    session = app.session
    session.startup_request = StartupRequest(lambda: session.platform, "meridian-labs").start()
    assert session.startup_request.wait()
    async with running(app) as pilot:
        await until(pilot, lambda: history_shown(app))
        assert detail(app).entry.key == CLAIMS_US
        await settled(pilot)
        assert session.memory.place("meridian-labs").section == "history"


async def test_an_account_named_on_the_command_line_shows_its_list(make_app: AppFactory, tmp_path: Path) -> None:
    memory = remembering(make_app, tmp_path).session.memory
    memory.note("meridian-labs", agent=CLAIMS_US, section="history", query="claims", order="name")
    memory.save()
    app = remembering(make_app, tmp_path)
    app.session.resumes = False
    async with running(app) as pilot:
        await listed(pilot)
        await settled(pilot)
        assert (picker(app).table.row_count, picker(app).table.cursor) == (30, 0)
        assert picker(app).arrangement == ("", "name", False)


async def test_an_agent_named_on_the_command_line_goes_first(make_app: AppFactory, tmp_path: Path) -> None:
    memory = remembering(make_app, tmp_path).session.memory
    memory.note("meridian-labs", agent=CLAIMS_US, section="history", query="nothing like this")
    memory.save()
    async with running(remembering(make_app, tmp_path, agent="invoice-sorter")) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, DeploymentScreen))
        assert detail(pilot.app).entry.key == "b0c-4y0-dft"
        assert not history_shown(pilot.app)


@pytest.mark.parametrize("address", ["catalog:", ""])
async def test_nothing_opens_over_what_the_user_requested(
    address: str, make_app: AppFactory, demo: DemoServer, tmp_path: Path
) -> None:
    keep_history_shown(make_app, tmp_path)
    with ExitStack() as response:
        response.enter_context(held(demo, "^/deployments[?]"))
        async with running(remembering(make_app, tmp_path, address=address)) as pilot:
            if not address:
                await pilot.press("question_mark")
            await until(pilot, lambda: len(pilot.app.screen_stack) > 1, "what was requested")
            requested = pilot.app.screen
            response.close()
            below = pilot.app.screen_stack[0]
            assert isinstance(below, PickerScreen)
            await until(pilot, lambda: below.table.row_count, "the list below")
            await settled(pilot)
            assert pilot.app.screen is requested


async def test_nothing_opens_while_the_user_types_a_filter(
    make_app: AppFactory, demo: DemoServer, tmp_path: Path
) -> None:
    keep_history_shown(make_app, tmp_path)
    with ExitStack() as response:
        response.enter_context(held(demo, "^/deployments[?]"))
        async with running(remembering(make_app, tmp_path)) as pilot:
            await pilot.press("slash", "c", "l")
            response.close()
            await listed(pilot)
            await settled(pilot)
            assert picker(pilot.app).prompt.text == "cl"


async def test_an_agent_that_is_gone_is_no_problem(make_app: AppFactory, tmp_path: Path) -> None:
    memory = remembering(make_app, tmp_path).session.memory
    memory.note("meridian-labs", agent="gone", section="history", order="size", query="claims")
    memory.save()
    async with running(remembering(make_app, tmp_path)) as pilot:
        await listed(pilot)
        await settled(pilot)
        assert picker(pilot.app).arrangement == ("claims", "attention", False)
        assert picker(pilot.app).table.row_count == 2


async def test_a_damaged_file_is_reported(make_app: AppFactory, tmp_path: Path) -> None:
    memory = remembering(make_app, tmp_path).session.memory
    memory.note("meridian-labs", query="claims")
    memory.save()
    [path] = tmp_path.iterdir()  # noqa: ASYNC240  a local file
    path.write_text('{"query": "cla')
    async with running(remembering(make_app, tmp_path), 160, 30) as pilot:
        await listed(pilot)
        await until_text(pilot, "The saved view of meridian-labs is damaged. The file was renamed to")
        assert picker(pilot.app).table.row_count == 30
        assert path.with_suffix(".damaged").exists()


async def test_changes_are_saved_while_the_program_runs(
    make_app: AppFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("astro_tui.screens.base.page.SAVE_AFTER", 0.01)
    app = remembering(make_app, tmp_path)
    async with running(app) as pilot:
        await listed(pilot)
        await pilot.press("s")

        def saved() -> bool:
            return Memory(app.session.settings.server, tmp_path).place("meridian-labs").order == "name"

        await until(pilot, saved)
        assert "does nothing" not in flat(pilot.app)
