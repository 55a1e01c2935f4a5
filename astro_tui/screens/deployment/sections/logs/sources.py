"""The workloads and containers that have a log, the menu to choose some of them, and the newest deploy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from astro_tui.diagnosis.observe import revisions_of
from astro_tui.logs.line import LogSource, name_of
from astro_tui.logs.templates import Deploy
from astro_tui.platform.client import Call
from astro_tui.screens.base.box import Box
from astro_tui.session.agent import Agent
from astro_tui.theme.look import Look
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.pick_list import Cells, PickList

MOST_FOLLOWED = 8
"""Maximum number of workloads of an agent that are followed at the same time."""


def followed_of(sources: Iterable[LogSource]) -> tuple[LogSource, ...]:
    """Return the sources to follow at first: as many of each agent as the limit allows."""
    chosen, agents = [], Counter[str]()
    for source in sources:
        agents[source.deployment_id] += 1
        if agents[source.deployment_id] <= MOST_FOLLOWED:
            chosen.append(source)
    return tuple(chosen)


def newest_deploy(agent: Agent) -> Deploy:
    """Return what is already known about the newest deploy, without sending a request."""
    revisions = revisions_of(agent.facts)
    if revisions and revisions[0].deployed is not None:
        return Deploy(_ns(revisions[0].deployed), revisions[0].title)
    created = agent.entry.deployment.created.at
    return Deploy(_ns(created)) if created is not None else Deploy()


def read_newest_deploy(agent: Agent, call: Call) -> dict[str, Deploy]:
    """Request the history, and return the agent's id with the newest deploy (worker thread). Raises PlatformError."""
    agent.fetch("history", call)
    return {agent.key: newest_deploy(agent)}


def _ns(moment: datetime) -> int:
    return int(moment.timestamp() * 10**6) * 1000


class SourceMenu(Box[list[LogSource] | None]):
    """Returns the chosen sources; an empty list means all, and None means no change."""

    BINDINGS = keymap("""
        enter!  enter          log-sources.show  show the chosen sources [show]
        space   toggle_source  log-sources.mark  choose several [several]
        a       all_sources    log-sources.all   show all [all]
    """)

    table: PickList[LogSource]

    def __init__(self, look: Look, sources: Sequence[LogSource], marked: Collection[LogSource]) -> None:
        super().__init__(look, "logs")
        self.table = PickList(look, self._cells, self._chosen, sources)
        self._sources, self._marked = sources, set(marked)
        self._first = {source for source in sources if source in marked}

    def on_mount(self) -> None:
        """Name the keys."""
        self.show_title("logs", "workloads and containers")

    def _cells(self, source: LogSource, _width: int) -> Cells:
        """Return the mark and the name."""
        mark = self.look.glyphs.here if source in self._marked else " "
        indent = "  " if source.container else ""
        return [(f"{mark} ", "info"), (indent + self.look.plain(name_of(source)), "")]

    def _chosen(self, source: LogSource) -> None:
        """Show the marked sources, or the one under the cursor if no mark was changed."""
        changed = self._marked != self._first
        self.close([each for each in self._sources if each in self._marked] if changed else [source])

    def action_toggle_source(self) -> None:
        """Mark the source under the cursor, or remove its mark.

        The lines of a workload include those of its containers, so only one of the two can be marked.
        """
        source = self._sources[self.table.cursor]
        self._marked ^= {source}
        if source in self._marked:
            parts = {each for each in self._marked if replace(each, container="") == replace(source, container="")}
            self._marked -= {each for each in parts if bool(each.container) is not bool(source.container)}
        self.table.refresh()

    def action_all_sources(self) -> None:
        """Show all sources."""
        self.close([])
