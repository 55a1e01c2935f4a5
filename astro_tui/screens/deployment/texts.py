"""What the deployment screen says. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from astro_tui.document import find
from astro_tui.document.known import FORMAT
from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.status import Severity
from astro_tui.presentation.unread import unread
from astro_tui.screens.base.staleness import UPDATES_OFF, Staleness
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import BESIDE_FROM, NARROW

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.models import ActiveDeployment


def head_forms(state: DeploymentState, look: Look) -> list[Content]:
    """Return the forms of the first row's middle part, the fullest first. All of them include the state."""
    entry = state.entry
    status, label = look.badge(state.status), look.plain(entry.label)
    build = look.plain(masked_line(state.build, 100))
    newer = (f" {look.glyphs.newer}" if entry.update else "", TONES[Severity.INFO])
    short = Content.assemble(status, "  ", (label, "bold"))
    name = Content.assemble((label, "bold"), "  ", status)
    with_build = Content.assemble(name, ("   build ", "$quiet"), build, newer)
    ready = (entry.ready, TONES[Severity.WARN] if entry.lacks_replicas else "")
    full = Content.assemble(with_build, ("   replicas ", "$quiet"), ready) if entry.ready else with_build
    return [full, with_build, name, short]


def age(entry: Entry, stale: Staleness, now: datetime, interval: float, *, width: int, paused: bool) -> Content:
    """Return how old the oldest value on screen is, and which sources cannot be read, for a window of some columns."""
    wide, offline = width >= BESIDE_FROM, stale.error is not None and not stale.error.status
    failing = unread(entry.diagnosis) if wide else unread(entry.diagnosis, 1)
    if not failing or offline or (width < NARROW and stale.error is not None):
        return stale.words(now, interval, paused=paused)
    # In a narrow window, the lines below and the section why say more.
    said = f"cannot read {failing} " if wide else f"! {failing} " if width >= NARROW else "! "
    return Content.assemble(UPDATES_OFF if paused else "", (said, "$text-error"), stale.age(now, interval))


def cause(entry: Entry, look: Look) -> tuple[Content, str]:
    """Return why a deployment is in its state, and what to do; an empty text and hint if all is well."""
    if entry.status.severity is Severity.OK and not entry.waiting and not unread(entry.diagnosis):
        return Content(), ""
    sentence, hint = why(entry)
    mark = (f"{look.glyph(entry.status)} ", TONES[entry.status.severity])
    return Content.assemble(" ", mark, look.plain(sentence)) if sentence else Content(), hint


def foreign_note(record: ActiveDeployment, look: Look, *, key: str, regenerated: bool) -> Content:
    """Return one line that says which deployment the active record belongs to, and where this spec comes from.

    `key` opens that deployment.
    """
    more = f" ({key} opens it)" + ("; this spec was regenerated" if regenerated else "")
    return Content.assemble(("   The active record belongs to ", "$quiet"), look.plain(record.id), (more, "$quiet"))


def spec_title(state: DeploymentState, summary: str) -> str:
    """Return what the spec on screen is; `summary` describes the document. Empty while it is loading."""
    if state.newest is not None:
        regenerated = " regenerated" if state.regenerated else ""
        if state.foreign is not None:
            return f"{state.newest.title}{regenerated}"
        return f"{state.newest.title}{regenerated}; {'not active' if state.inactive else 'no active record'}"
    if state.foreign is not None:
        return "belongs to another deployment"
    if state.absent:
        return f"none: no active {'deployment' if state.inactive else 'record'}"
    return summary


def summary_of(document: Document | None, look: Look) -> str:
    """Return the format of a document and its number of values: `deployment/v1 · 214 values`."""
    if document is None:
        return ""
    spec = find(document, ("spec",))
    line = document.line(spec) if spec is not None else None
    is_known = line is not None and document.text[line.value : line.stop] == f'"{FORMAT}"'.encode()
    return (f"{FORMAT} {look.glyphs.dot} " if is_known else "") + counted(document.node_count - 1, "value")
