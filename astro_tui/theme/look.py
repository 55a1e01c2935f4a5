"""The themes, the glyphs with their ASCII twins, and the status badge. The only module that names colors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

from msgspec import Struct
from textual.content import Content
from textual.css.stylesheet import Stylesheet
from textual.theme import Theme

from astro_tui.presentation.status import LABEL_WIDTH, Group, Severity, Status
from astro_tui.state.settings import THEMES as THEME_NAMES
from astro_tui.text.foreign import ascii_name, ascii_only, visible
from astro_tui.text.times import Times
from astro_tui.theme import style_folders

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

_COLORS = {
    "primary": ("#6cb6ff", "#0550ae", "#9ecbff", "ansi_cyan"),
    "secondary": ("#8ba4c7", "#44546a", "#ffffff", "ansi_default"),
    "accent": ("#d2a8ff", "#6f42c1", "#f0b6ff", "ansi_magenta"),
    "warning": ("#e3b341", "#855300", "#ffdf5d", "ansi_yellow"),
    "error": ("#ff7b72", "#b3141d", "#ff9a94", "ansi_red"),
    "success": ("#56d364", "#116329", "#7cff8a", "ansi_green"),
    "foreground": ("#e6edf3", "#1f2328", "#ffffff", "ansi_default"),
    "background": ("#0d1117", "#ffffff", "#000000", "ansi_default"),
    "surface": ("#161b22", "#f3f5f7", "#000000", "ansi_default"),
    "panel": ("#21262d", "#e4e8ec", "#1c1c1c", "ansi_default"),
}
"""Color of a theme → its value in each theme, in their order in `state.settings`.

Blue is hard to read on black in the palettes of many terminals.
"""
_VARIABLES = {
    "quiet": ("#9da7b3", "#57606a", "#d0d0d0", "ansi_default"),
    "cursor-line": ("#252e41", "#d8edf7", "#0a2869", "ansi_default"),
    "screen-selection-background": ("#0f2a66", "#bfecff", "#3a3a3a", "ansi_default"),
    "screen-selection-foreground": ("transparent", "transparent", "transparent", "ansi_default"),
    # Shapes other than text: the handles of scroll bars, and the bars in place of rows that are loading.
    "faint": ("#6b7583", "#7a828b", "#909090", "ansi_default"),
    # Black on white, which every camera can read.
    "qr-dark": ("#000000", "#000000", "#000000", "ansi_default"),
    "qr-light": ("#ffffff", "#ffffff", "#ffffff", "ansi_default"),
}
"""Variable of a theme → its value in each theme."""


def _theme(name: str) -> Theme:
    place, ansi = THEME_NAMES.index(name), name == "terminal"
    colors: dict[str, Any] = {color: values[place] for color, values in _COLORS.items()}
    variables = {variable: values[place] for variable, values in _VARIABLES.items()}
    # Text uses the theme's own colors: they are chosen for a contrast of 4.5:1 on every background of the theme.
    words = ("primary", "secondary", "accent", "warning", "error", "success")
    variables |= {f"text-{color}": colors[color] for color in words}
    variables |= {"scrollbar": variables["faint"], "scrollbar-hover": variables["quiet"]}
    variables["scrollbar-active"] = variables["quiet"]
    behind = "ansi_default" if ansi else "transparent"
    for part in ("background", "background-hover", "background-active", "corner-color"):
        variables[f"scrollbar-{part}"] = behind
    if ansi:
        variables |= {"ansi-background": "ansi_default", "ansi-foreground": "ansi_default"}
    return Theme(name=name, dark=name != "light", ansi=ansi, variables=variables, **colors)


THEMES = {name: _theme(name) for name in THEME_NAMES}
"""Name → theme. `terminal` uses the colors of the user's terminal."""


class Glyphs(Struct, frozen=True):
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
    sorted_by: str = "▴"
    sorted_reverse: str = "▾"
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
    sorted_by="^",
    sorted_reverse="v",
    caret="_",
    nothing="-",
    mask="*",
    arrow="->",
    marked="#",
    here="*",
    focused_rule="=",
)


class Look:
    """The alphabet of this run, Unicode or only ASCII, and how its screens show `times`."""

    def __init__(self, *, ascii_alone: bool = False) -> None:
        self.ascii = ascii_alone
        self.glyphs = ASCII_GLYPHS if ascii_alone else Glyphs()
        self.times = Times.AGES

    def plain(self, text: str) -> str:
        """Return text on one line, safe to draw in this alphabet. It may have another width: fit it afterwards."""
        text = visible(text)
        return ascii_only(text) if self.ascii else text

    def line(self, *parts: Content | str | tuple[str, str]) -> Content:
        """Return parts, with their styles, as one line that is safe to draw in this alphabet."""
        return Content.assemble(*map(self._part, parts))  # noqa: TID251  the only place

    def _part(self, part: Content | str | tuple[str, str]) -> Content | str | tuple[str, str]:
        if isinstance(part, Content):
            return part
        return self.plain(part) if isinstance(part, str) else (self.plain(part[0]), part[1])

    def name(self, label: str, blueprint: str) -> str:
        """Return the name of an agent, safe to draw in this alphabet, which may have to be that of its blueprint."""
        return self.plain(ascii_name(label, blueprint) if self.ascii else label)

    def glyph(self, status: Status | Group) -> str:
        """Return the glyph of a status or of a group of them, one cell wide."""
        return status.ascii_glyph if self.ascii else status.glyph

    def badge(self, status: Status, *, padded: bool = False) -> Content:
        """Return a status as glyph and word, in its color."""
        word = self.plain(status.label)
        if padded:
            word = word.ljust(LABEL_WIDTH)
        return Content.styled(f"{self.glyph(status)} {word}", TONES[status.severity])


def stylesheet(name: str) -> Path:
    """Return the path of a style sheet by the name of its screen or widget."""
    return STYLES / f"{name}.tcss"


def read_styles(styles: Stylesheet, paths: Iterable[PurePath]) -> None:
    """Read the style sheets among `paths` that have not been read yet. Existing widgets keep their styles."""
    missing = [path for path in paths if not styles.has_source(str(path))]
    if missing:
        styles.read_all(missing)
        styles.parse()
