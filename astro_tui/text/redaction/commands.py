"""Secrets in command lines, by the options of programs, and after phrases: `redis-cli -a x`, `IDENTIFIED BY 'x'`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from astro_tui.text.redaction.tables import any_of, lazy, pattern, rows
from astro_tui.text.redaction.values import Notation, is_drawn, is_ordinary, is_secret
from astro_tui.text.redaction.views import TextSpan
from astro_tui.text.redaction.words import NameKind

_LONGEST = 1_000
"""Characters of a command that are read."""
_VALUE = r"((?<=\")[^\"\n]{1,400}|(?<=')[^'\n]{1,400}|(?<![\"'])[^\s\"'|;&,)]{1,400})"
_BETWEEN = r"(?:[ ]{1,4}|[\"'],[ ]{0,4}[\"']|=)\\?[\"']?"
_USER = r"(?:u|-user(?:name)?)(?:[ =]|[\"'],[ ]?[\"']?)[^\s-]\S*"
_word = lazy(r"[a-z0-9][a-z0-9._-]*")
_line = lazy(r"[^\n|;&]*")


@cache
def _commands() -> dict[str, list[tuple[str, list[str]]]]:
    """Return the commands by their first word, each with the forms of its options."""
    commands_by_word: dict[str, list[tuple[str, list[str]]]] = {}
    for command, forms in rows("commands", "commands").items():
        commands_by_word.setdefault(command.partition(" ")[0], []).append((command, forms.split()))
    return commands_by_word


@cache
def _without_options() -> frozenset[str]:
    """Return the first words of the commands that have a secret without an option."""
    return frozenset(first for first, variants in _commands().items() for _, forms in variants if forms[0][0] != "-")


def may_be_command(text: str) -> bool:
    """Return whether a text can contain one of the commands with its options."""
    return " -" in text or '"-' in text or _without_option().search(text) is not None


@cache
def _without_option() -> re.Pattern[str]:
    return re.compile(any_of(_without_options()))


def command_hints() -> tuple[str, ...]:
    """Return what every text with a secret in a command or after a phrase has in it."""
    return (" -", '"-', *_without_options(), *_OTHERS, *_phrases())


@cache
def _command(command: str) -> re.Pattern[str]:
    words = r"(?:[ ]|[\"'],[ ]?[\"'])".join(map(re.escape, command.split(" ")))
    return re.compile(rf"(?<![\w.-]){words}(?![\w.])")


@cache
def _option(form: str) -> re.Pattern[str]:
    """Return the pattern for an option such as `-p*`, `-a_`, or `-u:`."""
    flag, mark = re.escape(form[:-1]), re.escape(form[-1])
    start = rf"(?<=[\s\"'])(?<![\w-]){flag}"
    if mark == r"\*":
        return re.compile(rf"{start}[\"']?(?![\s=-]){_VALUE}")
    if mark == "_":
        return re.compile(rf"{start}{_BETWEEN}(?:pass:)?{_VALUE}")
    return re.compile(rf"{start}(?:{_BETWEEN}|[\"']?)(?!-)[^\s:\"'/{mark}]{{0,80}}{mark}([^\s\"'|;&]{{1,400}})")


def commands(text: str) -> Iterator[TextSpan]:
    """Yield the secrets in the command lines of a text."""
    for match in pattern("user and password of a command").finditer(text):
        place = match.lastindex or 1
        if is_drawn(match[place]) and is_secret(NameKind.PASSWORD, match[place], Notation.CODE):
            yield match.span(place)
    by_word = _commands()
    for first in by_word.keys() & set(_word().findall(text)):
        for command, forms in by_word[first]:
            done = 0
            for match in _command(command).finditer(text):
                if match.end() >= done:
                    line = _line().match(text, match.end(), match.end() + _LONGEST)
                    done = line.end() if line is not None else match.end()
                    yield from _in_command(text, match.end(), done, forms)


def _in_command(text: str, start: int, stop: int, forms: list[str]) -> Iterator[TextSpan]:
    for form in forms:
        if form == "@":
            arguments = [
                match for match in pattern("argument").finditer(text, start, stop) if match[1][0] not in "-/<>"
            ]
            matches = [match for match in arguments[-1:] if is_drawn(match[1])]
        else:
            matches = list((pattern("assignment") if form == "=" else _option(form)).finditer(text, start, stop))
        for match in matches:
            if match[1][0] not in "-/" and is_secret(NameKind.PASSWORD, match[1], Notation.OPTION):
                yield match.span(1)


# ---- phrases

_PIPES = ("echo ", "printf ", "<<<")
_OTHERS = (*_PIPES, ":*:", ":5432:")


@cache
def _phrases() -> dict[str, list[tuple[str, str]]]:
    """Return the phrases by their words up to the first that can be any, and how what follows them is written."""
    phrases_by_start: dict[str, list[tuple[str, str]]] = {}
    for phrase, written in rows("commands", "phrases").items():
        phrases_by_start.setdefault(phrase.partition(" _")[0], []).append((phrase, written))
    return phrases_by_start


@cache
def _start() -> re.Pattern[str]:
    return re.compile(any_of((*_OTHERS, *_phrases())))


def may_have_phrase(text: str) -> bool:
    """Return whether a text has the start of a phrase that comes before a secret."""
    return _start().search(text) is not None


@cache
def _phrase(phrase: str, written: str) -> re.Pattern[str]:
    parts = (r"[^\s,()]{1,80}" if part == "_" else re.escape(part) for part in phrase.split(" "))
    start, gap = (r"(?<![\w-])", "[ ]{1,2}") if "(" not in phrase else ("", "[ ]{0,2}")
    quote = r"[\"']" if written == "quoted" else r"[\"']?"
    value = r"([\w.~+/-]{6,}=*)" if written == "token" else _VALUE
    return re.compile(rf"{start}{gap.join(parts)}[ ]{{0,4}}(?<=[ ,(]){quote}{value}")


def phrases(text: str) -> Iterator[TextSpan]:
    """Yield the secrets after phrases such as `IDENTIFIED BY`, in lines of `.pgpass`, and piped into a command."""
    for phrase, written in (row for start, starting in _phrases().items() if start in text for row in starting):
        context = Notation.MEMBER if written == "any" else Notation.CODE
        for match in _phrase(phrase, written).finditer(text):
            drawn = written not in ("drawn", "token") or is_drawn(match[1])
            if drawn and is_secret(NameKind.PASSWORD, match[1], context):
                yield match.span(1)
    if ":*:" in text or ":5432:" in text:
        yield from (match.span(1) for match in pattern("line of .pgpass").finditer(text) if not is_ordinary(match[1]))
    for match in pattern("piped into a command").finditer(text) if any(pipe in text for pipe in _PIPES) else ():
        place = match.lastindex or 1
        if is_drawn(match[1]) if place == 1 else not is_ordinary(match[2]):
            yield match.span(place)
