"""Whether a key was pressed on purpose. Pure: all times are seconds on the monotonic clock.

A terminal reports no releases, so a key that is held down looks like one that is pressed again and again, after a
delay of up to one and a half seconds. Pasted text looks like fast typing, and a paste that contains the mark of its own
end looks like a paste with keys after it.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

READABLE = 0.5
"""Seconds after which a preview can be confirmed: 0.3 on screen, and the time until a busy terminal has drawn it."""
SAME_KEY = 2.0
"""Seconds between two presses of one key from which on the second is not a repetition."""
TYPED = 0.1
"""Seconds between two keys from which on they were not pasted. A request is held for as long: a next key cancels it."""
CONTINUED = 0.3
"""Seconds after the program was continued in which keys may have been pressed before that."""
PASTED = 0.3
"""Seconds after a part of a paste in which keys count as pasted, too."""
_MARKS = ("\x1b[200~", "\x1b[201~")
"""How a terminal marks a paste."""
_AT_ONCE = 4
"""Characters that nobody types in the time of one read, even if the program reads late."""
_SIDES = tuple(
    f"{side}_{name}" for side in ("left", "right") for name in ("shift", "control", "alt", "super", "hyper", "meta")
)
_MODIFIERS = frozenset({*_SIDES, "iso_level3_shift", "iso_level5_shift", "caps_lock", "num_lock", "scroll_lock"})
"""Some terminals report these keys, too: shift arrives right before the capital letter that it is held for."""


class _Press(NamedTuple):
    key: str
    at: float


class Presses:
    """The last two keys that were pressed in the program, on any screen, and when it was last continued."""

    def __init__(self) -> None:
        self._before = self._last = _Press("", -inf)
        self._continued = self._pasted = -inf
        self._end = ""

    def pressed(self, key: str, at: float) -> None:
        """Record a key as it arrives, before any earlier key has been handled completely."""
        if key not in _MODIFIERS:
            self._before, self._last = self._last, _Press(key, at)

    def continued(self, at: float) -> None:
        """Record that the program was stopped until now."""
        self._continued = at

    def pasted(self, at: float) -> None:
        """Record that a part of a paste has arrived."""
        self._pasted = at

    def received(self, text: str, at: float) -> None:
        """Record text from the terminal before its keys: a paste, marked or not, lasts until nothing comes any more."""
        marked = any(mark in self._end + text for mark in _MARKS)
        lines = text.replace("\r", "").replace("\n", "")
        if marked or at < self._pasted + TYPED or (len(text) >= _AT_ONCE and lines.isprintable()):
            self.pasted(at)
        self._end = text[1 - len(_MARKS[0]) :]

    def was_pasted(self, at: float) -> bool:
        """Return whether a key that arrived `at` a time may be part of a paste."""
        return at < self._pasted + PASTED

    def deliberate(self, key: str, at: float, shown_at: float) -> bool:
        """Return whether a key, pressed `at` a time, confirms what is on screen since `shown_at`."""
        apart = at - self._before.at >= TYPED and not self.repeated(key, at)
        return self.newest(key, at) and at >= shown_at + READABLE and apart

    def repeated(self, key: str, at: float) -> bool:
        """Return whether a key may be held down: it came soon after itself."""
        return self._before.key == key and at - self._before.at < SAME_KEY

    def newest(self, key: str, at: float) -> bool:
        """Return whether no other key has come since this one, nothing was pasted, and the program was not stopped."""
        return self._last == (key, at) and at >= self._continued + CONTINUED and not self.was_pasted(at)
