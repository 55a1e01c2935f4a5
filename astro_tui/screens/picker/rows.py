"""The rows of the list: filtered, and in order, or a notice in their place."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from astro_tui.presentation.agent_list import Arranged, Arrangement
from astro_tui.screens.picker.texts import found, no_match, say_empty, say_failed
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from astro_tui.screens.picker.loader import PickerState
    from astro_tui.screens.picker.screen import PickerScreen

AGES_EVERY = 10.0
"""Seconds after which the ages in an unchanged list are drawn again."""


class AgentRows:
    """Owns the filter and the order. The order stays while rows change in place."""

    def __init__(self, screen: PickerScreen, arrangement: Arrangement) -> None:
        self._screen = screen
        self._arranged = Arranged(arrangement)
        self._drawn: datetime | None = None

    @property
    def arrangement(self) -> Arrangement:
        """The filter and the order."""
        return self._arranged.arrangement

    def begin(self, arrangement: Arrangement) -> None:
        """Take the filter and the order of another list, which is shown next."""
        self._arranged = Arranged(arrangement)

    def arrange(self, arrangement: Arrangement) -> None:
        """Show the list with another filter, or in another order."""
        self._arranged.arrangement = arrangement
        self._screen.note_place(self._screen.account, **arrangement._asdict())
        self.show()

    def outdated(self, old: PickerState) -> bool:
        """Whether the whole list must be shown: not only some entries differ from those in `old`."""
        state = self._screen.state
        # A row that changed in place is sorted with the next list, even if that list has not changed.
        return state.revision != old.revision or (state.lists != old.lists and not self._arranged.fits(state.entries))

    def show(self, keep: str | None = None) -> None:
        """Show the agents that match, with the cursor on the one with the id `keep`."""
        screen, state, query = self._screen, self._screen.state, self.arrangement.query
        rows = self._arranged.rows(state.entries)
        if query:
            # Imported here because the first frame does not need it.
            from astro_tui.presentation.agent_filter import matching

            rows = matching(rows, query)
        # The table draws these lines itself: swapping widgets would cost a layout for each key in the filter.
        hidden, clear = state.entries and not rows, action_key(screen, "picker.clear")
        screen.table.instead = no_match(state.account, query, state, screen.look, clear=clear) if hidden else []
        screen.table.show_entries(rows, self.arrangement, keep=keep)
        self._drawn = state.fetched
        self._show_notice()
        screen.show_summary()
        if not rows:
            screen.explanation.show(None)
        if screen.prompt.display:
            screen.prompt.note(found(len(rows), state, query))

    def show_changes(self, old: PickerState) -> None:
        """Draw the rows that changed in place."""
        screen, state = self._screen, self._screen.state
        if state.entries is not old.entries:
            for entry, before in zip(state.entries, old.entries, strict=True):
                if entry is not before:
                    screen.table.replace_row(entry)
            # Even where no entry differs, a reason may have failed to load.
            screen.explanation.show(screen.table.row)
        if state.error is not old.error:
            if not state.entries:
                self._show_notice()
            screen.explanation.show(screen.table.row)
        elif state.fetched is not None and state.fetched is not old.fetched and self._ages_are_old(state.fetched):
            self._drawn = state.fetched
            screen.table.refresh()

    def _ages_are_old(self, now: datetime) -> bool:
        return self._drawn is None or (now - self._drawn).total_seconds() >= AGES_EVERY

    def _show_notice(self) -> None:
        """Show instead of the table why there is nothing to list."""
        screen, state = self._screen, self._screen.state
        notice = screen.notice
        notice.display = not state.entries and (state.error is not None or state.fetched is not None)
        if notice.display and state.error is not None:
            say_failed(notice, state.error, state.account, screen.session, screen.sign_in_hints())
        elif notice.display:
            say_empty(notice, state.account, state.unreadable, screen.look)
        # The notice replaces the reason too: it needs the room in a short window.
        screen.table.display = not notice.display
        screen.explanation.arrange()
        screen.show_hints()
