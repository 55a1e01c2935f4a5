"""The lines below the list: the cause of the selected agent's status, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.getters import query_one
from textual.widget import Widget

from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.evidence import EvidenceLine, evidence_lines, sentence_within
from astro_tui.presentation.status import Severity
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.bar import INDENT, Bar, Paragraph, TitledRule
from astro_tui.widgets.keymap import action_key

MOST = 3
"""The most rows."""


class EvidenceStrip(Widget):
    """Rows such as `   events 3m  Back-off pulling image …`; the style sheet says how many there is room for."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="evidence")
        self._look = look
        self._lines: Sequence[EvidenceLine] = ()

    def show(self, lines: Sequence[EvidenceLine]) -> None:
        """Set the rows; lays the screen out again only if their number changes."""
        lines = lines[:MOST]
        if lines == self._lines:
            return
        before, self._lines = len(self._lines), lines
        self.refresh(layout=len(lines) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the number of rows."""
        return len(self._lines)

    def render(self) -> Content:
        """Return the rows that there is room for."""
        return Content("\n").join(self._row(line) for line in self._lines[: max(1, self.size.height)])

    def _row(self, line: EvidenceLine) -> Content:
        look = self._look
        # An age that gets longer moves nothing.
        source = f"{line.source} {look.plain(line.at):>3}".rstrip()
        row = look.line((f"   {source}  ", "$quiet"), line.text)
        cut = look.glyphs.cut
        width = self.size.width
        return row if row.cell_length <= width else row.truncate(max(0, width - len(cut))) + cut[:width]


LINES = 2
"""Lines of the cause, as in the style sheet."""
BROKEN = 16
"""Cells that may stay empty because lines break between words."""


class WhyStrip(Vertical):
    """A rule with the agent's name, the cause of its status, and one line of advice or about a failed refresh."""

    _rule = query_one(TitledRule)
    _cause = query_one(Paragraph)
    _advice = query_one("#advice", Bar)

    def __init__(self, look: Look) -> None:
        super().__init__(id="why")
        self._look = look

    def compose(self) -> ComposeResult:
        """Yield the rule and the two lines."""
        yield TitledRule(self._look, id="why-rule")
        yield Paragraph(self._look, id="cause")
        yield EvidenceStrip(self._look)
        yield Bar(self._look, id="advice")

    def show(self, entry: Entry | None, failure: Content, remedy: Content, now: datetime, unknown: str = "") -> None:
        """Explain `entry`. `failure` and `remedy` describe a failed refresh, else they are empty.

        `unknown` says why the reason could not be loaded, else it is empty.
        """
        evidence, diagnosis = self.query_one(EvidenceStrip), entry.diagnosis if entry is not None else None
        cause = ""
        if diagnosis is not None and not diagnosis.fine:
            evidence.show(evidence_lines(diagnosis, now, self._look.times))
            # The last line has to end at a word.
            cause = sentence_within(diagnosis, LINES * (self.app.size.width - INDENT) - BROKEN)
        else:
            evidence.show(())
        if entry is None:
            self._rule.show("")
            self._cause.show(failure, remedy)
            self._advice.show("")
            return
        look, status = self._look, entry.status
        sentence, hint = why(entry)
        name = look.line((look.name(entry.label, entry.blueprint), "bold"))
        self._rule.show(name, "" if status.severity is Severity.OK else "why")
        loading = status.severity is not Severity.OK and entry.report is None and entry.diagnosis is None
        wait = f"Reason unavailable: {look.plain(unknown)}" if unknown else look.plain("Loading the reason…")
        text = look.plain(cause or sentence) or (wait if loading or unknown else status.plain)
        self._cause.show(look.line(" ", (f"{look.glyph(status)} ", TONES[status.severity]), text))
        if failure:
            self._advice.show(failure, remedy)
        elif hint:
            keys = diagnosis.next_steps[0].keys if diagnosis is not None and diagnosis.next_steps else ""
            action, *letter = keys.removeprefix("deployment.").split()[:2] or [""]
            pressed = " ".join([action_key(self, f"picker.{action}"), *letter]) + "  " if keys else ""
            self._advice.show(look.line(("   next  ", "$quiet"), (pressed, "bold"), hint))
        else:
            self._advice.show(look.line((f"   {_about(entry)}", "$quiet")))


def _about(entry: Entry) -> str:
    """Return the id, the endpoints, and the namespace of an agent that needs no advice."""
    ready = f"{entry.ready} replicas ready" if entry.ready else ""
    return "  ·  ".join(part for part in (entry.key, ready, entry.deployment.namespace) if part)
