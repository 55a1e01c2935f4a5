"""The keys that work on a screen, one line per action, and what a user wants to do with each."""

from __future__ import annotations

import re

from msgspec import Struct
from textual.app import App
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.dom import DOMNode
from textual.screen import Screen

from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import key_name
from astro_tui.widgets.textual_compat import binding_chain, is_enabled

PURPOSES = {
    "Move": r"move|page|first|last|scroll\w*|page_\w+|sibling|out|into|center|switch|other_part|next_section",
    "Search and sort": (
        r"search|find|(un)?filter|match|only|clear|problems|errors|level|\w*sources?|publisher|mine|sort|reverse"
    ),
    "Fold": r"\w*fold\w*|everything|context|noise|choose",
    "Read": (
        r"section|logs|templates|times|value|pager|wrap|widen|full_height|reveal|next_form|beside|refresh|pause|more_past"
        r"|preview|try_again"
    ),
    "Compare": r"diff|compare|change|mark|swap|history",
    "Copy and save": r"copy|copy_(?!or_)\w+|save|take",
    "Go elsewhere": r".*",
}
"""What the user wants to do → the names of the actions for it. The first match counts."""

_TEXTUALS_OWN = {
    binding.action if isinstance(binding, Binding) else binding[1]
    for owner in (App, Screen, ScrollableContainer)
    for binding in owner.BINDINGS
}
"""The actions of Textual's own bindings, which the screens do not need. Our own bindings have ids."""


def purpose_of(owner: type, action: str) -> str:
    """Return what the user wants to do with an action. Except in a diff, `choose` opens something."""
    name = re.sub(r"^\w+\.|\(.*", "", action)
    if name == "choose" and owner.__module__ != "astro_tui.widgets.diff":
        return "Go elsewhere"
    return next(purpose for purpose, names in PURPOSES.items() if re.fullmatch(names, name))


class KeyLine(Struct, frozen=True):
    """One action with all of its keys. `place` is where its keys work.

    It has several `ids` if several bindings do the same, such as `PgDn` in every list and `space` in a readme.
    """

    keys: str
    description: str
    action: str
    owner: DOMNode
    ids: tuple[str, ...]
    purpose: str
    place: str

    @property
    def id(self) -> str:
        """The first id, or an empty string."""
        return next(iter(self.ids), "")


HERE, ON_SCREEN, ANYWHERE = "in this pane", "on this screen", "anywhere"


def key_lines(screen: Screen[object], look: Look) -> list[KeyLine]:
    """Return the keys that work on `screen` now, each action once: those of the focused pane first."""
    lines: dict[tuple[str, str], list[str]] = {}
    found: dict[tuple[str, str], tuple[DOMNode, list[str]]] = {}
    for owner, one in _working(screen):
        place = (one.action, one.description)
        first, ids = found.setdefault(place, (owner, []))
        if first is owner:
            lines.setdefault(place, []).append(key_name(one.key, look))
            ids += [one.id] if one.id and one.id not in ids else []
    return [
        KeyLine(
            " ".join(dict.fromkeys(keys)),
            description,
            action,
            owner,
            tuple(ids),
            purpose_of(type(owner), action),
            ON_SCREEN if owner is screen else ANYWHERE if owner is screen.app else HERE,
        )
        for (action, description), keys in lines.items()
        for owner, ids in [found[action, description]]
    ]


def _working(screen: Screen[object]) -> list[tuple[DOMNode, Binding]]:
    """Return the bindings that work now, one for each key: that of the focused widget unless another has priority."""
    every = [
        (owner, one)
        for owner, bindings in binding_chain(screen)
        for group in bindings.key_to_bindings.values()
        for one in group
        if not one.system and (one.id or one.action not in _TEXTUALS_OWN) and is_enabled(owner, one)
    ]
    winners: dict[str, Binding] = {}
    for _, one in reversed([pair for pair in every if pair[1].priority]):
        winners.setdefault(one.key, one)
    for _, one in every:
        winners.setdefault(one.key, one)
    return [(owner, one) for owner, one in every if one.description and winners[one.key] is one]
