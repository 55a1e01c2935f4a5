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


_KEPT = 1 << 16
"""The most lines that are remembered."""
_SHORT = 160
"""The most bytes of a line that is remembered: many documents have the same short lines."""
_known: dict[bytes, bool | None] = {}
"""Line → whether it is a suspect."""


def hinted(text: bytes) -> bool:
    """Return False if a text cannot contain or name a secret."""
    return _pattern(ascii_alone=text.isascii()).search(text.lower()) is not None


def suspects(text: bytes) -> Iterator[int]:
    """Yield the starts of the lines in which a secret could be or be named, in order."""
    lines = text.split(b"\n")
    # One look at what is remembered: another thread may clear it.
    suspected = {line: _known.get(line) for line in dict.fromkeys(lines)}
    new = [line for line, suspect in suspected.items() if suspect is None]
    suspected |= dict.fromkeys(_hinted_of(b"\n".join(new)), True)
    if len(_known) > _KEPT:
        _known.clear()
    _known.update((line, suspected[line] is True) for line in new if len(line) <= _SHORT)
    place = 0
    for line in lines:
        if suspected[line]:
            yield place
        place += len(line) + 1


def _hinted_of(text: bytes) -> Iterator[bytes]:
    """Yield the lines of a text that are suspects."""
    pattern, lower = _pattern(ascii_alone=text.isascii()), text.lower()
    match = pattern.search(lower)
    while match is not None:
        start, stop = text.rfind(b"\n", 0, match.start()) + 1, text.find(b"\n", match.start())
        if stop < 0:
            yield text[start:]
            return
        yield text[start:stop]
        match = pattern.search(lower, stop)


@cache
def hints() -> frozenset[bytes]:
    """Return all hints, as they appear in a text whose ASCII letters are in lower case."""
    lower = {*_FORMS, *listed("names", "hints"), *listed("names", "marks"), *command_hints(), *token_hints(SHORT_RUN)}
    written = (form for hint in lower for form in (hint, hint.title(), hint.upper()))
    return frozenset(form.encode().lower() for form in written)


@cache
def _pattern(*, ascii_alone: bool) -> re.Pattern[bytes]:
    """Return a pattern for all hints. In ASCII, nothing is disguised, and half the time is saved."""
    any_hint = any_of(hint.decode() for hint in hints())
    plain = f"{any_hint}|[a-z0-9+/_=-]{{{SHORT_RUN}}}".encode()
    return re.compile(plain if ascii_alone else plain + b"|" + DISGUISED)
