"""What commands print: lines, JSON, notes on standard error, and errors."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence

from astro_tui.cli.streams import complain, write_out
from astro_tui.document import Document
from astro_tui.document.printing import printed, safe_for_terminal, safe_json
from astro_tui.errors import AstroError
from astro_tui.presentation.remedies import explained
from astro_tui.state.settings import without_unicode
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.wrapping import LEAST_ROOM, wrapped


class Output:
    """Standard output: whether it is a terminal, and which characters and colors it can display."""

    def __init__(self, *, ascii_alone: bool) -> None:
        self.terminal = sys.stdout.isatty()
        self.ascii = ascii_alone
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.color = self.terminal and not plain

    @property
    def width(self) -> int:
        """The cells for a line; 0 without a terminal, to cut nothing. In ASCII a few stay free: its text is longer."""
        return shutil.get_terminal_size().columns - (3 if self.ascii else 0) if self.terminal else 0

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines. Untrusted text in them must have been made visible."""
        self.write((ascii_only(line) if self.ascii else line).encode("utf-8", "replace") + b"\n" for line in lines)

    def wrapped(self, text: str, indent: int = 0) -> list[str]:
        """Return the lines of a sentence wrapped after `indent` cells, or one line if there is no room to read it.

        Without a terminal, it is one line, too. Words stay whole: addresses and commands are copied.
        """
        room = self.width - indent
        return wrapped(text, room, whole_words=True) if room > LEAST_ROOM else [text]

    def json(self, text: str) -> None:
        """Print JSON, with control characters escaped."""
        raw = text.encode("utf-8", "backslashreplace") + b"\n"
        self.write([safe_json(raw, ascii_alone=self.ascii)])

    def yaml(self, text: str) -> None:
        """Print JSON as YAML, without control characters for the terminal. Its secrets must have been masked."""
        pieces = printed(Document.parse(text.encode()), "yaml", reveal=True, ascii_alone=self.ascii)
        self.write(safe_for_terminal(piece) if self.terminal else piece for piece in pieces)

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write bytes unchanged. Ends silently if the reader is gone. Raises ConfigError on a full disk."""
        write_out(pieces)


def note(text: str, *, ascii_alone: bool = False) -> None:
    """Print one line on standard error."""
    line = visible(text)
    complain(ascii_only(line) if ascii_alone else line)


def trouble(error: AstroError, arguments: Sequence[str] = ()) -> str:
    """Return an error as one line that is safe for a terminal: what happened and what to do."""
    line = visible(explained(error))
    return ascii_only(line) if "--ascii" in arguments or without_unicode(os.environ) else line
