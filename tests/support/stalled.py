"""What a program is doing that a test waits for in vain."""

from __future__ import annotations

import asyncio
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any


def stacks(interrupted: FrameType | None = None) -> str:
    """Return what each thread and each task of this process is doing.

    In a signal handler, `interrupted` is the frame that the signal interrupted.
    """
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    lines: list[str] = []
    for number, frame in sys._current_frames().items():
        here = number == threading.get_ident()
        lines.append(f"{names.get(number)}:")
        lines += traceback.format_stack(interrupted if here and interrupted else frame, limit=-8)
    with suppress(RuntimeError):
        lines += [f"{task.get_name()}: {' > '.join(_waits(task.get_coro()))}" for task in asyncio.all_tasks()]
    return "\n".join(line.rstrip() for line in lines)


def _waits(awaited: Any) -> Iterator[str]:
    """Yield where each coroutine in a chain of awaits is."""
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        yield f"{frame.f_code.co_qualname}:{frame.f_lineno}"
        awaited = awaited.cr_await
