"""How long a secret stays revealed."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget

from astro_tui.widgets import REVEAL_SECONDS


class RevealTimer:
    """Calls `mask` ten seconds after a secret was revealed, unless it is stopped before."""

    def __init__(self, widget: Widget, mask: Callable[[], None]) -> None:
        self._mask: Callable[[], None] | None = mask
        self._timer = widget.set_timer(REVEAL_SECONDS, self._end)

    def stop(self) -> None:
        """Never call `mask`: the secret is masked already."""
        self._mask = None
        self._timer.stop()

    def _end(self) -> None:
        # A timer that has been stopped can already be in the queue of messages.
        if self._mask is not None:
            self._mask()
