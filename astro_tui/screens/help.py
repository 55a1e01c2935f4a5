"""The keys of a screen, which the user can search and run."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import ScrollableContainer, Vertical
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen

from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.chrome.head import head_of
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.key_names import key_name
from astro_tui.widgets.lists.cells import fit
from astro_tui.widgets.lists.rows import RowList


@dataclass(frozen=True)
class KeyLine:
    """One action with all of its keys."""

    keys: str
    description: str
    action: str
    owner: DOMNode


TEXTUALS_OWN = {
    binding.action if isinstance(binding, Binding) else binding[1]
    for owner in (App, Screen, ScrollableContainer)
    for binding in owner.BINDINGS
}
"""Textual's own bindings. The screens do not need them, so the help does not list them."""


def key_lines(screen: Screen[object], look: Look) -> list[KeyLine]:
    """Return the current keys of `screen`, each action once: first those of the screen, then those of its widgets."""
    lines: dict[tuple[str, str], list[str]] = {}
    owners: dict[tuple[str, str], DOMNode] = {}
    chain = screen._binding_chain  # noqa: SLF001  the only list of the keys that work now
    for owner, bindings in sorted(chain, key=lambda pair: pair[0] is not screen):
        for binding in bindings.key_to_bindings.values():
            for one in binding:
                if not one.description or one.system or one.action in TEXTUALS_OWN:
                    continue
                place = (one.action, one.description)
                if owners.setdefault(place, owner) is owner:
                    lines.setdefault(place, []).append(key_name(one.key, look))
    found = [
        KeyLine(" ".join(dict.fromkeys(keys)), description, action, owners[action, description])
        for (action, description), keys in lines.items()
    ]
    # A screen may override a key of one of its widgets: the first one wins.
    return list({(line.keys, line.description): line for line in reversed(found)}.values())[::-1]


class KeyTable(RowList):
    """The keys, one action per row."""

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--name"}

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="key-table")
        self.lines: list[KeyLine] = []

    def show_lines(self, lines: list[KeyLine]) -> None:
        """Replace the keys."""
        self.lines = lines
        self.rows_changed(0)

    @property
    def row_count(self) -> int:
        """The number of actions."""
        return len(self.lines)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the keys and the description of an action."""
        line = self.lines[index]
        keys_width = min(24, max(10, width // 3))
        mark = self.look.glyphs.cursor if selected else " "
        return [
            Segment(mark, self.part("info")),
            Segment(fit(line.keys, keys_width, self.look.glyphs.cut) + " ", self.part("info")),
            Segment(fit(self.look.own(line.description), max(0, width - keys_width - 2), self.look.glyphs.cut)),
        ]

    def row_chosen(self, index: int) -> None:
        """Run the action."""
        screen = self.screen
        if isinstance(screen, HelpScreen):
            screen.run_line(self.lines[index])


class HelpScreen(ModalScreen[None]):
    """The keys of the screen below."""

    CSS_PATH = stylesheet("help")
    BINDINGS = [Binding("escape", "close", "close", id="help.close")]

    def __init__(self, look: Look, below: Screen[object]) -> None:
        super().__init__()
        self._look = look
        self._below = below
        self._lines = key_lines(below, look)

    def compose(self) -> ComposeResult:
        """Yield a box with a title, the search, and the keys."""
        yield from head_of(self._below, "help")
        with Vertical(id="box"):
            yield Rule(self._look, id="help-title")
            yield Prompt(self._look, "> ", id="prompt")
            yield KeyTable(self._look)
            yield Rule(self._look, id="help-end")

    def on_mount(self) -> None:
        """Show all keys."""
        self.query_one("#help-title", Rule).show("help", "type to search")
        self.query_one("#help-end", Rule).show("", self._look.own("enter run · esc close"))
        self.query_one(KeyTable).show_lines(self._lines)
        self.query_one(Prompt).open()

    @on(Prompt.Changed)
    def _search(self, message: Prompt.Changed) -> None:
        words = message.text.lower().split()
        rows = [
            line for line in self._lines if all(word in f"{line.keys} {line.description}".lower() for word in words)
        ]
        self.query_one(KeyTable).show_lines(rows)
        self.query_one(Prompt).note("" if not words else f"{len(rows)} of {len(self._lines)}" if rows else "no match")

    @on(Prompt.Moved)
    def _move(self, message: Prompt.Moved) -> None:
        self.query_one(KeyTable).action_move(message.rows(8))

    @on(Prompt.Submitted)
    def _choose(self) -> None:
        self.query_one(KeyTable).action_choose()

    @on(Prompt.Canceled)
    def _cancel(self) -> None:
        self.action_close()

    def action_close(self) -> None:
        """Close the help."""
        self.dismiss()

    def run_line(self, line: KeyLine) -> None:
        """Close, then run the action on the widget that owns its key."""
        self.dismiss()
        self.app.call_later(self.app.run_action, line.action, default_namespace=line.owner)
