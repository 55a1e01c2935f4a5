"""Word sets, and patterns that are compiled on first use so that imports stay cheap."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


def lazy(pattern: str, flags: int = 0) -> Callable[[], re.Pattern[str]]:
    """Return a function that compiles a pattern when it is first called."""
    return cache(lambda: re.compile(pattern, flags))
