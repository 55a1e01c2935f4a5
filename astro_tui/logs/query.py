"""The query language of logs: `level>=warn status>=400 -health /time(d )?out/`. `docs/logs.md` explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from astro_tui.document.query import Query as Search
from astro_tui.document.query import SearchError
from astro_tui.logs.levels import LEVEL_WORDS, Level, level_named, nearest_level
from astro_tui.logs.line import Source
from astro_tui.logs.terms import (
    ExpressionTerm,
    FieldTerm,
    LevelTerm,
    QueryError,
    RecordOf,
    SourceTerm,
    Term,
    TextTerm,
)
from astro_tui.text.foreign import visible

__all__ = ["MOST_TERMS", "MOST_TEXT", "Query", "QueryError", "parse_query"]

MOST_TEXT = 2000
"""The most characters of a query."""
MOST_TERMS = 50
_LEVELS = frozenset({"level", "lvl", "severity"})
_SOURCES = frozenset({"workload", "container", "pod"})
_TOKEN = re.compile(
    r"""\s*+(?P<not>[-!](?=\S))?
    (?:(?P<quoted>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))
    |/(?P<expression>(?:\\.|[^\s\\])+?|(?:\\.|[^/\\])+?)/(?=\s|\Z)
    |(?P<name>[A-Za-z_@](?:[\w.@/-]*\w)?)(?P<operator>>=|<=|!=|==|[=><:])
     (?P<value>"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|(?!")\S*)
    |(?P<word>\S+))""",
    re.VERBOSE | re.DOTALL,
)
_NOT_WORDS = {
    **dict.fromkeys(("AND", "&&"), "All terms must match, so leave out AND."),
    **dict.fromkeys(("OR", "||"), "There is no OR. Write /this|that/ instead."),
    "NOT": "There is no NOT. Write -word instead.",
}
"""Operators of other query languages → what to write instead."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\\?)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True)
class Query:
    """A parsed query. An empty one is false and matches everything. Equal queries have the same normal form, `text`."""

    text: str = ""
    _terms: tuple[tuple[bool, Term], ...] = field(default=(), compare=False, repr=False)
    """Each term, with whether it is wanted; the cheapest first."""

    def __bool__(self) -> bool:
        return bool(self._terms)

    def matches(self, level: Level, message: str, record: RecordOf, source: Source) -> bool:
        """Return whether a line meets all conditions. `record` takes it apart, and is called only if that is needed.

        Raises QueryError if a regular expression takes too long.
        """
        for wanted, term in self._terms:  # noqa: SIM110  `all` takes twice the time
            if term.matches(level, message, record, source) is not wanted:
                return False
        return True

    def highlights(self, text: str) -> list[tuple[int, int]]:
        """Return what to mark in a text, from left to right, without overlaps."""
        found = sorted(span for wanted, term in self._terms if wanted for span in term.spans(text))
        merged: list[tuple[int, int]] = []
        for start, stop in found:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged


def parse_query(text: str) -> Query:
    """Return the query for a user's text. Raises QueryError if it makes no sense.

    A quote that is not closed ends with the text, so that a query can be used while it is typed.
    """
    if len(text) > MOST_TEXT:
        raise QueryError(f"This query is too long: it may have at most {MOST_TEXT:,} characters.")
    terms = list(_terms(text))
    if len(terms) > MOST_TERMS:
        raise QueryError(f"This query is too long: it may have at most {MOST_TERMS} terms.")
    normal = _normal([(wanted, written) for wanted, written, _term in terms])
    cheapest = sorted(((wanted, term) for wanted, _written, term in terms), key=lambda each: each[1].cost)
    return Query(normal, tuple(cheapest))


def _normal(terms: list[tuple[bool, str]]) -> str:
    """Return the normal form of a query, given whether each term is wanted and how it is written."""
    normal = ""
    for wanted, written in reversed(terms):
        rest = f" {normal}" if normal else ""
        match = _TOKEN.match(written + rest)
        # A word such as `/` would begin an expression if a slash followed in a later term.
        safe = written if match is not None and match.end() == len(written) else quoted(written)
        normal = f"{'' if wanted else '-'}{safe}{rest}"
    return normal


