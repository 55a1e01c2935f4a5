"""Secrets that a name beside them reveals, without a separator: `<password>x</password>`, `--token x`, `set PW x`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from astro_tui.text.redaction.calls import CODE, SETTINGS
from astro_tui.text.redaction.markup import MARKUP, secret_objects, values_before_names
from astro_tui.text.redaction.pairs import Pairs
from astro_tui.text.redaction.prose import PROSE
from astro_tui.text.redaction.shape import Shape
from astro_tui.text.redaction.words import chooser


def named(text: str) -> str:
    """Return the text without the secrets that a name beside or around them reveals."""
    for shape in _chosen()(text.lower()):
        text = shape.mask(text)
    return secret_objects(values_before_names(text))


@cache
def _chosen() -> Callable[[str], list[Shape | Pairs]]:
    rows: tuple[Shape | Pairs, ...] = (Pairs(), *MARKUP, *SETTINGS, *PROSE, *CODE)
    return chooser((row.hints, row) for row in rows)
