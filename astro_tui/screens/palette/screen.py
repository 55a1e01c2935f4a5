"""The palette: what to go to or to run, found by a few letters, or typed as a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.screen import Screen

from astro_tui.screens.base.key_lines import KeyLine
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.search_box import SearchBox
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
from astro_tui.session.routes import Blueprint, Deployment, Diff
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.direct import send
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList

_KIND, _NOTE, _END = 8, 12, 16
"""Widths, in cells, of the columns other than the name."""


class PaletteTable(RowList):
    """One item per line. Never focused: the prompt above it takes the keys."""

    COMPONENT_CLASSES = {
        *("rows--cursor", "rows--info", "rows--quiet", "rows--name"),
        *("rows--error", "rows--warn", "rows--ok", "rows--muted"),
    }

    @dataclass
    class Chosen(Message):
        """The user chose an item."""

        item: Item

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="palette-table")
        self._items: Sequence[Item] = ()
        self._places: Sequence[int] = ()
        self._first: Sequence[Item] = ()

    def show(self, first: Sequence[Item], items: Sequence[Item], places: Sequence[int], cursor: int = 0) -> None:
        """Show the items in `first`, then those at `places` of `items`."""
        self._first, self._items, self._places = first, items, places
        self.rows_changed(cursor)

    @property
    def row_count(self) -> int:
        """The number of items."""
        return len(self._first) + len(self._places)

    def item_at(self, index: int) -> Item:
        """Return the item in a row."""
        ahead = len(self._first)
        return self._first[index] if index < ahead else self._items[self._places[index - ahead]]

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        return self.item_at(self.cursor) if self.row_count else None

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return kind, name, state, and what follows: the account of an agent, the key of an action, or a command."""
        item, look, cut, quiet = self.item_at(index), self.look, self.look.glyphs.cut, self.part("quiet")
        tone = self.part(item.severity.value) if item.severity is not None else quiet
        end = look.own(look.plain(item.end))
        end_width = min(cell_len(end), _END if width >= NARROW else max(6, width // 3))
        kind = _KIND if width >= NARROW else 0
        note = _NOTE if item.note and width >= NARROW else 0
        room = max(4, width - 3 - end_width - (kind + 1 if kind else 0) - (note + 1 if note else 0))
        segments = [Segment(look.glyphs.cursor if selected else " ", self.part("info"))]
        if kind:
            segments.append(Segment(fit(item.kind, kind) + " ", quiet))
        name = self.part("name") if selected else None
        if item.severity is not None and not item.note:
            name = tone
        segments.append(Segment(fit(look.own(look.plain(item.name)), room, cut) + " ", name))
        if note:
            segments.append(Segment(fit(look.plain(item.note), note, cut) + " ", tone))
        segments.append(Segment(fit(end, end_width, cut) + " ", quiet))
        return segments

    def on_click(self, event: events.Click) -> None:
        """One click chooses."""
        event.stop()
        index = self.row_at(event.y)
        if index is not None:
            self.move_to(index)
            self.row_chosen(index)

    def row_chosen(self, index: int) -> None:
        """Report that an item was chosen."""
        send(self, self.Chosen(self.item_at(index)))


SHORTEST_ID = 8
"""The fewest characters of a deployment's ID."""
ORDER = ("section", "command", "agent", "action", "theme", "setting")
"""The order of equally good matches that were not used yet."""


class PaletteScreen(SearchBox[Target]):
    """One list, most recently used first. Returns what to do; None if the user closed it."""

    BINDINGS = keymap("""
        tab!  complete  palette.complete  complete the command
    """)

    def __init__(
        self, session: Session, below: Screen[object], keys: Sequence[KeyLine], agents: KnownAgents, *, command: bool
    ) -> None:
        # Both prompts accept the same input.
        super().__init__(session.look, below, "go to or run", ":" if command else "> ")
        self._session = session
        self._table = PaletteTable(session.look)
        self._agents = agents
        self._theme, self._themed = below.app.theme, True
        self._place = self._where()
        self._fixed = [*fixed_items(self._place), *action_items(keys)]
        self._lists = AgentLists(below, session, self._list_came) if isinstance(below, Page) else None
        self._items: list[Item] = []
        self._ranking = Ranking(())
        self._themes = 0
        """How many themes are at the top of the list to choose from."""

    @property
    def table(self) -> PaletteTable:
        """The list."""
        return self._table

    def on_mount(self) -> None:
        """Show everything that is known, and load the agents of other accounts."""
        self.head_line(self._kind)
        self._gather()
        if self._lists is not None and self._session.platform.signed_in and not self._session.signed_out:
            self._lists.load()
        self._show_foot()

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

    def row_moved(self) -> None:
        """In the list of themes, preview the theme under the cursor."""
        one = self.table.item if self.table.cursor < self._themes else None
        self._show_theme(one.target.name if one is not None and isinstance(one.target, UseTheme) else self._theme)

    # ---- what there is

    def _where(self) -> CommandContext:
        session, route = self._session, self.below.route if isinstance(self.below, Page) else None
        label = ""
        if isinstance(route, (Deployment, Diff)):
            entry = session.roster.lookup(route.account, route.agent)
            label = entry.label if entry is not None else route.agent
        elif isinstance(route, Blueprint):
            label = route.name
        known = [account.name for account in session.remembered.accounts]
        return CommandContext(
            route,
            label,
            list(dict.fromkeys(filter(None, [session.account, *known, *session.roster.lists]))),
            session.settings.server,
            session.clock(),
            session.settings.refresh,
            self._theme,
            listed.row_count if (listed := self.below.focused) and isinstance(listed, RowList) else 0,
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
        under = self.table.item if self.table.cursor else None
        self._gather()
        self.search(self.prompt.text)
        if under is not None:
            rows = range(self.table.row_count)
            self.table.move_to(next((row for row in rows if self.table.item_at(row).id == under.id), 0))
        self._show_foot()

    def _show_foot(self) -> None:
        said = ""
        if self._lists is not None and self._lists.left:
            said = f"loading accounts{self.look.glyphs.cut}"
        complete, close = (action_key(self, name) for name in ("palette.complete", "box.close"))
        keys = f"enter go · {complete} complete · {close} close"
        self.foot_line(said, self.look.own(keys))

    # ---- what is typed

    def search(self, text: str) -> None:
        """Show the command or address that was typed, and what matches."""
        first = typed(text, self._place)
        found = self._ranking.search(text)
        if first:
            ids = {one.id for one in first}
            found = [place for place in found if self._items[place].id not in ids]
        elif not found:
            first = self._with_id(text.strip()) or unknown(text, self._place)
        themes = [one.target.name for one in first if isinstance(one.target, UseTheme)]
        self._themes = len(themes)
        if themes and " " in text.lstrip(": "):
            # Nothing but a theme can be meant.
            found = []
        self.table.show(first, self._items, found, themes.index(self._theme) if self._theme in themes else 0)
        number = f"{len(found):,} of {counted(len(self._items), 'line')}" if text else ""
        self.prompt.note("" if first else number if found or not text else "no match")

    def _with_id(self, text: str) -> list[Item]:
        """Return the agent with exactly this ID, which is not on screen and so is never searched."""
        entries = self._session.roster.lists.items() if len(text) >= SHORTEST_ID else ()
        return [agent_item(account, entry) for account, listed in entries if (entry := listed.entry(text))]

    def action_complete(self) -> None:
        """Put the command under the cursor into the prompt, with a space for its arguments."""
        item = self.table.item
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
        self.search(text)

    # ---- what is chosen

    def handle_directly(self, message: Message) -> None:
        """React to the prompt, the cursor, and the choice in the same frame as the key."""
        if isinstance(message, PaletteTable.Chosen):
            self.choose(message.item)
        else:
            super().handle_directly(message)

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
