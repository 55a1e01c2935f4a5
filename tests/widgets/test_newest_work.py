"""Of the work that a widget starts in threads, only the newest result is taken, in whatever order the threads end."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event

import pytest
from support.on_screen import settled, until
from support.spec_app import reading

from astro_tui.widgets.drawn import NewestWork

pytestmark = pytest.mark.anyio


async def test_an_older_result_is_dropped_although_it_comes_last() -> None:
    taken, told, begun, late = list[str](), list[bool](), Event(), Event()

    def old(canceled: Callable[[], bool]) -> str:
        begun.set()
        late.wait(10)
        told.append(canceled())
        return "old"

    async with reading({"a": 1}) as (app, pilot):
        work = NewestWork(app.side, "test")
        work.start(old, taken.append)
        await until(pilot, begun.is_set, "the old work begins")
        work.start(lambda _canceled: "new", taken.append)
        await until(pilot, lambda: taken, "the new result")
        late.set()
        await until(pilot, lambda: told, "the end of the old work")
        await settled(pilot)
        assert told == [True]
        assert taken == ["new"]
