"""The lines below the list: why the selected agent is as it is, and what to do."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.status import Severity
from astro_tui.theme.look import TONES, Look
from astro_tui.widgets.chrome.bar import Bar, Paragraph, Rule


class WhyStrip(Vertical):
    """A rule with the agent's name, its cause, and one line of advice, or of a refresh that failed."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="why")
        self._look = look

    def compose(self) -> ComposeResult:
        """Lay the lines out."""
        yield Rule(self._look, id="why-rule")
        yield Paragraph(self._look, id="cause")
        yield Bar(self._look, id="advice")

    def show(self, entry: Entry | None, failure: Content, remedy: Content, unknown: str = "") -> None:
        """Explain `entry`; `failure` and `remedy` tell of a refresh that failed and are empty when all is well.

        `unknown` says why its reason could not be had, where that is so.
        """
        rule, cause, advice = (
            self.query_one("#why-rule", Rule),
            self.query_one("#cause", Paragraph),
            self.query_one("#advice", Bar),
        )
        if entry is None:
            rule.show("")
            cause.show(failure, remedy)
            advice.show("")
            return
        look, status = self._look, entry.status
        sentence, hint = why(entry)
        rule.show(Content.assemble((look.plain(entry.label), "bold")), "" if status.severity is Severity.OK else "why")
        asking = status.severity is not Severity.OK and entry.report is None
        wait = f"its reason is not known: {look.plain(unknown)}" if unknown else look.own("asking for the reason …")
        text = look.plain(sentence) or (wait if asking else status.plain)
        cause.show(Content.assemble(" ", (f"{look.glyph(status)} ", TONES[status.severity]), text))
        if failure:
            advice.show(failure, remedy)
        elif hint:
            advice.show(Content.assemble(("   do  ", "$quiet"), look.plain(hint)))
        else:
            advice.show(Content.assemble((f"   {look.plain(_about(entry))}", "$quiet")))


def _about(entry: Entry) -> str:
    """Return what else is known of an agent that needs no advice."""
    ready = f"endpoints {entry.ready} ready" if entry.ready else ""
    return "  ·  ".join(part for part in (entry.key, ready, entry.deployment.namespace) if part)
