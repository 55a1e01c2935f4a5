"""A section is one class and one line in the registry; this one uses public names only."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import detail, go_to, listed, opened, spec_of
from support.on_screen import flat, footer, resized, running, screen_lines, settled, until, until_text
from textual.app import ComposeResult

from astro_tui.demo import DemoServer, Fault
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.key_lines import key_lines
from astro_tui.screens.base.open import Open
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.section_host import SectionHost, pane_class
from astro_tui.screens.base.sections import Note, PanePlace, SectionCommand, SectionPane, TabStrip
from astro_tui.screens.base.view import Topic
from astro_tui.screens.deployment.sections.history import HistoryPane
from astro_tui.screens.help import HelpScreen
from astro_tui.session.addresses import address
from astro_tui.session.routes import BLUEPRINT_SECTIONS, SECTIONS, Section
from astro_tui.widgets.chrome.bar import Bar, KeyHints

pytestmark = pytest.mark.anyio


class ToyPane(SectionPane[DeploymentState]):
    """Loads the number of builds of the deployment's blueprint, and implements every method of a section."""

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._toy = ""
        self.offered: list[SectionCommand] = []
        self.called: list[str] = []
        self.builds = Topic[int](self, "builds", every=lambda: 60.0)

    def compose(self) -> ComposeResult:
        yield Bar(self.look, id="toy")

    def put(self, place: PanePlace, *, full: bool) -> None:
        super().put(place, full=full)
        self.add_class(f"-{place.name.lower()}")

    def take_focus(self) -> None:
        self.screen.set_focus(None)

    def go_to(self, detail: str) -> None:
        self._toy = detail

    @property
    def detail(self) -> str:
        return self._toy

    def offer(self, command: SectionCommand) -> bool:
        self.offered.append(command)
        return command is SectionCommand.SAVE

    def unfocused(self) -> None:
        self.called.append("unfocused")

    def hold(self) -> None:
        self.called.append("hold")

    def keep_place(self) -> None:
        self.called.append("keep_place")

    def load(self) -> None:
        platform, name = self.session.platform, self.state.entry.deployment.name
        self.builds.load(lambda call: len(platform.blueprint("meridian-labs", name, call=call).builds))

    def draw(self) -> None:
        loaded = self.builds.value is not None
        self.query_one("#toy", Bar).show(f"toy of {self.state.entry.deployment.name}" if loaded else "")

    @property
    def note(self) -> Note:
        age, error = self.builds.words(self.session.clock(), 60.0), self.builds.error
        return Note(str(self.builds.value or ""), age=age, error=str(error) if error is not None else "")


@pytest.fixture
def toy() -> Iterator[None]:
    """Register the section. Nothing else knows it."""
    section = Section("toy", "Z", "toys", f"{__name__}:ToyPane")
    SECTIONS.append(section)
    yield
    SECTIONS.remove(section)


async def test_the_full_height(make_app: AppFactory) -> None:
    async with running(make_app(), 100, 30) as pilot:
        screen = await opened(pilot, CLAIMS)
        # In the spec, the key is that of the value.
        await pilot.press("f")
        assert spec_of(screen).wide
        await pilot.press("f", "4")
        await until_text(pilot, "[4 workloads")
        assert "f full height" in footer(pilot.app)
        rows = screen.query_one("WorkloadTable").size.height
        await pilot.press("f")
        await until_text(pilot, "› workloads", "f smaller")
        assert not screen.query_one(TabStrip).display
        assert screen.query_one("WorkloadTable").size.height == 28 > rows
        await pilot.press("5")
        await until_text(pilot, "› events")
        await pilot.press("7")
        await until_text(pilot, "› logs", "following")
        assert not screen.query_one(TabStrip).display
        # In the history, it is for the part with the focus.
        await pilot.press("3")
        await until_text(pilot, "› history", "c1f00a92")
        pane = screen.query_one(HistoryPane)
        await until(pilot, lambda: pane.view.diff is not None, "the difference")
        assert (pane.table.region.height > 20, pane.view.region.height) == (True, 0)
        await pilot.press("tab")
        await until(pilot, lambda: pane.view.has_focus and pane.view.region.height > 20 and pane.view.row_count)
        assert not pane.table.region.height
        await pilot.press("tab")
        await until(pilot, lambda: pane.table.has_focus and pane.table.region.height > 20)
        # Escape shrinks it first.
        await pilot.press("escape")
        await until_text(pilot, "[3 history")
        assert pane.view.region.height > 5 < pane.table.region.height
        await pilot.press("escape")
        await until_text(pilot, "[1 spec")


