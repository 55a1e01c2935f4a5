"""Time that keeps running while the machine sleeps."""

from __future__ import annotations

import time

_CLOCK = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def elapsed() -> float:
    """Return seconds since some moment, including time asleep if the system counts that.

    `time.monotonic` stops while asleep: what was allowed for ten minutes in the evening would still be allowed in
    the morning.
    """
    return time.monotonic() if _CLOCK is None else time.clock_gettime(_CLOCK)
