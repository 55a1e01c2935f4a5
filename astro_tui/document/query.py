"""Search queries: parsing what the user typed, and matching it in bounded time.

A literal text is matched with `re`. A regular expression is matched with `regex`, which has a timeout and releases the
GIL, so that no expression can freeze the program (`(a+)+$`).
"""

from __future__ import annotations

import re
import warnings
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.errors import AstroError
from astro_tui.text.nearest import condition_value

if TYPE_CHECKING:
    import regex

VALUE_SECONDS = 0.2
"""The limit in seconds of CPU time for matching one value."""
MARK_SECONDS = 0.004
"""The same for marking the matches in a line while drawing."""
SEARCH_PIECE = 1 << 18
"""How many characters of a value are searched for a literal text at a time."""
MOST_COPIES = 10_000
"""The limit for the product of nested counts. `(a{1000}){1000}` would take 250 MB to compile."""

_COUNTED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]?|\{(?P<least>[0-9]+)(?:,(?P<most>[0-9]*))?\}|.", re.DOTALL)
_MISTAKES = (
    (re.compile(r"/(.+)/"), r"re:\1"),
    (re.compile(r"re:([kv]:)(.+)"), r"\1re:\2"),
    (re.compile(r"(?:keys?|K):\s*(.+)"), r"k:\1"),
    (re.compile(r"regexp?:\s*(.+)"), r"re:\1"),
    (re.compile(r"(k|v|re):\s+(.+)"), r"\1:\2"),
)
"""Searches in other languages → how to write them here; the first one that fits."""
TOO_SLOW = "This expression takes too long. Search for something simpler."


class SearchError(AstroError):
    """A search that is not possible: the regular expression is invalid or takes too long."""


class DocumentQuery(NamedTuple):
    """A search for `needle` in keys, in values, or in both, as literal text or as a regular expression.

    Lowercase needles ignore case: of ASCII letters only, unless the needle contains other letters.
    """

    needle: str
    regex: bool
    keys: bool
    values: bool
    any_case: bool
    """Whether to ignore case."""
    pattern: re.Pattern[str] | regex.Pattern[str]

    @classmethod
    def parse(cls, text: str) -> DocumentQuery:
        """Return the query for a user's text: `k:` for keys only, `v:` for values only, then `re:` for an expression.

        Raises SearchError for an invalid expression.
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
        """Return whether a decoded key or value matches. Raises SearchError if that takes too long."""
        pattern = self.pattern
        if isinstance(pattern, re.Pattern):
            # In pieces, so that other threads can run.
            overlap = len(self.needle)
            return any(
                pattern.search(text, start, start + SEARCH_PIECE + overlap) is not None
                for start in range(0, max(1, len(text)), SEARCH_PIECE)
            )
        try:
            return pattern.search(text, timeout=VALUE_SECONDS) is not None
        except TimeoutError:
            raise SearchError(TOO_SLOW) from None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the matches to mark in a text. Leaves out those that would take too long to find."""
        pattern = self.pattern
        spans: list[tuple[int, int]] = []
        if isinstance(pattern, re.Pattern):
            spans += (match.span() for match in pattern.finditer(text))
        else:
            with suppress(TimeoutError):
                spans += (match.span() for match in pattern.finditer(text, timeout=MARK_SECONDS))
        return [(start, stop) for start, stop in spans if start < stop]


def meant(text: str) -> str:
    """Return what may have been meant by a search without a match, or an empty string."""
    for mistake, form in _MISTAKES:
        if (match := mistake.fullmatch(text)) is not None:
            return match.expand(form)
    value = "" if text.startswith(("k:", "v:", "re:")) else condition_value(text)
    return value and f"v:{value}"


def preload() -> ModuleType:
    """Return the library for regular expressions, imported when a search first opens. For any thread."""
    import regex as library

    return library


def compiled(needle: str, *, any_case: bool) -> regex.Pattern[str]:
    """Return a compiled regular expression. Raises SearchError if it is invalid."""
    if copies(needle) > MOST_COPIES:
        raise SearchError("This regular expression has too many repetitions.")
    library = preload()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pattern: regex.Pattern[str] = library.compile(needle, library.IGNORECASE if any_case else 0)
            return pattern
    except library.error as error:
        raise SearchError(f"Not a valid regular expression: {error}.") from None


def copies(needle: str) -> int:
    """Return how often the innermost part of an expression is repeated if its counts are expanded."""
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
