"""The terminal driver, leaving at once."""

from __future__ import annotations

from textual.drivers.linux_driver import LinuxDriver


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
