"""Takes out secrets that are known letter by letter: the login's own tokens, however JSON escapes write them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from astro_tui.redaction.values import MASK


def without(text: str, secrets: Iterable[str]) -> str:
    """Return a text with `secrets` replaced by `MASK`, also where JSON escapes some of their letters."""
    # The longest first: another one may be a part of it.
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
        if "\\" in text:
            text = _escaped(secret).sub(MASK, text)
    return text


def without_in_json(body: bytes, secrets: Iterable[str]) -> bytes:
    """Return a JSON text, which need not be valid, with `secrets` replaced; quick where nothing is escaped."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        body = body.replace(secret.encode("utf-8", "surrogatepass"), MASK.encode())
        if b"\\" in body:
            body = _escaped_bytes(secret).sub(MASK.encode(), body)
    return body


@lru_cache(16)
def _escaped(secret: str) -> re.Pattern[str]:
    return re.compile(_pattern(secret))


@lru_cache(16)
def _escaped_bytes(secret: str) -> re.Pattern[bytes]:
    return re.compile(_pattern(secret).encode("utf-8", "surrogatepass"))


def _pattern(secret: str) -> str:
    # JSON inside of JSON has two backslashes, and so on; a letter beyond the first 65,536 is written as two.
    return "".join(
        rf"(?:{re.escape(char)}|\\+(?:{_units(char)}{'|' + re.escape(char) if char in _ESCAPABLE else ''}))"
        for char in secret
    )


_ESCAPABLE = '/"\\'


def _units(char: str) -> str:
    raw = char.encode("utf-16-be", "surrogatepass").hex()
    units = [raw[start : start + 4] for start in range(0, len(raw), 4)]
    return r"\\+".join(f"u(?i:{unit})" for unit in units)
