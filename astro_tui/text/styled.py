"""Text for the standard streams that is safe by type.

A `str` is text and nothing else: what prints it makes it printable. Only `Styled` has escape sequences, between
printable text. In an f-string it becomes plain text again, so text can lose its colors on the way, but never bring any.
Bytes are printed only as `Printable`, which few functions make.
"""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import NewType, TypeAlias

from astro_tui.text.foreign import ascii_only, visible

Style = NewType("Style", str)
"""The parameters of an SGR sequence: a color, or how text stands out. Never made from text."""
Control = NewType("Control", str)
"""An escape sequence that moves the cursor or erases. Never made from text."""
Printable = NewType("Printable", bytes)
"""Bytes that a terminal prints and does not obey."""


class Styled:
    """Printable text, a part of it in a style."""

    __slots__ = ("_drawn", "_plain")

    def __init__(self, text: str, style: Style | None = None) -> None:
        self._plain = self._drawn = visible(text)
        if style and text:
            self._drawn = f"\x1b[{style}m{self._plain}\x1b[0m"

    @classmethod
    def control(cls, sequence: Control) -> Styled:
        """Return a control sequence to print beside text."""
        made = cls("")
        made._drawn = sequence
        return made

    def __add__(self, other: Line) -> Styled:
        """Return both texts, one after the other."""
        made, behind = Styled(""), other if isinstance(other, Styled) else Styled(other)
        made._drawn, made._plain = self._drawn + behind._drawn, self._plain + behind._plain
        return made

    def __radd__(self, other: str) -> Styled:
        """Return both texts, one after the other."""
        return Styled(other) + self

    def __str__(self) -> str:
        """Return the text without its styles."""
        return self._plain

    @property
    def drawn(self) -> str:
        """The text with its styles, for a terminal."""
        return self._drawn


Line: TypeAlias = str | Styled
"""What can be printed as a line."""


def painted(text: str, style: Style | None, *, color: bool) -> Line:
    """Return text in a style, or as it is if there are no colors."""
    return Styled(text, style) if color and style else text


def spaced(parts: list[Line], gap: str = " ") -> Line:
    """Return the parts with gaps between them."""
    return reduce(add, [piece for part in parts for piece in (gap, part)][1:], "")


def printable(line: Line, *, ascii_alone: bool = False, end: str = "\n") -> Printable:
    """Return a line as bytes, in ASCII where nothing else can be printed."""
    text = line.drawn if isinstance(line, Styled) else visible(line)
    return Printable((f"{ascii_only(text) if ascii_alone else text}{end}").encode("utf-8", "replace"))
