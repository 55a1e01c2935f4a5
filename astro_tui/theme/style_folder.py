"""The location of the style sheets. Pure."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def style_folders() -> tuple[Path, ...]:
    """Return the possible folders: inside the package if installed, next to it in a checkout."""
    return _PACKAGE / "styles", _PACKAGE.parent / "styles"
