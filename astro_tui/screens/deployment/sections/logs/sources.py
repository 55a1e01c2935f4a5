"""The workloads and containers that have a log, and the menu to choose some of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from astro_tui.diagnosis.cluster import Cluster, Workload
from astro_tui.diagnosis.facts import Fact
from astro_tui.logs.line import Source, name_of
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry
from astro_tui.session.session import Session
from astro_tui.theme.look import Look, stylesheet
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.chrome.head import head_of
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList

MOST_FOLLOWED = 8
"""Maximum number of workloads that are followed at the same time."""


def sources_of(session: Session, account: str, entry: Entry, *, containers: bool = False) -> tuple[Source, ...]:
    """Return the workloads that are known: those that need attention first, then the agent, then the rest.

    With `containers`, a workload with more than one container is listed before its containers.
    """
    facts = session.facts.facts(account, entry.deployment, session.clock())
    workloads = sorted(Cluster(facts).workloads.values(), key=_order)
    found = []
    for workload in workloads:
        found.append(Source(entry.key, workload.name))
        if containers and len(workload.containers) > 1:
            found += [Source(entry.key, workload.name, each.name) for each in workload.containers]
    return tuple(found)


def _order(workload: Workload) -> tuple[bool, bool, bool, bool, str]:
    healthy = not workload.containers or workload.ready
    return (healthy, workload.component != "agent", workload.is_job, workload.is_collector, workload.name)


def read_sources(session: Session, account: str, entry: Entry, call: Call) -> tuple[Source, ...]:
    """Request the record, and return its workloads (worker thread). Raises PlatformError."""
    now = session.clock()
    body = session.platform.deployment_body(entry.key, call=call)
    session.facts.add(account, entry.deployment, now, record=Fact(body, read_at=now))
    return sources_of(session, account, entry)


class SourceTable(RowList):
    """One source per row; those that are shown are marked."""

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"}
    BINDINGS = keymap("""
        space     toggle_source  log-sources.mark    show or hide this source
        a         all_sources    log-sources.all     show all
        escape,q  cancel         log-sources.cancel  cancel
    """)

    def __init__(self, look: Look, sources: Sequence[Source], marked: Collection[Source]) -> None:
        super().__init__(look, id="menu-table")
        self._sources = sources
        self._marked = set(marked)
        self._first = [source for source in sources if source in marked]

    @property
    def row_count(self) -> int:
        """The number of sources."""
        return len(self._sources)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the mark and the name."""
        source, glyphs = self._sources[index], self.look.glyphs
        mark = glyphs.here if source in self._marked else " "
        indent = "  " if source.container else ""
        name = fit(indent + self.look.plain(name_of(source)), max(0, width - 3), glyphs.cut)
        return [
            Segment(glyphs.cursor if selected else " ", self.part("info")),
            Segment(f"{mark} ", self.part("info")),
            Segment(name),
        ]

    def row_chosen(self, index: int) -> None:
        """Show the marked sources, or the one under the cursor if no mark was changed."""
        source = self._sources[index]
        changed = self._marked != set(self._first)
        self._close([each for each in self._sources if each in self._marked] if changed else [source])

    def action_toggle_source(self) -> None:
        """Mark the source under the cursor, or remove its mark.

        The lines of a workload include those of its containers, so only one of the two can be marked.
        """
        source = self._sources[self.cursor]
        self._marked ^= {source}
        if source in self._marked:
            parts = {each for each in self._marked if each.workload == source.workload}
            self._marked -= {each for each in parts if bool(each.container) is not bool(source.container)}
        self.refresh()

    def action_all_sources(self) -> None:
        """Show all sources."""
        self._close([])

    def action_cancel(self) -> None:
        """Change nothing."""
        self._close(None)

    def _close(self, sources: list[Source] | None) -> None:
        if isinstance(self.screen, SourceMenu) and self.screen.is_current:
            self.screen.dismiss(sources)


class SourceMenu(ModalScreen[list[Source] | None]):
    """Returns the chosen sources; an empty list means all, and None means no change."""

    CSS_PATH = stylesheet("letter_menu")

    def __init__(self, look: Look, sources: Sequence[Source], marked: Collection[Source]) -> None:
        super().__init__()
        self._look = look
        self._sources, self._marked = sources, marked

    def compose(self) -> ComposeResult:
        """A box with a title, the sources, and the keys."""
        # From Python 3.12 on, Textual composes a screen before it is on the stack.
        below = next(screen for screen in reversed(self.app.screen_stack) if screen is not self)
        yield from head_of(below, "logs")
        with Vertical(id="menu-box"):
            yield Rule(self._look, id="menu-title")
            yield SourceTable(self._look, self._sources, self._marked)
            yield Rule(self._look, id="menu-end")

    def on_mount(self) -> None:
        """Fit the box to the sources."""
        dot = f" {self._look.glyphs.dot} "
        words = ("list.choose", "show"), ("log-sources.mark", "several"), ("log-sources.all", "all")
        keys = [f"{action_key(self, name)} {word}" for name, word in words]
        title = Content.assemble(("logs", "bold"), f"{dot}workloads and containers")
        self.query_one("#menu-title", Rule).show(title)
        self.query_one("#menu-end", Rule).show("", dot.join(keys))
        table = self.query_one(SourceTable)
        table.styles.height = min(len(self._sources), max(3, self.app.size.height - 6))
        table.rows_changed(0)
        table.focus()

    def on_click(self, event: events.Click) -> None:
        """A click outside the box closes it."""
        if event.widget is self and self.is_current:
            self.dismiss(None)
