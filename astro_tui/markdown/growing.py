"""Lays out a text that grows at its end: the part that can no longer change is laid out once."""

from __future__ import annotations

import re
from collections.abc import Callable

from astro_tui.markdown.layout import lay_out
from astro_tui.markdown.spans import StyledLine

MOST_OPEN = 2_000
"""Characters at the end that are laid out again each time; a longer block is cut, until the text is complete."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


class Growing:
    """The lines of a text so far, for one width. For one thread at a time."""

    def __init__(self, width: int, plain: Callable[[str], str]) -> None:
        self.width = width
        self._plain = plain
        self._text = ""
        """The final lines."""
        self._lines: list[StyledLine] = []
        self._fence = ""
        """The fence of the code block that the rest continues."""

    def lines_of(self, text: str) -> list[StyledLine]:
        """Return the lines of a text, usually the last one with more at its end."""
        if not text.startswith(self._text):
            self._text, self._lines, self._fence = "", [], ""
        begun, done = self._fence, len(self._text)
        end, gap = self._settled(text)
        if end > done:
            self._lines += self._laid(text[done:end], begun)
            self._lines += [()] if gap else []
            self._text = text[:end]
        return [*self._lines, *self._laid(text[end:], self._fence)]

    def _laid(self, text: str, fence: str) -> list[StyledLine]:
        if not text.strip():
            return []
        return lay_out(f"{fence}\n{text}" if fence else text, self.width, self._plain).lines

    def _settled(self, text: str) -> tuple[int, bool]:
        """Return where the part that can still change starts, and whether an empty line is in front of it."""
        end = place = len(self._text)
        fence, gap, blank = self._fence, False, False
        lines = text[end:].split("\n")
        for number, line in enumerate(lines, 1):
            if blank and not fence and line[:1].strip():
                end, gap, self._fence = place, True, ""
            if number < len(lines):
                # The last one is not complete.
                fence = _fence_after(line, fence)
                blank, place = not line.strip(), place + len(line) + 1
        if len(text) - end > MOST_OPEN:
            cut = place if place > end else max(end, text.rfind(" ", end) + 1)
            end, gap, self._fence = cut, False, fence
        return end, gap


def _fence_after(line: str, fence: str) -> str:
    """Return the line that began the code block after a line; empty outside of one."""
    marker = _FENCE.match(line)
    if marker is None:
        return fence
    if not fence:
        return line.strip()
    closes = marker[1].startswith(fence[: len(fence) - len(fence.lstrip("`~"))]) and not line.strip().strip(fence[0])
    return "" if closes else fence
