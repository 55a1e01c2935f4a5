"""A menu of letters in a box. A letter typed right away chooses before the box appears."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic, Protocol, TypeVar

from textual import events

from astro_tui.screens.base.box import Box
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_middle
from astro_tui.widgets.keymap import about_unknown
from astro_tui.widgets.lists.pick_list import Cells, PickList

APPEARS_AFTER = 0.3
"""Seconds until the box appears. Users who know the letter never see it."""


class Lettered(Protocol):
    """One line of a menu: its letter, its name, and a sample."""

    @property
    def key(self) -> str:
        """The letter."""

    @property
    def name(self) -> str:
        """The choice in words."""

    @property
    def sample(self) -> str:
        """Text after the name, cut to the available width."""


C = TypeVar("C", bound=Lettered)


class LetterMenu(Box[C | None], Generic[C]):
    """Returns the choice, or None. `again`, the keys that open the menu, also select the first choice.

    Long samples are cut in the middle, or at the end if their letter is in `starts`.
    """

    table: PickList[C]

    def __init__(
        self,
        look: Look,
        name: str,
        title: str,
        choices: Sequence[C],
        foot: str,
        *,
        again: Collection[str],
        starts: str = "",
    ) -> None:
        super().__init__(look, name, "-waiting")
        self.table = PickList(look, self._cells, self.close, choices)
        self._letters = dict.fromkeys(again, choices[0]) | {choice.key: choice for choice in reversed(choices)}
        self._starts, self._title_and_foot = starts, (look.plain(title), foot)
        self._names = max(cell_len(choice.name) for choice in choices)

    def on_mount(self) -> None:
        """Wait briefly for a letter, then show the box."""
        title, foot = self._title_and_foot
        self.show_title(self.kind, title)
        self.show_keys([("esc", "close")], foot)
        self.set_timer(APPEARS_AFTER, self._appear)

    def _appear(self) -> None:
        self.remove_class("-waiting")

    def _cells(self, choice: C, width: int) -> Cells:
        look, room = self.look, width - self._names - 4
        sample = look.plain(choice.sample)
        if choice.key not in self._starts:
            sample = fit_middle(sample, room, look.glyphs.cut)
        return [(f"{choice.key} ", "info"), (fit(choice.name, self._names) + "  ", ""), (sample, "quiet")]

    def on_key(self, event: events.Key) -> None:
        """Choose by letter; other keys move the cursor."""
        choice = self._letters.get(event.character or "") or self._letters.get(event.key)
        if choice is not None:
            self.close(choice)
        elif event.key == "space":
            self.table.action_choose()
        elif self.handles(event.key):
            self._appear()
            return
        elif event.character:
            names = [(letter, one.name) for letter, one in self._letters.items()]
            self.say(about_unknown(event.key, names, self.look, "choose one of the letters"))
            self._appear()
        event.stop()
        event.prevent_default()
