"""Makes text from outside safe: bounded without half a secret at its end, and with visible control characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_NO_CELL = frozenset("\u200c\u200d\ufe0e\ufe0f")
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {
    0x7F: "\u2421",
    0x0A: "\u21b5",
    0x09: "\u21e5",
}

_GAPS = (" ", "\n", "\t", "\r", ',"')
"""Where a text may be cut off: between words, or between the members of an object in JSON."""
_LONGEST_SECRET = 1_000
"""Characters of a word that are dropped at most: the masker recognizes longer secrets by how they start."""


HIDDEN = "\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff"
"""Part of a character class: DEL, C1 controls, line and paragraph separators, lone surrogates, and characters that
reorder or hide their neighbors, such as bidirectional controls. Zero-width joiners outside of emoji are harmless."""


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(f"[\x00-\x1f{HIDDEN}]")


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    return _PICTURES.get(code, f"<U+{code:04X}>")


def visible(text: str, limit: int = 0) -> str:
    """Return `text` as one line that any terminal can print: escape as `␛`, a line break as `↵`, others as `<U+202E>`.

    A text longer than `limit` characters (0 = no limit) is cut first and ends with `…`.
    """
    if limit and len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _unsafe().sub(_picture, text)


_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Characters that count as letters or symbols but leave their cell empty."""


def first_shown(*names: str) -> str:
    """Return the first of some names in which a reader sees anything, else an empty string."""
    return next(filter(_shows_something, names), "")


def _shows_something(text: str) -> bool:
    # Controls, separators, and combining marks alone show nothing.
    return any(unicodedata.category(char)[0] not in "CZM" and char not in _BLANK for char in text)


def bounded(text: str, most: int) -> str:
    """Return the first words of a text: at most `most` characters, and `…` if something is missing."""
    return text if len(text) <= most else f"{text[: fitting(text, most)].rstrip()}…"


def fitting(text: str, most: int) -> int:
    """Return how many of the first `most` characters of a longer text can be kept.

    A word that does not fit is dropped. It could be a secret, and half of one is not recognized.
    """
    start = max(0, most - _LONGEST_SECRET)
    return max(text.rfind(gap, start, most + 1) for gap in _GAPS) + 1 or start


def cell_width(text: str) -> int:
    """Return the width of a line in terminal cells: two for wide characters, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(char) or char in _NO_CELL else _char_width(char) for char in text)


def _char_width(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def ascii_only(text: str) -> str:
    r"""Return `text` in ASCII for `--ascii`: similar characters where possible, else `\xNN` or `\uNNNN`."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text.translate(_LOOK_ALIKES))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return plain.encode("ascii", "backslashreplace").decode("ascii")


def ascii_name(name: str, otherwise: str) -> str:
    """Return a name in ASCII, or another name if it has letters that are not in ASCII in any form."""
    plain = ascii_only(name)
    return otherwise if "\\u" in plain and otherwise else plain


_LOOK_ALIKES = str.maketrans(
    {
        "…": "...",
        "·": "-",
        "—": "-",
        "–": "-",
        "→": "->",
        "←": "<-",
        "•": "*",
        "◦": "-",
        "▪": "*",
        "×": "x",
        "µ": "u",
        "●": "*",
        "≥": ">=",
        "≤": "<=",
        **dict.fromkeys("─━═", "-"),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╯╰", "+"),
        "’": "'",
        "“": '"',
        "”": '"',
        "↵": "\\",
        "⇥": " ",
    }
)
