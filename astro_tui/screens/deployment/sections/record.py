"""The record beside or above the spec, or alone, in the form that the window has room for."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult

from astro_tui.diagnosis import Diagnosis
from astro_tui.diagnosis.observe import last_deploy
from astro_tui.presentation.checks import CheckFinding
from astro_tui.presentation.record import DeploymentState, Field
from astro_tui.presentation.status import Severity
from astro_tui.presentation.variables import fields
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import PanePlace
from astro_tui.screens.base.view import Topic
from astro_tui.session.agent import Agent
from astro_tui.session.checking import at_hand
from astro_tui.widgets.lists.scroller import Scroller
from astro_tui.widgets.text.record_pane import RecordPane

GRID = (72, 20)
"""Minimum columns and rows for the record above the spec to have two fields per line."""


class DeploymentRecordPane(ScrolledPane[DeploymentState]):
    """Scrolls the record if it does not fit."""

    BESIDE = ((160, 64), (100, 46))

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self._variables = Topic[Diagnosis](self, "variables")
        self._found = Topic[tuple[CheckFinding, ...]](self, "findings")
        """What is risky, as far as the spec and what was read before say it. It takes no request."""

    @property
    def _agent(self) -> Agent:
        return self.session.agent(self.state.account, self.state.entry)

    def load(self) -> None:
        """Read the variables, where there is room for them."""
        if self.begun and self.place is not PanePlace.ABOVE:
            self._variables.load(self._agent.read_variables)

    def follow(self) -> None:
        """Apply the rules of `check` where the record fills the body, once for each spec, and when more is read."""
        if not self.begun or self.place is not PanePlace.MAIN or (spec := self.state.document) is None:
            return
        facts, topic = self._agent.facts, self._found
        key = spec, facts.variables.read_at, facts.runtime.known
        left = topic.value is None and not topic.busy and topic.error is None
        if topic.key != key or left:
            topic.key = key
            topic.load(partial(at_hand, self._agent, spec))

    def _variable_fields(self) -> list[Field]:
        """Return the variables as lines, or why there are none."""
        facts = self._agent.facts
        if isinstance(facts.variables.value, tuple):
            return fields(facts.variables.value, last_deploy(facts), self.session.clock())
        error = str(self._variables.error or "") or facts.variables.error
        return [Field("not read", error or "loading…")] if error or self._variables.busy else []

    def compose(self) -> ComposeResult:
        """The record."""
        with Scroller(id="record-side"):
            yield RecordPane(self.look, id="record")

    def draw(self) -> None:
        """Draw the record in the form for its place."""
        width, height = self.app.size
        form = "full"
        if self.place is PanePlace.ABOVE:
            form = "grid" if width >= GRID[0] and height >= GRID[1] else "short"
        findings = [Field(each.code, each.where, Severity.WARN) for each in self._found.value or ()]
        more = {"findings": findings, "variables": self._variable_fields()} if form == "full" else {}
        self.query_one(RecordPane).show(self.state, self.session.clock(), form, self.room - 1, more)