@pytest.mark.usefixtures("toy")
async def test_a_toy_section(make_app: AppFactory, demo: DemoServer) -> None:
    demo.faults.set(r"^/agents/meridian-labs/claims-desk$", Fault.hang())
    async with running(make_app(), 160, 40) as pilot:
        await opened(pilot, CLAIMS)
        assert "[1 spec]" in screen_lines(pilot.app)[1]
        assert screen_lines(pilot.app)[1].endswith(" Z toys")
        keys = key_lines(pilot.app.screen, detail(pilot.app).look)
        assert ("Z", "toys", "deployment.toy") in [(line.keys, line.description, line.id) for line in keys]
        assert any(hint.endswith(" sections") for hint in footer(pilot.app))
        assert not pilot.app.screen.query(ToyPane)
        await pilot.press("Z")
        await until(pilot, lambda: "[Z toys]" in screen_lines(pilot.app)[1])
        assert "loading" in screen_lines(pilot.app)[0]
        assert not spec_of(detail(pilot.app)).spec_tree.is_on_screen
        # Leaving cancels its request; the deployment's own go on.
        assert detail(pilot.app).busy("toy/builds")
        await pilot.press("escape")
        await until(pilot, lambda: "[1 spec]" in screen_lines(pilot.app)[1])
        assert not detail(pilot.app).busy("toy/builds")
        demo.faults.set(r"^/agents/meridian-labs/claims-desk$", Fault.response(500, "{}"))
        await pilot.press("Z")
        await until(pilot, lambda: "[Z toys]!" in screen_lines(pilot.app)[1])
        demo.faults.clear()
        await pilot.press("r")
        await until_text(pilot, "toy of claims-desk", "now")
        assert len(pilot.app.screen.query(ToyPane)) == 1
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen) and pilot.app.screen.table.row_count)
        await pilot.press(*"toys")
        await until_text(pilot, "Z toys")
        await pilot.press("escape")
        await until(pilot, lambda: "[Z toys" in screen_lines(pilot.app)[1])
        # Another deployment: the same section, of that one.
        await pilot.press("less_than_sign")
        await until(pilot, lambda: "toy of claims-desk" not in flat(pilot.app))
        await pilot.press("Z")
        await until(pilot, lambda: "[1 spec]" in screen_lines(pilot.app)[1])


@pytest.mark.usefixtures("toy")
async def test_a_toy_section_polls_and_handles_commands(make_app: AppFactory, demo: DemoServer) -> None:
    async with running(make_app(), 120, 24) as pilot:
        screen = await opened(pilot, CLAIMS)
        pilot.app.post_message(Open(screen.session, address(f"meridian-labs/{CLAIMS}#toy:ball")))
        await until_text(pilot, "toy of claims-desk")
        pane = screen.query_one(ToyPane)
        await until(pilot, lambda: pane.detail == "ball", "the detail")
        assert pane.has_class("-main")
        assert str(screen.route) == f"meridian-labs/{CLAIMS}#toy:ball"
        # What the section does not do, its screen does.
        await pilot.press("W", "y")
        await until(pilot, lambda: pilot.app.screen is not screen, "the copy menu of the deployment")
        assert pane.offered == [SectionCommand.SAVE, SectionCommand.COPY]
        assert not pane.builds.planned
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: pane.builds.planned, "it polls again")
        # The client tries again after a pause.
        busy = Fault.response(503, "{}", headers=(("Retry-After", "20"),))
        demo.faults.set(r"^/agents/meridian-labs/claims-desk$", busy)
        await pilot.press("r")
        await until_text(pilot, "retry in")
        demo.faults.clear()
        # A hidden section only keeps its place.
        await pilot.press("1")
        await until(pilot, lambda: not pane.active)
        assert pane.called[-1] == "unfocused"
        pane.called.clear()
        await pilot.press("r")
        await settled(pilot)
        assert set(pane.called) == {"hold", "keep_place"}


