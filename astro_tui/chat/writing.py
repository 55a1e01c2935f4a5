"""A text that an agent is writing, made safe to print piece by piece.

A secret can arrive in two parts. So what may still become one is held back: the last word, or for output that cannot
be taken back, the last line. What was masked is kept: masking all of a long text for each chunk takes too long.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from astro_tui.text.foreign import fitting, visible
from astro_tui.text.redaction import redact_text, without

_PIECE = 600
"""The number of characters that are masked together, if the lines allow it."""
_LONGEST_WORD = 16_000
_OPENS, _ENDS = "-----BEGIN", "-----END"
_NAMES_NEXT = (":", "=", "|")
"""Ends of lines that give the next line a meaning: a name, or a row of a table."""


class SafeText:
    """The safe form of one text that grows. `hidden` returns the tokens that must not be displayed."""

    def __init__(self, hidden: Callable[[], Collection[str]] = tuple) -> None:
        self._hidden = hidden
        self._raw = self._safe = ""

    def of(self, text: str, *, whole: bool = False, lines: bool = False) -> str:
        """Return the text with secrets masked and control characters visible, except line breaks and tabs.

        Unless it is `whole`, the last word is left out, or with `lines`, the last line.
        """
        if not text.startswith(self._raw):
            self._raw = self._safe = ""
        rest = text[len(self._raw) :]
        if not whole:
            rest = rest[: rest.rfind("\n") + 1 if lines else fitting(rest, len(rest))]
        while end := _border(rest):
            self._safe += self._masked(rest[:end])
            self._raw += rest[:end]
            rest = rest[end:]
        return self._safe + self._masked(rest)

    def _masked(self, text: str) -> str:
        text = redact_text(without(text, self._hidden()))
        return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.replace("\r\n", "\n").split("\n"))


def _border(text: str) -> int:
    """Return where the first piece ends that can be masked without the rest; 0 if there is none yet."""
    if len(text) <= 2 * _PIECE:
        return 0
    for gap in ("\n\n", "\n", " "):
        end = text.rfind(gap, 0, _PIECE) + len(gap)
        while end > len(gap) and text[:end].rstrip().endswith(_NAMES_NEXT):
            end = text.rfind(gap, 0, end - len(gap)) + len(gap)
        if end > len(gap):
            break
    else:
        # A word that has not ended may be one long secret.
        end = min((at for at in map(text.find, (" ", "\n")) if at > 0), default=0) + 1
        end = end if end > 1 else _LONGEST_WORD if len(text) > _LONGEST_WORD else 0
    if text.count(_OPENS, 0, end) > text.count(_ENDS, 0, end):
        closed = text.find(_ENDS, end, _LONGEST_WORD)
        line = text.find("\n", closed, _LONGEST_WORD) if closed >= 0 else -1
        # A text may only mention keys, or never end one.
        return line + 1 or (fitting(text, _LONGEST_WORD) if len(text) > _LONGEST_WORD else 0)
    return end
