"""What a user may have meant by a word that is not known."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str], *, similarity: float = 0.6) -> str:
    """Return the known word that is the most similar, or an empty string. `similarity` is from 0 to 1."""
    names = {name.lower(): name for name in known}
    found = get_close_matches(word.lower(), names, n=1, cutoff=similarity)
    return names[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question with the nearest known word, such as `; did you mean "theme"?`, or an empty string."""
    found = nearest(word, known)
    return f'; did you mean "{found}"?' if found else ""
