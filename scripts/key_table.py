"""The text of astro_tui/state/keys.txt: which keys each action has, and which actions work at the same time.

The program checks the user's own keys with it, without importing any screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from docs_keys import PACKAGE, PARTS, classes, part_of, parts_of, place_of
from textual.binding import Binding
from textual.screen import Screen

from astro_tui.app.app import AstroApp
from astro_tui.screens.base.sections import SectionPane

PATH = PACKAGE / "state" / "keys.txt"


def key_table() -> str:
    """Return the file."""
    owners = [AstroApp, *classes("screens"), *classes("widgets")]
    rows = [f"{owner.__name__} {one.id} {one.key}" for owner in owners for one in identified(owner)]
    return "\n".join([*rows, "", *together(), ""])


def identified(owner: type) -> Iterator[Binding]:
    """Yield the bindings with an id that a class itself declares."""
    for binding in vars(owner).get("BINDINGS", ()):
        if isinstance(binding, Binding) and binding.id:
            yield binding


def together() -> Iterator[str]:
    """Yield the lines below the blank one: one for each screen, and one for each section of it."""
    found = classes("screens")
    leaves = [one for one in found if not any(one in other.__mro__[1:] for other in found)]
    screens = [one for one in leaves if issubclass(one, Screen)]
    panes = [one for one in leaves if issubclass(one, SectionPane)]
    others = [one for one in leaves if one not in screens and one not in panes]
    for screen in sorted(screens, key=lambda one: place_of(one).startswith("base.")):
        place = place_of(screen)
        own = [pane for pane in panes if place_of(pane).startswith(f"{place}.")]
        used = parts_of(place, {place_of(pane) for pane in own})
        yield from line(place, [screen], used)
        sections = {}
        for pane in own:
            inside = place_of(pane)
            beside = [one for one in others if place_of(one).startswith(f"{inside}.")]
            lines = tuple(line(inside, [screen, pane, *beside], [*used, *parts_of(inside, set())]))
            # Sections in one module that add no keys of their own have the same line.
            sections[lines] = None
        for lines in sections:
            yield from lines


def line(place: str, owners: list[type], parts: list[str]) -> Iterator[str]:
    """Yield one place with the classes, their bases, and the widgets of some parts, as far as they have keys."""
    widgets = [one for one in classes("widgets") if PARTS.get(part_of(one)) in parts]
    every = [base for owner in (AstroApp, *owners, *widgets) for base in owner.__mro__ if any(identified(base))]
    names = " ".join(dict.fromkeys(owner.__name__ for owner in every if owner.__module__.startswith("astro_tui.")))
    yield from wrap(f"{place}: {names}", 110, subsequent_indent="  ", break_on_hyphens=False)
