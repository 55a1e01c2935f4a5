"""A secret that was masked by hand and revealed again stays revealed for its own ten seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from support.on_screen import running, until
from support.spec_app import reading
from support.widget_app import WidgetApp
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widget import Widget

from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets import REVEAL_SECONDS
from astro_tui.widgets.logs.log_view import LogView

pytestmark = pytest.mark.anyio


class LogApp(WidgetApp):
    CSS_PATH = [stylesheet("app"), stylesheet("logs")]

    def compose(self) -> ComposeResult:
        yield LogView(Look(), lambda: datetime(2026, 7, 2, tzinfo=UTC), id="log-view")


def ends_of(widget: Widget, monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], object]]:
    """Return what the widget's timers for reveals are going to call; they never end by themselves."""
    ends: list[Callable[[], object]] = []
    start = widget.set_timer

    def later(delay: float, callback: Callable[[], object] | None = None, **more: Any) -> Timer:
        if delay != REVEAL_SECONDS or callback is None:
            return start(delay, callback, **more)
        ends.append(callback)
        return start(3600)

    monkeypatch.setattr(widget, "set_timer", later)
    return ends


async def test_an_old_timer_does_not_mask_a_value_that_was_revealed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reading({"password": "hunter2-very-secret"}) as (app, pilot):
        tree = app.side.spec_tree
        ends = ends_of(tree, monkeypatch)
        await until(pilot, lambda: tree.row is not None, "a row")
        while tree.row is not None and not tree.row.reason:
            tree.action_move(1)
        for _ in range(3):
            tree.action_reveal()
        first, second = ends
        # A timer that was stopped can still have its message in the queue.
        first()
        assert tree.row is not None
        assert not tree.row.masked
        second()
        assert tree.row.masked


async def test_an_old_timer_does_not_mask_a_log_that_was_revealed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = LogApp()
    async with running(app, 100, 20):
        view = app.query_one(LogView)
        ends = ends_of(view, monkeypatch)
        for _ in range(3):
            view.action_reveal()
        first, second = ends
        first()
        assert view.drawing.revealed
        second()
        assert not view.drawing.revealed
