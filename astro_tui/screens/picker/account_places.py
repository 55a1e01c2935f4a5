"""Leads back to where the user left an account, in this run or an earlier one: filter, order, agent, and section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.presentation.agent_list import ORDERS, Arrangement
from astro_tui.session.roster import AgentList
from astro_tui.state.memory import NOWHERE, AccountPlace

if TYPE_CHECKING:
    from astro_tui.screens.picker.loader import PickerState
    from astro_tui.screens.picker.screen import PickerScreen


class AccountPlaces:
    """The arrangement is restored at once; the agent and its section have to wait for the first list."""

    def __init__(self, screen: PickerScreen) -> None:
        self._screen = screen
        self._waiting: AccountPlace = NOWHERE

    def begin(self, account: str) -> Arrangement:
        """Return how the list of an account was arranged in the last run, and wait for that list."""
        place = self._waiting = self._screen.session.memory.place(account)
        order = place.order if place.order in ORDERS else Arrangement().order
        return Arrangement(place.query, order, place.reverse)

    @property
    def key(self) -> str | None:
        """The agent to put the cursor on when the first list arrives; None after that."""
        return self._waiting.agent or None

    def arrived(self, *, reopen: bool) -> None:
        """Take the first list: open the section that was on screen, and say if the saved view was damaged."""
        place, self._waiting = self._waiting, NOWHERE
        screen, memory = self._screen, self._screen.session.memory
        entry = screen.table.row
        if reopen and place.section and entry is not None and entry.key == place.agent:
            screen.action_section(place.section)
        if memory.damaged is not None:
            from astro_tui.state.files import home_short

            path, memory.damaged = home_short(memory.damaged), None
            screen.show_message(
                f"The saved view of {screen.account} is damaged. The file was renamed to {path}.", warning=True
            )

    def show_theme(self, account: str) -> None:
        """Use the theme that the user chose for an account."""
        app, theme = self._screen.app, self._screen.session.theme_of(account)
        if app.theme != theme:
            app.theme = theme

    # ---- during this run

    def keep(self, state: PickerState) -> None:
        """Save the list in the roster, for other screens and for when the user returns to this account."""
        table = self._screen.table
        if state.fetched is not None:
            key = table.row.key if table.row is not None else ""
            shown = AgentList(state.entries, table.rows, state.unreadable, state.fetched, self._screen.arrangement, key)
            self._screen.session.roster.show(state.account, shown)

    def change_to(self, account: str) -> tuple[AgentList | None, Arrangement]:
        """Return the list of another account if it was shown in this run, and how it was arranged."""
        self.show_theme(account)
        listed = self._screen.session.roster.lists.get(account)
        arrangement = self.begin(account)
        # Only the start of the program leads back to the screen of an agent.
        self._waiting = NOWHERE if listed is not None else replace(self._waiting, section="")
        return listed, listed.arrangement if listed is not None else arrangement
