"""The copy menu: a box of what can be copied here, a letter each. The second key chooses before the box is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from astro_tui.copying import Offer
from astro_tui.look import Look, stylesheet
from astro_tui.widgets.bar import Rule
from astro_tui.widgets.cells import cell_len, fit, fit_middle
from astro_tui.widgets.rows import RowList

APPEARS_AFTER = 0.3
"""Seconds: who knows the letter never sees the box."""


class CopyTable(RowList, can_focus=False):
    """The offers, one a row. Keys go to the menu itself, where every letter is an offer's."""

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"}

    def __init__(self, look: Look, offers: Sequence[Offer]) -> None:
        super().__init__(look, id="copy-table")
        self._offers = offers
        self._names = max((cell_len(offer.name) for offer in offers), default=0)

    @property
    def row_count(self) -> int:
        """How many offers there are."""
        return len(self._offers)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return letter, name and the start of what would be copied."""
        offer, look = self._offers[index], self.look
        room = max(0, width - self._names - 6)
        sample = look.plain(offer.sample)
        cut = look.glyphs.cut
        shown = fit(sample, room, cut) if offer.key in "yk" else fit_middle(sample, room, cut)
        return [
            Segment(look.glyphs.cursor if selected else " ", self.part("info")),
            Segment(f"{offer.key} ", self.part("info")),
            Segment(fit(offer.name, self._names) + "  "),
            Segment(shown, self.part("quiet")),
        ]

    def row_chosen(self, index: int) -> None:
        """Copy it."""
        if isinstance(self.screen, CopyMenu):
            self.screen.choose(self._offers[index])

    def on_click(self, event: events.Click) -> None:
        """One click chooses."""
        event.stop()
        index = self.row_at(event.y)
        if index is not None:
            self.row_chosen(index)


class CopyMenu(ModalScreen[Offer | None]):
    """Gives back the chosen offer, or None. `y` is the first one where no other has that letter."""

    CSS_PATH = stylesheet("copy_menu")

    def __init__(self, look: Look, title: str, offers: Sequence[Offer], way: str) -> None:
        super().__init__(classes="-waiting")
        self._look = look
        self._title = title
        self._offers = offers
        self._way = way
        self._left = False

    def compose(self) -> ComposeResult:
        """Lay the box out."""
        with Vertical(id="copy-box"):
            yield Rule(self._look, id="copy-title")
            yield CopyTable(self._look, self._offers)
            yield Rule(self._look, id="copy-end")

    def on_mount(self) -> None:
        """Wait a moment for the second key, then show the box."""
        look = self._look
        dot = look.glyphs.dot
        self.query_one("#copy-title", Rule).show(
            Content.assemble(("copy", "bold"), f" {dot} {look.plain(self._title)}" if self._title else "")
        )
        self.query_one("#copy-end", Rule).show("", f"by {self._way} {dot} secrets stay masked {dot} esc closes")
        table = self.query_one(CopyTable)
        table.styles.height = len(self._offers)
        table.rows_changed(0)
        self.set_timer(APPEARS_AFTER, self._appear)

    def _appear(self) -> None:
        self.remove_class("-waiting")

    def on_key(self, event: events.Key) -> None:
        """Choose by letter, or move, take or leave."""
        event.stop()
        event.prevent_default()
        table = self.query_one(CopyTable)
        steps = {"up": -1, "down": 1, "shift+tab": -1, "tab": 1, "home": -len(self._offers), "end": len(self._offers)}
        if event.key == "escape":
            self.choose(None)
        elif event.key in steps:
            self._appear()
            table.action_move(steps[event.key])
        elif event.key in ("enter", "space"):
            table.action_choose()
        elif event.character:
            named = {offer.key: offer for offer in reversed(self._offers)}
            offer = named.get(event.character, self._offers[0] if event.character == "y" and self._offers else None)
            if offer is not None:
                self.choose(offer)
            elif event.character == "q":
                self.choose(None)
            else:
                self._appear()

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.choose(None)

    def choose(self, offer: Offer | None) -> None:
        """Go back with `offer`, once: a second key may already be on its way."""
        if self.is_current and not self._left:
            self._left = True
            self.dismiss(offer)
