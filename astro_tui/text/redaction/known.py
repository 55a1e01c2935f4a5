"""Removes known secrets from text (the login's own tokens), even where JSON escapes some of their characters."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from astro_tui.text.redaction.values import MASK


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with `secrets` replaced by `MASK`, even where JSON escapes some of their characters."""
    return without_in_json(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")


def without_in_json(body: bytes, secrets: Iterable[str]) -> bytes:
    """Return a JSON text, which need not be valid, with `secrets` replaced, escaped or not.

    A large body is searched in slices, so that other threads can run.
    """
    # The longest first: a shorter one may be part of it.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        # Escapes first: `\\u0030` ends with the `0` that it stands for.
        if _holds(body, _escape_of_one(secret), _ESCAPE_LENGTH):
            body = _escaped(secret).sub(MASK.encode(), body)
        raw = secret.encode("utf-8", "surrogatepass")
        if _holds(body, re.compile(re.escape(raw)), len(raw)):
            body = body.replace(raw, MASK.encode())
    return body


def _holds(body: bytes, pattern: re.Pattern[bytes], overlap: int) -> bool:
    starts = range(0, len(body), _SLICE)
    return any(pattern.search(body, start, start + _SLICE + overlap) is not None for start in starts)


@lru_cache(16)
def _escape_of_one(secret: str) -> re.Pattern[bytes]:
    """Return a pattern that finds a character of a secret written as an escape; most texts have no such escape."""
    forms = {_units(char) for char in secret} | {re.escape(char) for char in secret if char in _ESCAPABLE}
    return re.compile(rf"\\(?:{'|'.join(sorted(forms))})".encode("utf-8", "surrogatepass"))


@lru_cache(16)
def _escaped(secret: str) -> re.Pattern[bytes]:
    return re.compile(_pattern(secret).encode("utf-8", "surrogatepass"))


def _pattern(secret: str) -> str:
    # JSON inside of JSON has two backslashes, and so on; a character beyond U+FFFF is written as two escapes.
    return "".join(_written(char, first=not place) for place, char in enumerate(secret))


def _written(char: str, *, first: bool) -> str:
    escape, units = r"\\", _units(char)
    if char == "\\":
        # In JSON a backslash is never written as itself.
        return rf"{escape}+(?:{units}|{escape})"
    # A long run of backslashes is read only once: no match starts inside of it.
    start = rf"{_FIRST if first else ''}{escape}{'+' if char in _ESCAPABLE else '++'}"
    raw = re.escape(char)
    return rf"(?:{raw}|{start}(?:{units}{f'|{raw}' if char in _ESCAPABLE else ''}))"


_ESCAPABLE = '/"\\'
_FIRST = r"(?<!\\)"
_SLICE = 1 << 20
_ESCAPE_LENGTH = 12


def _units(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass").hex()
    units = [raw[start : start + 4] for start in range(0, len(raw), 4)]
    return r"\\+".join(f"u(?i:{unit})" for unit in units)
