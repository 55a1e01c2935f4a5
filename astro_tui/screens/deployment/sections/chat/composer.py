"""The message input: several lines, sent only by a typed enter."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import TextArea

from astro_tui.screens.actions.box import presses_of
from astro_tui.text.foreign import visible
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.prompt import Typed

LONGEST = 128_000
"""The most characters of a message that the platform stores."""
NEW_LINE = frozenset({"ctrl+j", "shift+enter", "alt+enter"})


class Composer(Typed, TextArea):
    """Letters are text here. Keys that the editor does not use go to the section."""

    LEAVES = "escape"

    class Sent(Message):
        """The user pressed enter: send the text."""

    class Refused(Message):
        """A key or a paste did nothing, and why."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    def __init__(self, look: Look) -> None:
        super().__init__(id="chat-input", compact=True, highlight_cursor_line=False)
        self.look = look
        self.cursor_blink = False
        self._sent = False
        """Whether the last key was an enter that has sent."""

    def get_line(self, line_index: int) -> Text:
        """Return a line with visible control characters; what is sent keeps them."""
        return Text(visible(self.document.get_line(line_index)), end="", no_wrap=True)

    def on_key(self, event: events.Key) -> None:
        """Send with a typed enter. One in a paste is a new line, and one that is held down sends once."""
        presses, before = presses_of(self), self._sent
        self._sent = before and event.key == "enter"
        if event.key not in NEW_LINE and event.key != "enter":
            return
        event.stop()
        event.prevent_default()
        if event.key in NEW_LINE:
            self.insert("\n")
        elif presses.was_pasted(event.time):
            self.insert("\n")
            self.post_message(self.Refused("Not sent: this seems to be a paste. Press enter again to send it."))
        elif not presses.newest(event.key, event.time):
            self.post_message(self.Refused("Not sent: another key came right after enter. Press enter again to send."))
        elif not (before and presses.repeated(event.key, event.time)):
            self._sent = True
            self.post_message(self.Sent())

    def on_paste(self, event: events.Paste) -> None:
        """Insert a paste, which never sends."""
        if len(self.text) + len(event.text) > LONGEST:
            event.stop()
            event.prevent_default()
            self.post_message(self.Refused(f"A message has at most {LONGEST:,} characters."))
