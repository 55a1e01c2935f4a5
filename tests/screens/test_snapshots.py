"""Every screen in every state as a picture, at each size that changes its layout.

After an intended change, look at the report, then run `pytest tests/screens --snapshot-update`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import Any

import pytest
from support.app import AppFactory
from support.browsing import blueprint_loaded
from support.cluster import CLUSTER
from support.driving import go_to, listed, opened, picker
from support.on_screen import idle, resized, settled, until, until_text
from support.steps import Steps, catalog
from textual.app import App
from textual.pilot import Pilot

from astro_tui.demo import DemoServer, Fault
from astro_tui.platform.client import Platform, Timeouts
from astro_tui.screens.blueprint.screen import BlueprintScreen
from astro_tui.screens.deployment.screen import DeploymentScreen
from astro_tui.screens.deployment.sections.logs import LogsPane
from astro_tui.screens.deployment.sections.logs.together import AgentsLogsPane
from astro_tui.screens.diff.screen import DiffScreen
from astro_tui.screens.help import HelpScreen
from astro_tui.screens.palette.screen import PaletteScreen

Size = tuple[int, int]
TINY, SMALL, LARGE, HUGE = (40, 15), (80, 24), (120, 40), (200, 60)
TOO_SMALL = (30, 8)
LIST = r"^/deployments\?"
RECORD = r"^/agents/.*/deployment$"


@dataclass(frozen=True)
class State:
    """The steps to a state, the settings and faults before the start, and the sizes to draw."""

    steps: Steps
    sizes: tuple[Size, ...] = (SMALL,)
    _: KW_ONLY
    settings: dict[str, object] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    prepare: Callable[[DemoServer], None] = lambda _demo: None
    scrolled: bool = False
    """Whether it depends on the size of the window before which part of the state is on screen."""

    async def reach(self, pilot: Pilot[Any]) -> None:
        """Go to the state."""
        await self.steps(pilot)
        await self.rest(pilot)

    async def rest(self, pilot: Pilot[Any]) -> None:
        """Wait for everything that is on its way, except for requests that hang."""
        if not any(fault.kind == "hang" for fault in self.faults.values()):
            await idle(pilot)


async def full(pilot: Pilot[Any]) -> None:
    await listed(pilot)
    await settled(pilot)


async def empty(pilot: Pilot[Any]) -> None:
    await until_text(pilot, "No agents are deployed")


def on(key: str, *keys: str) -> Steps:
    async def steps(pilot: Pilot[Any]) -> None:
        await full(pilot)
        await opened(pilot, key)
        await pilot.press(*keys)

    return steps


async def filtered(pilot: Pilot[Any]) -> None:
    await full(pilot)
    await pilot.press("/", *"is:active desk")


async def pausing(pilot: Pilot[Any]) -> None:
    await full(pilot)
    await go_to(pilot, "njq-mez-bu5")
    # The first one may not be changed by this user, and the one before it in the list is marked by its range.
    await pilot.press("space", "k", "k", "V", "a", "p")
    await until_text(pilot, "to continue")


async def failed(pilot: Pilot[Any]) -> None:
    await until_text(pilot, "FAILED at")


async def every_account(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: (listed := picker(pilot.app).agents.value) is not None and not listed.left)
    await full(pilot)


async def loading(pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: picker(pilot.app).busy("list"))


async def offline(pilot: Pilot[Any]) -> None:
    await full(pilot)
    await go_to(pilot, "q7k-0ab-x4d")
    await lose_the_platform(pilot)
    await pilot.press("r")
    await until_text(pilot, "OFFLINE")


async def lose_the_platform(pilot: Pilot[Any]) -> None:
    """Switch to an unreachable address (without a port, which would differ from run to run), four minutes later."""
    session = pilot.app.session  # type: ignore[attr-defined]
    session.platform.close()
    session.platform = Platform("https://platform.invalid", "token", timeouts=Timeouts(pauses=()))
    session.clock.advance(240)


async def welcome(pilot: Pilot[Any]) -> None:
    await settled(pilot)
    await pilot.pause()


async def in_catalog(pilot: Pilot[Any]) -> None:
    await catalog(pilot)
    await pilot.press("j")


def blueprint(*keys: str) -> Steps:
    """Return steps that open a blueprint of the catalog and press keys there."""

    async def steps(pilot: Pilot[Any]) -> None:
        await in_catalog(pilot)
        await pilot.press("j", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, BlueprintScreen))
        await blueprint_loaded(pilot)
        for key in keys:
            await pilot.press(key)
            await blueprint_loaded(pilot)

    return steps


async def show_help(pilot: Pilot[Any]) -> None:
    await full(pilot)
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))


def palette(*keys: str) -> Steps:
    """Return steps that open a deployment and type into the palette over it."""

    async def steps(pilot: Pilot[Any]) -> None:
        await on("q7k-0ab-x4d")(pilot)
        await pilot.press(keys[0])
        await until(pilot, lambda: isinstance(pilot.app.screen, PaletteScreen) and pilot.app.screen.table.row_count)
        await settled_below(pilot)
        await pilot.press(*keys[1:])

    return steps


async def settled_below(pilot: Pilot[Any]) -> None:
    """Wait until the agents of all accounts are listed."""
    below = pilot.app.screen_stack[-2]
    await until(pilot, lambda: not getattr(below, "_calls", {}), "no request under way")
    await until_text(pilot, "esc close")


async def detail_loading(pilot: Pilot[Any]) -> None:
    await go_to(pilot, "q7k-0ab-x4d")
    await pilot.press("enter")
    await until_text(pilot, "loading")


def then(key: str, screen: type[Any]) -> Steps:
    """Return steps that open a deployment, press `key`, and wait until `screen` is loaded."""

    async def steps(pilot: Pilot[Any]) -> None:
        await on("q7k-0ab-x4d", key)(pilot)
        await until(pilot, lambda: isinstance(pilot.app.screen, screen))
        await settled(pilot)
        await until_text(pilot, "c1f00a92")

    return steps


def then_settled(*keys: str) -> Steps:
    """Return steps that open a deployment, press keys, and wait until what they request is shown."""

    async def steps(pilot: Pilot[Any]) -> None:
        await on("q7k-0ab-x4d")(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return steps


async def failing_trace(pilot: Pilot[Any]) -> None:
    await full(pilot)
    await opened(pilot, "q7k-0ab-x4d")
    await pilot.press("8")
    await until_text(pilot, "refund")
    await pilot.press("E")
    await until_text(pilot, "3 errors")
    await pilot.press("enter")
    await until_text(pilot, "‣ lookup_policy")


def in_logs(*keys: str) -> Steps:
    """Return steps that open the logs of a deployment, wait for all workloads, and press keys."""

    async def steps(pilot: Pilot[Any]) -> None:
        await on("q7k-0ab-x4d")(pilot)
        await pilot.press("7")
        await until(pilot, lambda: bool(pilot.app.screen.query(LogsPane)), "the logs")
        pane = pilot.app.screen.query_one(LogsPane)
        await until(pilot, lambda: pane.complete, "the last lines of all workloads")
        await until_text(pilot, "live")
        for key in keys:
            await pilot.press(key)
            await idle(pilot)
            await until(pilot, lambda: pane.complete, "drawn")

    return steps


async def logs_together(pilot: Pilot[Any]) -> None:
    """Mark three agents, and open their logs."""
    await full(pilot)
    table = picker(pilot.app).table
    table.show_marks(
        [row.key for row in table.rows if row.label in ("Claims Desk (EU)", "Mail Triage", "Policy Search")]
    )
    await pilot.press("l")
    await until(pilot, lambda: pilot.app.screen.query(AgentsLogsPane), "the logs")
    pane = pilot.app.screen.query_one(AgentsLogsPane)
    await until(pilot, lambda: pane.complete, "the last lines of all workloads")
    await until_text(pilot, "live")


def says(demo: DemoServer) -> None:
    """Let the cluster of a deployment have problems of every kind."""
    for path, body in CLUSTER.items():
        demo.faults.set(rf"^/deployments/q7k-0ab-x4d{path}$", Fault.response(200, json.dumps(body)))


def finding(text: str) -> Steps:
    """Return steps that search all specs."""

    async def steps(pilot: Pilot[Any]) -> None:
        await full(pilot)
        await pilot.press("colon", *f"find {text}", "enter")
        await until_text(pilot, "of 30 agents")
        await settled(pilot)

    return steps


def typed(command: str) -> Steps:
    """Return steps that type a command in the list."""

    async def steps(pilot: Pilot[Any]) -> None:
        await listed(pilot)
        await settled(pilot)
        await pilot.press("colon", *command, "enter")
        await until(pilot, lambda: not isinstance(pilot.app.screen, PaletteScreen), "the screen of the command")
        await settled(pilot)

    return steps


ALL = (TINY, SMALL, LARGE, HUGE)
THEMES = {"light": "detail", "contrast": "picker", "terminal": "detail"}
"""Theme → the state to draw in it."""
STATES = {
    "picker": State(full, ALL),
    "picker-filter": State(filtered),
    "picker-empty": State(empty, settings={"account": "quiet-harbor"}),
    "picker-accounts": State(
        every_account,
        (TINY, LARGE),
        settings={"account": "harborline quiet-harbor meridian-labs"},
        faults={r"^/deployments\?account=quiet-harbor": Fault.response(403, '{"error":"not a member"}')},
    ),
    "audit": State(typed("audit copper-lantern"), settings={"account": "copper-lantern"}),
    "variables": State(typed("variables"), (LARGE,), settings={"account": "copper-lantern"}),
    "picker-loading": State(loading, faults={LIST: Fault.hang()}),
    "picker-error": State(failed, faults={LIST: Fault.response(500)}),
    "picker-offline": State(offline),
    "picker-pausing": State(pausing, (TINY, LARGE), settings={"write": True}),
    "detail": State(on("q7k-0ab-x4d", "j", "l", "j"), (TINY, SMALL, LARGE), scrolled=True),
    "detail-none-active": State(on("df6-p8w-e4v"), (LARGE,)),
    "detail-loading": State(detail_loading, faults={RECORD: Fault.hang()}),
    "diff": State(then("d", DiffScreen), (TINY, LARGE)),
    "history": State(then("3", DeploymentScreen), (TINY, LARGE), scrolled=True),
    "workloads": State(then_settled("4"), (TINY, LARGE), prepare=says),
    "workloads-unfolded": State(then_settled("4", "j", "j", "j", "j", "space", "j"), prepare=says),
    "events": State(then_settled("5"), (LARGE,), prepare=says),
    "logs": State(in_logs(), (TINY, LARGE)),
    "logs-repeats": State(in_logs("number_sign")),
    "logs-line": State(in_logs("e", "enter"), (LARGE,)),
    "logs-together": State(logs_together, (TINY, LARGE)),
    "numbers": State(then_settled("9", "minus", "m"), (TINY, LARGE)),
    "peers": State(then_settled("9", "w"), (SMALL,)),
    "trace": State(failing_trace, (TINY, LARGE)),
    "chat": State(then_settled("0", "enter"), (TINY, LARGE)),
    "welcome": State(welcome, (LARGE,), settings={"token": ""}),
    "catalog": State(in_catalog, (TINY, LARGE), settings={"token": ""}),
    "blueprint": State(blueprint(), (LARGE,)),
    "blueprint-spec": State(blueprint("1", "j", "j"), (LARGE,), scrolled=True),
    "blueprint-builds": State(blueprint("3", "space", "j"), (LARGE,)),
    "find": State(finding("k:image"), (TINY, LARGE)),
    "find-groups": State(finding("--differs .agent.environment.DATABASE_URL")),
    "help": State(show_help, (TINY, LARGE)),
    "palette": State(palette("ctrl+p", *"moor"), (TINY, LARGE)),
}


def drawn(name: str, *more: Any, id: str | None = None) -> Any:  # noqa: A002  pytest's word
    """Return the parameters of a test; the list's pictures show why an agent is broken."""
    shows_list = name in ("help", "picker", "picker-filter", "picker-offline")
    return pytest.param(name, *more, id=id, marks=[pytest.mark.investigating] if shows_list else [])


