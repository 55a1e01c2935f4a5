"""A menu of letters in a box. A letter typed right away chooses before the box appears."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Generic, Protocol, TypeVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from astro_tui.theme.look import Look, stylesheet
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit, fit_middle
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.chrome.head import head_of
from astro_tui.widgets.keymap import about_unknown, action_key
from astro_tui.widgets.lists.rows import RowList

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


class LetterTable(RowList, Generic[C], can_focus=False):
    """The choices, one per row. Never focused: the menu itself handles the keys.

    Long samples are cut in the middle, or at the end if their letter is in `starts`.
    """

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"}

    def __init__(self, look: Look, choices: Sequence[C], starts: str) -> None:
        super().__init__(look, id="menu-table")
        self._choices = choices
        self._starts = starts
        self._names = max((cell_len(choice.name) for choice in choices), default=0)

    @property
    def row_count(self) -> int:
        """The number of choices."""
        return len(self._choices)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return letter, name, and sample."""
        choice, look = self._choices[index], self.look
        room = max(0, width - self._names - 6)
        sample = look.own(look.plain(choice.sample))
        cut = look.glyphs.cut
        shown = fit(sample, room, cut) if choice.key in self._starts else fit_middle(sample, room, cut)
        return [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(f"{choice.key} ", self.part("info")),
            Segment(fit(choice.name, self._names) + "  "),
            Segment(shown, self.part("quiet")),
        ]

    def row_chosen(self, index: int) -> None:
        """Close the menu with the choice."""
        if isinstance(self.screen, LetterMenu):
            self.screen.choose(self._choices[index])

    def on_click(self, event: events.Click) -> None:
        """One click chooses."""
        event.stop()
        index = self.row_at(event.y)
        if index is not None:
            self.row_chosen(index)


class LetterMenu(ModalScreen[C | None], Generic[C]):
    """Returns the choice, or None. `again`, the keys that open the menu, also select the first choice."""

    CSS_PATH = stylesheet("letter_menu")
    # All boxes share this id, and with it the keys that close them.
    BINDINGS = [Binding("escape", "close", "", show=False, priority=True, id="box.close")]

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
        super().__init__(classes="-waiting")
        self._look = look
        self._head = Content.assemble((name, "bold"), f" {look.glyphs.dot} {look.plain(title)}" if title else "")
        self._kind = name
        self._choices = choices
        self._foot = foot
        self._again = again
        self._starts = starts
        self._left = False

    def compose(self) -> ComposeResult:
        """A box with a title, the choices, and the keys."""
        # From Python 3.12 on, Textual composes a screen before it is on the stack.
        below = next(screen for screen in reversed(self.app.screen_stack) if screen is not self)
        yield from head_of(below, self._kind)
        with Vertical(id="menu-box"):
            yield Rule(self._look, id="menu-title")
            yield LetterTable(self._look, self._choices, self._starts)
            yield Rule(self._look, id="menu-end")

    def on_mount(self) -> None:
        """Wait briefly for a letter, then show the box, unless it was closed meanwhile."""
        if not self.is_current:
            return
        self.query_one("#menu-title", Rule).show(self._head)
        leave = f"{action_key(self, 'box.close')} close"
        if self._foot:
            # A narrow terminal has room for only one hint; escape closes every menu.
            both = self._foot, leave
            leave = f" {self._look.glyphs.dot} ".join(both if self.app.size.width >= NARROW else both[:1])
        self.query_one("#menu-end", Rule).show("", leave)
        table = self._table
        table.styles.height = len(self._choices)
        table.rows_changed(0)
        self.set_timer(APPEARS_AFTER, self._appear)

    @property
    def _table(self) -> LetterTable[C]:
        return self.query_one(LetterTable)

    def _appear(self) -> None:
        self.remove_class("-waiting")

    def on_key(self, event: events.Key) -> None:
        """Choose by letter or cursor."""
        event.stop()
        event.prevent_default()
        table = self._table
        steps = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1, "home": -len(self._choices), "end": len(self._choices)}
        if event.key in steps:
            self._appear()
            table.action_move(steps[event.key])
        elif event.key in ("enter", "space"):
            table.action_choose()
        elif event.character:
            named = {choice.key: choice for choice in reversed(self._choices)}
            first = self._choices[0] if event.key in self._again and self._choices else None
            choice = named.get(event.character, first)
            if choice is not None:
                self.choose(choice)
            elif event.character == "q":
                self.choose(None)
            else:
                known = [(one.key, one.name) for one in self._choices]
                said = about_unknown(event.key, known, self._look, "choose one of the letters")
                self.query_one("#menu-end", Rule).show(said)
                self._appear()

    def on_click(self, event: events.Click) -> None:
        """A click outside the box closes it."""
        if event.widget is self:
            self.choose(None)

    def action_close(self) -> None:
        """Close without a choice."""
        self.choose(None)

    def choose(self, choice: C | None) -> None:
        """Close with the choice, only once: another key may already be queued."""
        if self.is_current and not self._left:
            self._left = True
            self.dismiss(choice)
