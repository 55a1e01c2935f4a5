"""A frame with many new lines is drawn in turns; what the user does meanwhile holds for all of its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from rich.style import Style
from support.on_screen import flat, running, screen_lines, until_text
from support.widget_app import WidgetApp
from textual.app import ComposeResult

from astro_tui.logs.line import LogLine, LogSource
from astro_tui.logs.rows import End
from astro_tui.logs.store import LogStore
from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.logs import log_view
from astro_tui.widgets.logs.line_drawing import LineDrawing
from astro_tui.widgets.logs.log_view import LogView

pytestmark = pytest.mark.anyio
AGENT, JOB = LogSource("d", "agent"), LogSource("d", "nightly")
SECRET = "hunter2-very-secret"


class LogApp(WidgetApp):
    CSS_PATH = [stylesheet("app"), stylesheet("logs")]

    def compose(self) -> ComposeResult:
        yield LogView(Look(), lambda: datetime(2026, 7, 2, tzinfo=UTC), id="log-view")

    @property
    def view(self) -> LogView:
        return self.query_one(LogView)


def lines(first: int, count: int = 100) -> list[LogLine]:
    return [LogLine(number, "info", f"request {number} password={SECRET}") for number in range(first, first + count)]


@pytest.fixture
async def turns(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Is set when a frame is half drawn. Keys come after each line."""
    monkeypatch.setattr(log_view, "TURN", 0)
    drawn, half, real = 0, asyncio.Event(), LogView._lines_of

    def counted(view: LogView, index: int) -> object:
        nonlocal drawn
        drawn += 1
        if drawn == 8:
            half.set()
        return real(view, index)

    monkeypatch.setattr(LogView, "_lines_of", counted)
    return half


def hide_secrets(view: LogView) -> None:
    view.reveal(shown=False)


def choose_another(view: LogView) -> None:
    view.sources = (AGENT, JOB)


def follow_again(view: LogView) -> None:
    view.store.add(JOB, lines(1000, 3))
    view.action_last()


@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize(
    ("act", "there", "gone"),
    [(hide_secrets, "request 199", SECRET), (choose_another, "agent", "?"), (follow_again, "request 1002", "?")],
)
async def test_what_the_user_does_while_a_frame_is_drawn_holds_for_all_its_lines(
    act: Callable[[LogView], None], there: str, gone: str, wraps: bool, turns: asyncio.Event
) -> None:
    app = LogApp()
    async with running(app, 100, 20) as pilot:
        view = app.view
        view.wrap(wraps)
        view.reveal(shown=True)
        view.sources = (AGENT,)
        view.store.add(AGENT, lines(0))
        view.update()
        await until_text(pilot, "request 99", SECRET)
        view.store.add(AGENT, lines(100))
        frame = asyncio.create_task(view.update_in_turns())
        await turns.wait()
        assert not frame.done()
        act(view)
        await frame
        await until_text(pilot, there)
        assert gone not in flat(app)
        shown = [line for line in screen_lines(app) if "request" in line]
        assert len(shown) == 20
        assert all(there.partition(" ")[0] in line for line in shown)
        assert view.cursor == view.row_count - 1


@pytest.mark.parametrize("wraps", [False, True])
async def test_a_frame_drawn_in_turns_looks_like_one_drawn_at_once(wraps: bool) -> None:
    app = LogApp()
    async with running(app, 100, 20) as pilot:
        view = app.view
        view.wrap(wraps)
        view.store.add(AGENT, lines(0))
        await view.update_in_turns()
        await until_text(pilot, "request 99")
        view.store.add(JOB, lines(100))
        view.sources = (AGENT, JOB)
        await view.update_in_turns()
        await until_text(pilot, "request 199", "nightly")
        in_turns = screen_lines(app)
        view.refresh()
        await pilot.pause()
        assert screen_lines(app) == in_turns


async def test_lines_that_come_late_while_a_frame_is_drawn_do_not_move_the_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = LogApp()
    async with running(app, 100, 20) as pilot:
        view = app.view
        view.sources = (AGENT,)
        view.store.add(AGENT, lines(1000))
        view.update()
        view.action_move(-5)
        row, real = view.row, view.store.end
        assert row is not None

        def end(most: int) -> End:
            found = real(most)
            # Another thread adds lines right behind.
            view.store.add(AGENT, lines(10, 3))
            return found

        monkeypatch.setattr(view.store, "end", end)
        for _ in range(3):
            view.store.add(AGENT, lines(0, 4))
            view.update()
            assert view.row == row
        await until_text(pilot, row.message.partition(" password")[0])


async def test_a_key_moves_from_the_line_that_the_user_sees() -> None:
    """Earlier lines that arrived since the last frame move the cursor's row, not the cursor to another row."""
    app = LogApp()
    async with running(app, 80, 20) as pilot:  # type: ignore[arg-type]
        app.view.store.add(AGENT, lines(1000))
        app.view.update()
        await pilot.press("k", "k", "k")
        assert app.view.row is not None
        assert app.view.row.ns == 1096
        for first in (0, 100, 200):
            app.view.store.add(JOB, lines(first, 30))
            assert app.view.row.ns == 1096
            await pilot.press("k")
            assert app.view.row.ns == 1095
            app.view.store.add(JOB, lines(first + 50, 30))
            await pilot.press("j")
            assert app.view.row.ns == 1096
            app.view.update()


@pytest.mark.parametrize(
    ("message", "drawn"),
    [
        ("a \x1b[32mok\x1b[0m b", [("a ", ""), ("ok", "tag-2"), (" b", "")]),
        ("password=hunt\x1b[31mer2-very\x1b[0m-secret", [("password=••••••••", "")]),
        ('{"msg":"\\u001b[31mlost\\u001b[0m"}', [("lost", "")]),
    ],
)
async def test_colors_of_a_program_are_those_of_the_theme(message: str, drawn: list[tuple[str, str]]) -> None:
    store = LogStore()
    store.add(AGENT, [LogLine(1, "info", message)])
    [row] = store.end(1).rows
    segments, _lead = LineDrawing(Look()).draw(row, 80, lambda name: Style(meta={"part": name}), selected=False)
    shown = [(text, style.meta["part"] if style else "") for text, style, _ in segments[3:] if text]
    assert shown == drawn
