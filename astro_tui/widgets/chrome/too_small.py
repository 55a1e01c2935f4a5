"""What a window below the smallest size shows: its status, and how large it must be."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from astro_tui.platform.servers import Server
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import SMALLEST
from astro_tui.widgets.chrome.head import account_at_server


class TooSmall(Widget):
    """Replaces the screen in a tiny window, which still works as a status light."""

    def __init__(self, look: Look, server: Server | None) -> None:
        super().__init__(id="too-small")
        self._look = look
        self._server = server
        self._account = ""
        self._status = Content()

    def show(self, account: str, status: Content) -> None:
        """Set the account and the status line."""
        if not status.is_same(self._status) or account != self._account:
            self._account, self._status = account, status
            self.refresh()

    def render(self) -> Content:
        """Return the status, the account and server, and the two sizes."""
        size, (width, height) = self.app.size, SMALLEST
        return Content("\n").join(
            [
                self._status,
                *([account_at_server(self._look, self._account, self._server, size.width)] if self._server else []),
                Content(f"{size.width}x{size.height} is too small."),
                Content(f"Resize to {width}x{height}"),
                Content("q quit"),
            ]
        )
