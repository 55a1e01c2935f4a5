"""Every key binding has an action id, so that keys can be remapped and listed."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

from textual.binding import Binding
from textual.dom import DOMNode

import astro_tui

NEVER = {
    *("ctrl+a", "ctrl+space", "ctrl+at"),
    *("ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+left_square_bracket", "ctrl+s"),
    *(f"{modifier}+enter" for modifier in ("alt", "ctrl", "shift")),
}
"""Prefixes of screen, what terminals send for other keys, and what stops the output.

ctrl+b, the prefix of tmux, is the second key of what it does: outside of tmux, users of vim and less expect it.
"""
ACTION_ID = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z0-9]+(?:-[a-z0-9]+)*")


def own_bindings() -> Iterator[tuple[str, Binding]]:
    """Return each binding of the app, its screens, and its widgets, with the class that declares it."""
    for module in pkgutil.walk_packages(astro_tui.__path__, "astro_tui."):
        if module.name.split(".")[1] not in ("app", "screens", "widgets"):
            continue
        for owner in vars(import_module(module.name)).values():
            if isinstance(owner, type) and issubclass(owner, DOMNode) and owner.__module__ == module.name:
                for binding in vars(owner).get("BINDINGS", ()):
                    assert isinstance(binding, Binding), owner
                    yield owner.__name__, binding


def test_every_binding_has_an_action_id() -> None:
    bindings = list(own_bindings())
    assert {"AstroApp", "PickerScreen", "RowList"} <= {owner for owner, _ in bindings}
    for owner, binding in bindings:
        assert ACTION_ID.fullmatch(binding.id or ""), (owner, binding.key, binding.id)


def test_keys_that_belong_to_the_terminal_are_not_bound() -> None:
    bound = {key.strip() for _, binding in own_bindings() for key in binding.key.split(",")}
    assert {"pageup", "ctrl+u"} <= bound
    assert bound & NEVER == set()


def test_an_id_always_means_the_same_action() -> None:
    actions: dict[str, set[str]] = {}
    for _, binding in own_bindings():
        actions.setdefault(binding.id or "", set()).add(binding.action)
    assert {name: found for name, found in actions.items() if len(found) > 1} == {}


def test_a_class_uses_an_id_once() -> None:
    named = [(owner, binding.id) for owner, binding in own_bindings()]
    assert sorted(named) == sorted(set(named))
