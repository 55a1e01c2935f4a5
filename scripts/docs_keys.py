"""The text of docs/keys.md, from the bindings of the screens and widgets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from textual.binding import Binding
from textual.screen import Screen

from astro_tui.actions.bulk import KINDS, MOST, MOST_UNTYPED
from astro_tui.actions.kinds import ABOUT
from astro_tui.app.app import AstroApp
from astro_tui.screens.actions.bulk import RETRY
from astro_tui.screens.base.box import Box
from astro_tui.screens.base.sections import SectionPane
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import key_name

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "astro_tui"

TITLES = {
    "picker": "Agent list",
    "deployment": "Deployment",
    "diff": "Comparison",
    "accounts": "Accounts",
    "find": "Find",
    "account_tables": "Audit log and variables",
    "catalog": "Catalog",
    "blueprint": "Blueprint",
    "sign_in": "Sign-in",
    "welcome": "Welcome",
    "viewer": "File (astro-tui view)",
    "palette": "Palette and command line",
    "messages": "Messages",
    "help": "Help",
    "deployment.sections.logs.side": "Deployment: lines of a log",
    "deployment.logs_screen": "Logs of several agents",
    "deployment.sections.logs.together": "Logs of several agents: workloads",
    "deployment.sections.logs.sources": "Deployment: choosing workloads and containers",
    "deployment.sections.traces.side": "Deployment: one trace",
    "comparing": "Choosing an agent to compare with",
    "base.save_prompt": "Saving a file",
}
"""Module below `screens`, without a final `.screen` → title of its part of the page, in the order of the page.

The sections of a screen follow it.
"""

PARTS = {
    "lists": "Lists and tables",
    "document": "Documents: tree, text, and value",
    "diff": "Differences",
    "charts": "Charts",
    "logs": "Lines of a log",
    "text": "Readmes and other long text",
}
"""Folder below `widgets` → title of its section."""

ELSEWHERE = {"astro_tui.widgets.lists.scroller": "text", "astro_tui.widgets.lists.folding_list": "document"}
"""Module of a widget → its section, if it is not that of its folder."""

INTRO = """\
# Keys

Press `?` on any screen for the keys that work there: type to search, `enter` runs one. If two sections name the same
key, the part with the focus gets it first. A key such as `za` is two keys, typed one after the other.

