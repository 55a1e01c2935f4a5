"""Finds quickly where in the bytes of a document a secret could be, or be named. Anything else cannot be a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astro_tui.text.redaction.commands import command_hints
from astro_tui.text.redaction.tables import any_of, listed
from astro_tui.text.redaction.tokens import token_hints
from astro_tui.text.redaction.views import LOOK_ALIKES

SHORT_RUN = 24
"""The fewest characters in a row of a token without a hint."""
_FORMS = ("@", "://", "-----begin", "bearer", "basic", "securestring", "secure_string")

_ALIKE = b"(?:%s)" % any_of(LOOK_ALIKES).encode()
DISGUISED = (
    rb"\xef(?:\xbc[\xa1-\xba]|\xbd[\x81-\x9a])|\xf0\x9d[\x90-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]|\xe2\x81[\xa0-\xa9]"
    rb"|\xc2\xad|[a-z]%b|%b[a-z]" % (_ALIKE, _ALIKE)
)
"""What can disguise a name: wide, invisible, and look-alike letters."""


def hinted(text: bytes) -> bool:
    """Return False if a text cannot contain or name a secret."""
    return _pattern().search(text.lower()) is not None


def suspects(text: bytes) -> Iterator[int]:
    """Yield the places in a text where a secret could be or be named, in order."""
    for match in _pattern().finditer(text.lower()):
        yield match.start()


@cache
def hints() -> frozenset[bytes]:
    """Return all hints, as they appear in a text whose ASCII letters are in lower case."""
    found = {*_FORMS, *listed("names", "hints"), *listed("names", "marks"), *command_hints(), *token_hints(SHORT_RUN)}
    written = (form for hint in found for form in (hint, hint.title(), hint.upper()))
    return frozenset(form.encode().lower() for form in written)


@cache
def _pattern() -> re.Pattern[bytes]:
    known = any_of(hint.decode() for hint in hints())
    return re.compile(f"{known}|[a-z0-9+/_=-]{{{SHORT_RUN}}}|".encode() + DISGUISED)
