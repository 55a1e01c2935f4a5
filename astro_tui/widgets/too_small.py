"""What a window below 40x10 shows: that it is too small, and the one line that still fits."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

SMALLEST = (40, 10)


class TooSmall(Widget):
    """Stands in for the screen; a tiny pane still works as a status light."""

    def __init__(self) -> None:
        super().__init__(id="too-small")
        self._status = Content()

    def show(self, status: Content) -> None:
        """Set the one line that matters."""
        if not status.is_same(self._status):
            self._status = status
            self.refresh()

    def render(self) -> Content:
        """Return the sizes and the line."""
        size, (width, height) = self.app.size, SMALLEST
        return Content("\n").join(
            [
                self._status,
                Content(f"{size.width}x{size.height} is too small,"),
                Content(f"enlarge to {width}x{height}"),
                Content("q quits"),
            ]
        )
