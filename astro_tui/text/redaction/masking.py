"""Masks the secrets in free text: log lines, errors, commands, configuration files, and documents inside of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from astro_tui.text.foreign import bounded, visible
from astro_tui.text.redaction.columns import columns
from astro_tui.text.redaction.commands import commands, may_be_command, may_have_phrase, phrases
from astro_tui.text.redaction.named import announced, named
from astro_tui.text.redaction.tables import any_of, listed
from astro_tui.text.redaction.tokens import cut_off, has_run, logins, private_keys, random_runs, tokens
from astro_tui.text.redaction.values import MASK, RUN
from astro_tui.text.redaction.views import TextSpan, views

_SHORTEST = 6
_EXAMINED = 2_000
"""Characters of a text that are masked for an output of a few words."""
_KEPT = 200
"""The most characters of a value whose form is remembered."""
_CONTAINS = "a string that contains a secret"

SpanFinder = Callable[[str], Iterable[TextSpan]]


def redact_text(text: str) -> str:
    """Return text from outside with everything in it that looks like a secret replaced by `MASK`."""
    if len(text) < _SHORTEST:
        return text
    spans = [
        view.span(*span) for view in views(text) for _form, finder in _finders(view.text) for span in finder(view.text)
    ]
    text = _without(text, sorted(spans)) if spans else text
    # A long run is judged last: the others know better what it is.
    return _without(text, list(random_runs(text))) if has_run(text, RUN) else text


def _without(text: str, spans: list[TextSpan]) -> str:
    pieces: list[str] = []
    done = -1
    for start, stop in spans:
        if start > done:
            pieces += (text[max(done, 0) : start], MASK)
        done = max(done, stop)
    return "".join([*pieces, text[max(done, 0) :]])


def masked_line(text: str, limit: int = 0) -> str:
    """Return text from outside as one line for an output: secrets masked, control characters visible.

    With a `limit` (in characters, 0 = none) the line is cut and ends with `…`.
    """
    return visible(redact_text(bounded(text, max(8 * limit, _EXAMINED)) if limit else text), limit)


def value_form(value: str) -> str | None:
    """Name the kind of secret that a text is or contains (`a service token`), or return None."""
    if len(value) < _SHORTEST:
        return None
    return _short_form(value) if len(value) <= _KEPT else _form(value)


@lru_cache(1 << 14)
def _short_form(value: str) -> str | None:
    """Return the form of a short value, which many documents may have."""
    return _form(value)


def _form(value: str) -> str | None:
    texts = (view.text for view in views(value))
    forms = (form for text in texts for form, finder in _finders(text) for _span in finder(text))
    return next(forms, None) or next(("a random string" for _span in random_runs(value)), None)


@cache
def _name_hint() -> re.Pattern[str]:
    return re.compile(any_of(listed("names", "hints")))


def _finders(text: str) -> Iterator[tuple[str, SpanFinder]]:
    """Yield what could find something in a text, each with the form of what it finds."""
    yield _CONTAINS, cut_off
    if "@" in text:
        yield "a URL with a password", logins
    if "-----BEGIN" in text:
        yield "a private key", private_keys
    if has_run(text):
        yield "a service token", tokens
    lower = text.lower()
    if _name_hint().search(lower):
        yield _CONTAINS, named
        yield _CONTAINS, announced
        if "\n" in text or "(" in text:
            yield _CONTAINS, columns
    if may_have_phrase(text):
        yield _CONTAINS, phrases
    if may_be_command(text):
        yield _CONTAINS, commands
