"""How the program looks: themes, glyphs, the status badge, sizes at which layouts change, colors, and style sheets.

The lowest package that may import Textual; the package itself, `sizes`, and `terminal` do not. Depends on
`presentation`, `state`, and `text`.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["style_folders"]

_PACKAGE = Path(__file__).parent.parent


def style_folders() -> tuple[Path, ...]:
    """Return the possible folders of the style sheets: inside the package if installed, next to it in a checkout."""
    return _PACKAGE / "styles", _PACKAGE.parent / "styles"
