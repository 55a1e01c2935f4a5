"""A one-line prompt for filters and searches that repaints only itself on each key."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from astro_tui.text.foreign import visible
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.drawn import changed

LIMIT = 500
MOVES = frozenset({"up", "down", "pageup", "pagedown"})
"""Keys that move the cursor of the list that is searched."""
REPLACED = "type to replace, ← to edit"
"""What the prompt says while the next character typed would replace its whole text."""


class Typed:
    """A widget in which letters are text while it has the focus. The key `LEAVES` ends typing, and keeps the text."""

    LEAVES = "enter"


class Prompt(Typed, Widget, can_focus=True):
    """An editable line of text that has the focus while it is open."""

    class Pressed(Message):
        """The user pressed a key that ends typing (`enter`, `escape`), or moves the cursor of the list.

        `text` is what `enter` submits, and None for other keys.
        """

        def __init__(self, key: str, text: str | None = None) -> None:
            super().__init__()
            self.key, self.text = key, text

        @property
        def moves(self) -> bool:
            """Whether it moves the cursor of the list."""
            return self.key in MOVES

        def rows(self, page: int) -> int:
            """Return by how many rows to move the cursor of a list with `page` rows on screen."""
            return {"up": -1, "down": 1, "pageup": -page, "pagedown": page}[self.key]

    def __init__(self, look: Look, lead: str = "/", *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(id=id)
        self._look = look
        self.lead = lead
        self._note = ""
        self._cursor = 0
        self._replaced = False
        self.text = ""
        self.hidden = False
        """Whether the text is a secret: only its length is drawn."""

    def open(self, text: str = "", *, replaced: bool = False) -> None:
        """Take the focus with `text` to edit.

        With `replaced`, the first typed character replaces it, and an arrow key starts to edit it.
        """
        self.text, self._cursor = text, len(text)
        self._replaced = replaced and bool(text)
        self.display = True
        # focus() is deferred, and the next key could arrive before it.
        self.screen.set_focus(self)
        self.refresh()

    def close(self) -> None:
        """Hide the prompt, which gives up the focus."""
        self.display = False

    def note(self, text: str) -> None:
        """Show `text` at the right end: the number of matches."""
        if text != self._note:
            self._note = text
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return 1."""
        return 1

    def render(self) -> Content:
        """Return the lead, the text with its caret, and the note."""
        width = self.size.width
        said = self._note
        if self._replaced:
            hint = self._look.plain(f"{REPLACED}  {said}".rstrip())
            said = hint if cell_len(hint) + cell_len(self.text) + 4 < width else said
        most = max(width // 2, width - cell_len(self.text) - 4)
        if cell_len(said) > most:
            # What is wrong with the text is said at its beginning.
            said = fit(said, most, self._look.glyphs.cut)
        note = self._look.line((said, "$quiet")) if cell_len(said) + 12 < width else Content()
        room = max(4, width - note.cell_length - 3)
        text = self._look.glyphs.mask * len(self.text) if self.hidden else self.text
        before, after = visible(text[: self._cursor]), visible(text[self._cursor :])
        while cell_len(before) > room - 1:
            before = before[1:]
        caret = after[:1] or " "
        marked = (before, "reverse") if self._replaced else before
        line = self._look.line((self.lead, "bold $text-primary"), marked, (caret, "reverse"), after[1:])
        line = line.truncate(width - note.cell_length - 1)
        return line + " " * max(1, width - line.cell_length - note.cell_length) + note

    def on_paste(self, event: events.Paste) -> None:
        """Insert the pasted text as one line."""
        event.stop()
        self._insert(" ".join(event.text.split()))

    def on_key(self, event: events.Key) -> None:
        """Edit the text; other keys bubble to the screen."""
        key = event.key
        if key == "enter":
            self.post_message(self.Pressed(key, self.text))
        elif key in ("escape", "ctrl+g") or (key == "backspace" and not self.text):
            self.post_message(self.Pressed("escape"))
        elif key in MOVES:
            self.post_message(self.Pressed(key))
        elif (edited := self._edited(key)) is not None:
            text, self._cursor = edited
            self._change(text)
        elif event.is_printable and event.character:
            self._insert(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def _edited(self, key: str) -> tuple[str, int] | None:
        """Return the text and caret after an editing key, None for any other key."""
        if self._replaced and key in ("backspace", "ctrl+h", "delete"):
            return "", 0
        text, at = self.text, self._cursor
        word = text[:at].rstrip().rfind(" ") + 1
        match key:
            case "backspace" | "ctrl+h":
                return text[: max(0, at - 1)] + text[at:], max(0, at - 1)
            case "delete":
                return text[:at] + text[at + 1 :], at
            case "ctrl+u":
                return text[at:], 0
            case "ctrl+k":
                return text[:at], at
            case "ctrl+w" | "alt+backspace":
                return text[:word] + text[at:], word
            case "left":
                return text, max(0, at - 1)
            case "right":
                return text, min(len(text), at + 1)
            case "home" | "ctrl+a":
                return text, 0
            case "end" | "ctrl+e":
                return text, len(text)
        return None

    def _insert(self, piece: str) -> None:
        if self._replaced:
            self.text, self._cursor = "", 0
        piece = piece[: max(0, LIMIT - len(self.text))]
        text = self.text[: self._cursor] + piece + self.text[self._cursor :]
        self._cursor += len(piece)
        self._change(text)

    def _change(self, text: str) -> None:
        other = text != self.text
        self.text, self._replaced = text, False
        self.refresh()
        if other:
            changed(self)
