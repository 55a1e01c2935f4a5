"""The public catalogue: what everybody may see without signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from astro_tui.client import Call
from astro_tui.errors import PlatformError
from astro_tui.look import Look, stylesheet
from astro_tui.screens.page import Page
from astro_tui.session import Session
from astro_tui.widgets.bar import Bar, KeyHints, Rule
from astro_tui.widgets.cells import fit, fit_right
from astro_tui.widgets.notice import Notice
from astro_tui.widgets.rows import RowList
from astro_tui.widgets.too_small import TooSmall
from astro_tui.wording import age, counted

if TYPE_CHECKING:
    from astro_tui.models import Agent, AgentPage

PAGE = 100
"""The longest page the server gives (contract §5)."""


class CatalogueTable(RowList):
    """Published agents, one a row."""

    heading = 1
    COMPONENT_CLASSES = {"rows--cursor", "rows--heading", "rows--quiet", "rows--name", "rows--info"}

    @dataclass
    class Highlighted(Message):
        """The cursor stands on row `index` of the list."""

        index: int

    def __init__(self, look: Look, clock: Callable[[], datetime]) -> None:
        super().__init__(look, id="catalogue")
        self._clock = clock
        self.agents: list[Agent] = []

    def add(self, agents: tuple[Agent, ...]) -> None:
        """Add a page at the end; the cursor stays."""
        self.agents += agents
        self.rows_changed(self.cursor)

    @property
    def row_count(self) -> int:
        """How many agents are loaded."""
        return len(self.agents)

    def row_highlighted(self) -> None:
        """Tell the screen where the cursor is."""
        self.post_message(self.Highlighted(self.cursor))

    def _cells(self, width: int, agent: str, publisher: str, builds: str, published: str) -> str:
        wide = width >= 60
        names = width - (2 + 7 + 9 + 4 if wide else 2 + 7)
        publisher_width = names // 3 if wide else 0
        text = "  " + fit(agent, names - publisher_width, self.look.glyphs.cut)
        if wide:
            text += "  " + fit(publisher, publisher_width, self.look.glyphs.cut) + fit_right(builds, 7)
        return text + fit_right(published, 7)

    def draw_heading(self, line: int, width: int) -> list[Segment]:
        """Return the column names."""
        return [Segment(self._cells(width, "AGENT", "PUBLISHER", "BUILDS", "AGE"), self.part("heading"))]

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one agent."""
        agent, look = self.agents[index], self.look
        newest = agent.versions[0].published_at.at if agent.versions else None
        text = self._cells(
            width,
            look.plain(agent.name),
            look.plain(agent.account),
            str(len(agent.versions)),
            look.own(age(newest, self._clock())),
        )
        mark = look.glyphs.cursor if selected else " "
        return [Segment(mark, self.part("info")), Segment(text[1:], self.part("name") if selected else None)]


class CatalogueScreen(Page):
    """Lists the published agents, page after page as one scrolls."""

    CSS_PATH = stylesheet("picker")
    BINDINGS = [
        Binding("r,ctrl+r", "refresh", "load again"),
        Binding("escape,q", "back", "back"),
        Binding("question_mark,f1", "app.help", "help"),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._count = 0
        self._more = False

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Bar(self.look, id="head", classes="head")
        yield CatalogueTable(self.look, self.session.clock)
        yield Notice(self.look, id="notice")
        yield Rule(self.look, id="why-rule", classes="rule")
        yield Bar(self.look, id="cause")
        yield Bar(self.look, id="advice")
        yield KeyHints(id="keys")
        yield TooSmall()

    @property
    def table(self) -> CatalogueTable:
        """The list."""
        return self.query_one(CatalogueTable)

    def on_mount(self) -> None:
        """Ask for the first page."""
        self.query_one(Notice).display = False
        self.table.focus()
        self.show_hints()
        self._head("loading ")
        self.load()

    def load(self) -> None:
        """Ask for the next page."""
        offset = len(self.table.agents)
        self.fetch("page", lambda call: self._ask(call, offset), self._show, self._failed)

    def _ask(self, call: Call, offset: int) -> AgentPage:
        return self.session.platform.catalogue(offset=offset, limit=PAGE, call=call)

    def _show(self, page: AgentPage) -> None:
        self._count, self._more = page.count or 0, page.has_more
        self.query_one(Notice).display = False
        self.table.display = True
        self.table.add(page.rows)
        self._head("")
        if not self.table.agents:
            self._instead("Nothing is published here yet.", [])

    def _failed(self, error: PlatformError) -> None:
        self._more = False
        if self.table.agents:
            self._head(f"{error} ")
            return
        self._head("")
        self.query_one(Notice).say_error(error, [("r", "try again"), ("esc", "go back")])
        self._show_notice()

    def _instead(self, title: str, lines: list[Content | str]) -> None:
        self.query_one(Notice).say(title, lines, [("esc", "go back")])
        self._show_notice()

    def _show_notice(self) -> None:
        self.query_one(Notice).display = True
        self.table.display = False

    def _head(self, state: str) -> None:
        loaded = len(self.table.agents)
        total = counted(self._count, "agent")
        text = f"   {loaded:,} of {total}" if loaded < self._count else f"   {total}"
        self.query_one("#head", Bar).show(
            Content.assemble(
                (" astro ", "bold $text-primary"),
                (" public catalogue", "bold"),
                (text if loaded else "", "$quiet"),
            ),
            Content.assemble((self.look.plain(state), "$quiet")),
        )

    @on(CatalogueTable.Highlighted)
    def _highlighted(self, message: CatalogueTable.Highlighted) -> None:
        table = self.table
        if message.index >= table.row_count:
            return
        agent, look = table.agents[message.index], self.look
        newest = agent.versions[0] if agent.versions else None
        readme = (
            next((line.strip("# ") for line in newest.readme.splitlines() if line.strip("# ")), "") if newest else ""
        )
        self.query_one("#why-rule", Rule).show(Content.assemble((look.plain(f"{agent.account}/{agent.name}"), "bold")))
        self.query_one("#cause", Bar).show(Content.assemble("   ", look.plain(readme) or "no readme"))
        self.query_one("#advice", Bar).show(
            Content.assemble(
                (
                    f"   {look.plain('newest build ' + newest.build_id) if newest else 'nothing pushed yet'}",
                    "$quiet",
                )
            )
        )
        if self._more and message.index > table.row_count - table.page and not self.busy("page"):
            self.load()

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        return [("r", "refresh"), ("esc", "back"), ("?", "help")]

    def action_refresh(self) -> None:
        """Start anew."""
        self.table.agents = []
        self.load()

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()
