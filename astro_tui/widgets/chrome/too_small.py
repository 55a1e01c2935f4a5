"""What a window below 40x10 shows: that it is too small, and the two lines that still fit."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from astro_tui.platform.servers import Server
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import SMALLEST
from astro_tui.widgets.chrome.head import place


class TooSmall(Widget):
    """Stands in for the screen; a tiny pane still works as a status light."""

    def __init__(self, look: Look, server: Server | None) -> None:
        super().__init__(id="too-small")
        self._look = look
        self._server = server
        self._account = ""
        self._status = Content()

    def show(self, account: str, status: Content) -> None:
        """Set the account and the one line that matters."""
        if not status.is_same(self._status) or account != self._account:
            self._account, self._status = account, status
            self.refresh()

    def render(self) -> Content:
        """Return the sizes and the line."""
        size, (width, height) = self.app.size, SMALLEST
        return Content("\n").join(
            [
                self._status,
                *([place(self._look, self._account, self._server, size.width)] if self._server else []),
                Content(f"{size.width}x{size.height} is too small,"),
                Content(f"enlarge to {width}x{height}"),
                Content("q quits"),
            ]
        )
