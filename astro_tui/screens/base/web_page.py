"""Opens the web page of what is on screen, or copies its address where no browser can be opened."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from astro_tui.auth.browser import open_address
from astro_tui.clipboard.offers import Piece
from astro_tui.screens.base.copy_actions import copy, show_message

if TYPE_CHECKING:
    from astro_tui.screens.base.page import Page


def open_web_page(page: Page, address: str) -> None:
    """Open an address in the browser of this desktop: never one that runs in the terminal, and none over SSH."""
    if page.session.settings.demo:
        page.show_message("The demo has no web pages.", warning=True)
        return

    def work() -> None:
        opened = open_address(address)
        page.app.call_later(partial(_opened, page, address, done=opened))

    page.run_worker(work, thread=True, group="browser", exclusive=True)


def _opened(page: Page, address: str, *, done: bool) -> None:
    if done:
        show_message(page.app, f"Opened {address} in the browser.")
    else:
        copy(page.app, page.look, lambda: Piece(address, f"no browser can be opened here; open {address}"))
