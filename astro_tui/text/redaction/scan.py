"""Finds quickly where a secret could be. What it does not find cannot be a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astro_tui.text.redaction.commands import COMMAND_HINTS
from astro_tui.text.redaction.forms import VENDOR_HINTS, has_run
from astro_tui.text.redaction.words import word_set

NAME_HINTS = tuple(
    word_set(
        "pass pwd pw secret token key cred auth private dsn conn cookie sess jwt pin otp mnemonic phrase seed salt"
        " pepper hook sig bearer nonce kennwort senha contrase psk hmac cvv cvc _pat -pat identified assertion"
        " code hash words headers login"
    )
)
"""In lower case. Every name of a secret contains one of these."""
MARK_HINTS = ("sensitive", "masked", "securestring", "stringdata", "secure_string")
FORM_HINTS = ["@", "://", "-----begin", "eyj", "basic"]
SENT_HINTS = ("PASS ", "AUTH ", "AUTHENTICATE ", "IDENTIFY ", " LOGIN ", ":*:", ":5432:", ":5433:", ":6432:", ":3306:")
"""Case-sensitive. Whatever sends a password, and every line of `.pgpass`, contains one of these."""

_HINTS = (*NAME_HINTS, *MARK_HINTS, *FORM_HINTS, *COMMAND_HINTS, '"-', *map(str.lower, SENT_HINTS), *VENDOR_HINTS)
_BYTES = tuple(hint.encode() for hint in _HINTS)


def hinted(text: bytes) -> bool:
    """Return False if a text cannot contain or name a secret."""
    lower = text.lower()
    return any(hint in lower for hint in _BYTES) or has_run(text)


def suspects(text: bytes) -> Iterator[int]:
    """Yield the places in a text where a secret could be or be named, in order, for a text that is `hinted`."""
    for match in _pattern().finditer(text.lower()):
        yield match.start()


@cache
def _pattern() -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, _BYTES)) + b"|[a-z0-9+/_=-]{32}")
