"""Timers that start late still fire.

Textual skips a single timer whose moment has passed when its task starts, and never fires it. So a resize, whose timer
takes 2 ms, was lost if another thread ran in between, and so was the next frame of a log, whose timer is as short.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from textual.message_pump import MessagePump
from textual.timer import Timer


def install() -> None:
    """Let no timer of `set_timer` be skipped, whichever widget sets it."""
    MessagePump.set_timer = _never_skipped(MessagePump.set_timer)  # type: ignore[method-assign]


def _never_skipped(set_timer: Any) -> Any:
    @wraps(set_timer)
    def wrapped(pump: MessagePump, *args: Any, **options: Any) -> Timer:
        timer: Timer = set_timer(pump, *args, **options)
        timer._skip = False  # noqa: SLF001  there is no argument for it
        return timer

    return wrapped
