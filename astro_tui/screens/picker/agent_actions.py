"""What the keys of the picker do with the agent under the cursor: open it, compare it, copy from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from astro_tui.presentation.agent_list import find
from astro_tui.screens.base.open import Compared
from astro_tui.session.routes import Deployment, Diff

if TYPE_CHECKING:
    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.base.comparing.comparison import Find, Subject
    from astro_tui.screens.picker.screen import PickerScreen


class AgentActions:
    """Each action does nothing if the list is empty."""

    def __init__(self, screen: PickerScreen) -> None:
        self._screen = screen

    @property
    def _subject(self) -> Subject | None:
        from astro_tui.screens.base.comparing.comparison import Subject

        entry = self._screen.table.row
        return Subject(self._screen.account, entry) if entry is not None else None

    def open(self, section: str = "") -> None:
        """Open the agent under the cursor, at a section.

        The logs open at the failure: those of the failing workload, at its time.
        """
        entry = self._screen.table.row
        if entry is not None:
            self.open_entry(entry, section, _failure(entry) if section == "logs" else "")

    def act(self) -> None:
        """Choose what to do to the agent."""
        from astro_tui.screens.base.actions.box import ActionSubject
        from astro_tui.screens.base.actions.menu import open_actions

        screen, entry = self._screen, self._screen.table.row
        if entry is not None:
            open_actions(screen, ActionSubject(screen.session, screen.account, entry))

    def open_entry(self, entry: Entry, section: str = "", detail: str = "") -> None:
        """Open an agent at a section, and at a detail of the section, as in a route."""
        self.open_at(entry, Deployment(self._screen.account, entry.key, section, detail))

    def open_at(self, entry: Entry, route: Deployment | Diff) -> None:
        """Open a route to an agent."""
        from astro_tui.screens.base.comparing.comparison import Subject

        screen = self._screen
        screen.keep_place()
        screen.table.focus()
        screen.open(route, Compared(Subject(screen.account, entry)))

    def open_named(self, route: Deployment | Diff) -> None:
        """Open the agent that an address names; if several have that name, list them."""
        screen, wanted = self._screen, route.agent
        named = find(screen.state.entries, wanted)
        if len(named) == 1:
            screen.rows.show(keep=named[0].key)
            self.open_at(named[0], replace(route, account=screen.account, agent=named[0].key))
        elif named:
            screen.submit_query(wanted)
            screen.show_message(f"{len(named)} agents are named {wanted}. Choose one.")
        else:
            from astro_tui.presentation.agent_filter import nearest

            guess = nearest(screen.state.entries, wanted)
            more = f" Did you mean {guess}?" if guess else ""
            screen.show_message(f"{screen.account} has no agent named {wanted}.{more}", warning=True)

    def copy_menu(self) -> None:
        """Choose what to copy from the agent; `yy` copies its id."""
        from astro_tui.screens.base.copy_actions import deployment_menu

        screen, entry = self._screen, self._screen.table.row
        if entry is not None:
            deployment_menu(screen, screen.session, entry)

    def diff(self) -> None:
        """Compare the two marked agents, else show what changed in the one under the cursor."""
        from astro_tui.screens.base.comparing.comparison import Subject, against_agent

        marked = self._screen.table.marked
        if len(marked) == 2:
            old, new = (Subject(self._screen.account, entry) for entry in marked)
            self._compare(new, against_agent(new, old))
        elif (subject := self._subject) is not None:
            self._compare(subject, None)

    def compare(self) -> None:
        """Choose what to compare the agent with."""
        from astro_tui.screens.base.comparing.compare_menu import open_compare_menu

        subject = self._subject
        if subject is not None:
            open_compare_menu(self._screen, subject, partial(self._compare, subject), partial(self.open, "history"))

    def _compare(self, subject: Subject, find: Find | None) -> None:
        self._screen.keep_place()
        self._screen.open(Diff(self._screen.account, subject.deployment_id), Compared(subject, find=find))


def _failure(entry: Entry) -> str:
    """Return the place in the logs that shows why an agent fails, else an empty string."""
    from astro_tui.presentation.log_places import place_of

    return place_of(entry.diagnosis)