To use other keys, name actions by their IDs in the configuration file ([settings.md](settings.md)). The help, the last
row, and the palette then show your keys.
"""


class Key(NamedTuple):
    """One action with all of its keys, as Textual names them; `id` is empty if the binding has none."""

    keys: tuple[str, ...]
    description: str
    id: str


def keys_page() -> str:
    """Return docs/keys.md without the note about its origin."""
    lines = ["## Anywhere", "", *table(bindings(AstroApp)), *screen_sections(), *part_sections(), *actions_section()]
    return "\n".join([INTRO, *lines]).rstrip() + "\n"


def actions_section() -> Iterator[str]:
    """Yield the lines of the section about the actions menu, whose keys cannot be changed."""
    yield from ("## Actions (`a`)", "")
    yield "In a preview, `enter` leaves, and `esc` goes back to the menu. In both, `y` copies an action as a command,"
    yield "and `w` arms the account. `/` filters what to choose from, such as pods."
    yield from ("", "| Press | Action | Confirm with |", "|---|---|---|")
    for about in ABOUT.values():
        yield f"| `{about.letter}` | {about.title.lower()} | `{about.confirm}` |"
    yield from ("| `u` | undo the last action | |", "| `w` | arm the account for ten minutes, or disarm | its name |")
    yield from ("| `j` | journal: actions taken from this machine | |", "")
    kinds = ", ".join(ABOUT[kind].title.lower() for kind in KINDS)
    yield f"With marked agents, at most {MOST}, the actions are: {kinds}. To pause, and beyond {MOST_UNTYPED} agents,"
    yield f"type their number before the capital letter. In the results, `{RETRY}` previews again what failed."
    yield ""


# ---- the bindings


def bindings(owner: type) -> list[Key]:
    """Return the described bindings that a class itself declares."""
    return [
        Key(
            tuple(key.strip() for key in binding.key.split(",")),
            binding.description,
            getattr(binding, "id", None) or "",
        )
        for binding in vars(owner).get("BINDINGS", ())
        if isinstance(binding, Binding) and binding.description
    ]


def merged(keys: Iterable[Key], *, by_description: bool) -> list[Key]:
    """Return bindings without the keys of earlier ones, or of earlier ones with the same text if `by_description`."""
    seen: set[tuple[str, str]] = set()
    found = []
    for key in keys:
        names = {name: (name, key.description if by_description else "") for name in key.keys}
        left = tuple(name for name in key.keys if names[name] not in seen)
        seen.update(names.values())
        if left:
            found.append(key._replace(keys=left))
    return found


def classes(folder: str) -> list[type]:
    """Return the classes that the modules below a folder of the package define."""
    found = []
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        if path.stem != "__init__":
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            members = vars(import_module(name)).values()
            found += [item for item in members if isinstance(item, type) and item.__module__ == name]
    return found


# ---- the page


def table(keys: Iterable[Key]) -> list[str]:
    """Return a table of keys."""
    look = Look()
    lines = ["| Press | Action | ID |", "|---|---|---|"]
    for key in keys:
        names = " ".join(f"`{key_name(name, look)}`" for name in key.keys)
        lines.append(f"| {names} | {key.description.replace('|', chr(92) + '|')} | `{key.id}` |")
    return [*lines, ""]


def screen_sections() -> Iterator[str]:
    """Yield the lines of the sections about screens and about the panes that only one screen has."""
    found = classes("screens")
    leaves = [one for one in found if not any(one in other.__mro__[1:] for other in found)]
    order = list(TITLES)
    places = {owner: place_of(owner) for owner in leaves}
    known = set(places.values())

    def rank(owner: type) -> tuple[int, str]:
        place = places[owner]
        screen = place.split(".sections.")[0]
        return (order.index(screen) if screen in order else len(order), place)

    for owner in sorted(leaves, key=rank):
        bases = owner.__mro__ if issubclass(owner, (Screen, SectionPane)) else (owner,)
        ours = [base for base in bases if base.__module__.startswith("astro_tui.")]
        keys = merged((key for base in ours for key in bindings(base)), by_description=False)
        # A box without keys of its own has none but those that close every box.
        if {key.id for key in keys} - {key.id for key in bindings(Box)}:
            yield from (f"## {title_of(places[owner])}", "")
            if parts := parts_of(places[owner], known - {places[owner]}):
                links = ", ".join(f"[{part}](#{anchor(part)})" for part in parts)
                yield from (f"Also: {links}.", "")
            yield from table(keys)


def place_of(owner: type) -> str:
    """Return a screen's module below `screens`, without a final `.screen`, or a section's folder."""
    return owner.__module__.removeprefix("astro_tui.screens.").removesuffix(".screen").removesuffix(".pane")


def title_of(place: str) -> str:
    """Return the title of a screen's section."""
    return TITLES.get(place, place.replace("sections.", "").replace(".", ": ").replace("_", " ").capitalize())


def anchor(title: str) -> str:
    """Return the anchor that a heading gets on code hosts."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def parts_of(place: str, others: set[str]) -> list[str]:
    """Return the titles of the widget sections whose widgets a screen imports, leaving out the modules of `others`."""
    screens = PACKAGE / "screens"
    folder = screens / place.replace(".", "/")
    # A folder that was a package once may still have a cache.
    alone = folder.with_suffix(".py")
    paths = [alone] if alone.is_file() else sorted(folder.rglob("*.py"))
    # A screen's modules include those of its sections, unless they are left out.
    others = {other for other in others if not place.startswith(f"{other}.")}
    own = {path: ".".join(path.relative_to(screens).with_suffix("").parts) for path in paths}
    imported = {
        node.module
        for path, name in own.items()
        if not any(name.startswith(other) for other in others)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module
    }
    return [
        PARTS[part] for part in PARTS if any(f"{name}.".startswith(f"astro_tui.widgets.{part}.") for name in imported)
    ]


def part_sections() -> Iterator[str]:
    """Yield the lines of the sections about widgets that several screens share."""
    found = classes("widgets")
    for part, title in PARTS.items():
        owners = [owner for owner in found if part_of(owner) == part]
        keys = merged((key for owner in owners for key in bindings(owner)), by_description=True)
        if keys:
            yield from (f"## {title}", "", *table(keys))


def part_of(owner: type) -> str:
    """Return the section of a widget."""
    return ELSEWHERE.get(owner.__module__, owner.__module__.split(".")[2])
