"""Timers that start late still fire.

Textual skips a single timer whose moment has passed when its task starts, and never fires it. So a resize, whose timer
takes 8 ms, was lost if another thread ran in between, and so was the next frame of a log, whose timer is shorter.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from textual.timer import Timer


def install() -> None:
    """Let no timer that fires once be skipped, whichever widget sets it."""
    Timer.__init__ = _never_skipped(Timer.__init__)  # type: ignore[method-assign]


def _never_skipped(make: Any) -> Any:
    # Not after `set_timer`: from Python 3.12 on, the task of the timer has begun by then.
    @wraps(make)
    def wrapped(timer: Timer, *args: Any, **options: Any) -> None:
        make(timer, *args, **options)
        if timer._repeat == 0:  # noqa: SLF001  there is no argument of `set_timer` for it
            timer._skip = False  # noqa: SLF001  see above

    return wrapped
