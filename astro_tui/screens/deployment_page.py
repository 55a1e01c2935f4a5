"""What leads from a deployment to its history and to what changed."""

from __future__ import annotations

from textual.binding import Binding

from astro_tui.record import Known
from astro_tui.screens.page import NARROW, Page

__all__ = ["NARROW", "DeploymentPage"]


class DeploymentPage(Page):
    """The base of a screen that shows one deployment: the keys to its history and to its last change."""

    BINDINGS = [
        Binding("3", "history", "history"),
        Binding("d", "diff", "what changed: against the revision before"),
    ]
    CHANGE_HINTS = (("d", "diff"), ("3", "history"))

    _account: str
    _known: Known

    def action_history(self) -> None:
        """Show the revisions of this deployment."""
        from astro_tui.screens.comparing import Subject
        from astro_tui.screens.history import HistoryScreen

        known = self._known
        self.app.push_screen(HistoryScreen(self.session, Subject(self._account, known.entry, known.record)))

    def action_diff(self) -> None:
        """Show what the newest revision changed."""
        from astro_tui.screens.comparing import Subject
        from astro_tui.screens.diff import DiffScreen

        known = self._known
        self.app.push_screen(DiffScreen(self.session, Subject(self._account, known.entry, known.record)))