def _terms(text: str) -> Iterator[tuple[bool, str, Term]]:
    """Yield each term, with whether it is wanted and its normal form."""
    at = 0
    while (match := _TOKEN.match(text, at)) is not None:
        at = match.end()
        wanted = match["not"] is None
        for written, term in _term(match, text):
            yield wanted, written, term


def _term(match: re.Match[str], text: str) -> Iterator[tuple[str, Term]]:
    if match["expression"]:
        yield f"/{match['expression']}/", _expression(match["expression"], match, text)
    elif match["quoted"]:
        if literal := _unquoted(match["quoted"]):
            yield _written(literal), TextTerm(literal)
    elif match["name"] and (match["value"] or match["operator"] != ":"):
        name, comparison = match["name"], match["operator"].replace("==", "=")
        yield _field(name, comparison, match, text)
    else:
        # Such as `Caused:`, which has no value.
        literal = match["word"] or f"{match['name']}:"
        if literal in _NOT_WORDS:
            rest = f"{text[: match.start()]}{text[match.end() :]}".strip()
            raise QueryError(_NOT_WORDS[literal], suggestion=rest if literal in ("AND", "&&") else "")
        yield _written(literal), TextTerm(literal)


def _expression(expression: str, match: re.Match[str], text: str) -> ExpressionTerm:
    try:
        return ExpressionTerm(Search.parse(f"re:{expression}"))
    except SearchError as error:
        literal = quoted(f"/{expression}/")
        advice = f"To search for this exact text, put it in quotes: {visible(literal, 100)}"
        suggestion = f"{text[: match.start('expression') - 1]}{literal}{text[match.end('expression') + 1 :]}"
        raise QueryError(f"{error} {advice}", suggestion=suggestion) from None


def _field(name: str, comparison: str, match: re.Match[str], text: str) -> tuple[str, Term]:
    value = _unquoted(match["value"])
    key = name.lower()
    if key in _LEVELS:
        comparison = comparison.replace(":", "=")
        level = level_named(value)
        if level is None:
            raise _no_level(value, match, text)
        return f"level{comparison}{level.word}", LevelTerm(comparison, level)
    if not value and comparison not in ("=", "!="):
        shown = visible(f"{name}{comparison}", 60)
        raise QueryError(f"A value is missing after {shown}. For example, write {shown}400.")
    if key in _SOURCES:
        if comparison not in ("=", "!=", ":"):
            message = f"{key} does not support {comparison}. Write {key}={value}."
            raise QueryError(message, suggestion=f"{key}={_value(value)}")
        return f"{key}{comparison}{_value(value)}", SourceTerm(key, comparison, value)
    return f"{name}{comparison}{_value(value)}", FieldTerm(name, comparison, value)


def _no_level(value: str, match: re.Match[str], text: str) -> QueryError:
    guess = nearest_level(value)
    more = f" Did you mean {guess}?" if guess else f" The levels are {', '.join(LEVEL_WORDS)}."
    start, stop = match.span("value")
    suggestion = f"{text[:start]}{guess}{text[stop:]}" if guess else ""
    said = f"There is no level {visible(value, 40)}." if value else "The name of a level is missing."
    return QueryError(f"{said}{more}", suggestion=suggestion)


# ---- quotes


def quoted(text: str) -> str:
    """Return a text as a term that searches for it as it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _unquoted(text: str) -> str:
    match = _QUOTED.match(text)
    return _ESCAPED.sub(r"\1", match[1]) + match[2] if match is not None else text


def _written(literal: str) -> str:
    """Return a text to search for as a term, in quotes only if it would mean something else without them."""
    match = _TOKEN.fullmatch(literal)
    if match is None or match["not"] or literal[0].isspace():
        return quoted(literal)
    plain = match["word"] or (match["operator"] == ":" and not match["value"])
    return literal if plain else quoted(literal)


def _value(value: str) -> str:
    return quoted(value) if not value or value[0] in '"=' or any(map(str.isspace, value)) else value
