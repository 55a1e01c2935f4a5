"""How much memory a piece of code takes at its worst."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager


class Peak:
    """The most bytes that were allocated at one time, once the block has ended."""

    bytes = 0


@contextmanager
def traced() -> Iterator[Peak]:
    """Trace the memory that Python allocates in a block, which takes several times as long."""
    peak = Peak()
    tracemalloc.start()
    try:
        yield peak
        peak.bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
