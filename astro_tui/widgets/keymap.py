"""Key bindings as a table."""

from __future__ import annotations

import re

from textual.binding import Binding, BindingType


def keymap(table: str) -> list[BindingType]:
    """Return the bindings of a table with one line per binding: keys, action, ID, and description.

    Two or more blanks separate the columns. Keys that end with `!` have priority over the focused widget, so that
    characters typed right after them go to whatever the action opens.
    """
    bindings: list[BindingType] = []
    for line in table.strip().splitlines():
        keys, action, name, description = re.split(" {2,}", line.strip(), maxsplit=3)
        bindings.append(Binding(keys.removesuffix("!"), action, description, priority=keys.endswith("!"), id=name))
    return bindings
