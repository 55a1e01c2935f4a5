"""The side of the history that shows what differs between two revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.errors import PlatformError
from astro_tui.screens.deployment.sections.history.texts import title_of
from astro_tui.session.comparison import Comparison, Pair
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Paragraph, Rule
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.diff.view import DiffView
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from astro_tui.difference import Difference


class DifferenceSide(Vertical):
    """Shows what differs between two revisions, or why nothing is shown."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="difference-side")
        self._look = look
        self.view = DiffView(look, brief=True, id="difference")
        """The rows of the difference."""
        self._rule = Rule(look, id="difference-rule")
        self._label = Paragraph(look, id="label")
        self._notice = Notice(look, id="difference-notice")

    def compose(self) -> ComposeResult:
        """The title, a caution, the rows, and the notice that can replace them."""
        yield self._rule
        yield self._label
        yield self.view
        yield self._notice

    def begin(self) -> None:
        """Show nothing yet."""
        self.view.clear()
        self.show_title(None)
        self._show_caution("")
        self._show_notice(shown=False)

    def show_title(self, pair: Pair | None, difference: Difference | None = None) -> None:
        """Name the two revisions, and what differs if that is known."""
        title, short = (title_of(pair, difference, self._look, short=short) for short in (False, True))
        key = f"{action_key(self, 'history.diff')} full" if pair is not None else ""
        self._rule.show(title, key, short=short)

    def start_loading(self) -> None:
        """Show that the difference is loading."""
        self._show_caution("")
        self._show_notice(shown=False)
        self.view.start_loading()

    def show(self, pair: Pair | None, comparison: Comparison) -> None:
        """Show what differs between two revisions."""
        self._show_notice(shown=False)
        self.view.show(comparison.rows)
        self._show_caution(comparison.caution(short=self.app.size.width < NARROW))
        self.show_title(pair, comparison.rows.difference)

    def say_alone(self) -> None:
        """Say that there is only one revision."""
        self._notice.say("The only revision", ["There is no other revision to compare it with."])
        self._show_no_rows()

    def say_error(self, error: PlatformError, keys: Sequence[tuple[str, str]]) -> None:
        """Say why the difference cannot be shown."""
        self._notice.say_error(error, keys)
        self._show_no_rows()

    def _show_no_rows(self) -> None:
        self.view.clear()
        self._show_caution("")
        self._show_notice(shown=True)

    def _show_notice(self, *, shown: bool) -> None:
        self._notice.display = shown
        self.view.display = not shown

    def _show_caution(self, caution: str) -> None:
        self._label.display = bool(caution)
        self._label.show(Content.assemble((f" {self._look.plain(caution)}", "$quiet")))
