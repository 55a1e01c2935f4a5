"""Masks text from outside for modules that are imported before the first frame, which has nothing to mask yet.

The rules of `text/redaction` are loaded with the first text. All other modules import them from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


@lru_cache(1 << 12)
def masked_line(text: str, limit: int = 0) -> str:
    """Return what `redaction.masked_line` returns; kept, because many agents run the same build."""
    from astro_tui.text import redaction

    return redaction.masked_line(text, limit)


def redact_text(text: str) -> str:
    """Return what `redaction.redact_text` returns."""
    from astro_tui.text import redaction

    return redaction.redact_text(text)


def without(text: str, secrets: Iterable[str]) -> str:
    """Return what `redaction.without` returns."""
    from astro_tui.text import redaction

    return redaction.without(text, secrets)