CASES = [drawn(name, size, id=f"{name}-{size[0]}x{size[1]}") for name, state in STATES.items() for size in state.sizes]


@pytest.fixture(autouse=True)
def _independent_of_speed(monkeypatch: pytest.MonkeyPatch, demo: DemoServer) -> None:
    """Read nothing while the cursor rests, never cancel a slow comparison, and let no builds move the history."""
    demo.faults.set(r"^/agents/[^/]+/[^/]+/builds\?", Fault.response(200, '{"builds": []}'))
    monkeypatch.setattr("astro_tui.screens.base.page.HINTS_AFTER", 0.001)
    monkeypatch.setattr("astro_tui.widgets.chrome.bar.MESSAGE_SECONDS", 60)
    monkeypatch.setattr("astro_tui.widgets.document.spec_side.DEBOUNCE", 60)
    monkeypatch.setattr("astro_tui.screens.deployment.sections.traces.side.REST", 60)
    monkeypatch.setattr("astro_tui.screens.deployment.sections.spec_history.LONGEST", 60)


Album = dict[tuple[Size | str, ...], str]
Matches = Callable[[str, Size | str], bool]


@pytest.fixture(scope="module")
def album() -> Album:
    """State and size or theme → its picture. One run of the app takes many pictures of a state."""
    return {}


