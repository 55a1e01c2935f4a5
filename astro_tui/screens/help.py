"""The keys of a screen, which the user can search and run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual.screen import Screen

from astro_tui.presentation.status import LEGEND
from astro_tui.screens.base.box import Box
from astro_tui.screens.base.key_lines import ANYWHERE, HERE, ON_SCREEN, KeyLine, key_lines
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.pick_list import Cells, PickList

HelpRow = KeyLine | str
"""A key, or the heading of those below it."""


def grouped(lines: Iterable[KeyLine]) -> Iterator[HelpRow]:
    """Yield the keys under headings that say where they work: the focused pane's, then the screen's, then the rest."""
    every = list(lines)
    for place in (HERE, ON_SCREEN, ANYWHERE):
        group = [line for line in every if line.place == place]
        if group:
            yield place
            yield from group


class HelpScreen(Box[None]):
    """The keys of the screen below."""

    BINDINGS = keymap("enter!  enter  help.run  run this key [run]")

    prompt: Prompt
    table: PickList[KeyLine]

    def __init__(self, look: Look, below: Screen[object]) -> None:
        super().__init__(look, "help", "-search")
        self._lines = key_lines(below, look)
        self.prompt = Prompt(look, "> ")
        self.table = PickList(look, self._cells, self.run_line, selectable=True)

    def on_mount(self) -> None:
        """Name the keys of the box, and show everything."""
        self.show_title("help", "type to search")
        self.say(self.look.line((LEGEND, "$quiet")))
        self.search("")

    def _cells(self, line: KeyLine, width: int) -> Cells:
        """Return the keys and the description of an action."""
        keys = fit(line.keys, min(24, max(10, width // 3)), self.look.glyphs.cut)
        return [(f" {keys} ", "info"), (self.look.plain(line.description), "")]

    def search(self, text: str) -> None:
        """Show the keys whose name or description contains all words."""
        words = text.lower().split()
        rows = [
            line for line in self._lines if all(word in f"{line.keys} {line.description}".lower() for word in words)
        ]
        self.table.show(list(grouped(rows)))
        self.prompt.note("" if not words else f"{len(rows)} of {len(self._lines)}" if rows else "no match")

    def run_line(self, line: KeyLine) -> None:
        """Close, then run the action on the widget that owns its key."""
        if not self.is_current:
            return
        self.close(None)
        self.app.call_later(self.app.run_action, line.action, default_namespace=line.owner)
