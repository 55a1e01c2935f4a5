"""An address as a QR code in text, square on a terminal: two modules in each cell, or two cells to each module."""

from __future__ import annotations

BORDER = 2
"""Modules of quiet around the code; half of what the standard asks for is enough for cameras, and fits more screens."""
_HALVES = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def qr_rows(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return the QR code of a text as rows of half blocks; none when it is too long for one.

    What is drawn is dark, to be shown in black on white. Where colours cannot be set, `inverted` draws what is
    bright, for terminals that are dark, as most are.
    """
    lines = _lines(text, border, inverted=inverted)
    if len(lines) % 2:
        lines.append([inverted] * len(lines[0]))
    return [
        "".join(_HALVES[pair] for pair in zip(above, below, strict=True))
        for above, below in zip(lines[::2], lines[1::2], strict=True)
    ]


def qr_runs(text: str, *, inverted: bool = False, border: int = BORDER) -> list[str]:
    """Return it as rows for who draws with blanks alone: two characters a module, `#` where colour belongs.

    It is four times as large as in half blocks; none when the text is too long for a code.
    """
    return ["".join("##" if module else "  " for module in line) for line in _lines(text, border, inverted=inverted)]


def _lines(text: str, border: int, *, inverted: bool) -> list[list[bool]]:
    import segno

    try:
        code = segno.make(text, micro=False, error="l")
    except ValueError:
        return []
    return [[bool(module) != inverted for module in line] for line in code.matrix_iter(border=border)]
