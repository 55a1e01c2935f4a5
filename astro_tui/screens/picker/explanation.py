"""Explains the agent under the cursor: below the list, or in a pane beside a wide one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from astro_tui.theme.sizes import WIDE
from astro_tui.widgets.chrome.why_strip import WhyStrip

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.base.prompt_page import PromptPage
    from astro_tui.screens.picker.loader import PickerLoader
    from astro_tui.screens.picker.preview import PreviewPane


class Explanation:
    """Keeps the strip below the list and the preview beside it up to date; the user can hide the preview.

    The `loader` knows how old the list is, and what could not be found out. `page` has the list and the strip.
    `make_preview` is called for the first wide list.
    """

    def __init__(self, page: PromptPage, loader: PickerLoader, make_preview: Callable[[], PreviewPane]) -> None:
        self._page, self._loader, self._make_preview = page, loader, make_preview
        self._preview: PreviewPane | None = None

    @property
    def fits(self) -> bool:
        """Whether the window is wide enough for the preview."""
        return self._page.app.size.width >= WIDE

    @property
    def wanted(self) -> bool:
        """Whether the user wants the preview where there is room for it."""
        return self._page.session.memory.place(self._loader.state.account).preview

    def show(self, entry: Entry | None) -> None:
        """Say why an agent is in its state, and what to do; also say if the list could not be refreshed."""
        page, staleness, now = self._page, self._loader.staleness, self._page.session.clock()
        problem = self._loader.problem(entry) if entry is not None else ""
        page.query_one(WhyStrip).show(entry, staleness.sentence(), staleness.remedy(now, page), now, problem)
        self.arrange()
        if self._preview is not None and self._preview.display:
            self._preview.show(self._loader.state.account, entry, problem)

    def arrange(self) -> None:
        """Show the preview beside a wide list, and the strip below any other list."""
        page, listed = self._page, not self._page.notice.display
        beside = listed and self.fits and self.wanted
        if beside and self._preview is None:
            self._preview = self._make_preview()
            page.mount(self._preview)
        if self._preview is not None:
            self._preview.display = beside
        page.set_class(beside, "-beside")
        # The strip has the line about a failed refresh.
        page.query_one(WhyStrip).display = listed and (not beside or self._loader.staleness.error is not None)
