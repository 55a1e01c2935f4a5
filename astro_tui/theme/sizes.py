"""The sizes of a terminal at which layouts change, for every screen, widget, and command. Pure."""

from __future__ import annotations

SMALLEST = (40, 10)
"""Columns and lines that every screen needs; a smaller window only shows a status line."""
COMFORTABLE = (80, 24)
"""Columns and lines that every screen is laid out for."""
SHORT = 20
"""Lines below which a screen has no tab strip, and no words beside the keys in its last line."""
LOW, HIGH = 12, 30
"""Lines from which a screen has its last row and what helps, and from which it says everything."""
NARROW = 60
"""Columns below which a screen has no room for a second thing on a row."""
BESIDE_FROM = 100
"""Columns from which two panes, or two values, fit side by side."""
WIDE = 160
"""Columns of a window from which three panes fit side by side, and of a table from which it may have every column."""
