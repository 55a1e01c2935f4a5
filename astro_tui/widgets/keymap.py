"""Key bindings as a table, and the names of keys on screen: the user's own key if there is one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

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
    "asterisk": "*",
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
    return look.plain(f"{key_name(key, look)} does nothing here; {meant}.")


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
    """Return the bindings of a table with one line per binding: keys, action, ID, and description, often with a hint.

    Two or more spaces separate the columns. Keys that end with `!` have priority over the focused widget, so that
    characters typed right after them go to whatever the action opens.

    A hint is the word for the last row, such as `[filter]` at the end of the line. It is shown while `check_action`
    enables the action, in the order of the lines: those of the focused widget, then of what contains it; a class comes
    before its base. Lines of a class with the same word are one hint: `n N matches`. Of two words, such as
    `[problems|all]`, the second one is shown while `is_on` is true (see `Switches`), and an empty word hides the hint.
    `[!sign in]` comes first. The last two hints of a screen always have room: those to leave and for the help.
    """
    bindings: list[BindingType] = []
    for line in table.strip().splitlines():
        keys, action, name, about = re.split(" {2,}", line.strip(), maxsplit=3)
        description, _, hint = about.removesuffix("]").partition(" [")
        bindings.append(
            Binding(keys.removesuffix("!"), action, description, priority=keys.endswith("!"), tooltip=hint, id=name)
        )
    return bindings


class Switches:
    """A widget or screen with hints of two words."""

    def is_on(self, action: str) -> bool:
        """Whether the second word of the hint says what an action does now; `action` is without its arguments."""
        del action
        return False


Chain = Sequence[tuple[DOMNode, BindingsMap]]
"""Where keys are looked up, in order: the focused widget, what contains it, its screen, and the app."""


def winner(chain: Chain, key: str) -> Binding | None:
    """Return the binding that a key runs now."""
    bound = [(node, bindings.key_to_bindings[key]) for node, bindings in chain if key in bindings.key_to_bindings]
    urgent = ((node, one) for node, group in reversed(bound) for one in group if one.priority)
    others = ((node, one) for node, group in bound for one in group if not one.priority)
    # Asking whether an action works now is what takes time.
    return next((one for node, one in (*urgent, *others) if is_enabled(node, one)), None)


def hints_of(screen: Screen[Any], look: Look) -> list[tuple[str, str]]:
    """Return the hints for the last row, as `keymap` describes them: keys as shown, and a word."""
    chain = binding_chain(screen)
    hints: dict[tuple[DOMNode, str], dict[str, str]] = {}
    urgent = set()
    for node, bindings in chain:
        for one in _hinted(node, bindings):
            word = _word(node, one)
            if word and winner(chain, one.key) is one:
                hints.setdefault((node, word), {}).setdefault(one.action, key_name(one.key, look))
                urgent |= {(node, word)} if one.tooltip.startswith("!") else set()
    ordered = sorted(hints, key=lambda hint: hint not in urgent)
    return [(_together([*hints[hint].values()]), hint[1]) for hint in ordered]


_KNOWN: WeakKeyDictionary[DOMNode, tuple[BindingsMap, int, list[Binding]]] = WeakKeyDictionary()
"""Node → its bindings, how many keys they have, and those with hints, in order: sorting them for each key is slow."""


def _hinted(node: DOMNode, bindings: BindingsMap) -> list[Binding]:
    """Return the bindings of a node that have hints, in the order of their lines."""
    cached, count = _KNOWN.get(node), len(bindings.key_to_bindings)
    if cached is None or cached[0] is not bindings or cached[1] != count:
        with_hints = [one for one in in_order(node, bindings) if one.tooltip and one.id]
        cached = _KNOWN[node] = bindings, count, with_hints
    return cached[2]


def in_order(node: DOMNode, bindings: BindingsMap) -> list[Binding]:
    """Return the bindings of a node in the order of their lines; those of a class come before those of its bases."""
    order = _order(type(node))
    every = [one for group in bindings.key_to_bindings.values() for one in group]
    return sorted(every, key=lambda one: order.get((one.action, one.key), order.get((one.action, ""), 0)))


@cache
def _order(kind: type) -> Mapping[tuple[str, str], int]:
    """Return the places of actions and their keys in the lines of a class; those of its bases come later."""
    lines = [one for base in kind.__mro__ for one in vars(base).get("BINDINGS", ()) if isinstance(one, Binding)]
    keys = [(one.action, key) for one in lines for key in (*one.key.split(","), "")]
    return {key: place for place, key in reversed([*enumerate(keys)])}


def _word(node: DOMNode, binding: Binding) -> str:
    """Return the word of a hint now; empty if it is hidden."""
    first, two, second = binding.tooltip.removeprefix("!").partition("|")
    on = two and isinstance(node, Switches) and node.is_on(binding.action.partition("(")[0])
    return second if on else first


def _together(keys: Sequence[str]) -> str:
    """Return the keys of one hint: `n N`, or `0-9`."""
    return f"{min(keys)}-{max(keys)}" if len(keys) > 2 and all(map(is_count, keys)) else " ".join(keys)


def bind_missing(node: DOMNode, bindings: Iterable[Binding]) -> None:
    """Bind the keys that the class of a node does not, such as those of sections registered after it was made."""
    present = bindings_of(node)
    for key, added in BindingsMap(bindings).key_to_bindings.items():
        present.setdefault(key, added)


def action_key(node: DOMNode, name: str) -> str:
    """Return the first key of an action as shown, such as `/`, by the ID of the action: the user's own key if any."""
    own = own_keys(node.app).get(name, "")
    key = own.split(",")[0] or _key_near(node, name) or usual_keys()[name]
    return NAMES.get(key, key)


def keys_for(screen: DOMNode, action: str) -> frozenset[str]:
    """Return the keys that run an action of a screen, as Textual names them."""
    own, keys = own_keys(screen.app), set[str]()
    for key, bindings in bindings_of(screen).items():
        for binding in bindings:
            if binding.action == action:
                keys |= set(own.get(binding.id or "", key).split(","))
    return frozenset(keys)


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
        bound = bindings_of(owner).items()
        keys = [key for key, bindings in bound if any(binding.id == name for binding in bindings)]
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
    first = next(iter(sorted(bound, key=lambda one: not one.priority)), None)
    if first is None or not first.id or first.id not in own:
        return shown
    mine = own[first.id].split(",")[0]
    return NAMES.get(mine, mine)
