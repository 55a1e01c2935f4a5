"""What the keys of the picker do with the agent under the cursor: open it, compare it, copy from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from astro_tui.presentation.agent_filter import nearest
from astro_tui.presentation.agent_list import find
from astro_tui.presentation.log_places import place_of
from astro_tui.screens.actions.box import ActionSubject
from astro_tui.screens.actions.bulk import open_bulk
from astro_tui.screens.actions.menu import open_actions
from astro_tui.screens.base.copy_actions import deployment_menu
from astro_tui.screens.base.open import Compared
from astro_tui.screens.comparing import open_compare_menu
from astro_tui.session.comparison import against_agent
from astro_tui.session.routes import DeploymentRoute, DiffRoute, LogsRoute
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from astro_tui.presentation.agent_list import Entry
    from astro_tui.screens.base.page import Page
    from astro_tui.session.agent import Agent
    from astro_tui.session.comparison import Find


class AgentActions:
    """What can be done with a row of the list on a `page`. Without a row, each action does nothing."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, entry: Entry, section: str = "") -> None:
        """Open an agent at a section.

        The logs open at the failure: those of the failing workload, at its time.
        """
        place = _failure(entry) if section == "logs" else ""
        self.open_at(entry, DeploymentRoute(entry.account, entry.key, section, place))

    def open_logs(self, marked: Sequence[Entry], entries: Sequence[Entry]) -> None:
        """Open the logs of the marked agents; those of all agents of an account, if all its `entries` are marked."""
        keys = {entry.key for entry in marked}
        rest = {entry.account for entry in entries if entry.key not in keys}
        places = ((entry.account, entry.key if entry.account in rest else "") for entry in marked)
        self._page.keep_place()
        self._page.open(LogsRoute((*dict.fromkeys(places),)))

    def open_at(self, entry: Entry, route: DeploymentRoute | DiffRoute) -> None:
        """Open a route to an agent."""
        self._open(route, Compared(self._page.session.agent(route.account, entry)))

    @staticmethod
    def named(account: str, entries: Sequence[Entry], wanted: str) -> tuple[Sequence[Entry], str]:
        """Return the agents that an address may mean, and what to tell the user if it is not exactly one."""
        matches = find(entries, wanted)
        if len(matches) == 1:
            return matches, ""
        if matches:
            return matches, f"{len(matches)} agents are named {wanted}. Choose one."
        guess = nearest(entries, wanted)
        more = f" Did you mean {guess}?" if guess else ""
        return matches, f"{account} has no agent named {wanted}.{more}"

    def act(self, entry: Entry | None, marked: Sequence[Entry]) -> None:
        """Choose what to do to the marked agents; without marks, to the one under the cursor."""
        if marked:
            open_bulk(self._page, [ActionSubject(self._page.session, each.account, each) for each in marked])
        elif entry is not None:
            open_actions(self._page, ActionSubject(self._page.session, entry.account, entry))

    def copy_menu(self, entry: Entry | None) -> None:
        """Choose what to copy from the agent; `yy` copies its id."""
        if entry is not None:
            deployment_menu(self._page, self._page.session, entry)

    def diff(self, entry: Entry | None, marked: Sequence[Entry]) -> None:
        """Compare the two marked agents; without marks, show what changed in the one under the cursor."""
        if len(marked) == 2:
            old, new = (self._page.session.agent(each.account, each) for each in marked)
            self._compare(new, against_agent(new, old))
        elif marked:
            key = action_key(self._page, "picker.diff")
            self._page.show_message(f"{key} compares two marked agents. {len(marked):,} marked.", warning=True)
        elif entry is not None:
            self._compare(self._page.session.agent(entry.account, entry), None)

    def compare(self, entry: Entry | None) -> None:
        """Choose what to compare the agent with."""
        if entry is not None:
            agent, history = self._page.session.agent(entry.account, entry), partial(self.open, entry, "history")
            open_compare_menu(self._page, agent, partial(self._compare, agent), history)

    def _compare(self, agent: Agent, find: Find | None) -> None:
        self._open(DiffRoute(agent.account, agent.key), Compared(agent, find=find))

    def _open(self, route: DeploymentRoute | DiffRoute, loaded: Compared) -> None:
        self._page.keep_place()
        self._page.open(route, loaded)


def _failure(entry: Entry) -> str:
    """Return the place in the logs that shows why an agent fails, else an empty string."""
    return place_of(entry.diagnosis)
