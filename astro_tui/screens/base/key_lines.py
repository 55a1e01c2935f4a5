"""The keys that work on a screen, one line per action."""

from __future__ import annotations

from msgspec import Struct
from textual.app import App
from textual.binding import Binding
from textual.containers import ScrollableContainer
from textual.dom import DOMNode
from textual.screen import Screen

from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import in_order, key_name, winner
from astro_tui.widgets.textual_compat import binding_chain, is_enabled

_TEXTUALS_OWN = {
    binding.action if isinstance(binding, Binding) else binding[1]
    for owner in (App, Screen, ScrollableContainer)
    for binding in owner.BINDINGS
}
"""The actions of Textual's own bindings, which the screens do not need. Our own bindings have ids."""


class KeyLine(Struct, frozen=True):
    """One action with all of its keys. `place` is where its keys work.

    It has several `ids` if several bindings do the same, such as `PgDn` in every list and `space` in a readme.
    """

    keys: str
    description: str
    action: str
    owner: DOMNode
    ids: tuple[str, ...]
    place: str

    @property
    def id(self) -> str:
        """The first id, or an empty string."""
        return next(iter(self.ids), "")


HERE, ON_SCREEN, ANYWHERE = "in this pane", "on this screen", "anywhere"


def key_lines(screen: Screen[object], look: Look) -> list[KeyLine]:
    """Return the keys that work on `screen` now, each action once: those of the focused pane first."""
    lines: dict[tuple[str, str], list[str]] = {}
    places: dict[tuple[str, str], tuple[DOMNode, list[str]]] = {}
    for owner, one in _working(screen):
        place = (one.action, one.description)
        first, ids = places.setdefault(place, (owner, []))
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
            ON_SCREEN if owner is screen else ANYWHERE if owner is screen.app else HERE,
        )
        for (action, description), keys in lines.items()
        for owner, ids in [places[action, description]]
    ]


def _working(screen: Screen[object]) -> list[tuple[DOMNode, Binding]]:
    """Return the bindings that work now, one for each key: that of the focused widget unless another has priority."""
    chain = binding_chain(screen)
    every = [
        (owner, one)
        for owner, bindings in chain
        for one in in_order(owner, bindings)
        if not one.system and (one.id or one.action not in _TEXTUALS_OWN) and is_enabled(owner, one)
    ]
    return [(owner, one) for owner, one in every if one.description and winner(chain, one.key) is one]
