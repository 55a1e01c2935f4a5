"""How many colors a terminal has. Pure."""

from __future__ import annotations

from collections.abc import Mapping

TRUE_COLOR, PALETTE, ANSI, NONE = 1 << 24, 256, 16, 0
_PALETTES = ("256color", "kitty")
"""Endings of TERM that mean a palette of 256 colors."""


def colors_of(environment: Mapping[str, str]) -> int:
    """Return the number of colors that the terminal of an environment has: 16777216, 256, 16, or 0.

    COLORTERM and TERM decide, as they do for Rich, which writes the colors. If neither says more, the number is 16,
    unless the terminfo database says that there are no colors.
    """
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return TRUE_COLOR
    name = environment.get("TERM", "").strip()
    if name.lower().rpartition("-")[2] in _PALETTES:
        return PALETTE
    return ANSI if _has_colors(name) else NONE


def _has_colors(name: str) -> bool:
    if name.lower() in ("dumb", "unknown"):
        return False
    try:
        import curses

        # The descriptor is only used for the speed of the line.
        curses.setupterm(name or None, 1)
        return curses.tigetnum("colors") >= 8
    except (ImportError, OSError, ValueError):
        return True
    except curses.error:
        # The terminal is not in the database.
        return True
