"""The terminal driver: it leaves at once, and bears what no keyboard should send."""

from __future__ import annotations

from codecs import IncrementalDecoder, getincrementaldecoder
from typing import Any

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver


def _tolerant(encoding: str) -> Any:
    """Return a maker of decoders that replace what is no text: an old mouse report, a paste in another encoding."""

    def make() -> IncrementalDecoder:
        return getincrementaldecoder(encoding)("replace")

    return make


# Textual's input thread decodes strictly: one such byte would end the program. The name is looked up in its module.
vars(linux_driver)["getincrementaldecoder"] = _tolerant


class PromptDriver(LinuxDriver):
    """Textual's driver, which at the end of the program does not wait for its input thread.

    The thread looks every 0.1 s, twice, whether it should end; the process ends before it would have noticed.
    """

    leaving = False

    def disable_input(self) -> None:
        """Stop reading; a program that is only suspended waits for the thread as before."""
        if not self.leaving:
            super().disable_input()
            return
        if not self.exit_event.is_set():
            self._disable_mouse_support()
            self.exit_event.set()
