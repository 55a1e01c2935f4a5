"""One line on a terminal that is drawn again and again, and removed before anything else is printed."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress
from typing import TextIO

from astro_tui.cli.badges import painted
from astro_tui.text.foreign import ascii_only, cell_width
from astro_tui.text.times import counted


class ProgressLine:
    """The line. Where there is no terminal, nothing is drawn. Its text must be safe to print."""

    def __init__(self, stream: TextIO | None = None, *, ascii_alone: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._ascii = ascii_alone
        self._drawn, self._width = "", 0
        self.shown = self._stream.isatty() and os.environ.get("TERM") != "dumb"

    def draw(self, text: str, *, head: str = "", code: str = "") -> None:
        """Replace the line with `head`, in the color `code`, and the text, cut at the edge of the terminal."""
        if not self.shown:
            return
        room = shutil.get_terminal_size().columns - 1
        line = _cut(ascii_only(head + text), room, end="...") if self._ascii else _cut(head + text, room)
        width = cell_width(line)
        if line.startswith(head):
            line = painted(head, code, color=bool(code)) + line[len(head) :]
        if line != self._drawn:
            self._replace(line, width)

    def draw_investigated(self, done: int, total: int) -> None:
        """Say how many agents of a list were investigated."""
        self.draw(f"investigated {done:,} of {counted(total, 'agent')} …")

    def clear(self) -> None:
        """Remove the line."""
        if self._drawn:
            self._replace("", 0)

    def _replace(self, line: str, width: int) -> None:
        # Blanks instead of a sequence that erases: without colors, there are no sequences at all.
        erased = " " * (self._width - width)
        self._drawn, self._width = line, width
        # A closed terminal must not change the exit code.
        with suppress(OSError, ValueError):
            self._stream.write(f"\r{line}{erased}" if line else f"\r{erased}\r")
            self._stream.flush()


def _cut(text: str, width: int, *, end: str = "…") -> str:
    if cell_width(text) <= width:
        return text
    while text and cell_width(text) + len(end) > width:
        text = text[:-1]
    return text + end
