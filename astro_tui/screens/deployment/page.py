"""What leads from a deployment to its history and to what changed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual import on
from textual.binding import Binding

from astro_tui.presentation.record import Known
from astro_tui.screens.base.compare_menu import open_compare_menu
from astro_tui.screens.base.comparison import Find, Subject
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.deployment.changes_since_visit import SinceSeen
from astro_tui.screens.deployment.value_history_loader import Looked, LookingBack
from astro_tui.session.routes import Deployment, Diff
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.document.spec_tree import SpecTree

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows
    from astro_tui.document import Document


class DeploymentPage(SignedInPage):
    """The base of a screen that shows one deployment: the keys to its history and to its last change.

    The spec says of every value that the newest revision changed what it was before, and the value pane what it was
    in earlier ones.
    """

    BINDINGS = [
        Binding("3", "history", "history", id="deployment.history"),
        Binding("d", "diff", "what changed: against the revision before", id="deployment.diff"),
        Binding(
            "D",
            "compare",
            "compare with…: what you saw, another revision, another agent",
            priority=True,
            id="deployment.compare",
        ),
        Binding("plus", "more_past", "what the value was in more revisions", id="deployment.more-past"),
    ]
    # In the spec, `l` goes in.
    SIGN_IN_KEY = "I"
    CHANGE_HINTS = (("d", "diff"), ("3", "history"), ("D", "compare with"))

    _account: str
    _known: Known

    _compared: tuple[Document, DiffRows, bool] | None = None

    def on_mount(self) -> None:
        """Let the spec say what changed, and the value what it was."""
        self.query_one(SpecTree).was = self._was
        pane = self.query_one(SpecSide).value_pane
        pane.looked_at = self.past.follow
        pane.add_class("-past")

    @property
    def subject(self) -> Subject:
        """The deployment whose revisions are meant."""
        return Subject(self._account, self._known.entry, self._known.record)

    @cached_property
    def past(self) -> LookingBack:
        """What came before the spec on screen."""
        return LookingBack(self, lambda: self.subject, lambda: self.query_one(SpecSide).value_pane)

    @cached_property
    def since(self) -> SinceSeen:
        """What changed since one last looked at the deployment."""
        return SinceSeen(self)

    @on(Looked)
    def _step_taken(self, message: Looked) -> None:
        message.stop()
        message.take()

    def settled(self) -> None:
        """Find out what the newest revision changed: all that one waits for is there."""
        side = self.query_one(SpecSide)
        if side.outline is not None and not side.notice.display:
            document = side.outline.document
            self.past.mark(document, self.query_one(SpecTree).refresh)
            known, record = self._known, self._known.record
            build = record.build_id if record is not None else known.entry.deployment.build_id
            self.since.note(
                known.entry.key, document, known.status, build, regenerated=record is None, done=self.show_since
            )

    def show_since(self) -> None:
        """Say what changed since one last looked, where something did."""

    def action_more_past(self) -> None:
        """Look at more revisions for what the value was."""
        side = self.query_one(SpecSide)
        if not side.value_pane.display:
            side.action_value()
        elif not self.past.more():
            self.tell("There are no more revisions to look at.", warning=True)

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
        self.open(Deployment(self._account, self._known.entry.key, "history"), Compared(self.subject))

    def action_compare(self) -> None:
        """Choose what to compare with."""
        open_compare_menu(self, self.subject, self._compare, self.action_history)

    def _compare(self, find: Find | None) -> None:
        self.open(Diff(self._account, self._known.entry.key), Compared(self.subject, find=find))

    def action_diff(self) -> None:
        """Show what the newest revision changed."""
        self.open(Diff(self._account, self._known.entry.key), Compared(self.subject))
