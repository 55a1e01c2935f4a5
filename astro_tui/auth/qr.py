"""QR codes as text. They are square on a terminal: two modules per cell, or two cells per module."""

from __future__ import annotations

import segno

BORDER = 2
"""Empty modules around the code. Half of what the standard requires is enough for cameras and fits more screens."""
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def qr_rows(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return the QR code of a text as rows of half blocks, or an empty list if the text is too long.

    The blocks are the dark modules, for black on white. `inverted` draws the bright modules, for dark terminals whose
    colors cannot be set.
    """
    lines = _lines(text, border, inverted=inverted)
    if len(lines) % 2:
        lines.append([inverted] * len(lines[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(above, below, strict=True))
        for above, below in zip(lines[::2], lines[1::2], strict=True)
    ]


def qr_runs(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return the QR code as rows with two characters per module: `#` is drawn as a colored blank.

    It is four times as large as with half blocks. The list is empty if the text is too long.
    """
    return ["".join("##" if module else "  " for module in line) for line in _lines(text, border, inverted=inverted)]


def _lines(text: str, border: int, *, inverted: bool) -> list[list[bool]]:

    try:
        code = segno.make(text, micro=False, error="l")
    except ValueError:
        return []
    return [[bool(module) != inverted for module in line] for line in code.matrix_iter(border=border)]
