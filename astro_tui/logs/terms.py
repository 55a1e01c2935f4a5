"""The terms of a query: texts, regular expressions, levels, sources, and fields."""

from __future__ import annotations

import operator
import re
from array import array
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol, cast

import regex

from astro_tui.document.query import TOO_SLOW
from astro_tui.document.query import DocumentQuery as Search
from astro_tui.errors import AstroError
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource
from astro_tui.logs.records import DEEPEST, MOST_FIELDS, NO_FIELDS, PUNCTUATION, LogRecord, is_json, is_logfmt


class Literal:
    """A string to search for. Without a capital letter, it ignores case, in every script (`straße`)."""

    __slots__ = ("_folded", "any_case", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.any_case = not any(char.isupper() for char in text)
        self._folded = text.casefold()

    def within(self, text: str) -> bool:
        """Return whether a text contains this string."""
        if not self.any_case:
            return self.text in text
        # For ASCII, `lower` is the same and takes a fifth of the time.
        return self._folded in (text.lower() if text.isascii() else text.casefold())

    def equals(self, text: str) -> bool:
        """Return whether a text equals this string."""
        return self._folded == text.casefold() if self.any_case else self.text == text

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where a text contains this string, from left to right, without overlaps."""
        if not self.text:
            return []
        if not self.any_case:
            return _found(self.text, text)
        if text.isascii():
            return _found(self._folded, text.lower())
        # Some characters become two when their case is ignored.
        pieces = [char.casefold() for char in text]
        places = array("L")
        for place, piece in enumerate(pieces):
            places.extend([place] * len(piece))
        spans: list[tuple[int, int]] = []
        for start, stop in _found(self._folded, "".join(pieces)):
            first, last = places[start], places[stop - 1]
            if not spans or first >= spans[-1][1]:
                spans.append((first, last + 1))
        return spans


def _found(needle: str, text: str) -> list[tuple[int, int]]:
    spans = []
    start = text.find(needle)
    while start >= 0:
        stop = start + len(needle)
        spans.append((start, stop))
        start = text.find(needle, stop)
    return spans


_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_SECONDS |= {"sec": 1, "secs": 1, "second": 1, "seconds": 1, "min": 60, "mins": 60}
_BYTES = {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12}
_BYTES |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}
_NUMBER = re.compile(
    r"([+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:[eE][+-]?\d{1,3})?) ?([A-Za-zµμ%]{0,10})", re.ASCII
)
_PARTS = re.compile(r"(\d{1,12}(?:\.\d{1,12})?)(h|m|s|ms|us|µs|μs|ns)")
_SEVERAL = re.compile(rf"(?:{_PARTS.pattern}){{2,6}}")
_LONGEST = 60


class Measure(NamedTuple):
    """A number. `unit` is `s` for a time in seconds, `B` for a size in bytes, else as written; empty without a unit.

    `plain` is the number as it is written, without its unit.
    """

    value: float
    unit: str
    plain: float


def measure(text: str) -> Measure | None:
    """Return a text as a number with its unit, or None if it is not a number."""
    return _measure(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=1024)
def _measure(text: str) -> Measure | None:
    """Return a short text as a number. Cached, because some repeat often, such as status codes."""
    match = _NUMBER.fullmatch(text)
    if match is None:
        if _SEVERAL.fullmatch(text) is None:
            return None
        total = sum(float(number) * _SECONDS[unit] for number, unit in _PARTS.findall(text))
        return Measure(total, "s", total)
    number, unit = float(match[1]), match[2]
    lower = unit.lower()
    if unit in _SECONDS:
        return Measure(number * _SECONDS[unit], "s", number)
    if lower in _BYTES:
        return Measure(number * _BYTES[lower], "B", number)
    return Measure(number, unit, number)


def difference(measured: Measure, wanted: Measure) -> float | None:
    """Return how much larger a number is than another one; None if their units do not allow it.

    If the wanted number has no unit, it is taken to be in the unit of the other.
    """
    if not wanted.unit:
        return measured.plain - wanted.value
    return measured.value - wanted.value if measured.unit == wanted.unit else None


MOST_SEARCHED = 8192
"""How many characters of a line a regular expression is matched against."""
LINE_SECONDS = 0.02
"""The limit in seconds of CPU time for matching a regular expression against one line."""
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
MESSAGES = frozenset({"message", "msg"})
"""Names under which a query finds the message."""

_IN_JSON = r"""%s"\s*:\s*(?:"([^"]*)"|([\[{]|[^,}\]\s]*))"""
"""The end of a name in a JSON line, with its value."""
_IN_TEXT = r"%s=(?!=)([^\s\"]*+)"
"""The end of a name in other lines, with its value."""
_BLANKS = " \t\n\r\f\v"
_QUICK, _LONGEST_NAME = 4096, 100
"""The most characters of a line, and of a name, for checking the line without parsing it."""

RecordOf = Callable[[], LogRecord]


class QueryError(AstroError):
    """A query that makes no sense. `suggestion` is the query that may have been meant, or empty."""

    def __init__(self, message: str, *, suggestion: str = "") -> None:
        super().__init__(message)
        self.suggestion = suggestion


class Term(Protocol):
    """One condition. `cost` orders terms, the cheapest first."""

    cost: int

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether a line meets the condition. Raises QueryError if that takes too long."""

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return what to mark in a text."""


class LevelTerm:
    """Compares the level of a line."""

    cost = 0

    def __init__(self, comparison: str, level: Level) -> None:
        self._compare, self._level = OPERATORS[comparison], level

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the level matches. A line without a level is below all others."""
        return self._compare(level, self._level)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return nothing."""
        return []


class SourceTerm:
    """The workload, the container, or the pod: its whole name, the last part of it, or (`:`) a part of it."""

    cost = 1

    def __init__(self, name: str, comparison: str, value: str) -> None:
        self._name, self._comparison, self._value = name, comparison, value.casefold()

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the source matches. An unknown source never does."""
        value: str = getattr(source, self._name).casefold()
        if not value:
            return False
        if self._comparison == ":":
            return self._value in value
        equal = value == self._value or value.endswith(f"-{self._value}")
        return equal is (self._comparison == "=")

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return nothing."""
        return []


class TextTerm:
    """A string in the message as received, or in the fields of a JSON line."""

    cost = 2

    def __init__(self, text: str) -> None:
        self._literal = Literal(text)

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the line contains the text."""
        return self._literal.within(message) or ("\\" in message and _inside(self._literal.within, record()))

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the text is."""
        return self._literal.spans(text)


class ExpressionTerm:
    """A regular expression."""

    cost = 3

    def __init__(self, search: Search) -> None:
        self._search = search
        self._pattern = cast("regex.Pattern[str]", search.pattern)

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the line matches within its first `MOST_SEARCHED` characters."""
        return self._within(message) or ("\\" in message and _inside(self._within, record()))

    def _within(self, text: str) -> bool:
        try:
            # The search keeps the GIL: a line is short, and getting the GIL back can take milliseconds.
            match = self._pattern.search(text, 0, MOST_SEARCHED, concurrent=False, timeout=LINE_SECONDS)
        except TimeoutError:
            raise QueryError(TOO_SLOW) from None
        return match is not None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the matches. Leaves out those that would take too long to find."""
        return self._search.spans(text[:MOST_SEARCHED])


def _inside(test: Callable[[str], bool], record: LogRecord) -> bool:
    """Return whether a test succeeds for a text in a line that has escapes in it."""
    if not record.structured:
        return False
    return test(record.message) or any(test(value) or test(name) for name, value in record.fields)


class FieldTerm:
    """A field of a JSON or logfmt line, or a `key=value` in a sentence."""

    cost = 4

    def __init__(self, name: str, comparison: str, value: str) -> None:
        self._name = name.casefold()
        self._suffix = f".{self._name}"
        tail = self._name.rpartition(".")[2]
        # A line with the field contains the last part of its name, unless that part is the index of a list item.
        self._tail = "" if tail.isdigit() else tail
        self._in_json = re.compile(_IN_JSON % re.escape(tail))
        self._in_text = re.compile(_IN_TEXT % re.escape(self._name), re.ASCII)
        self._simple = self._name.isascii() and tail not in NO_FIELDS and len(name) <= _LONGEST_NAME
        self._comparison = comparison
        self._literal = Literal(value)
        self._measure = measure(value)
        # Texts such as `Foo:bar` look like a field.
        self._written = Literal(f"{name}:{value}") if comparison == ":" else None

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the line has such a field. With `!=`, the line must also have it, with a different value."""
        if self._written is not None and self._written.within(message):
            return True
        if self._name in MESSAGES:
            parsed = record()
            if self._fits(parsed.message):
                return True
        elif "\\" not in message and (quick := self._quickly(message)) is not None:
            return quick
        return any(self._named(name.casefold()) and self._fits(value) for name, value in record().fields)

    def _quickly(self, message: str) -> bool | None:
        """Return whether a field matches; None if the line has to be taken apart to be sure, which takes far longer."""
        lower = message.casefold()
        if self._tail not in lower:
            return False
        if not self._tail or len(lower) != len(message):
            return None
        return self._in_object(message, lower) if message.startswith("{") else self._in_pairs(message, lower)

    def _in_object(self, message: str, lower: str) -> bool | None:
        """Check a line of JSON. Without a backslash in it, each quote begins or ends a string."""
        count = fitting = 0
        for match in self._in_json.finditer(lower):
            start, stop = match.span(1)
            if start < 0:
                start, stop = match.span(2)
                if message[start:stop] in ("[", "{"):
                    return None
            if message[match.start() - 1] in '".':
                count += 1
                fitting += self._fits(message[start:stop])
        if not fitting:
            return False
        # Of several fields with one name, the last one counts.
        sure = count == 1 and self._simple and self._name == self._tail and len(message) <= _QUICK
        if not sure or message.count(":") > MOST_FIELDS or message.count("{") + message.count("[") >= DEEPEST:
            return None
        return is_json(message)

    def _in_pairs(self, message: str, lower: str) -> bool | None:
        """Check a line with `key=value` pairs in it."""
        if not self._simple or not message.isascii() or len(message) > _QUICK:
            return None
        if message.count("=") > MOST_FIELDS or message.lstrip().startswith("{"):
            return None
        quotes = '"' in message
        if quotes and not is_logfmt(message):
            return None
        for match in self._in_text.finditer(lower):
            if quotes and message.count('"', 0, match.start()) % 2:
                # This is in the value of another field.
                continue
            before = message[match.start() - 1 : match.start()]
            if before and before not in _BLANKS:
                # This may be the end of a longer name, or a part of a value.
                return None
            value = message[match.start(1) : match.end()]
            if (value and value[-1] in PUNCTUATION) or message[match.end() : match.end() + 1] == '"':
                return None
            if self._fits(value):
                return True
        return False

    def _named(self, name: str) -> bool:
        return name == self._name or name.endswith(self._suffix)

    def _fits(self, value: str) -> bool:
        if self._comparison == ":":
            return self._literal.within(value)
        equal = self._comparison in ("=", "!=")
        if equal and self._literal.equals(value):
            return self._comparison == "="
        if self._measure is None:
            # Times and versions: compared as strings.
            return OPERATORS[self._comparison]((value > self._literal.text) - (value < self._literal.text), 0)
        measured = measure(value)
        larger = difference(measured, self._measure) if measured is not None else None
        if larger is None:
            return self._comparison == "!="
        return OPERATORS[self._comparison](larger, 0)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return where the text contains the term as it is written, such as `Foo:bar`."""
        return self._written.spans(text) if self._written is not None else []


class AgentTerm(FieldTerm):
    """The agent, where the logs of several are shown together; else a field with this name."""

    def __init__(self, comparison: str, value: str) -> None:
        super().__init__("agent", comparison, value)
        self._agent = SourceTerm("agent", comparison, value)

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether the agent matches, or if there is only one, a field of the line."""
        if source.agent:
            return self._agent.matches(level, message, record, source)
        return super().matches(level, message, record, source)
