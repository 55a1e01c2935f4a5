"""The rows of the list, filtered and in order, and why the agent under the cursor is in its state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from astro_tui.presentation.agent_filter import matching, narrows
from astro_tui.presentation.agent_list import Arranged, Arrangement
from astro_tui.screens.picker.texts import no_match, say_empty, say_failed
from astro_tui.theme.sizes import WIDE
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.chrome.why_strip import WhyStrip
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.agent_table import AgentTable

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.base.prompt_page import PromptPage
    from astro_tui.screens.picker.loader import PickerLoader, PickerState
    from astro_tui.screens.picker.preview import PreviewPane
    from astro_tui.session.session import Session

AGES_EVERY = 10.0
"""Seconds after which the ages in an unchanged list are drawn again."""


class AgentRows:
    """Owns the filter and the order of the list, and its `widgets`. The order stays while rows change in place."""

    def __init__(self, session: Session, arrangement: Arrangement) -> None:
        self._session = session
        self._table = AgentTable(session.look, session.clock, chosen=session.settings.columns, id="agents")
        self._notice = Notice(session.look, id="notice")
        self.widgets = (self._table, self._notice)
        """The table, and the notice that replaces it when there is nothing to list."""
        self._arranged = Arranged(arrangement)
        self._matched: tuple[Sequence[Entry], str, Sequence[Entry]] = ((), "", ())
        """The entries that were filtered last, the filter, and those that match."""
        self._drawn: datetime | None = None

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order."""
        return self._arranged.arrangement

    def begin(self, arrangement: Arrangement) -> None:
        """Take the filter and the order of another list, which is shown next."""
        self._arranged = Arranged(arrangement)

    def arrange(self, arrangement: Arrangement) -> None:
        """Take another filter or order for the list, which is shown next."""
        self._arranged.arrangement = arrangement

    def outdated(self, state: PickerState, old: PickerState) -> bool:
        """Whether the whole list must be shown: not only some entries differ from those in `old`."""
        if state.revision != old.revision:
            return True
        # A row that changed in place is sorted with the next list, even if that list has not changed. Until the user
        # has chosen a row, it is sorted at once: a check can find the worst agent.
        sorts = state.lists != old.lists or (state.states != old.states and not self._table.touched)
        return sorts and not self._arranged.fits(state.entries)

    def show(self, state: PickerState, keep: str | None = None) -> None:
        """Show the agents that match, with the cursor on the one with the id `keep`."""
        table, query = self._table, self.arrangement.query
        rows = self._arranged.rows(state.entries)
        if query:
            of, before, found = self._matched
            known = found if of is rows and narrows(query, before) else rows
            self._matched = rows, query, matching(known, query)
            rows = self._matched[2]
        # The table draws these lines itself: swapping widgets would cost a layout for each key in the filter.
        hidden, clear = state.entries and not rows, action_key(table, "picker.clear")
        table.instead = no_match(state.account, query, state, self._session.look, clear=clear) if hidden else []
        table.show_usage(state.usage)
        if keep is None and not table.touched and table.cursor == 0 and rows:
            # The user has not chosen a row: a worse one that moves up gets the cursor.
            keep = rows[0].key
        table.show_entries(rows, self.arrangement, keep=keep)
        self._drawn = state.fetched

    def show_changes(self, state: PickerState, old: PickerState) -> None:
        """Draw the rows that changed in place, and the ages if they are old."""
        self._table.show_usage(state.usage)
        if state.entries is not old.entries:
            for entry, before in zip(state.entries, old.entries, strict=True):
                if entry is not before:
                    self._table.replace_row(entry)
        fetched = state.fetched
        if (
            state.error is old.error
            and fetched is not None
            and fetched is not old.fetched
            and self._ages_are_old(fetched)
        ):
            self._drawn = fetched
            self._table.refresh()

    def _ages_are_old(self, now: datetime) -> bool:
        return self._drawn is None or (now - self._drawn).total_seconds() >= AGES_EVERY

    def show_notice(self, state: PickerState, keys: Sequence[tuple[str, str]]) -> None:
        """Show instead of the table why there is nothing to list. `keys` come first if the list failed to load."""
        notice = self._notice
        notice.display = not state.entries and (state.error is not None or state.fetched is not None)
        if notice.display and state.error is not None:
            say_failed(notice, state.error, state.account, self._session, keys)
        elif notice.display:
            say_empty(notice, state.account, state.unreadable, self._session.look)
        # The notice replaces the reason too: it needs the room in a short window.
        self._table.display = not notice.display


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
