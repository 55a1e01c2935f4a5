"""Explains the agent under the cursor: below the list, or in a pane beside a wide one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.theme.sizes import WIDE
from astro_tui.widgets.chrome.why_strip import WhyStrip

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.picker.preview import PreviewPane
    from astro_tui.screens.picker.screen import PickerScreen


class Explanation:
    """Keeps the strip below the list and the preview beside it up to date; the user can hide the preview."""

    def __init__(self, screen: PickerScreen) -> None:
        self._screen = screen
        self._preview: PreviewPane | None = None

    @property
    def fits(self) -> bool:
        """Whether the window is wide enough for the preview."""
        return self._screen.app.size.width >= WIDE

    @property
    def wanted(self) -> bool:
        """Whether the user wants the preview where there is room for it."""
        return self._screen.session.memory.place(self._screen.account).preview

    def show(self, entry: Entry | None) -> None:
        """Say why an agent is in its state, and what to do; also say if the list could not be refreshed."""
        screen = self._screen
        stale, now = screen.loader.staleness, screen.session.clock()
        problem = screen.loader.problem(entry) if entry is not None else ""
        screen.query_one(WhyStrip).show(entry, stale.sentence(), stale.remedy(now, screen), now, problem)
        self.arrange()
        if self._preview is not None and self._preview.display:
            self._preview.show(screen.account, entry, problem)

    def arrange(self) -> None:
        """Show the preview beside a wide list, and the strip below any other list."""
        screen, table = self._screen, not self._screen.notice.display
        beside = table and self.fits and self.wanted
        if beside and self._preview is None:
            from astro_tui.screens.picker.preview import PreviewPane

            self._preview = PreviewPane(screen.session)
            screen.mount(self._preview)
        if self._preview is not None:
            self._preview.display = beside
        screen.set_class(beside, "-beside")
        # The strip has the line about a failed refresh.
        screen.query_one(WhyStrip).display = table and (not beside or screen.loader.staleness.error is not None)

    def toggle(self) -> None:
        """Show or hide the preview."""
        if self.fits:
            self._screen.note_place(self._screen.account, preview=not self.wanted)
            self.show(self._screen.table.row)
        else:
            width = self._screen.app.size.width
            self._screen.show_message(f"The preview needs {WIDE} columns. This window has {width}.", warning=True)
