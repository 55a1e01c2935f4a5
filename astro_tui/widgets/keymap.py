"""Key bindings as a table, and the names of keys on screen: the user's own key if there is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from textual.app import App
from textual.binding import Binding, BindingsMap, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from astro_tui.state.key_map import usual_keys
from astro_tui.theme.look import Look
from astro_tui.widgets.textual_compat import binding_chain, bindings_of, is_enabled, own_keys

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


def works(screen: Screen[Any], key: str) -> bool:
    """Return whether a key does something on a screen now."""
    return any(
        is_enabled(node, binding)
        for node, bindings in binding_chain(screen)
        for binding in bindings.key_to_bindings.get(key, ())
    )


def why_not(screen: Screen[Any], key: str) -> str:
    """Return why the action of a key cannot run now, by the `WHY_NOT` of its owner; empty if nothing says so."""
    for node, bindings in binding_chain(screen):
        reasons: Mapping[str, str] = getattr(node, "WHY_NOT", {})
        for binding in bindings.key_to_bindings.get(key, ()):
            if binding.action in reasons:
                return reasons[binding.action]
    return ""


def is_count(key: str) -> bool:
    """Return whether a key can be part of a count, such as `5j`, where it does nothing else."""
    return len(key) == 1 and key.isdecimal()


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


def keymap(table: str) -> list[BindingType]:
    """Return the bindings of a table with one line per binding: keys, action, ID, and description.

    Two or more spaces separate the columns. Keys that end with `!` have priority over the focused widget, so that
    characters typed right after them go to whatever the action opens.
    """
    bindings: list[BindingType] = []
    for line in table.strip().splitlines():
        keys, action, name, description = re.split(" {2,}", line.strip(), maxsplit=3)
        bindings.append(Binding(keys.removesuffix("!"), action, description, priority=keys.endswith("!"), id=name))
    return bindings


def bind_missing(node: DOMNode, bindings: Iterable[Binding]) -> None:
    """Bind the keys that the class of a node does not, such as those of sections registered after it was made."""
    known = bindings_of(node)
    for key, found in BindingsMap(bindings).key_to_bindings.items():
        known.setdefault(key, found)


def action_key(node: DOMNode, name: str) -> str:
    """Return the first key of an action as shown, such as `/`, by the ID of the action: the user's own key if any."""
    own = own_keys(node.app).get(name, "")
    key = own.split(",")[0] or _key_near(node, name) or usual_keys()[name]
    return NAMES.get(key, key)


def keys_for(screen: DOMNode, action: str) -> frozenset[str]:
    """Return the keys that run an action of a screen, as Textual names them."""
    own, found = own_keys(screen.app), set[str]()
    for key, bindings in bindings_of(screen).items():
        for binding in bindings:
            if binding.action == action:
                found |= set(own.get(binding.id or "", key).split(","))
    return frozenset(found)


def key_in_front(app: App[Any], action: str) -> str:
    """Return the first key of an action as shown, on the nearest screen that has the action; empty if none does."""
    for screen in reversed(app.screen_stack):
        for bindings in bindings_of(screen).values():
            for binding in bindings:
                if binding.action == action and binding.id:
                    return action_key(screen, binding.id)
    return ""


def _key_near(node: DOMNode, name: str) -> str:
    """Return the usual key of an action in a widget or its containers; elsewhere, the action may have another key."""
    for owner in node.ancestors_with_self:
        found = bindings_of(owner).items()
        keys = [key for key, bindings in found if any(binding.id == name for binding in bindings)]
        if keys:
            # Prefer the usual key: those that Textual's own classes bind come first.
            usual = usual_keys().get(name, "")
            return usual if usual in keys else keys[0]
    return ""


def shown_keys(node: DOMNode, text: str) -> str:
    """Return keys as shown, such as `/` or `< >`, replaced by the keys that the user has given to their actions.

    The keys are those of the focused widget, its screen, and the app. A range of keys, such as `1-9`, stays as it is.
    """
    own = own_keys(node.app)
    return " ".join(_shown(node, key, own) for key in text.split(" ")) if own else text


def with_own_keys(node: DOMNode, hints: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return pairs of keys and words with the user's own keys."""
    return [(shown_keys(node, keys), word) for keys, word in hints]


def _shown(node: DOMNode, shown: str, own: Mapping[str, str]) -> str:

    key = next((name for name, text in NAMES.items() if text == shown), shown)
    bound = [
        binding
        for owner in (node.screen.focused or node.screen).ancestors_with_self
        for binding in bindings_of(owner).get(key, ())
        if is_enabled(owner, binding)
    ]
    found = next(iter(sorted(bound, key=lambda one: not one.priority)), None)
    if found is None or not found.id or found.id not in own:
        return shown
    mine = own[found.id].split(",")[0]
    return NAMES.get(mine, mine)
