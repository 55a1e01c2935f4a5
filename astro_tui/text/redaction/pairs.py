"""Values and the names beside them in one object: `{"field": "DB_PASSWORD", "old": "x", "new": "y"}`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from astro_tui.text.redaction.names import Kind, kind_of, number_is_secret, words
from astro_tui.text.redaction.roles import object_around
from astro_tui.text.redaction.shape import beside
from astro_tui.text.redaction.values import MASK
from astro_tui.text.redaction.words import lazy, word_set

NAME_KEYS = word_set(
    "name key k header variable var env param parameter property setting field label id option attribute attr"
    " title @name @key parameterkey parametername variablename varname settingname envname keyname"
)
"""Keys, in lower case, whose text names the value beside it."""
VALUE_KEYS = word_set(
    "value default val v content data #text parametervalue variablevalue settingvalue envvalue stringvalue secretvalue"
    " setting answer argument newvalue oldvalue currentvalue defaultvalue plaintext"
)
"""Keys, in lower case, of the value that a name or a `secret: true` beside it describes."""
NAME_ENDS = ("name", "key", "path")
"""How all other keys end, in lower case, whose text can name the value beside it."""
_CHANGED = word_set("old new before after previous current")
_COMPARED = word_set("from to expected actual")
_LABELS = word_set("name label id title k @name")
"""Beside these, `from` and `to` are the ends of a message or an edge."""


def is_change(key: str) -> bool:
    """Return whether a key has one of two values that differ, as `old_value` and `new` do."""
    lower = key.lower().removesuffix("value").rstrip("_- ")
    return lower in _CHANGED or lower in _COMPARED


def is_value(key: str) -> bool:
    """Return whether the text beside a key can name its value."""
    lower = key.lower()
    return lower in VALUE_KEYS or is_change(key) or lower.endswith("value")


def name_of(value_key: str, names: Iterable[tuple[str, str]]) -> str:
    """Return the text that names the value of a key, by the keys beside it; one that suggests a secret comes first."""
    found = [_last(key, text) for key, text in names if _names(key, value_key, "/" in text)]
    telling = max(found, key=kind_of, default="")
    return telling if kind_of(telling) > 0 else next(iter(found), "")


def _last(key: str, text: str) -> str:
    """Return the last segment of a path, else the whole name."""
    return re.split("[/.]", text)[-1] if key.lower() in ("path", "field") else text


@lru_cache(4096)
def _names(key: str, value_key: str, slashed: bool) -> bool:
    """Return whether the text of `key` names the value of `value_key`; a `slashed` path may belong to a request."""
    name, value = key.lower(), value_key.lower()
    changed = is_change(value_key)
    if name == "path":
        return value == "value" or (changed and not (slashed and value in _COMPARED))
    if name in NAME_KEYS and (value in VALUE_KEYS or changed):
        return not (name in _LABELS and value in _COMPARED)
    of_name, of_value = words(key), words(value_key)
    paired = of_name[-1:] in (["name"], ["key"]) and of_value[-1:] == ["value"]
    return paired and of_name[:-1] == of_value[:-1]


class Pairs:
    """What finds named values in a text, like a shape."""

    hints = 'old|new|before|after|previous|current|from|to"|to\\|expected|actual|value'

    def mask(self, text: str) -> str:
        """Return the text with the named values in its JSON objects replaced."""
        hidden: dict[int, int] = {}
        for match in _named().finditer(text):
            key, name = match.groups()
            if kind_of(_last(key, name)) < Kind.KEY:
                continue
            first, last = object_around(text, match.start(), match.end(), _REACH, "{}")
            for member in _member().finditer(text, first, last):
                if _names(key, member.group(1), "/" in name) and _is_secret(_last(key, name), member):
                    group = 2 if member.group(2) else 3
                    hidden[member.start(group)] = member.end(group)
        return _without(text, hidden) if hidden else text


def _is_secret(name: str, member: re.Match[str]) -> bool:
    key, value, digits = member.groups()
    if digits:
        return number_is_secret(name, digits) and not (is_change(key) and len(digits) < 4)
    return MASK not in value and beside(name, value)


def _without(text: str, hidden: dict[int, int]) -> str:
    pieces: list[str] = []
    done = 0
    for start, stop in sorted(hidden.items()):
        pieces += (text[done:start], MASK)
        done = stop
    return "".join([*pieces, text[done:]])


_REACH = 400
"""Characters of an object that are read on each side of a name."""
_named = lazy(r"(?ai:\"([a-z_@][\w.@-]{0,40})\\*\"\s{0,4}:\s{0,4}\\*\"([\w./~:@-]{1,120})\\*\")")
_member = lazy(
    r"(?a:\"([A-Za-z_@#][\w.@-]{0,40})\\*\"\s{0,4}:\s{0,4}(?:\\*\"([^\"\\\n]{1,400})\\*\"|(\d{1,12})(?![\w.])))"
)