async def test_the_strip_shows_the_focus_without_color(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 30) as pilot:
        screen = await opened(pilot, CLAIMS)
        assert "[1 spec] 2 record+" in screen_lines(pilot.app)[1]
        await pilot.press("tab")
        assert " 1 spec+[2 record]" in screen_lines(pilot.app)[1]
        assert detail(pilot.app).query_one("#record-side").has_focus
        await pilot.press("tab")
        assert "[1 spec] 2 record+" in screen_lines(pilot.app)[1]
        # A click moves the mark.
        await pilot.click("#record-side")
        await until(pilot, lambda: " 1 spec+[2 record]" in screen_lines(pilot.app)[1])
        await pilot.click("#spec")
        await until(pilot, lambda: "[1 spec] 2 record+" in screen_lines(pilot.app)[1])
        # A section may open while the screen is closed.
        host = screen.query_one(SectionHost)
        host._pruning = True
        await host.open("events")
        host._pruning = False
        await settled(pilot)


async def test_a_document_does_not_take_the_focus_that_has_just_moved_on(make_app: AppFactory) -> None:
    async with running(make_app()) as pilot:
        screen = await opened(pilot, CLAIMS)
        document, record = screen.reads.state.document, screen.query_one("#record-side")
        assert document is not None
        spec_of(screen).take_focus()
        await pilot.pause()
        # The tree learns later that it no longer has the focus.
        screen.set_focus(record)
        spec_of(screen).show(document)
        await pilot.pause()
        assert (screen.focused, screen.host.active) == (record, "record")


async def test_tab_goes_to_what_accompanies_a_section(make_app: AppFactory) -> None:
    beside = Section("toy", "Z", "toys", f"{__name__}:ToyPane", beside=("why",), beside_from=80)
    SECTIONS.append(beside)
    try:
        async with running(make_app(), 120, 24) as pilot:
            screen = await opened(pilot, CLAIMS)
            await pilot.press("4", "tab")
            await until(pilot, lambda: "[4 workloads" in screen_lines(pilot.app)[1])
            await pilot.press("6")
            await until_text(pilot, "[6 why", "Z toys³+")
            await pilot.press("tab")
            await until(pilot, lambda: screen.host.active == "toy")
            await pilot.press("tab")
            await until(pilot, lambda: screen.host.active == "why")
    finally:
        SECTIONS.remove(beside)


@pytest.mark.usefixtures("toy")
async def test_the_palette_and_the_list_know_the_toy_section(make_app: AppFactory) -> None:
    async with running(make_app(), 120, 24) as pilot:
        screen = await listed(pilot)
        lines = key_lines(screen, screen.look)
        assert ("Z", "toys", "picker.toy") in [(line.keys, line.description, line.id) for line in lines]
        await go_to(pilot, CLAIMS)
        await pilot.press("Z")
        await until_text(pilot, "[Z toys", "toy of claims-desk")
        await pilot.press("1", "ctrl+p", *"› to")
        await until_text(pilot, "Claims Desk (EU) › toy", ":toy")
        await pilot.press("escape", "colon", *"toy", "enter")
        await until_text(pilot, "[Z toys", "toy of claims-desk")


