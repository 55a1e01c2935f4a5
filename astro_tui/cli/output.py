"""What commands print: lines, JSON, notes on standard error, and errors."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TextIO, TypeVar

from astro_tui.cli.streams import complain, write_out
from astro_tui.document import Document
from astro_tui.document.printing import printed, safe_for_terminal, safe_json
from astro_tui.errors import AstroError
from astro_tui.presentation.columns import Column
from astro_tui.presentation.remedies import explained
from astro_tui.presentation.status import Severity, Status
from astro_tui.state.settings import without_unicode
from astro_tui.text.foreign import ascii_only, cell_width, visible
from astro_tui.text.styled import Line, Printable, Style, Styled, painted, printable
from astro_tui.text.times import age, counted
from astro_tui.text.wrapping import LEAST_ROOM, wrapped

HEADING, QUIET, COMMAND = Style("1"), Style("2"), Style("36")
SEVERITIES = {
    Severity.ERROR: Style("1;31"),
    Severity.WARN: Style("33"),
    Severity.INFO: Style("36"),
    Severity.OK: Style("32"),
    Severity.MUTED: Style("2"),
}


def badge(status: Status, *, ascii_alone: bool, color: bool) -> Line:
    """Return a status as its glyph and its label."""
    glyph = status.ascii_glyph if ascii_alone else status.glyph
    return painted(f"{glyph} {status.label}", SEVERITIES[status.severity], color=color)


R = TypeVar("R")


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

    def lines(self, lines: Iterable[Line]) -> None:
        """Print lines."""
        self.write(printable(line, ascii_alone=self.ascii) for line in lines)

    def ask(self, question: str) -> str:
        """Print a question, and return the line that the user types after it, not before."""
        _forget_typed()
        self.write([printable(question, ascii_alone=self.ascii, end="")])
        return sys.stdin.readline().rstrip("\r\n")

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

    def write(self, pieces: Iterable[Printable]) -> None:
        """Write bytes. Ends silently if the reader is gone. Raises ConfigError on a full disk."""
        write_out(pieces)


def _forget_typed() -> None:
    """Drop what was typed before the question was displayed."""
    with suppress(ImportError, OSError):
        import termios

        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


def note(text: str, *, ascii_alone: bool = False) -> None:
    """Print one line on standard error."""
    complain(ascii_only(visible(text)) if ascii_alone else text)


def trouble(error: AstroError, arguments: Sequence[str] = ()) -> str:
    """Return an error as one line that is safe for a terminal: what happened and what to do."""
    line = visible(explained(error))
    return ascii_only(line) if "--ascii" in arguments or without_unicode(os.environ) else line


WIDEST = 48
"""The most cells of a column. A longer value moves only the rest of its row."""


class Columns:
    """The widths of a table's columns in cells. Columns without any value have a width of 0 and are left out."""

    def __init__(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.widths = [
            min(WIDEST, max(map(cell_width, (head, *values)))) if any(values) else 0
            for head, *values in zip(heads, *rows, strict=True)
        ]

    def line(self, cells: Sequence[str]) -> str:
        """Return one line of the table."""
        padded = [
            cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, self.widths, strict=True) if width
        ]
        return "  ".join(padded).rstrip()


def table_of(columns: Sequence[Column[R]], rows: Sequence[R], now: datetime) -> Iterator[str]:
    """Yield the lines of a table, each column as wide as its cells."""
    heads = [column.heading for column in columns]
    cells = [
        [age(column.at(row), now) if column.at else column.text(row) or column.empty for column in columns]
        for row in rows
    ]
    table = Columns(heads, cells)
    return map(table.line, [heads, *cells])


def json_rows(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return a JSON list with one object per line."""
    rows = ",\n ".join(json.dumps(item, ensure_ascii=False) for item in objects)
    return f"[{rows}]"


_TICK = 0.5
"""Seconds between two drawings of a line that is redrawn."""


class ProgressLine:
    """The line. Where there is no terminal, nothing is drawn."""

    def __init__(self, stream: TextIO | None = None, *, ascii_alone: bool = False) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._ascii = ascii_alone
        self._drawn, self._width = "", 0
        self.shown = self._stream.isatty() and os.environ.get("TERM") != "dumb"

    def draw(self, text: str, *, head: str = "", code: Style | None = None) -> None:
        """Replace the line with `head`, in the color `code`, and the text, cut at the edge of the terminal."""
        if not self.shown:
            return
        room = shutil.get_terminal_size().columns - 1
        head, text = visible(head), visible(text)
        line = _cut(ascii_only(head + text), room, end="...") if self._ascii else _cut(head + text, room)
        styled = Styled(head, code) + line[len(head) :] if line.startswith(head) else Styled(line)
        if styled.drawn != self._drawn:
            self._replace(styled.drawn, cell_width(line))

    def draw_investigated(self, done: int, total: int) -> None:
        """Say how many agents of a list were investigated."""
        self.draw(f"investigated {done:,} of {counted(total, 'agent')} …")

    @contextmanager
    def redrawn(self, draw: Callable[[], None]) -> Iterator[None]:
        """Have a thread draw the line twice a second for as long as the context lasts, then remove it."""
        over = threading.Event()

        def run() -> None:
            while not over.wait(_TICK):
                draw()

        thread = threading.Thread(target=run, name="progress", daemon=True)
        if self.shown:
            draw()
            thread.start()
        try:
            yield
        finally:
            over.set()
            if self.shown:
                thread.join()
            self.clear()

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
