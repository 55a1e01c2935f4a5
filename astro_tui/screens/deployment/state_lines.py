"""The lines above the spec: why the deployment is in its state, what to do, and what changed since the last visit."""

from __future__ import annotations

from datetime import datetime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.presentation.evidence import evidence_lines
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.deployment.state_lines import Changes
from astro_tui.screens.deployment.texts import cause, foreign_note
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph
from astro_tui.widgets.chrome.why_strip import Evidence
from astro_tui.widgets.keymap import action_key


class StateLines(Vertical):
    """Up to three lines, and the evidence where there is room; each takes a row only if it has something to say."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="state-lines")
        self._look = look

    def compose(self) -> ComposeResult:
        """The cause, the advice, and the changes."""
        yield Paragraph(self._look, id="cause")
        yield Evidence(self._look)
        yield Paragraph(self._look, id="advice")
        yield Bar(self._look, id="since")

    def show_state(self, state: DeploymentState, staleness: Staleness, now: datetime) -> None:
        """Say why the deployment is in its state; a failed request takes the place of the advice."""
        reason, advice = self.query_one("#cause", Bar), self.query_one("#advice", Bar)
        sentence, hint = cause(state.entry, self._look)
        reason.display = bool(sentence)
        reason.show(sentence)
        diagnosis = state.entry.diagnosis
        shown = diagnosis if sentence else None
        self.query_one(Evidence).show(evidence_lines(shown, now, self._look.times) if shown is not None else ())
        failure = staleness.sentence() if state.document is not None else Content()
        advice.display = bool(failure or state.foreign or hint)
        if failure:
            advice.show(failure, staleness.remedy(now, self))
        elif state.foreign is not None:
            other = action_key(self, "deployment.other")
            advice.show(foreign_note(state.foreign, self._look, key=other, regenerated=state.regenerated))
        elif hint:
            advice.show(Content.assemble(("   next  ", "$quiet"), self._look.plain(hint)))

    def show_changes(self, changes: Changes | None, now: datetime) -> None:
        """Say what changed since the last visit."""
        since = self.query_one("#since", Bar)
        words = changes.words(self._look, now) if changes is not None else ""
        since.display = bool(words)
        narrow = self.app.size.width < NARROW
        # The first key opens a menu, and the second one chooses from it.
        keys = f"{action_key(self, 'deployment.compare')} s"
        since.show(
            Content.assemble((f" {words}" if narrow else f"   {words}", TONES[Severity.INFO])),
            Content.assemble((keys if narrow else f"{keys} shows ", "$quiet")),
        )
