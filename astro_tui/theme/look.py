"""The themes, the glyphs with their ASCII twins, and the status badge. The only module that names colors."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from textual.content import Content
from textual.theme import Theme

from astro_tui.presentation.status import LABEL_WIDTH, Severity, Status
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.theme.style_folder import style_folders

STYLES = next(folder for folder in style_folders() if folder.is_dir())
"""The folder of the style sheets."""

TONES = {
    Severity.ERROR: "bold $text-error",
    Severity.WARN: "$text-warning",
    Severity.INFO: "$text-primary",
    Severity.OK: "$text-success",
    Severity.MUTED: "$quiet",
}
"""Severity → style of text on the screen's background, in theme variables."""

_QR = {"qr-dark": "#000000", "qr-light": "#ffffff"}
"""Black on white, which every camera can read."""

THEMES = {
    "dark": Theme(
        name="dark",
        primary="#6cb6ff",
        secondary="#8ba4c7",
        accent="#d2a8ff",
        warning="#e3b341",
        error="#ff7b72",
        success="#56d364",
        foreground="#e6edf3",
        background="#0d1117",
        surface="#161b22",
        panel="#21262d",
        variables=_QR | {"quiet": "#9da7b3", "cursor-line": "#253041"},
    ),
    "light": Theme(
        name="light",
        primary="#0550ae",
        secondary="#44546a",
        accent="#6f42c1",
        warning="#855300",
        error="#b3141d",
        success="#116329",
        foreground="#1f2328",
        background="#ffffff",
        surface="#f3f5f7",
        panel="#e4e8ec",
        dark=False,
        variables=_QR | {"quiet": "#57606a", "cursor-line": "#d8e6f7"},
    ),
    "contrast": Theme(
        name="contrast",
        primary="#9ecbff",
        secondary="#ffffff",
        accent="#f0b6ff",
        warning="#ffdf5d",
        error="#ff9a94",
        success="#7cff8a",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        variables=_QR | {"quiet": "#d0d0d0", "cursor-line": "#0a3069"},
    ),
    "terminal": Theme(
        name="terminal",
        primary="ansi_blue",
        secondary="ansi_cyan",
        accent="ansi_magenta",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        ansi=True,
        variables={
            "quiet": "ansi_default",
            "qr-dark": "ansi_default",
            "qr-light": "ansi_default",
            "cursor-line": "ansi_default",
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "text-primary": "ansi_blue",
            "text-accent": "ansi_magenta",
            "text-warning": "ansi_yellow",
            "text-error": "ansi_red",
            "text-success": "ansi_green",
        },
    ),
}
"""Name → theme. `terminal` uses the colors of the user's terminal."""

for _theme in THEMES.values():
    if not _theme.ansi:
        # Text uses the theme's own colors: they are chosen for a contrast of 4.5:1 on every background of the theme.
        _theme.variables |= {
            "text-primary": _theme.primary,
            "text-accent": str(_theme.accent),
            "text-warning": str(_theme.warning),
            "text-error": str(_theme.error),
            "text-success": str(_theme.success),
        }


class Glyphs(NamedTuple):
    """The symbols of this program: one cell each, except `cut` and `arrow` in ASCII."""

    cursor: str = "▌"
    rule: str = "─"
    bar: str = "│"
    folded: str = "▸"
    unfolded: str = "▾"
    cut: str = "…"
    newer: str = "↑"
    fresh: str = "⟳"
    dot: str = "·"
    skeleton: str = "░"
    into: str = "›"
    sorted_by: str = "▾"
    sorted_reverse: str = "▴"
    caret: str = "▏"
    nothing: str = "—"
    mask: str = "•"
    arrow: str = "→"
    marked: str = "◆"
    here: str = "✓"
    focused_rule: str = "━"


ASCII_GLYPHS = Glyphs(
    cursor=">",
    rule="-",
    bar="|",
    folded="+",
    unfolded="-",
    # Neither a mark of a difference (`~ + -`) nor a character that values or escapes often end with.
    cut="..",
    newer="^",
    fresh="@",
    dot="-",
    skeleton=".",
    into=">",
    sorted_by="v",
    sorted_reverse="^",
    caret="_",
    nothing="-",
    mask="*",
    arrow="->",
    marked="#",
    here="*",
    focused_rule="=",
)


class Look:
    """The alphabet of this run: Unicode, or only ASCII."""

    def __init__(self, *, ascii_alone: bool = False) -> None:
        self.ascii = ascii_alone
        self.glyphs = ASCII_GLYPHS if ascii_alone else Glyphs()

    def plain(self, text: str) -> str:
        """Return text from outside on one line, safe to draw in this alphabet."""
        text = visible(text)
        return ascii_only(text) if self.ascii else text

    def own(self, text: str) -> str:
        """Return this program's own `text` in this alphabet."""
        return ascii_only(text) if self.ascii else text

    def glyph(self, status: Status) -> str:
        """Return the glyph of a status, one cell wide."""
        return status.ascii_glyph if self.ascii else status.glyph

    def badge(self, status: Status, *, padded: bool = False) -> Content:
        """Return a status as glyph and word, in its color."""
        word = self.plain(status.label)
        if padded:
            word = word.ljust(LABEL_WIDTH)
        return Content.assemble((f"{self.glyph(status)} {word}", TONES[status.severity]))


def stylesheet(name: str) -> Path:
    """Return the path of a style sheet by the name of its screen or widget."""
    return STYLES / f"{name}.tcss"
