"""A box over a screen: a frame with a title and the keys, what it asks or shows, and a note."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.head import TooSmall, head_of
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.drawn import Drawn
from astro_tui.widgets.keymap import hints_of, keymap, with_own_keys
from astro_tui.widgets.lists.pick_list import PickList
from astro_tui.widgets.textual_compat import binding_chain

T = TypeVar("T")
AROUND = 7
"""Maximum number of lines around the part that scrolls: the header, the frame, a prompt, and a note."""
LEAST_LINES = 3
CORNERS = 6
"""Cells that the frame takes on the line of the title and on that of the keys."""


class Box(ModalScreen[T], Drawn):
    """The base of all boxes. While the user types, a prompt has the focus, and its arrow keys move in the list."""

    CSS_PATH = stylesheet("box")
    AUTO_FOCUS = ""
    # All boxes share this id, and with it the keys that close them.
    BINDINGS = keymap("""
        escape,q  close  box.close  close [close]
    """)

    prompt: Prompt | None = None
    table: PickList[Any] | None = None

    def __init__(self, look: Look, kind: str, classes: str = "") -> None:
        super().__init__(classes=f"{classes} -ascii" if look.ascii else classes)
        self.look, self.kind = look, kind
        self._frame = Vertical(id="box")
        self._note = Paragraph(look, id="note")
        self._title, self._forms, self._searched = Content(), [""], ""

    # ---- what a box implements

    def inside(self) -> Iterable[Widget]:
        """Return what is in the box."""
        return [part for part in (self.prompt, self.table) if part is not None]

    def search(self, text: str) -> None:
        """React to every change of the text in the prompt."""

    def entered(self, text: str) -> None:
        """React to enter in the prompt."""
        if self.table is not None:
            self.table.action_choose()

    def on_click(self, event: events.Click) -> None:
        """A click outside the box closes it."""
        if event.widget is self:
            self.leave()

    def leave(self) -> None:
        """Close, together with the boxes that belong to this one."""
        self.action_close()

    # ---- the box

    @property
    def below(self) -> Screen[Any]:
        """The screen below the box."""
        # From Python 3.12 on, Textual composes a screen before it is on the stack.
        return next(screen for screen in reversed(self.app.screen_stack) if screen is not self)

    def compose(self) -> ComposeResult:
        """Yield the header of the screen below, and the box."""
        yield from head_of(self.below, self.kind)
        with self._frame:
            yield from self.inside()
            yield self._note
        yield TooSmall(self.look, None, "esc close")

    def on_mount(self) -> None:
        """Focus what takes the keys, unless the box was closed meanwhile."""
        self._note.display = bool(self._note.plain)
        self._searched = self.prompt.text if self.prompt is not None else ""
        self._lay_out()
        if not self.is_current:
            return
        if self.prompt is not None and self.prompt.display:
            self.prompt.open(self.prompt.text)
        elif self.table is not None:
            self.table.rows_changed(self.table.cursor)
            self.set_focus(self.table)
        if self._forms == [""]:
            self.show_keys()

    def on_resize(self) -> None:
        """Fit the frame to the new size."""
        self._lay_out()

    def _lay_out(self) -> None:
        """Put the title and the keys into the frame, and leave room for everything around the part that scrolls."""
        if not self._frame.is_attached:
            return
        size, most = self.app.size, self._frame.styles.width
        room = min(size.width, int(most.value) if most is not None else size.width) - CORNERS
        title = self._title
        if title.cell_length > room:
            cut = self.look.glyphs.cut
            title = title.truncate(room - len(cut)) + cut
        self._frame.border_title = title
        keys = next((form for form in self._forms if cell_len(form) <= room), fit(self._forms[-1], room))
        self._frame.border_subtitle = self.look.line(keys)
        for part in self._frame.children:
            if part.styles.is_auto_height and part.is_scrollable:
                part.styles.max_height = max(LEAST_LINES, size.height - AROUND)

    def show_title(self, title: str, about: str = "") -> None:
        """Set the title."""
        dot = f" {self.look.glyphs.dot} "
        self._title = self.look.line((title, "bold"), f"{dot}{about}" if about else "")
        self._lay_out()

    def show_keys(self, keys: Sequence[tuple[str, str]] = (), about: str = "") -> None:
        """Name the keys that work, after words about what they do, with as many words as fit.

        Without `keys`, these are the hints of the box's own bindings.
        """
        dot, own = f" {self.look.glyphs.dot} ", with_own_keys(self, keys) or hints_of(self, self.look)
        last = len(own) - 1
        forms = [
            dot.join(f"{key} {word}" if number in named else key for number, (key, word) in enumerate(own))
            for named in (range(len(own)), (0, last), (0,), ())
        ]
        self._forms = [f"{about}{dot}{forms[0]}", about, *forms] if about else forms
        self._lay_out()

    def say(self, words: Content | str) -> None:
        """Show a note, such as what is wrong with a text."""
        self._note.display = bool(words)
        self._note.show(words if isinstance(words, Content) else self.look.line((words, "bold")))

    # ---- keys

    def follow(self) -> None:
        """Follow what the user types."""
        if self.prompt is not None and self.prompt.text != self._searched:
            self._searched = self.prompt.text
            self.search(self._searched)

    @on(Prompt.Pressed)
    def _prompt_pressed(self, message: Prompt.Pressed) -> None:
        message.stop()
        if message.moves and self.table is not None:
            self.table.action_move(message.rows(self.table.page))
        elif message.text is not None:
            self.entered(message.text)
        elif not message.moves:
            self.action_close()

    def handles(self, key: str) -> bool:
        """Whether the list or the box has a binding for a key."""
        return any(
            key in bindings.key_to_bindings for node, bindings in binding_chain(self) if node in (self, self.table)
        )

    def action_enter(self) -> None:
        """Do what enter does in the prompt, or choose the row."""
        self.entered(self.prompt.text if self.prompt is not None else "")

    def action_close(self) -> None:
        """Close without a result."""
        self.close(None)

    def close(self, result: T | None) -> None:
        """Close with a result, once: another key or a click may already be queued."""
        if self.is_current:
            self.dismiss(result)
