"""Work done in a child process, which hands back what it made through memory."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Apart(Generic[Made]):
    """A child process that makes one thing and ends; it ends too as soon as this process does.

    Two threads of Python take turns, two processes do not: what takes long is worth a child while the program starts.
    """

    def __init__(self, child: int, memory: int) -> None:
        self._child = child
        self._memory = memory

    @classmethod
    def start(cls, make: Callable[[], Made]) -> Apart[Made] | None:
        """Start the child; returns None where that is not cheap and safe: with threads, or not on Linux."""
        if sys.platform != "linux" or not hasattr(os, "memfd_create") or threading.active_count() > 1:
            return None
        try:
            memory = os.memfd_create("made")
            # Whoever has the writing end learns that nobody reads any more.
            reading, writing = os.pipe()
            child = os.fork()
        except OSError:
            return None
        if child == 0:
            try:
                os.close(reading)
                _hand_over(make, memory, writing)
            finally:
                os._exit(0)
        os.close(writing)
        return cls(child, memory)

    def result(self) -> Made | None:
        """Return what the child made, waiting for it; None when it came to no end."""
        import pickle

        try:
            _child, status = os.waitpid(self._child, 0)
            with os.fdopen(self._memory, "rb") as memory:
                if status or not os.fstat(self._memory).st_size:
                    return None
                memory.seek(0)
                # From our own child, in memory that nobody else has.
                made: Made = pickle.load(memory)  # noqa: S301
        except (OSError, EOFError, pickle.UnpicklingError, MemoryError):
            return None
        return made


def _hand_over(make: Callable[[], object], memory: int, writing: int) -> None:
    """Make it and write it down (child process)."""
    import pickle

    threading.Thread(target=_end_with_reader, args=(writing,), daemon=True).start()
    with os.fdopen(memory, "wb") as file:
        pickle.dump(make(), file, pickle.HIGHEST_PROTOCOL)


def _end_with_reader(writing: int) -> None:
    """End this process as soon as nobody is left to read from it: the program was quit."""
    import select

    watch = select.poll()
    watch.register(writing, 0)
    watch.poll()
    os._exit(0)
