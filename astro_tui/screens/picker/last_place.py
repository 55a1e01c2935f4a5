"""Leads back to where the user left an account in an earlier run: filter, order, agent, and section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.presentation.agent_list import ORDERS, Arrangement
from astro_tui.state.memory import NOWHERE, Place

if TYPE_CHECKING:
    from astro_tui.screens.picker.screen import PickerScreen


class LastPlace:
    """The arrangement is there at once; the agent and its section have to wait for the first list."""

    def __init__(self, screen: PickerScreen) -> None:
        self._screen = screen
        self._waiting: Place = NOWHERE

    def arrangement(self, account: str, *, section: bool = True) -> Arrangement:
        """Return how the list of an account was arranged, and wait for that list; without `section`, only for it."""
        place = self._screen.session.memory.place(account)
        self._waiting = place if section else replace(place, section="")
        order = place.order if place.order in ORDERS else Arrangement().order
        return Arrangement(place.query, order, place.reverse)

    @property
    def key(self) -> str | None:
        """The agent that the cursor was on, until it is there again."""
        return self._waiting.agent or None

    def stop_waiting(self) -> None:
        """Stay where the user is."""
        self._waiting = NOWHERE

    def arrived(self, *, reopen: bool) -> None:
        """Take the first list: open the section that was on screen, and say if the file was damaged."""
        place, self._waiting = self._waiting, NOWHERE
        screen, memory = self._screen, self._screen.session.memory
        entry = screen.table.row
        if reopen and place.section and entry is not None and entry.key == place.agent:
            screen.action_section(place.section)
        if memory.damaged is not None:
            from astro_tui.state.files import home_short

            path, memory.damaged = home_short(memory.damaged), None
            screen.tell(f"How you left {screen.account} cannot be read. The damaged file is now {path}.", warning=True)
