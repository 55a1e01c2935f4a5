"""Leads back to where the user left an account, in this run or an earlier one: filter, order, agent, and section."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.presentation.agent_list import ORDERS, Arrangement
from astro_tui.session.roster import AgentList
from astro_tui.state.memory import NOWHERE, AccountPlace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.picker.loader import PickerState
    from astro_tui.session.session import Session


class AccountPlaces:
    """The arrangement is restored at once; the agent and its section have to wait for the first list."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: AccountPlace = NOWHERE

    def begin(self, account: str) -> Arrangement:
        """Return how the list of an account was arranged in the last run, and wait for that list."""
        session, memory = self._session, self._session.memory
        if account and not session.resumes:
            # Only the first list is where the command line leads.
            session.resumes = True
            memory.note(account, query="", agent="", section="")
        place = self._waiting = memory.place(account)
        order = place.order if place.order in ORDERS else Arrangement().order
        return Arrangement(place.query, order, place.reverse)

    @property
    def key(self) -> str | None:
        """The agent to put the cursor on when the first list arrives; None after that."""
        return self._waiting.agent or None

    def arrived(self, row: Entry | None) -> str:
        """Take the first list, with the cursor on `row`. Return the section that was on screen; empty if none was."""
        place, self._waiting = self._waiting, NOWHERE
        return place.section if row is not None and row.key == place.agent else ""

    def damage(self) -> str:
        """Return, once, a sentence about each saved file that was damaged; else an empty string."""
        problems = self._session.memory.problems
        found = " ".join(problems)
        problems.clear()
        return found

    # ---- during this run

    def keep(self, state: PickerState, rows: Sequence[Entry], arrangement: Arrangement, row: Entry | None) -> None:
        """Save the list in the roster, for other screens and for when the user returns to this account."""
        if state.fetched is not None:
            key = row.key if row is not None else ""
            shown = AgentList(state.entries, rows, state.unreadable, state.fetched, arrangement, key)
            self._session.roster.show(state.account, shown)

    def change_to(self, account: str) -> tuple[AgentList | None, Arrangement]:
        """Return the list of another account if it was shown in this run, and how it was arranged."""
        listed = self._session.roster.lists.get(account)
        arrangement = self.begin(account)
        # Only the start of the program leads back to the screen of an agent.
        self._waiting = NOWHERE if listed is not None else replace(self._waiting, section="")
        return listed, listed.arrangement if listed is not None else arrangement
