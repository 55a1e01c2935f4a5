"""The palette: what to go to or to run, found by a few letters, or typed as a command."""

from __future__ import annotations

from collections.abc import Sequence

from textual.screen import Screen

from astro_tui.presentation.scope import scope_of
from astro_tui.screens.base.box import Box
from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.base.page import Page
from astro_tui.screens.palette.commands import CommandContext, commands_of, fixed_items, typed, unknown
from astro_tui.screens.palette.items import (
    GoToRow,
    Item,
    KnownAgents,
    Ranking,
    Target,
    Type,
    UseTheme,
    action_items,
    agent_item,
    name_of_agent,
)
from astro_tui.session.agent_lists import AgentLists
from astro_tui.session.routes import BlueprintRoute, DeploymentRoute, DiffRoute
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.pick_list import Cells, PickList
from astro_tui.widgets.lists.rows import RowList

_KIND, _NOTE, _END = 8, 12, 16
"""Widths, in cells, of the columns other than the name."""


SHORTEST_ID = 8
"""The fewest characters of a deployment's ID."""
ORDER = ("section", "command", "agent", "action", "theme", "setting")
"""The order of equally good matches that were not used yet."""


class PaletteScreen(Box[Target]):
    """One list, most recently used first. Returns what to do; None if the user closed it."""

    prompt: Prompt
    table: PickList[Item]
    BINDINGS = keymap("""
        enter!  enter     palette.go        go there, or run it [go]
        tab!    complete  palette.complete  complete the command [complete]
    """)

    def __init__(
        self, session: Session, below: Screen[object], keys: Sequence[KeyLine], agents: KnownAgents, *, command: bool
    ) -> None:
        super().__init__(session.look, "go to or run", "-search")
        self._session, self._below = session, below
        # Both prompts accept the same input.
        self.prompt = Prompt(self.look, ":" if command else "> ")
        self.table = PickList(self.look, self._cells, self.choose)
        self._agents = agents
        self._theme, self._themed = below.app.theme, True
        self._place = self._where()
        self._fixed = [*fixed_items(self._place), *action_items(keys)]
        self._lists = AgentLists(below, session, self._list_came) if isinstance(below, Page) else None
        self._items: list[Item] = []
        self._ranking = Ranking(())
        self._themes = 0
        """How many themes are at the top of the list to choose from."""

    def on_mount(self) -> None:
        """Show everything that is known, and load the agents of other accounts."""
        self._gather()
        self.search("")
        if self._lists is not None and self._session.platform.signed_in and not self._session.signed_out:
            self._lists.load()
        self._show_frame()

    def action_close(self) -> None:
        """Close, and cancel what is still loading."""
        self._stop()
        super().action_close()

    def on_unmount(self) -> None:
        """Clean up, even if another screen closed this one."""
        self._stop()

    def _stop(self) -> None:
        """Cancel what is loading, and undo the preview of a theme."""
        if self._lists is not None:
            self._lists.stop()
        self._show_theme(self._theme)
        # From now on, the app may use another theme, which must stay.
        self._themed = False

    def _show_theme(self, name: str) -> None:
        if self._themed and self.app.theme != name:
            self.app.theme = name

    def draw(self) -> None:
        """In the list of themes, preview the theme under the cursor."""
        one = self.table.row if self.table.cursor < self._themes else None
        self._show_theme(one.target.name if one is not None and isinstance(one.target, UseTheme) else self._theme)

    # ---- what there is

    def _where(self) -> CommandContext:
        session, route = self._session, self._below.route if isinstance(self._below, Page) else None
        label = ""
        if isinstance(route, (DeploymentRoute, DiffRoute)):
            entry = session.roster.lookup(route.account, route.agent)
            label = entry.label if entry is not None else route.agent
        elif isinstance(route, BlueprintRoute):
            label = route.name
        names = [account.name for account in session.remembered.accounts]
        return CommandContext(
            route,
            label,
            list(dict.fromkeys([*scope_of(session.account).accounts, *names, *session.roster.lists])),
            session.settings.server,
            session.clock(),
            session.settings.refresh,
            self._theme,
            listed.row_count if (listed := self._below.focused) and isinstance(listed, RowList) else 0,
        )

    def _gather(self) -> None:
        """List everything: what was used last, then the rest."""
        here = self._place.agent
        # The agent on screen is left out: the user is already there.
        names = [name for name in self._session.memory.recent() if here is None or name != name_of_agent(here)]
        ranks = {name: place for place, name in enumerate(names)}
        rest: list[Item] = [*self._fixed, *self._agents.items(self._session.roster, self._session.account)]
        used = {one.id: one for one in rest if one.id in ranks}
        for name in ranks:
            kind, _, text = name.partition(" ")
            if name not in used and kind in ("section", "command", "address"):
                # The item was used with arguments, so it is not in the fixed list.
                used |= {one.id: one for one in typed(text, self._place) if one.id == name}
        kinds: dict[str, list[Item]] = {kind: [] for kind in ORDER}
        for one in rest:
            if one.id not in ranks:
                kinds[one.kind].append(one)
        first = sorted(used.values(), key=lambda one: ranks[one.id])
        self._items = [*first, *(one for kind in ORDER for one in kinds[kind])]
        self._ranking = Ranking([one.text for one in self._items])

    def _list_came(self, _account: str) -> None:
        if not (self.is_current and self.is_attached):
            # The palette has just been closed.
            return
        self._place = self._where()
        under = self.table.row if self.table.cursor else None
        self._gather()
        self.search(self.prompt.text)
        if under is not None:
            rows = enumerate(self.table.rows)
            self.table.move_to(next((row for row, item in rows if isinstance(item, Item) and item.id == under.id), 0))
        self._show_frame()

    def _show_frame(self) -> None:
        loading = self._lists is not None and self._lists.left
        self.show_title(self.kind, f"loading accounts{self.look.glyphs.cut}" if loading else "")

    def _cells(self, item: Item, width: int) -> Cells:
        """Return kind, name, state, and what follows: the account of an agent, the key of an action, or a command."""
        look, cut, wide = self.look, self.look.glyphs.cut, width >= NARROW
        tone = item.severity.value if item.severity is not None else "quiet"
        end = look.plain(item.end)
        end_width = min(cell_len(end), _END if wide else max(6, width // 3))
        kind = [(fit(item.kind, _KIND) + " ", "quiet")] if wide else []
        note = [(fit(look.plain(item.note), _NOTE, cut) + " ", tone)] if item.note and wide else []
        room = max(4, width - 2 - end_width - sum(cell_len(text) for text, _ in (*kind, *note)))
        name = fit(look.plain(item.name), room, cut) + " "
        style = tone if item.severity is not None and not item.note else ""
        return [*kind, (name, style), *note, (fit(end, end_width, cut) + " ", "quiet")]

    # ---- what is typed

    def search(self, text: str) -> None:
        """Show the command or address that was typed, and what matches."""
        first = typed(text, self._place)
        places = self._ranking.search(text)
        if first:
            ids = {one.id for one in first}
            places = [place for place in places if self._items[place].id not in ids]
        elif not places:
            first = self._with_id(text.strip()) or unknown(text, self._place)
        themes = [one.target.name for one in first if isinstance(one.target, UseTheme)]
        self._themes = len(themes)
        if themes and " " in text.lstrip(": "):
            # Nothing but a theme can be meant.
            places = []
        cursor = themes.index(self._theme) if self._theme in themes else 0
        self.table.show([*first, *(self._items[place] for place in places)], cursor)
        number = f"{len(places):,} of {counted(len(self._items), 'line')}" if text else ""
        self.prompt.note("" if first else number if places or not text else "no match")

    def _with_id(self, text: str) -> list[Item]:
        """Return the agent with exactly this ID, which is not on screen and so is never searched."""
        entries = self._session.roster.lists.items() if len(text) >= SHORTEST_ID else ()
        return [agent_item(account, entry) for account, listed in entries if (entry := listed.entry(text))]

    def action_complete(self) -> None:
        """Put the command under the cursor into the prompt, with a space for its arguments."""
        item = self.table.row
        if item is None:
            return
        if isinstance(item.target, Type):
            self._type(item.target.text)
        elif item.end.startswith(":"):
            name = item.end[1:].split()[0]
            takes = any(one.name == name and one.arguments for one in commands_of(self._place))
            self._type(f"{name} " if takes else name)
        else:
            self._type(item.name)

    def _type(self, text: str) -> None:
        self.prompt.open(text)
        self.changed()

    # ---- what is chosen

    def choose(self, item: Item) -> None:
        """Close, and do what the item is for."""
        if isinstance(item.target, Type):
            self._type(item.target.text)
        elif item.target is not None and self.is_current:
            if not isinstance(item.target, GoToRow):
                self._session.memory.use(item.id)
            if isinstance(item.target, UseTheme):
                self._theme = item.target.name
            self._stop()
            self.close(item.target)
