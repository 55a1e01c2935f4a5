"""The Python process itself: its garbage collector, threads, clock, and SSH. Depends only on the standard library."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from operator import is_
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], datetime]
_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def system_clock() -> datetime:
    """Return the current time, in UTC."""
    return datetime.now(UTC)


def disable_during_startup() -> None:
    """Turn the garbage collector off until `enable_after_startup` is called.

    Startup takes 4 to 9 percent less time without it, because importing modules creates no garbage.
    """
    gc.disable()


def enable_after_startup() -> None:
    """Turn the collector on, but only for objects created from now on.

    A page down during which all objects were collected took 35 ms instead of 10 ms. Drawing creates thousands of small
    tuples per key and no cycles, so the collector runs ten times as rarely as by default.
    """
    gc.freeze()
    gc.set_threshold(7_000, 10, 10)
    gc.enable()


if TYPE_CHECKING:
    made_once = cached_property
else:

    class made_once(cached_property):  # noqa: N801  used as a decorator
        """Like `functools.cached_property`, but two threads that read it at the same time get the same value.

        Since Python 3.12 the standard one has no lock: each thread would make a value of its own.
        """

        def __init__(self, func: Any) -> None:
            super().__init__(func)
            self._making = RLock()

        def __get__(self, instance: object, owner: type[Any] | None = None) -> Any:
            """Return the value, created by the first thread that reads it."""
            with self._making:
                return super().__get__(instance, owner)


class Remade(Generic[P, T]):
    """A value that is made again only when one of the objects that it is made from is another one."""

    def __init__(self, make: Callable[P, T]) -> None:
        self._make = make
        self._made: tuple[tuple[object, ...], T] | None = None

    def of(self, *objects: P.args, **_named: P.kwargs) -> T:
        """Return the value made from these objects."""
        if self._made is None or not all(map(is_, objects, self._made[0])):
            self._made = (objects, self._make(*objects))  # type: ignore[call-arg]
        return self._made[1]


def never() -> bool:
    """Return False. Slow functions poll such a function and stop when it returns True."""
    return False


def elapsed() -> float:
    """Return seconds since some moment, including time asleep if the system counts that.

    `time.monotonic` stops while asleep: what was allowed for ten minutes in the evening would still be allowed in
    the morning.
    """
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)


SERVED = "ASTRO_TUI_SERVED"
"""Set by `astro-tui serve` for the programs of its viewers: `read-only`, or `write` if they may arm actions."""


def served() -> bool:
    """Return whether the user is a viewer of `astro-tui serve`: no value is revealed, and no file is saved."""
    return bool(os.environ.get(SERVED))


def over_ssh(environment: Mapping[str, str]) -> bool:
    """Return whether the user is elsewhere: the desktop and the clipboard of this machine are not the user's.

    This is so in an SSH session, and for a viewer of `astro-tui serve`.
    """
    return any(environment.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", SERVED))
