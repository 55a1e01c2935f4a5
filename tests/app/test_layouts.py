"""A widget is as tall as its content, however its changes and the layouts of the screen come together."""

from __future__ import annotations

import pytest
from support.app import AppFactory
from support.demo_deployments import CLAIMS
from support.driving import opened
from support.on_screen import running
from textual.content import Content

from astro_tui.widgets.text.record_pane import RecordPane

pytestmark = pytest.mark.anyio


async def test_a_change_right_after_a_layout_is_laid_out_too(make_app: AppFactory) -> None:
    """The record got more lines twice, and another widget a new size in between: its end was cut off."""
    async with running(make_app(), 120, 40) as pilot:
        screen = await opened(pilot, CLAIMS)
        record = screen.query_one(RecordPane)
        record.show_lines(*[Content("line")] * 3)
        # As if another widget next to it had changed, and had its turn first.
        screen.query_one("#record-side")._clear_arrangement_cache()
        screen._refresh_layout()
        record.show_lines(*[Content("line")] * 30)
        await pilot.pause()
        assert record.size.height == 30
