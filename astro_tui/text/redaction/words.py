"""Lists of words and patterns as they are written, made when they are first needed: the import stays cheap."""

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
