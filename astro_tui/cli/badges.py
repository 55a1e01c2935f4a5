"""Statuses and headings in the colors of a terminal."""

from __future__ import annotations

from astro_tui.presentation.status import Severity, Status

HEADING, QUIET, COMMAND = "1", "2", "36"
SEVERITIES = {
    Severity.ERROR: "1;31",
    Severity.WARN: "33",
    Severity.INFO: "36",
    Severity.OK: "32",
    Severity.MUTED: "2",
}


def painted(text: str, code: str, *, color: bool) -> str:
    """Return text in a color, or as it is if there are no colors."""
    return f"\x1b[{code}m{text}\x1b[0m" if color and code and text else text


def badge(status: Status, *, ascii_alone: bool, color: bool) -> str:
    """Return a status as its glyph and its label."""
    glyph = status.ascii_glyph if ascii_alone else status.glyph
    return painted(f"{glyph} {status.label}", SEVERITIES[status.severity], color=color)
