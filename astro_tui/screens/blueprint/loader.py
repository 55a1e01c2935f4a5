"""What the platform tells of one blueprint, asked for and kept: its builds, and the spec of the chosen one."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.timer import Timer

from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.catalog import key_of
from astro_tui.screens.base.public_page import PublicPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.blueprint.texts import has_spec
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide
from astro_tui.widgets.lists.build_table import BuildTable
from astro_tui.widgets.text.markdown_view import MarkdownView

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.models import Agent, AgentVersion

REST = 0.06
"""Seconds that the cursor rests on a build before it is read: passing by costs nothing."""


@dataclass(frozen=True)
class _Parsed:
    """A spec laid out, or why it cannot be."""

    version: AgentVersion
    document: Document | None
    problem: str = ""


class BlueprintReading(PublicPage):
    """The base of the screen of one blueprint. The build under the cursor is the one that is read."""

    def __init__(self, session: Session, agent: Agent, neighbour: Callable[[int], Agent | None] | None = None) -> None:
        super().__init__(session)
        self._agent = agent
        self._neighbour = neighbour
        self._section = "readme"
        self._main = "readme"
        self._shown_spec: Hashable = None
        self._rest: Timer | None = None
        self._stale = Staleness(session.look, self.SIGN_IN_KEY)

    @property
    def agent(self) -> Agent:
        """The blueprint on screen."""
        return self._agent

    @property
    def side(self) -> SpecSide:
        """The spec with all that belongs to reading it."""
        return self.query_one(SpecSide)

    @property
    def markdown(self) -> MarkdownView:
        """The readme or card."""
        return self.query_one(MarkdownView)

    @property
    def builds(self) -> BuildTable:
        """The builds."""
        return self.query_one(BuildTable)

    @property
    def version(self) -> AgentVersion | None:
        """The build that is read."""
        return self.builds.row

    def _show_version(self) -> None:
        raise NotImplementedError

    def _show_head(self) -> None:
        raise NotImplementedError

    def _focus(self) -> None:
        raise NotImplementedError

    def _begin(self) -> None:
        """Start with a blueprint of which the list's row is known."""
        self._shown_spec = None
        self._stale = Staleness(self.look, self.SIGN_IN_KEY)
        self.query_one("#absent", Notice).display = False
        self.query_one("#body").display = True
        self.side.start_loading()
        if not self._agent.versions and self._main != "readme":
            self._main = self._section = "readme"
        self._show_agent()
        self._focus()
        self.load()

    # ---- loading

    def load(self) -> None:
        """Ask for the blueprint with its builds."""
        agent, platform = self._agent, self.session.platform
        self._stale.asked(self.session.clock())

        def ask(call: Call) -> Agent:
            found = platform.agent(agent.account, agent.name, call=call)
            # The answer may not repeat whose it is.
            lacking = {key: getattr(agent, key) for key in ("account", "name") if not getattr(found, key)}
            found = found.model_copy(update=lacking) if lacking else found
            return agent if found == agent else found

        self.fetch("agent", ask, self._came, self._failed)
        self._show_head()

    def _came(self, agent: Agent) -> None:
        self._stale.fresh(self.session.clock())
        if agent is not self._agent:
            self._agent = agent
            self._show_agent(again=True)
        else:
            self._show_version()
            self._show_head()

    def _failed(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        if not self._agent.versions:
            notice = self.query_one("#absent", Notice)
            notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
            notice.display = True
            self.query_one("#body").display = False
            self.show_hints()
        self._show_head()

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic == "agent":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    # ---- showing

    def _show_agent(self, *, again: bool = False) -> None:
        self.query_one("#absent", Notice).display = False
        self.query_one("#body").display = True
        self.builds.instead = ["nothing pushed yet" if self._stale.fetched is not None else "loading"]
        self.builds.show_builds(self._agent.versions, again=again)
        self._show_version()

    def _build_highlighted(self) -> None:
        """Read the build under the cursor when it rests there."""
        if self._rest is not None:
            self._rest.stop()
        self._rest = self.set_timer(REST, self._show_version)

    @property
    def _text(self) -> str:
        """The Markdown that is read."""
        version = self.version
        if self._main == "readme":
            return version.readme if version is not None else ""
        card = version.agent_card if version is not None else None
        card = card or self._agent.draft_card
        return card.body if card is not None else ""

    def _show_spec(self, version: AgentVersion | None) -> None:
        side = self.side
        if version is None or not has_spec(version):
            self.forget("spec")
            self._keep_view()
            self._shown_spec = None
            if version is not None or self._stale.fetched is not None:
                side.notice.say(
                    "No spec", ["The platform sent none with this build." if version else "Nothing was pushed yet."]
                )
                side.show_notice()
            return
        if self._shown_spec != self.builds.key_of(version):
            self.fetch("spec", lambda _call: _parse(version), self._spec_came, self._failed)

    def _spec_came(self, parsed: _Parsed) -> None:
        self._keep_view()
        self._shown_spec = self.builds.key_of(parsed.version) if parsed.document is not None else None
        if parsed.document is None:
            self.side.notice.say("The spec cannot be read", [self.look.plain(parsed.problem)])
            self.side.show_notice()
            return
        self.side.show(parsed.document, self.session.views.get(self._view_key))
        build = self.look.plain(parsed.version.build_id)
        self.side.show_title(f"{self.side.summary} {self.look.glyphs.dot} build {build}")
        self.show_hints()

    @property
    def _view_key(self) -> str:
        return f"blueprint {key_of(self._agent)}"

    def _keep_view(self) -> None:
        reading = self.side.view() if self._shown_spec else None
        if reading is not None:
            self.session.views[self._view_key] = reading


def _parse(version: AgentVersion) -> _Parsed:
    """Lay a spec out (worker thread)."""
    from astro_tui.document import Document, count_first_rows

    try:
        document = Document.parse(version.spec)
    except DocumentError as error:
        return _Parsed(version, None, str(error))
    count_first_rows(document)
    return _Parsed(version, document)
