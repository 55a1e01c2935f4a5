"""Waiting in tests until an app has done all that it can do now, however busy the machine is.

Textual's Pilot takes a process that uses little of the processor for an idle one. On a busy machine, that is one that
gets little of it. Here an app is idle when its event loop has nothing to run and its screen nothing to draw: what may
still come waits for a timer or another thread, and tests wait for that by name.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

import textual.app
import textual.pilot
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from support.deadline import DEADLINE


async def idle(_least: float = 0.0, _most: float = 0.0) -> None:
    """Wait until the event loop has nothing to run."""
    loop: Any = asyncio.get_running_loop()
    end, quiet = time.monotonic() + DEADLINE, 0
    # The second round takes what other threads have sent meanwhile.
    while quiet < 2 and time.monotonic() < end:
        await asyncio.sleep(0)
        quiet = 0 if loop._ready else quiet + 1


async def drawn(app: App[Any]) -> bool:
    """Wait until the event loop has nothing to run and the screens nothing to draw; False if the app ended."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        await idle()
        if not app.is_running or app._exception is not None or not app.screen_stack:
            return False
        screen = app.screen
        if not (screen._scroll_required or screen._repaint_required or screen._dirty_widgets or _unsettled(screen)):
            # What shows through a dialog is drawn with the dialog, but laid out by itself.
            screen = next(filter(_unsettled, app._background_screens), None)
        if screen is None:
            return True
        if app._batch_count or not screen.is_running:
            await asyncio.sleep(0.001)
        else:
            screen._on_timer_update()
    raise AssertionError(f"{app.screen} is never idle")


def _unsettled(screen: Screen[Any]) -> bool:
    """Return whether a screen has to be laid out, or has something to do afterwards."""
    return bool(screen._layout_required or screen._recompose_required or screen._callbacks)


async def _wait_for_screen(pilot: Pilot[Any], timeout: float = 0.0) -> bool:  # noqa: ASYNC109  Textual's signature
    return await drawn(pilot.app)


def drawn_strips(app: App[Any]) -> list[Strip]:
    """Draw the screen in front, and below it what shows through it."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


render_update = Compositor.render_update
"""What draws a frame, for tests about frames."""


def _no_frame(compositor: Compositor, full: bool = False, **how: Any) -> Any:
    """Draw pictures only. Nobody sees the frames of an app without a terminal; they were a third of its work."""
    if full:
        return render_update(compositor, full, **how)
    compositor._dirty_regions.clear()
    return None


def install() -> None:
    """Let every Pilot wait like this, and draw only what a test looks at."""
    Compositor.render_update = _no_frame  # type: ignore[method-assign]
    textual.app.wait_for_idle = textual.pilot.wait_for_idle = idle  # type: ignore[attr-defined]
    Pilot._wait_for_screen = _wait_for_screen  # type: ignore[method-assign]
