"""A cached property that threads can share."""

from __future__ import annotations

from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

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
