"""Where the style sheets are: known without any screen library."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def style_folders() -> tuple[Path, ...]:
    """Return where the folder can be: inside the package when installed, beside it in a checkout."""
    return _PACKAGE / "styles", _PACKAGE.parent / "styles"
