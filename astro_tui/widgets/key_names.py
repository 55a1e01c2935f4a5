"""How keys are written on screen, and which key the user may have meant."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.theme.look import Look

NAMES = {
    "slash": "/",
    "question_mark": "?",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "equals_sign": "=",
    "minus": "-",
    "ampersand": "&",
    "number_sign": "#",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "colon": ":",
    "at": "@",
    "escape": "esc",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "shift+left": "shift+←",
    "shift+right": "shift+→",
    "shift+up": "shift+↑",
    "shift+down": "shift+↓",
    "plus": "+",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
ASCII_NAMES = {"←": "left", "→": "right", "↑": "up", "↓": "down"}
HABITS = {"f5": "refresh", "delete": "clear", "backspace": "back", "x": "reveal", "f3": "search"}
"""Key in other programs → start of the description of the action that it has there."""


def key_name(key: str, look: Look) -> str:
    """Return a key as the help shows it."""
    name = NAMES.get(key, key)
    if look.ascii:
        for arrow, word in ASCII_NAMES.items():
            name = name.replace(arrow, word)
    return name


def about_unknown(key: str, bound: Sequence[tuple[str, str]], look: Look, otherwise: str) -> str:
    """Return a sentence about a key that does nothing, with the key of `nearest_key`, or `otherwise`."""
    near = nearest_key(key, bound)
    meant = f"{key_name(near[0], look)} is “{near[1]}”" if near else otherwise
    return look.own(f"{key_name(key, look)} does nothing here; {meant}.")


def nearest_key(key: str, bound: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """Return the key that the user may have meant by a `key` that does nothing, and its action in words.

    `bound` are the keys that work now, in the order of the footer. The same letter in the other case comes first, then
    an action that starts with that letter.
    """
    word = HABITS.get(key, key if len(key) == 1 else "")
    if not word:
        return None
    other_case = [pair for pair in bound if pair[0] == key.swapcase() and pair[0] != key]
    named = [pair for pair in bound if pair[1].casefold().startswith(word.casefold())]
    return next(iter((*other_case, *named)), None)
