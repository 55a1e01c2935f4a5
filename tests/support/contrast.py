"""What an app has drawn, style by style, and its contrast by the formula of WCAG 2."""

from __future__ import annotations

from functools import cache
from typing import Any

from rich.color import Color, ColorSystem
from rich.style import Style
from textual.app import App

from support.idle import drawn_strips

TEXT, SHAPE = 4.5, 3.0
"""The least contrast of text, and of characters that are only shapes, such as lines and marks."""
_LINEAR_BELOW = 0.03928


def colors(style: Style) -> tuple[Color, Color]:
    """Return the colors of a character and of its background."""
    front, ground = (color or Color.default() for color in (style.color, style.bgcolor))
    return (ground, front) if style.reverse else (front, ground)


def texts(app: App[Any]) -> dict[Style, set[str]]:
    """Return the characters of the screen in front by style, without what is dimmed below a box."""
    screen, strips = app.screen, drawn_strips(app)
    boxes = [box.region for box in screen.children if box.display] if screen.is_modal else []
    if boxes:
        strips = [strip.crop(box.x, box.right) for box in boxes for strip in strips[max(box.y, 0) : box.bottom]]
    found: dict[Style, set[str]] = {}
    for strip in strips:
        for text, style, _control in strip:
            found.setdefault(style or Style.null(), set()).update(text)
    return found


def faint(
    app: App[Any], systems: tuple[ColorSystem, ...] = (ColorSystem.TRUECOLOR,)
) -> dict[tuple[str, str, float], str]:
    """Return what has too little contrast on a terminal of one of these kinds: both colors, contrast → characters."""
    found: dict[tuple[str, str, float], str] = {}
    for style, chars in texts(app).items():
        front, ground = colors(style)
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
