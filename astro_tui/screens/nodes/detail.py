"""The details of one row: below the table of a section with foldable rows."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.presentation.record import Field
from astro_tui.text.times import when
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import SHORT
from astro_tui.widgets.chrome.bar import Rule
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.lists.folding_table import NodeLine
from astro_tui.widgets.text.record_pane import FactsPane

SHARE = 0.34
"""The part of the window's height that the details take."""
MOST = 14
"""Maximum number of lines that the details take."""


class NodeDetail(Vertical):
    """The name of a row, what it is in, and its fields and times."""

    def __init__(self, look: Look) -> None:
        super().__init__(classes="nodes-detail")
        self._look = look

    def compose(self) -> ComposeResult:
        """The name, and the fields."""
        yield Rule(self._look, classes="nodes-rule")
        yield FactsPane(self._look)

    def share_height(self, *, full: bool) -> None:
        """Take a part of the height, unless the table is at `full` height or the window is too short for both."""
        height = self.app.size.height
        self.display = height >= SHORT and not full
        self.styles.height = min(MOST, int(height * SHARE))

    def show(self, row: NodeLine | None, now: datetime) -> None:
        """Show what is known about a row."""
        rule, facts, look = self.query_one(Rule), self.query_one(FactsPane), self._look
        if row is None:
            rule.show("")
            facts.show_groups([], 1)
            return
        node, top = row.node, row.top
        title = look.plain(node.label or top.label)
        if node is not top:
            title = f"{look.plain(top.label)} {look.glyphs.into} {title}" if node.label else title
        fold = f"{action_key(self, 'list.fold')} fold"
        rule.show(Content.assemble((title, "bold")), fold if node.below else "")
        fields = [*node.fields, *(Field(name, look.plain(when(at.at, at.raw, now))) for name, at in node.times)]
        facts.show_groups([fields], max(20, self.app.size.width - 2))
