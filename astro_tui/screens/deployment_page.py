"""What leads from a deployment to its history and to what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from astro_tui.record import Known
from astro_tui.screens.page import NARROW
from astro_tui.screens.signed_in import SignedInPage
from astro_tui.widgets.spec_tree import SpecTree

if TYPE_CHECKING:
    from astro_tui.diff_rows import DiffRows
    from astro_tui.document import Document

__all__ = ["NARROW", "DeploymentPage"]


class DeploymentPage(SignedInPage):
    """The base of a screen that shows one deployment: the keys to its history and to its last change.

    Once that change was looked at, the spec says of every value what it was before.
    """

    BINDINGS = [
        Binding("3", "history", "history"),
        Binding("d", "diff", "what changed: against the revision before"),
    ]
    # In the spec, `l` goes in.
    SIGN_IN_KEY = "I"
    CHANGE_HINTS = (("d", "diff"), ("3", "history"))

    _account: str
    _known: Known

    _compared: tuple[Document, DiffRows, bool] | None = None

    def on_mount(self) -> None:
        """Let the spec say what changed, where that is known."""
        self.query_one(SpecTree).was = self._was

    def on_screen_resume(self) -> None:
        """What changed may have been looked at."""
        if self._known.entry.key in self.session.changes:
            self.query_one(SpecTree).refresh()

    def _was(self, document: Document, node: int) -> str:
        changes = self.session.changes.get(self._known.entry.key)
        if changes is None:
            return ""
        known = self._compared
        if known is None or known[0] is not document or known[1] is not changes:
            # The places of values are those of this very text.
            known = self._compared = (document, changes, document.text == changes.difference.new.text)
        return changes.remark_at(node) if known[2] else ""

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
