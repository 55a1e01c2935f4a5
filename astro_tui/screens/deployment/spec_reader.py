"""The spec on the deployment screen: the document, the marks of the last change, and the history of its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from astro_tui.presentation.record import Known
from astro_tui.screens.base.comparison import Subject
from astro_tui.screens.base.fetcher import Fetcher
from astro_tui.screens.deployment.last_change import LastChange
from astro_tui.screens.deployment.texts import say_why_not
from astro_tui.screens.deployment.value_history_loader import ValueHistory, ValueHistoryLoader
from astro_tui.session.session import Session
from astro_tui.widgets.document.spec_side import SpecSide

if TYPE_CHECKING:
    from astro_tui.document import Document


class SpecReader:
    """Draws the spec in `side`, and loads what its values were before; `subject` returns the deployment shown."""

    def __init__(self, fetcher: Fetcher, session: Session, side: SpecSide, subject: Callable[[], Subject]) -> None:
        self._session, self._side, self._subject = session, side, subject
        self._past = ValueHistoryLoader(fetcher, session, self._show_past)
        self._last_change = LastChange(fetcher, session, self._show_marks)

    def mount(self) -> None:
        """Connect the widgets, which exist now."""
        self._side.value_pane.add_class("-past")

    def begin(self) -> None:
        """Start over with another deployment."""
        self._forget_past()
        self._show_marks()
        self._side.start_loading()

    def show(self, before: Known, known: Known, keys: Sequence[tuple[str, str]]) -> None:
        """Draw the document if it changed since `before`, or say why it is missing."""
        side = self._side
        if known.record is not None and known.record is not before.record:
            self._forget_past()
        if known.document is None:
            if say_why_not(side.notice, known, keys, self._session.look):
                side.show_notice()
        elif known.document is not before.document:
            self.keep_view()
            side.show(known.document, self._session.views.get(known.entry.key))

    def keep_view(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        reading = self._side.view()
        if reading is not None:
            self._session.views[self._subject().deployment_id] = reading

    def find_last_change(self, document: Document) -> None:
        """Find what the newest revision changed, for the marks."""
        self._last_change.find(self._subject(), document)

    def show_last_change(self) -> None:
        """Draw the marks again: another screen may have found the change."""
        self._show_marks()

    def keys_changed(self) -> None:
        """The value pane may have been opened or closed."""
        self._past.shown = self._side.value_pane.display

    def more_past(self) -> bool:
        """Open the value pane, or load more revisions; returns False if there are no more."""
        if not self._side.value_pane.display:
            self._side.action_value()
            return True
        return self._past.more()

    def _forget_past(self) -> None:
        self._past.reset()
        self._last_change.forget()

    def value_displayed(self, document: Document, node: int) -> None:
        """Load the history of the value that is on screen now."""
        outline = self._side.outline
        if outline is not None and outline.document is document:
            self._past.follow(self._subject(), document, node, load=self._side.value_pane.wanted)

    def _show_past(self, history: ValueHistory) -> None:
        self._side.value_pane.past.show(history.heading, history.keys, history.rows)

    def _show_marks(self) -> None:
        self._side.spec_tree.show_changes(self._session.changes.get(self._subject().deployment_id))