@pytest.fixture
def matches(
    album: Album, make_app: AppFactory, demo: DemoServer, monkeypatch: pytest.MonkeyPatch, snap_compare: Any
) -> Matches:
    """A comparison of a state in a size or theme with its picture."""
    # The next refresh would sort the list again by what the investigation has found.
    monkeypatch.setattr("astro_tui.platform.rounds.MOVING_REFRESH", 3600.0)

    def compare(name: str, look: Size | str) -> bool:
        if (name, look) not in album:
            state = STATES[name]
            state.prepare(demo)
            for path, fault in state.faults.items():
                demo.faults.set(path, fault)
            start = look if look in state.sizes else LARGE
            sizes = (start,) if state.scrolled else state.sizes
            themes = [theme for theme, drawn_in in THEMES.items() if drawn_in == name and LARGE in sizes]
            looks = (*sizes, *((TOO_SMALL,) if name == "picker" else ()), *themes)
            app = make_app(demo=True, **state.settings)
            app.run(headless=True, auto_pilot=partial(take, album, name, looks), size=sizes[0])
        monkeypatch.setattr("textual._doc.take_svg_screenshot", lambda **_how: album[name, look])
        same = bool(snap_compare(App()))
        if not same:
            # A second try must not compare the same picture.
            del album[name, look]
        return same

    return compare