@pytest.mark.usefixtures("toy")
async def test_a_low_window_has_no_strip_and_offers_the_full_height_where_it_helps(
    make_app: AppFactory,
) -> None:
    async with running(make_app(), 80, 19) as pilot:
        await opened(pilot, CLAIMS)
        assert "[1 spec]" not in flat(pilot.app)
        await pilot.press("Z")
        await until_text(pilot, "toys", "toy of claims-desk")
        assert "toys" in screen_lines(pilot.app)[0]
        await pilot.press("5")
        await until_text(pilot, "› events")
        assert "f" not in footer(pilot.app)
        await pilot.press("f")
        await until_text(pilot, "f does nothing here")
        await pilot.press("3")
        await until_text(pilot, "› history")
        pilot.app.screen.query_one(KeyHints).clear_message()
        assert "f" in footer(pilot.app)
        await resized(pilot, 80, 20)
        await pilot.press("1")
        await until_text(pilot, "[1 spec]")
        await pilot.press("Z")
        await until_text(pilot, "[Z toys")
        assert "toys" not in screen_lines(pilot.app)[0]


async def test_a_response_may_arrive_while_a_pane_is_being_mounted(make_app: AppFactory) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, CLAIMS)
        host = screen.query_one(SectionHost)
        state = host._state
        for name in ("history", "workloads", "events", "why", "logs"):
            # The pane exists, and its widgets do not.
            opening = asyncio.create_task(host.open(name))
            while name not in host._panes:  # noqa: ASYNC110  an event would be set too late
                await asyncio.sleep(0)
            assert not host._panes[name].is_mounted, name
            host.show(state)
            await opening
            assert host.active == name
            assert host.active_pane.is_mounted, name
            await settled(pilot)


async def test_a_section_opened_twice_at_once_is_laid_out_once_and_brackets_go_through_all(
    make_app: AppFactory,
) -> None:
    async with running(make_app(), 80, 24) as pilot:
        screen = await opened(pilot, CLAIMS)
        host = screen.query_one(SectionHost)
        for name in ("history", "workloads", "events", "why", "logs"):
            # A key comes from the app, a click from the screen: two tasks.
            await asyncio.gather(host.open(name), host.open(name))
            assert host.active == name
            assert len(host.query(f"#section-{name}")) == 1, name
            await settled(pilot)
        # The bracket keys step through the sections in order.
        await pilot.press("1")
        names = [section.name for section in host.sections]
        for name in [*names[1:], names[0]]:
            await pilot.press("right_square_bracket")
            await until(pilot, lambda name=name: host.active == name)  # type: ignore[misc]
        for name in reversed(names):
            await pilot.press("left_square_bracket")
            await until(pilot, lambda name=name: host.active == name)  # type: ignore[misc]


async def test_the_tabs_have_priority_over_the_age_and_an_error_has_room(
    make_app: AppFactory, demo: DemoServer
) -> None:
    async with running(make_app(), 40, 24) as pilot:
        await opened(pilot, CLAIMS)
        await pilot.press("3")
        await until_text(pilot, "[3 history¹²]")
        demo.faults.set("/", Fault.response(500))
        await pilot.press("r")
        await until_text(pilot, "[3 history¹²]!", "FAILED")
        demo.faults.clear()
        demo.faults.set(re.compile("/(runtime|events)$"), Fault.response(403, '{"error":"no"}'))
        await resized(pilot, 80, 24)
        await pilot.press("5")
        await until_text(pilot, "You have no access to this")
        # The only clock is in the header.
        assert "FAILED at 09:30" in screen_lines(pilot.app)[0]
        assert "[5 events]" in screen_lines(pilot.app)[1]


def test_a_section_is_imported_when_it_is_first_shown() -> None:
    code = """
import sys
import astro_tui.app.app as app
app._load_the_next_screen()
start = "astro_tui.screens.deployment.sections."
print([name for name in ("spec", "record", "history") if f"{start}{name}" in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['spec', 'record']\n"


@pytest.mark.parametrize("sections", [SECTIONS, BLUEPRINT_SECTIONS], ids=["deployment", "blueprint"])
def test_names_and_keys_are_unique_and_panes_exist(sections: list[Section]) -> None:
    taken = [*(each.name for each in sections), *(each.key for each in sections)]
    assert len(set(taken)) == len(taken)
    for section in sections:
        assert issubclass(pane_class(section), SectionPane), section
