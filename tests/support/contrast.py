"""What an app has drawn, cell by cell, and its contrast by the formula of WCAG 2."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from rich.cells import cell_len
from rich.color import Color, ColorSystem
from rich.style import Style
from textual.app import App

from support.idle import drawn_strips

TEXT, SHAPE = 4.5, 3.0
"""The least contrast of text, and of characters that are only shapes, such as lines and marks."""
_LINEAR_BELOW = 0.03928


class Cell(NamedTuple):
    """A character on the screen."""

    x: int
    y: int
    char: str
    style: Style

    @property
    def colors(self) -> tuple[Color, Color]:
        """The colors of the character and of its ground."""
        front, ground = (color or Color.default() for color in (self.style.color, self.style.bgcolor))
        return (ground, front) if self.style.reverse else (front, ground)


def cells(app: App[Any]) -> Iterator[Cell]:
    """Yield every character of the screen in front, without what is dimmed below a box."""
    screen = app.screen
    boxes = [box.region for box in screen.children if box.display] if screen.is_modal else []
    for y, strip in enumerate(drawn_strips(app)):
        x = 0
        for text, style, _control in strip:
            drawn = style or Style.null()
            for char in text:
                if not boxes or any(box.contains(x, y) for box in boxes):
                    yield Cell(x, y, char, drawn)
                x += cell_len(char)


def faint(
    app: App[Any], systems: tuple[ColorSystem, ...] = (ColorSystem.TRUECOLOR,)
) -> dict[tuple[str, str, float], str]:
    """Return what has too little contrast on a terminal of one of these kinds: both colors, contrast → characters."""
    found: dict[tuple[str, str, float], str] = {}
    by_style: dict[Style, set[str]] = {}
    for _x, _y, char, style in cells(app):
        by_style.setdefault(style, set()).add(char)
    for style, chars in by_style.items():
        front, ground = Cell(0, 0, "", style).colors
        seen = {char for char in chars if not char.isspace() or style.underline}
        text = {char for char in seen if char.isalnum() or char.isascii()}
        for system in systems if seen else ():
            value = contrast(front, ground, system)
            bad = seen if style.dim or value < SHAPE else text if value < TEXT else set()
            if bad:
                key = (front.name, ground.name, round(value, 2))
                found[key] = "".join(sorted({*found.get(key, ""), *bad}))
    return found


@cache
def contrast(one: Color, other: Color, system: ColorSystem = ColorSystem.TRUECOLOR) -> float:
    """Return the contrast of two colors, from 1 to 21, as a terminal with so many colors shows them."""
    low, high = sorted(_luminance(color.downgrade(system)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    assert not color.is_default, "only the terminal knows this color"
    parts = (part / 255 for part in color.get_truecolor())
    red, green, blue = (part / 12.92 if part <= _LINEAR_BELOW else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
