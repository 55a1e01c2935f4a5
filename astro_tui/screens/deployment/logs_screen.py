"""The logs of several agents in one view."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult

from astro_tui.presentation.scope import scope_of
from astro_tui.screens.base.open import Compared
from astro_tui.screens.base.page import ACCOUNT_KEYS, PAUSE_KEYS
from astro_tui.screens.base.sections import PanePlace, SectionPane
from astro_tui.screens.deployment.lines_screen import LinesScreen
from astro_tui.screens.deployment.sections.logs.together import AgentsLogsPane
from astro_tui.session.agent import Agent
from astro_tui.session.log_selection import LogSelection
from astro_tui.session.routes import DeploymentRoute, LogsRoute
from astro_tui.session.session import Session
from astro_tui.text.times import counted
from astro_tui.widgets.keymap import keymap


class LogsScreen(LinesScreen):
    """Shows the lines of all agents of a route in one time order, with the keys of the log section."""

    BINDINGS = [
        *ACCOUNT_KEYS,
        *PAUSE_KEYS,
        *keymap("""
        r                 refresh    logs.refresh  reconnect, and look for more agents [refresh]
        a                 agent      logs.agent    open the agent of this line [agent]
        y!                copy_menu  logs.copy     copy the line [copy]
        W                 save       logs.save     save the lines to a file [save]
        escape,q          back       logs.back     back [back]
        question_mark,f1  app.help   app.help      help [help]
        """),
    ]
    AUTO_FOCUS = ""

    def __init__(self, session: Session, route: LogsRoute, agents: Sequence[Agent] = ()) -> None:
        super().__init__(session)
        self._route = route
        self.selection = LogSelection(session.agents, route.of, agents)
        self.pane = AgentsLogsPane(self, "logs")
        self.side = self.pane.side

    def compose_body(self) -> ComposeResult:
        """Yield the lines."""
        yield self.pane

    def on_mount(self) -> None:
        """Follow the agents."""
        self.pane.show(self.selection)
        self.pane.put(PanePlace.MAIN, full=True)
        self.pane.shown()
        self.pane.take_focus()

    @property
    def panes(self) -> Sequence[AgentsLogsPane]:
        """The lines, once they are shown."""
        return (self.pane,) if self.pane.active else ()

    # ---- drawing

    def draw(self) -> None:
        """Draw the header."""
        agents = self.selection.agents
        accounts = list(dict.fromkeys(account for account, _agent in self._route.of))
        count = counted(len(agents), "agent") if agents else "agents"
        name, short = self.look.line(("logs", "bold"), (f" of {count}", "$quiet")), self.look.line("logs")
        account = scope_of(accounts[0]).words if len(accounts) == 1 else counted(len(accounts), "account")
        note = self.pane.note.state(self.look) if self.pane.begun else ""
        self.show_head(account, [name, short], note, name)
        super().draw()

    # ---- keys

    @property
    def label(self) -> str:
        """How many agents there are."""
        return self.pane.label

    def action_agent(self) -> None:
        """Open the agent of the line under the cursor, at that line."""
        self._open_section("logs", self.pane.detail)

    @on(SectionPane.Wanted)
    def _section_wanted(self, message: SectionPane.Wanted) -> None:
        message.stop()
        self._open_section(message.name, message.detail)

    def _open_section(self, section: str, detail: str) -> None:
        # A filter may have just removed the line that was under the cursor.
        self.pane.view.update()
        row = self.pane.view.row
        key = row.source.deployment_id if row is not None else ""
        agent = next((agent for agent in self.selection.agents if agent.key == key), None)
        if agent is not None:
            self.open(DeploymentRoute(agent.account, agent.key, section, detail), Compared(agent))

    @property
    def route(self) -> LogsRoute:
        """These logs."""
        return self._route
