"""What a user may have meant by a word that is not known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

_CONDITION = re.compile(r"[\w.-]+\s*(?:[:=]|[<>!=]=|[<>])\s*([^\s=<>].*)")


def nearest(word: str, words: Iterable[str], *, similarity: float = 0.6) -> str:
    """Return the known word that is the most similar, or an empty string. `similarity` is from 0 to 1."""
    names = {name.lower(): name for name in words}
    close = get_close_matches(word.lower(), names, n=1, cutoff=similarity)
    return names[close[0]] if close else ""


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Return a question with the nearest known word, such as `; did you mean "theme"?`, or an empty string."""
    guess = nearest(word, words)
    return f'; did you mean "{guess}"?' if guess else ""


def condition_value(text: str) -> str:
    """Return `ana` for a search such as `user=ana` in a place that has no conditions; empty for other searches."""
    condition = _CONDITION.fullmatch(text)
    return condition[1] if condition is not None else ""
