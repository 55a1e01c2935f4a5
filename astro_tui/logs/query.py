"""The query language of logs: `level>=warn status>=400 -health /time(d )?out/`. `docs/logs.md` explains it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from astro_tui.document.query import DocumentQuery as Search
from astro_tui.document.query import SearchError
from astro_tui.logs.levels import LEVEL_WORDS, Level, level_named, nearest_level
from astro_tui.logs.line import LogSource
from astro_tui.logs.terms import (
    OPERATORS,
    AgentTerm,
    ExpressionTerm,
    FieldTerm,
    LevelTerm,
    QueryError,
    RecordOf,
    SourceTerm,
    Term,
    TextTerm,
    measure,
)
from astro_tui.text.foreign import visible
from astro_tui.text.nearest import nearest

__all__ = ["MOST_TERMS", "MOST_TEXT", "LogQuery", "QueryError", "parse_query"]

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
    **dict.fromkeys(("OR", "||", "|"), "There is no OR. Write /this|that/ instead."),
    "NOT": "There is no NOT. Write -word instead.",
}
"""Operators of other query languages → what to write instead."""
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"?(\\?)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = (("~", ":"), ("!", "!="), ("<>", "!="), (">", ">="), ("<", "<="), ("", "="))
"""What an operator that does not exist contains → the operator that was probably meant; the first one that fits."""
_WITH_ORDER = re.compile(r"[+-]?[vV]?\.?\d[\w.,:+%/ µμ-]*")
"""What can be larger or smaller than something else: a number, a time, or a version."""
_NO_FIELD = re.compile(r"(?:>=|<=|==|[=><])(?P<value>.*)", re.DOTALL)
_SPACED = re.compile(r"([A-Za-z_@][\w.@/-]*)\s*([-!]?(?:>=|<=|==|[=><]))\s*(\S*)")


@dataclass(frozen=True)
class LogQuery:
    """A parsed query. An empty one is false and matches everything. Equal queries have the same normal form, `text`."""

    text: str = ""
    _terms: tuple[tuple[bool, Term], ...] = field(default=(), compare=False, repr=False)
    """Each term, with whether it is wanted; the cheapest first."""

    def __bool__(self) -> bool:
        return bool(self._terms)

    def matches(self, level: Level, message: str, record: RecordOf, source: LogSource) -> bool:
        """Return whether a line meets all conditions. `record` takes it apart, and is called only if that is needed.

        Raises QueryError if a regular expression takes too long.
        """
        for wanted, term in self._terms:  # noqa: SIM110  `all` takes twice the time
            if term.matches(level, message, record, source) is not wanted:
                return False
        return True

    def highlights(self, text: str) -> list[tuple[int, int]]:
        """Return what to mark in a text, from left to right, without overlaps."""
        spans = sorted(span for wanted, term in self._terms if wanted for span in term.spans(text))
        merged: list[tuple[int, int]] = []
        for start, stop in spans:
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged


def parse_query(text: str) -> LogQuery:
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
    return LogQuery(normal, tuple(cheapest))


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
    elif _is_field(match):
        yield _field(match, text)
    else:
        # Such as `Caused:`, which has no value.
        literal = match["word"] or f"{match['name']}:"
        _check_word(literal, match, text)
        yield _written(literal), TextTerm(literal)


def _is_field(match: re.Match[str]) -> bool:
    return bool(match["name"] and (match["value"] or match["operator"] != ":"))


def _expression(expression: str, match: re.Match[str], text: str) -> ExpressionTerm:
    try:
        return ExpressionTerm(Search.parse(f"re:{expression}"))
    except SearchError as error:
        literal = quoted(f"/{expression}/")
        advice = f"To search for this exact text, put it in quotes: {visible(literal, 100)}"
        suggestion = f"{text[: match.start('expression') - 1]}{literal}{text[match.end('expression') + 1 :]}"
        raise QueryError(f"{error} {advice}", suggestion=suggestion) from None


def _field(match: re.Match[str], text: str) -> tuple[str, Term]:
    name, comparison, value = match["name"], match["operator"].replace("==", "="), _unquoted(match["value"])
    key = name.lower()
    if not value and (comparison not in ("=", "!=") or key in _LEVELS):
        shown = visible(f"{name}{match['operator']}", 60)
        raise _spaced(f"A value is missing after {shown}.", match.start("name"), text)
    _check_operator(match, text)
    if key in _LEVELS:
        comparison = comparison.replace(":", "=")
        level = level_named(value)
        if level is None:
            guess = nearest_level(value)
            message = f"There is no level {visible(value, 40)}."
            more = "" if guess else f" The levels are {', '.join(LEVEL_WORDS)}."
            raise _wrong(f"{message}{more}", match, text, f"{name}{comparison}{guess}" if guess else "", guess)
        return f"level{comparison}{level.word}", LevelTerm(comparison, level)
    if key == "agent":
        return f"agent{comparison}{_value(value)}", AgentTerm(comparison, value)
    if key in _SOURCES:
        if comparison not in ("=", "!=", ":"):
            raise _wrong(f"{key} does not support {comparison}.", match, text, f"{key}={_value(value)}")
        return f"{key}{comparison}{_value(value)}", SourceTerm(key, comparison, value)
    _check_field(key, comparison, value, match, text)
    return f"{name}{comparison}{_value(value)}", FieldTerm(name, comparison, value)


# ---- what is no query, and what was probably meant


def _wrong(message: str, match: re.Match[str], text: str, meant: str, named: str = "") -> QueryError:
    """Return the error for a term. `meant` is the term that was probably meant, or empty; `named` is shown for it."""
    suggestion = f"{text[: match.start()]} {match['not'] or ''}{meant}{text[match.end() :]}".strip() if meant else ""
    more = f" Did you mean {visible(named or meant, 60)}?" if meant else ""
    return QueryError(f"{message}{more}", suggestion=suggestion)


def _spaced(message: str, start: int, text: str) -> QueryError:
    """Return the error for a field, an operator, and a value with spaces between them."""
    match = _SPACED.match(text, start)
    if match is None or not match[3]:
        return QueryError(f"{message} For example, write level>=warn or status>=400.")
    meant = "".join(match.groups())
    suggestion = f"{text[:start]}{meant}{text[match.end() :]}"
    return QueryError(f"{message} Did you mean {visible(meant, 60)}?", suggestion=suggestion)


def _check_word(literal: str, match: re.Match[str], text: str) -> None:
    """Raise QueryError for a word that another query language understands."""
    if literal in _NOT_WORDS:
        suggestion = _without(match, text) if literal in ("AND", "&&") else ""
        raise QueryError(_NOT_WORDS[literal], suggestion=suggestion)
    if _is_comparison(literal):
        before = re.search(r"[\w.@/-]+\s*\Z", text[: match.start()])
        message = f"{visible(literal, 40)} has no field before it. To search for it, put it in quotes."
        raise _spaced(message, before.start() if before is not None else len(text), text)
    if _is_group(literal):
        message = f"Terms cannot be grouped. To search for {visible(literal, 40)}, put it in quotes."
        inner = literal.strip("()")
        raise _wrong(message, match, text, inner) if inner else QueryError(message, suggestion=_without(match, text))


def _without(match: re.Match[str], text: str) -> str:
    """Return a query without one of its terms."""
    return f"{text[: match.start()]}{text[match.end() :]}".strip()


def _is_comparison(literal: str) -> bool:
    """Whether a word is an operator, or one with a number or a level after it."""
    match = _NO_FIELD.fullmatch(literal)
    return match is not None and (not match["value"] or _is_number_or_level(match["value"]))


def _is_number_or_level(value: str) -> bool:
    return measure(value) is not None or value.lower() in LEVEL_WORDS


def _is_group(literal: str) -> bool:
    """Whether a word consists of parentheses that are not closed, or is a comparison in parentheses."""
    inner = literal.strip("()")
    if not inner:
        return literal.count("(") != literal.count(")")
    match = _TOKEN.fullmatch(inner) if inner != literal else None
    return match is not None and _is_field(match) and match["operator"] != ":"


def _check_operator(match: re.Match[str], text: str) -> None:
    """Raise QueryError for an operator that does not exist, such as `>>`, `=>`, `=~`, and `:>=`."""
    name, operator, value = match.group("name", "operator", "value")
    rest = value.lstrip("=><!~")
    more = value.removesuffix(rest)
    if not more or (operator in ("=", "!=") and value[0] == "<" and value[-1] == ">"):
        # Such as `error=<nil>`.
        return
    if operator == ":" and not _is_number_or_level(rest):
        return
    written = f"{operator}{more}"
    meant = written.lstrip(":")
    if meant not in OPERATORS:
        meant = next(meaning for part, meaning in _MEANT if set(part) <= set(written))
    message = f"There is no operator {written}."
    raise _wrong(message, match, text, f"{name}{meant}{rest}" if rest else "")


def _check_field(key: str, comparison: str, value: str, match: re.Match[str], text: str) -> None:
    """Raise QueryError for a misspelled `level` or `workload`, and for `>` with a value that has no order."""
    guess = nearest(key, _LEVELS, similarity=0.8) if value.lower() in LEVEL_WORDS else ""
    if not guess and comparison in ("=", "!=", ":") and measure(value) is None:
        guess = nearest(key, _SOURCES - {"pod"}, similarity=0.85)
    if guess:
        message = f"{visible(match['name'], 40)} looks misspelled."
        raise _wrong(message, match, text, f"{guess}{comparison}{match['value']}")
    if comparison in ("=", "!=", ":") or _WITH_ORDER.fullmatch(value):
        return
    inner = value.strip("()[]{},;")
    meant = f"{match['name']}{comparison}{inner}" if _WITH_ORDER.fullmatch(inner) else ""
    if value.lower() in LEVEL_WORDS:
        meant = f"level{comparison}{value}"
    raise _wrong(f"{visible(value, 40)} is no number, time, or version.", match, text, meant)


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
    if literal in _NOT_WORDS or _is_comparison(literal) or _is_group(literal):
        return quoted(literal)
    plain = match["word"] or (match["operator"] == ":" and not match["value"])
    return literal if plain else quoted(literal)


def _value(value: str) -> str:
    return quoted(value) if not value or value[0] in '"=><!~' or any(map(str.isspace, value)) else value