async def take(album: Album, name: str, looks: tuple[Size | str, ...], pilot: Pilot[Any]) -> None:
    """Go to a state, and take a picture of it in each of these sizes and themes."""
    state = STATES[name]
    await state.reach(pilot)
    for look in looks:
        await resized(pilot, *(look if isinstance(look, tuple) else LARGE))
        if isinstance(look, str):
            pilot.app.theme = look
        await state.rest(pilot)
        album[name, look] = pilot.app.export_screenshot(simplify=True)
    pilot.app.exit()


@pytest.mark.parametrize(("name", "size"), CASES)
def test_state(name: str, size: Size, matches: Matches) -> None:
    assert matches(name, size)


@pytest.mark.investigating
def test_too_small(matches: Matches) -> None:
    assert matches("picker", TOO_SMALL)


@pytest.mark.parametrize(("name", "theme"), [drawn(name, theme, id=theme) for theme, name in THEMES.items()])
def test_theme(name: str, theme: str, matches: Matches) -> None:
    assert matches(name, theme)


def test_ascii(make_app: AppFactory, snap_compare: Any) -> None:
    app = make_app(demo=True, ascii=True)
    assert snap_compare(app, terminal_size=LARGE, run_before=STATES["detail"].reach)


@pytest.mark.investigating
def test_no_color(make_app: AppFactory, snap_compare: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(make_app(demo=True), terminal_size=LARGE, run_before=STATES["picker"].reach)
