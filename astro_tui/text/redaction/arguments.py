"""Secrets in lists of arguments inside of a text: `args: ["--password", "x"]`, `exec: ['redis-cli', '-a', 'x']`."""

from __future__ import annotations

import re
from functools import cache

from astro_tui.text.redaction.commands import ARGUMENTS, argument_reason
from astro_tui.text.redaction.values import BUILD_SECRET, MASK

OPTION_HINTS = ('"-', "'-")
"""Only a list with an option in quotes is read as a command."""
_MOST = 60
"""The most items of a list that are read. A list can lack its start, as in a line that was cut."""


def arguments(text: str) -> str:
    """Return a text with the secrets in its lists of arguments replaced, by the rules for lists in documents."""
    return _list().sub(_masked, text)


@cache
def _list() -> re.Pattern[str]:
    quoted = r"\\{0,4}(?:\"[^\"\\\n]{0,200}\\{0,4}\"|'[^'\\\n]{0,200}\\{0,4}')"
    item = rf"(?:{quoted}|[^\s\"'()\[\]{{}},\\][^\"'()\[\]{{}},\n\\]{{0,60}})"
    return re.compile(rf"(?:[\[({{]\s{{0,20}}|(?=\\{{0,4}}[\"'])){item}(?:\s{{0,4}},\s{{0,40}}{item}){{1,{_MOST}}}")


@cache
def _item() -> re.Pattern[str]:
    return re.compile(r"(?<=[\"'])[^\"'\\\n]{0,200}(?=\\{0,4}[\"'](?:\s*,|\s*\Z))")


def _masked(match: re.Match[str]) -> str:
    text = match.group()
    if not any(hint in text for hint in OPTION_HINTS):
        return text
    before: list[str] = []
    pieces: list[str] = []
    done = 0
    for item in _item().finditer(text):
        value = item.group()
        if MASK not in value and argument_reason(value, before[-ARGUMENTS:]) is not None:
            named = BUILD_SECRET().match(value) if before[-1:] == ["--secret"] else None
            start = item.start() + (0 if named is None else named.end())
            pieces += (text[done:start], MASK)
            done = item.end()
        before.append(value)
    return "".join([*pieces, text[done:]])
