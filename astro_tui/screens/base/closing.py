"""Closing a screen that finished on its own, possibly while another screen was in front of it."""

from __future__ import annotations

from typing import TypeVar

from textual.screen import Screen

T = TypeVar("T")


class ClosesItself(Screen[T]):
    """Closes only when it is in front, because Textual's `dismiss` closes whatever screen is in front."""

    _results: tuple[T, ...] = ()

    def close_with(self, result: T) -> None:
        """Close with a result: now, or once the screen in front of this one has closed."""
        self._results = (result,)
        self.close_in_front()

    def close_in_front(self) -> None:
        """Close if there is a result by now."""
        if self._results and self.is_active:
            (result,), self._results = self._results, ()
            self.dismiss(result)
