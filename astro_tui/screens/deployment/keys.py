"""What the keys of the deployment screen do, and which of them work now."""

from __future__ import annotations

from abc import abstractmethod

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Known
from astro_tui.screens.base.comparing.compare_menu import COMPARE_HINT, open_compare_menu
from astro_tui.screens.base.comparing.comparison import Find, Subject
from astro_tui.screens.base.copy_actions import deployment_menu, typing
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.refreshing_page import RefreshingPage
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.deployment.loader import DeploymentLoader
from astro_tui.session.routes import Diff

OWN_FIRST = 3
"""How many keys of a section come before those of the other sections in a window without a tab strip."""


class DeploymentKeys(RefreshingPage):
    """The actions of the deployment screen. Most belong to the section on screen, if it has them."""

    account: str
    """Name of the account."""
    host: SectionHost[Known]
    """The sections."""
    loader: DeploymentLoader
    """What loads the deployment."""

    @property
    def entry(self) -> Entry:
        """The list row of the deployment on screen."""
        return self.loader.known.entry

    @property
    def subject(self) -> Subject:
        """The deployment on screen, for comparisons."""
        return self.loader.subject

    # ---- what the screen implements

    @abstractmethod
    def begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""

    @abstractmethod
    def show_all(self) -> None:
        """Draw everything around the sections."""

    @abstractmethod
    async def show_section(self, name: str, detail: str = "") -> None:
        """Show a section by its name in a route, and the detail that the route names."""

    # ---- sections

    async def action_section(self, name: str) -> None:
        """Show a section; the key of the one that is shown goes back to the first."""
        await self.show_section(name if name != self.host.active else self.host.sections[0].name)

    async def action_next_section(self, step: int) -> None:
        """Show the section after or before the one with the focus; the first one follows the last."""
        await self.show_section(self.host.name_beside(step))

    async def action_switch(self) -> None:
        """Go from the spec to the record, and back."""
        if self.host.main == "spec":
            await self.show_section("record" if self.host.active == "spec" else "spec")

    # ---- keys

    def hints(self) -> list[tuple[str, str]]:
        """The keys of the section come first, then those of the deployment."""
        host = self.host
        keys = host.active_pane.hints()
        if host.full:
            keys.insert(0, ("f", "smaller"))
        elif host.can_be_full:
            keys.append(("f", "full height"))
        if COMPARE_HINT not in keys:
            keys.append(COMPARE_HINT)
        if self.loader.known.foreign is not None:
            keys.append((".", "active one"))
        # Without a tab strip, nothing else names the sections.
        place = len(keys) if host.strip else OWN_FIRST
        keys[place:place] = host.hints
        refresh = [] if "r" in dict(keys) else [("r", "refresh")]
        return [
            *self.sign_in_hints(),
            *self.pause_hints(),
            *keys,
            ("< >", "agents"),
            *refresh,
            ("esc", "back"),
            ("?", "help"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, letters are text."""
        if action == "full_height":
            return self.host.can_be_full
        return not (action in ("copy_menu", "compare") and typing(self)) and super().check_action(action, parameters)

    def action_copy_menu(self) -> None:
        """Choose what to copy: of the section, else of the deployment."""
        if not self.host.main_pane.copy_menu():
            deployment_menu(self, self.session, self.entry)

    def action_save(self) -> None:
        """Save what the section shows."""
        if not self.host.main_pane.save():
            self.tell("This section cannot be saved to a file.", warning=True)

    async def action_back(self) -> None:
        """Shrink the section, or go back to the spec, and from there to the list, to the same row."""
        if self.host.full:
            self.action_full_height()
            return
        first = self.host.sections[0].name
        if self.host.main != first:
            await self.show_section(first)
            return
        self.host.keep_place()
        self.dismiss()

    def action_full_height(self) -> None:
        """Give the section the full height, or share it again."""
        self.host.toggle_full()
        self.show_all()
        self.show_hints()

    def action_refresh(self) -> None:
        """Load again; the folds, cursor, and scroll position stay."""
        self.host.refresh_data()
        if self.send_again("record", self.loader.staleness):
            self.host.keep_place()
            self.load()

    def action_neighbor(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self.session.roster.neighbor(self.account, self.entry.key, step)
        if entry is None:
            self.tell(f"This is the {'last' if step > 0 else 'first'} agent in the list.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        foreign = self.loader.known.foreign
        if foreign is None:
            return
        entry = self.session.roster.lookup(self.account, foreign.id)
        if entry is None:
            self.tell(f"{foreign.id} is not in the list. The agent may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self.session.roster.visit(self.account, entry.key)
        self.host.keep_place()
        self.begin(entry)

    def action_compare(self) -> None:
        """Choose what to compare with."""
        if not self.host.main_pane.compare_menu():
            open_compare_menu(self, self.subject, self._compare, self._open_history)

    def action_act(self) -> None:
        """Choose what to do to the deployment."""
        from astro_tui.screens.base.actions.box import ActionSubject
        from astro_tui.screens.base.actions.menu import open_actions

        open_actions(self, ActionSubject(self.session, self.account, self.entry))

    def _open_history(self) -> None:
        self.call_later(self.show_section, "history")

    def _compare(self, find: Find | None) -> None:
        self.open(Diff(self.account, self.entry.key), Compared(self.subject, find=find))

    def action_diff(self) -> None:
        """Show what the newest revision changed, or what the section compares."""
        if not self.host.main_pane.diff():
            self._compare(None)
