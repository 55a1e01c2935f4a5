"""Closing a screen whose work ended by itself, maybe while another screen was in front of it."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

T = TypeVar("T")


class ClosesItself(Screen[T]):
    """Closes once it is in front: Textual's `dismiss` closes whichever screen is."""

    _results: tuple[T, ...] = ()

    def close_with(self, result: T) -> None:
        """Close with a result, or when the screen in front of this one has closed."""
        self._results = (result,)
        self._close_in_front()

    def on_screen_resume(self) -> None:
        """Close if there is a result by now."""
        self._close_in_front()

    def _close_in_front(self) -> None:
        if self._results and self.is_active:
            (result,), self._results = self._results, ()
            self.dismiss(result)
