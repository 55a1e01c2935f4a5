"""What is looked for in a document: read as it was typed, matched within bounds whatever was typed.

A literal needle is matched by `re`. A regular expression is matched by `regex`: unlike `re` it can be given a time
limit and lets other threads run while it matches, so that none can freeze the program (`(a+)+$`).
"""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.errors import AstroError

if TYPE_CHECKING:
    import regex

VALUE_SECONDS = 0.2
"""Processor time that matching one value may take."""
MARK_SECONDS = 0.004
"""The same where matches are marked in a line that is drawn."""
LOOKED_AT = 1 << 18
"""Characters of a value that a literal needle is looked for in at once."""
MOST_COPIES = 10_000
"""What nested counts may multiply to: `(a{1000}){1000}` would take 250 MB to be read."""

_COUNTED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]?|\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]*))?\}|.", re.DOTALL)
_TOO_SLOW = "This expression takes too long here: look for something simpler."


class SearchError(AstroError):
    """A search that cannot be made: a wrong regular expression, or one that takes too long. Its text says which."""


class Query(NamedTuple):
    """What is looked for: `needle` in keys, in values or in both, as it stands or as a regular expression.

    Lower-case needles match either case (of ASCII letters; of all letters when the needle has others too).
    """

    needle: str
    regex: bool
    keys: bool
    values: bool
    any_case: bool
    """Whether upper and lower case are the same."""
    pattern: re.Pattern[str] | regex.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> Query:
        """Return the query that a user typed: `k:` keys only, `v:` values only, then `re:` a regular expression.

        Raises `SearchError` for a wrong expression.
        """
        keys = values = True
        if text.startswith(("k:", "v:")):
            keys, values = text[0] == "k", text[0] == "v"
            text = text[2:]
        expression = text.startswith("re:")
        needle = text.removeprefix("re:")
        letters = re.sub(r"\\.", "", needle) if expression else needle
        any_case = not any(char.isupper() for char in letters)
        if expression:
            return cls(needle, True, keys, values, any_case, compiled(needle, any_case=any_case))
        flags = (re.IGNORECASE if any_case else re.NOFLAG) | (re.ASCII if needle.isascii() else re.NOFLAG)
        return cls(needle, False, keys, values, any_case, re.compile(re.escape(needle), flags))

    def matches(self, text: str) -> bool:
        """Tell whether a decoded key or value is a hit; raises `SearchError` when that takes too long."""
        pattern = self.pattern
        if isinstance(pattern, re.Pattern):
            # In pieces, so that other threads get their turn.
            overlap = len(self.needle)
            return any(
                pattern.search(text, start, start + LOOKED_AT + overlap) is not None
                for start in range(0, max(1, len(text)), LOOKED_AT)
            )
        try:
            return pattern.search(text, timeout=VALUE_SECONDS) is not None
        except TimeoutError:
            raise SearchError(_TOO_SLOW) from None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return what is to be marked in a text that is drawn; what would take too long to find is left out."""
        pattern = self.pattern
        found: list[tuple[int, int]] = []
        if isinstance(pattern, re.Pattern):
            found += (match.span() for match in pattern.finditer(text))
        else:
            with suppress(TimeoutError):
                found += (match.span() for match in pattern.finditer(text, timeout=MARK_SECONDS))
        return [(start, stop) for start, stop in found if start < stop]


def preload() -> None:
    """Import what matches regular expressions, before one is typed (any thread)."""
    import regex as _regex  # noqa: F401


def compiled(needle: str, *, any_case: bool) -> regex.Pattern[str]:
    """Return a regular expression ready to be matched; raises `SearchError` when it is wrong."""
    import regex

    if copies(needle) > MOST_COPIES:
        raise SearchError("Not a regular expression that can be matched: it repeats too much.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(needle, regex.IGNORECASE if any_case else 0)
    except regex.error as error:
        raise SearchError(f"Not a regular expression: {error}.") from None


def copies(needle: str) -> int:
    """Return how often the innermost piece of an expression is written out when its counts are."""
    levels, last = [1], 1
    for piece in _COUNTED.finditer(needle):
        text = piece.group()
        if text == "(":
            levels.append(1)
            last = 1
        elif text == ")" and len(levels) > 1:
            last = levels.pop()
        elif piece["least"] is not None:
            last *= max(1, int(piece["least"][:9]), int((piece["most"] or "0")[:9]))
        elif text not in "?+*":
            last = 1
        levels[-1] = max(levels[-1], last)
    return max(levels)
