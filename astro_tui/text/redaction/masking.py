"""Masks the secrets in free text: log lines, errors, commands, configuration files, and documents inside of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction.commands import commands, may_be_command, may_have_phrase, phrases
from astro_tui.text.redaction.named import announced, named
from astro_tui.text.redaction.tables import any_of, lazy, listed
from astro_tui.text.redaction.tokens import Span, has_run, headers, logins, private_keys, random_runs, tokens, webhooks
from astro_tui.text.redaction.values import MASK, decoded, is_drawn

_SHORTEST = 6
_EXAMINED = 2_000
"""Characters of a text that are masked for an output of a few words."""
_ENCODED = 24
"""The fewest characters of an encoded text with a secret."""
_CONTAINS = "a string that contains a secret"

Finder = Callable[[str], Iterable[Span]]


def redact_text(text: str) -> str:
    """Return text from outside with everything in it that looks like a secret replaced by `MASK`."""
    if len(text) < _SHORTEST:
        return text
    for finders in (_finders, _late_finders):
        plain = _without_colors(text)
        spans = [span for _form, finder in finders(plain) for span in finder(plain)]
        if spans:
            text = _without(text, sorted(spans))
    return text


def _without(text: str, spans: list[Span]) -> str:
    pieces: list[str] = []
    done = -1
    for start, stop in spans:
        if start > done:
            pieces += (text[max(done, 0) : start], MASK)
        done = max(done, stop)
    return "".join([*pieces, text[done:]])


def masked_line(text: str, limit: int = 0) -> str:
    """Return text from outside as one line for an output: secrets masked, control characters visible.

    With a `limit` (in characters, 0 = none) the line is cut and ends with `…`.
    """
    return visible(redact_text(bounded(text, max(8 * limit, _EXAMINED)) if limit else text), limit)


def value_form(value: str) -> str | None:
    """Name the kind of secret that a text is or contains (`a service token`), or return None."""
    if len(value) < _SHORTEST:
        return None
    plain = _without_colors(value)
    finders = (row for found in (_finders, _late_finders) for row in found(plain))
    return next((form for form, finder in finders for _span in finder(plain)), None)


@cache
def _name_hint() -> re.Pattern[str]:
    return re.compile(any_of(listed("names", "hints")))


_colors = lazy(r"\x1b\[[\d;:]{0,20}[mK]")


def _without_colors(text: str) -> str:
    """Return a text with blanks for its colors (ANSI escapes), which can separate a secret from its name."""
    return _colors().sub(lambda match: " " * len(match.group()), text) if "\x1b[" in text else text


def _finders(text: str) -> Iterator[tuple[str, Finder]]:
    """Yield what could find something in a text, each with the form of what it finds."""
    if "@" in text:
        yield "a URL with a password", logins
    if "/" in text:
        yield "a webhook", webhooks
    if "-----BEGIN" in text or "M" in text:
        yield "a private key", private_keys
    if has_run(text):
        yield "a service token", tokens
    lower = text.lower()
    if "bearer" in lower or "basic" in lower:
        yield "an authorization header", headers
    if _name_hint().search(lower):
        yield _CONTAINS, named
        yield _CONTAINS, announced
    if may_have_phrase(text):
        yield _CONTAINS, phrases
    if may_be_command(text):
        yield _CONTAINS, commands


def _late_finders(text: str) -> Iterator[tuple[str, Finder]]:
    """Yield what looks at each long run of characters in what the others left: they know better what it is."""
    if has_run(text, _ENCODED):
        yield "a random string", random_runs
        yield _CONTAINS, encoded


# ---- texts inside of texts

_encoded = lazy(f"[A-Za-z0-9+/_-]{{{_ENCODED},}}={{0,2}}")
_login = lazy(r"[\w.@-]{0,30}[A-Za-z][\w.@-]{0,30}:(\S+)")


def encoded(text: str) -> Iterator[Span]:
    """Yield the base64 of a user and a password, or of a text with a secret in it, also encoded twice."""
    for match in _encoded().finditer(text):
        inner = decoded(match.group()) or ""
        inner = decoded(inner) or inner
        login = _login().fullmatch(inner)
        finders = (named, logins, tokens, private_keys)
        if (login and is_drawn(login[1])) or any(next(iter(finder(inner)), None) for finder in finders):
            yield match.span()
