"""The user's own keys: how they are written, and which of them cannot work."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import Path

from astro_tui.text.masked import masked_line
from astro_tui.text.nearest import did_you_mean

_NAMED = {
    **{name: name for name in ("enter", "tab", "space", "backspace", "delete", "insert", "home", "end")},
    **{name: name for name in ("escape", "pageup", "pagedown", "left", "right", "up", "down")},
    **{f"f{number}": f"f{number}" for number in range(1, 13)},
    "esc": "escape",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "←": "left",
    "→": "right",
    "↑": "up",
    "↓": "down",
}
"""How a key is written, in lower case → how Textual names it."""
_SHORT = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Unicode's name of a character → Textual's."""
_SAME = {"ctrl+h": "backspace", "ctrl+i": "tab", "ctrl+j": "enter", "ctrl+m": "enter"}
"""Key → the key that terminals cannot distinguish it from."""
_MODIFIED = re.compile(r"((?:(?:ctrl|alt|shift)\+)+)(.+)")


class KeyNameError(ValueError):
    """A string that is not a key; the message says why."""


def textual_key(text: str) -> str:
    """Return Textual's name of one key as people write it: `f`, `/`, `ctrl+f`, `F5`, `esc`. Raises KeyNameError."""
    if len(text) == 1 and text.isprintable() and text not in "←→↑↓":
        return text if text.isalnum() else _named(text)
    if modified := _MODIFIED.fullmatch(text.lower()):
        modifiers, key = modified[1], modified[2]
        if text.lower() in _SAME:
            raise KeyNameError(f"terminals cannot tell {text} from {_SAME[text.lower()]}")
        if key in _NAMED:
            return modifiers + _NAMED[key]
        if modifiers == "shift+" and len(key) == 1:
            raise KeyNameError(f'write "{key.upper()}" instead of {masked_line(text, 40)!r}')
        if len(key) == 1 and key.isascii() and key.isalnum():
            return modifiers + key
    elif text.lower() in _NAMED:
        return _NAMED[text.lower()]
    guess = did_you_mean(text, _NAMED) or '; write "f", "/", "ctrl+f", "F5", or "esc"'
    raise KeyNameError(f"unknown key {masked_line(text, 40)!r}{guess}")


def _named(character: str) -> str:
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return _SHORT.get(name, name)


def textual_keymap(keys: Mapping[str, str]) -> dict[str, str]:
    """Return the user's own keys for Textual: action id → comma-separated key names. The keys must be valid."""
    return {name: ",".join(map(textual_key, text.split())) for name, text in keys.items()}


def key_problems(keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each action that cannot have the key that the user gave it, and why."""
    defaults, valid = default_keys(), {}
    for name, text in keys.items():
        if name not in defaults:
            guess = did_you_mean(name, defaults) or "; docs/keys.md lists them"
            yield name, f"unknown action {masked_line(name, 60)!r}{guess}"
        elif not text.split():
            yield name, f"{name} has no key"
        else:
            try:
                valid[name] = frozenset(map(textual_key, text.split()))
            except KeyNameError as error:
                yield name, f"{name}: {error}"
    yield from _conflicts(valid)


def _conflicts(own: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    """Yield each action whose new key already belongs to another action in the same place.

    Actions that share a key by default, such as `enter` in a list and on its screen, may share another key.
    """
    defaults = default_keys()
    reported: dict[str, set[str]] = {}
    for place, actions in _places().items():
        for one, other in combinations(actions, 2):
            first, second = sorted((one, other), key=lambda name: name not in own)
            if first not in own or _taken(defaults[one]) & _taken(defaults[other]):
                continue
            both = _taken(own[first]) & _taken(own.get(second, defaults[second]))
            for key in sorted(both - reported.get(first, set())):
                reported.setdefault(first, set()).add(key)
                yield first, f"{_written(key)} would be both {first} and {second} ({place})"


def _taken(keys: frozenset[str]) -> set[str]:
    """Return the keys, and the first key of each sequence: `za` also takes `z`."""
    return {*keys, *(key[0] for key in keys if len(key) == 2 and key[0] == "z")}


def _written(key: str) -> str:
    """Return a key as people write it."""
    names = {_named(chr(code)): chr(code) for code in range(33, 127) if not chr(code).isalnum()}
    return names.get(key, key)


@cache
def default_keys() -> dict[str, frozenset[str]]:
    """Return the default keys of each action by its id."""
    defaults: dict[str, frozenset[str]] = {}
    for _owner, name, keys in _table()[0]:
        defaults[name] = defaults.get(name, frozenset()) | frozenset(keys.split(","))
    return defaults


@cache
def usual_keys() -> dict[str, str]:
    """Return the first of the default keys of each action by its id."""
    return {name: keys.split(",")[0] for _owner, name, keys in reversed(_table()[0])}


@cache
def _table() -> tuple[list[list[str]], list[str]]:
    """Return the rows and the places of `keys.txt`, so that keys are checked without importing any screen.

    Rows are the class, the id of an action, and its keys as Textual names them. Each place has the classes whose keys
    can work there at the same time. `make docs` writes the file.
    """
    rows, places = Path(__file__).with_name("keys.txt").read_text(encoding="utf-8").split("\n\n")
    return [line.split() for line in rows.splitlines()], places.replace("\n  ", " ").splitlines()


@cache
def _places() -> dict[str, list[str]]:
    """Return the actions whose keys can work at the same time, by the name of the place."""
    by_class: dict[str, list[str]] = {}
    for owner, name, _keys in _table()[0]:
        by_class.setdefault(owner, []).append(name)
    places = {}
    for line in _table()[1]:
        place, _, owners = line.partition(": ")
        names = [name for owner in owners.split() for name in by_class[owner]]
        places["in " + place.replace("sections.", "").replace(".", ": ").replace("_", " ")] = [*dict.fromkeys(names)]
    return places
