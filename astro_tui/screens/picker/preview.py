"""The pane beside a wide list: the cause, the record, and the last change of the agent under the cursor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.evidence import evidence_lines
from astro_tui.presentation.record import DeploymentState
from astro_tui.session.session import Session
from astro_tui.widgets.keymap import action_key
from astro_tui.widgets.text.record_pane import RecordPane

if TYPE_CHECKING:
    from astro_tui.difference.rows import DiffRows

MOST_EVIDENCE = 4
"""Maximum number of facts that led to the cause; the section "why" has them all."""
MOST_CHANGES = 12
"""Maximum number of changes that are named one by one."""


class PreviewPane(Widget):
    """Shows only what is known already: it sends no request."""

    def __init__(self, session: Session) -> None:
        super().__init__(id="preview")
        self._session, self._look = session, session.look
        self._record = RecordPane(session.look)
        self._shown: tuple[Entry, str] | None = None
        self._drawn: tuple[object, ...] = ()

    def show(self, entry: Entry | None, unknown: str) -> None:
        """Show an agent. `unknown` says why nothing could be found out about it, else it is empty."""
        change = self._session.roster.change(entry.key) if entry is not None else None
        drawn = (entry, unknown, change, self._look.times)
        if drawn != self._drawn:
            self._drawn, self._shown = drawn, (entry, unknown) if entry is not None else None
            self.refresh()

    def render(self) -> Content:
        """Return the lines that there is room for."""
        # The last cell stays blank: the rows of the list end at the pane.
        width, height = max(20, self.size.width - 1), self.size.height
        lines = list(self._lines(width)) if self._shown is not None else []
        if len(lines) > height:
            lines = [*lines[: height - 1], Content(f" {self._look.glyphs.cut}")]
        return Content("\n").join(lines)

    def _lines(self, width: int) -> Iterator[Content]:
        if self._shown is None:
            return
        entry, unknown = self._shown
        now = self._session.clock()
        yield self._rule(
            self._look.line((self._look.name(entry.label, entry.blueprint), "bold")),
            f"{action_key(self, 'picker.preview')} hide",
            width,
        )
        yield from self._cause(entry, unknown, now, width)
        yield Content()
        yield self._rule(Content("record"), action_key(self, "picker.open"), width)
        yield from self._record.lines(DeploymentState(entry, account=entry.account), now, "facts", width)
        yield Content()
        yield self._rule(Content("last change"), action_key(self, "picker.diff"), width)
        yield from self._change(entry, width)

    def _rule(self, title: Content, key: str, width: int) -> Content:
        rule = self._look.glyphs.rule
        left = self._look.line((f"{rule * 2} ", "$quiet"), title.truncate(width - len(key) - 8), " ")
        right = f" {key} {rule * 2}"
        return self._look.line(left, (rule * (width - left.cell_length - len(right)) + right, "$quiet"))

    def _wrapped(self, text: Content | str, width: int, lead: Content | str = " ") -> Iterator[Content]:
        """Yield the lines of a text; the first one begins with `lead`, and the others are indented by its width."""
        lead = self._look.line(lead)
        content = self._look.line(text)
        for number, line in enumerate(content.wrap(max(8, width - lead.cell_length))):
            yield self._look.line(lead if number == 0 else " " * lead.cell_length, line.rstrip())

    def _cause(self, entry: Entry, unknown: str, now: datetime, width: int) -> Iterator[Content]:
        look, diagnosis = self._look, entry.diagnosis
        cause, hint = why(entry)
        ready = f"  {entry.ready} replicas ready" if entry.ready else ""
        yield look.line(" ", look.badge(entry.status), (ready, "$quiet"))
        if cause or unknown:
            yield from self._wrapped(cause or f"Reason unavailable: {unknown}", width)
        if diagnosis is not None and not diagnosis.fine:
            for line in evidence_lines(diagnosis, now, look.times)[:MOST_EVIDENCE]:
                source = f"{line.source} {look.plain(line.at)}".rstrip()
                lines = list(self._wrapped(line.text, width, look.line((f" {source}  ", "$quiet"))))
                yield from lines[:2]
                if lines[2:]:
                    yield Content(" " * (len(source) + 3) + look.glyphs.cut)
        if hint:
            yield from self._wrapped(hint, width, look.line((" next  ", "$quiet")))

    def _change(self, entry: Entry, width: int) -> Iterator[Content]:
        newest, diagnosis = self._session.roster.change(entry.key), entry.diagnosis
        if newest is not None and newest.build == entry.deployment.build_id:
            yield from self._changes(newest.rows, width)
        elif diagnosis is not None and diagnosis.change is not None:
            change = diagnosis.change
            yield from self._wrapped(f"{change.sentence[:1].upper()}{change.sentence[1:]}", width)
            for path in (path for path in change.paths if path not in change.sentence):
                yield from self._wrapped(path, width, self._look.line((" ~ ", "$text-warning")))
        else:
            yield from self._wrapped(
                self._look.line((f"Not loaded. Press {action_key(self, 'picker.diff')} to show it.", "$quiet")), width
            )

    def _changes(self, rows: DiffRows, width: int) -> Iterator[Content]:
        changes = rows.difference.changes
        yield from self._wrapped(rows.difference.summary, width)
        for change in changes[:MOST_CHANGES]:
            yield from self._wrapped(rows.words.located(change), width, "   ")
        if len(changes) > MOST_CHANGES:
            yield self._look.line((f"   and {len(changes) - MOST_CHANGES:,} more", "$quiet"))
