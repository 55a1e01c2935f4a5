"""What is above the sections: the first row, why the deployment is in its state, and what changed since last time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from astro_tui.document import Document
from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.evidence import evidence_lines, unread
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.revisions import OF_NEWEST
from astro_tui.presentation.status import Severity, Status, status_labeled
from astro_tui.screens.base.open import agent_link
from astro_tui.screens.base.staleness import UPDATES_OFF, Staleness
from astro_tui.screens.base.view import Topic, View
from astro_tui.session.comparison import difference_of
from astro_tui.state.last_seen import Seen
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import joined
from astro_tui.theme.look import TONES, Look
from astro_tui.theme.sizes import BESIDE_FROM, HIGH, LOW, NARROW
from astro_tui.widgets.chrome.bar import Bar, Paragraph
from astro_tui.widgets.chrome.why_strip import EvidenceStrip
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from astro_tui.platform.client import Call
    from astro_tui.platform.models import ActiveDeployment


class Changes(Struct, frozen=True):
    """What was seen before, and what changed since: the spec in words (`3 changed`), the state before and now."""

    seen: Seen
    spec: str
    states: tuple[Status, Status] | None

    def words(self, look: Look, now: datetime) -> str:
        """Return the changes as a sentence, ready to be drawn; empty if nothing changed."""
        parts = [f"spec: {self.spec}"] if self.spec else []
        if self.states is not None:
            old, new = (look.plain(status.label) for status in self.states)
            parts.append(f"{old} {look.glyphs.arrow} {new}")
        if not parts:
            return ""
        visit = f"since your last visit ({look.plain(look.times.ago(self.seen.at, now))})"
        return f" {look.glyphs.dot} ".join([visit, *parts])


class Visit:
    """Notes each visit to a deployment, and finds out what changed since the one before."""

    def __init__(self, view: View) -> None:
        self._session = view.session
        self.changes = Topic[Changes | None](view, "seen")
        self._noted: tuple[str, int, str] | None = None

    def begin(self, key: str) -> None:
        """Start over with another deployment, and note the time of this visit."""
        self.changes.forget()
        self._noted = None
        self._session.last_seen.begin(key, self._session.clock())

    def note(self, state: DeploymentState) -> None:
        """Save what is on the screen for the next visit, and compare it with the previous visit."""
        key, document, status = state.entry.key, state.document, state.status
        noted = (key, id(document), status.label)
        if document is None or noted == self._noted or self.changes.busy:
            return
        self._noted = noted
        at, store = self._session.clock(), self._session.last_seen

        def compare(call: Call) -> Changes | None:
            """Read, write, and compare (worker thread)."""
            before = store.before(key)
            now = Seen(at, status.label, state.build, state.record is None)
            now = (now if before is None else replace(now, salt=before.salt)).with_spec(document)
            store.keep(key, now)
            return None if before is None else _changes(before, now, status, call)

        self.changes.load(compare)


def _changes(before: Seen, now: Seen, status: Status, call: Call) -> Changes:
    states = (status_labeled(before.status), status) if before.status not in ("", now.status) else None
    if before.digest == now.digest:
        return Changes(before, "", states)
    if not before.spec or not now.spec:
        return Changes(before, "changed", states)
    old, new = (Document.parse(seen.spec.encode()) for seen in (before, now))
    difference = difference_of(old, new, call.canceled.is_set).difference
    return Changes(before, difference.summary if difference else "", states)


def cause(entry: Entry, look: Look, *, brief: bool = False) -> tuple[Content, str]:
    """Return why a deployment is in its state, and what to do; an empty text and hint if all is well."""
    if entry.status.severity is Severity.OK and not entry.waiting and not unread(entry.diagnosis):
        return Content(), ""
    sentence, hint = why(entry, brief=brief)
    mark = (f"{look.glyph(entry.status)} ", TONES[entry.status.severity])
    return look.line(" ", mark, sentence) if sentence else Content(), hint


def foreign_note(record: ActiveDeployment, look: Look, *, key: str, regenerated: bool) -> Content:
    """Return one line that says which deployment the active record belongs to, and where this spec comes from.

    `key` opens that deployment.
    """
    more = f" ({key} opens it)" + ("; this spec was regenerated" if regenerated else "")
    return look.line(("   The active record belongs to ", "$quiet"), record.id, (more, "$quiet"))


def rollback_note(state: DeploymentState, look: Look) -> Content:
    """Return one line that says that the stored spec does not run, and what the spec on screen has of it."""
    old = state.rolled_back_from
    more = f", with {joined(list(OF_NEWEST))} of {old}" if state.regenerated else ""
    shown = f"; this is {state.newest.title} regenerated{more}" if state.newest is not None else ", as on screen"
    return look.line((f"   Rolled back from {old}. The record still has the spec of {old}{shown}", "$quiet"))


class StateLines(Vertical):
    """Up to three lines, and the evidence where there is room; each takes a row only if it has something to say."""

    def __init__(self, look: Look) -> None:
        super().__init__(id="state-lines")
        self._look = look

    def compose(self) -> ComposeResult:
        """The cause, the advice, and the changes."""
        yield Paragraph(self._look, id="cause")
        yield EvidenceStrip(self._look)
        yield Paragraph(self._look, id="advice")
        yield Bar(self._look, id="since")

    def show_state(self, state: DeploymentState, staleness: Staleness, now: datetime) -> None:
        """Say why the deployment is in its state; a failed request takes the place of the advice."""
        reason, advice = self.query_one("#cause", Bar), self.query_one("#advice", Bar)
        height = self.app.size.height
        # In a short window, the section why says the rest.
        sentence, hint = cause(state.entry, self._look, brief=height < HIGH)
        hint = hint if height >= LOW else ""
        reason.display = bool(sentence)
        reason.show(sentence)
        diagnosis = state.entry.diagnosis
        shown = diagnosis if sentence else None
        self.query_one(EvidenceStrip).show(evidence_lines(shown, now, self._look.times) if shown is not None else ())
        failure = staleness.sentence() if state.document is not None else Content()
        advice.display = bool(failure or state.foreign or state.rolled_back_from or hint)
        if failure:
            advice.show(failure, staleness.remedy(now, self))
        elif state.foreign is not None:
            other = action_key(self, "deployment.other")
            advice.show(foreign_note(state.foreign, self._look, key=other, regenerated=state.regenerated))
        elif hint:
            advice.show(self._look.line(("   next  ", "$quiet"), hint))
        elif state.rolled_back_from:
            advice.show(rollback_note(state, self._look))

    def show_changes(self, changes: Changes | None, now: datetime) -> None:
        """Say what changed since the last visit."""
        since = self.query_one("#since", Bar)
        words = changes.words(self._look, now) if changes is not None else ""
        since.display = bool(words)
        narrow = self.app.size.width < NARROW
        # The first key opens a menu, and the second one chooses from it.
        keys = f"{action_key(self, 'deployment.compare')} s"
        since.show(
            self._look.line((f" {words}" if narrow else f"   {words}", TONES[Severity.INFO])),
            self._look.line((keys if narrow else f"{keys} shows ", "$quiet")),
        )


# ---- the first row


def head_forms(state: DeploymentState, look: Look) -> list[Content]:
    """Return the forms of the first row's middle part, the fullest first. All of them include the state."""
    entry = state.entry
    status, label = look.badge(state.status), agent_link(look, state.account, entry)
    build = look.plain(masked_line(state.build, 100))
    newer = (f" {look.glyphs.newer}" if entry.update else "", TONES[Severity.INFO])
    short = look.line(status, "  ", label)
    name = look.line(label, "  ", status)
    with_build = look.line(name, ("   build ", "$quiet"), build, newer)
    ready = (entry.ready, TONES[Severity.WARN] if entry.lacks_replicas else "")
    full = look.line(with_build, ("   replicas ", "$quiet"), ready) if entry.ready else with_build
    return [full, with_build, name, short]


def age(entry: Entry, stale: Staleness, now: datetime, interval: float, *, width: int, paused: bool) -> Content:
    """Return how old the oldest value on screen is, and which sources cannot be read, for a window of some columns."""
    wide, offline = width >= BESIDE_FROM, stale.error is not None and not stale.error.status
    failing = unread(entry.diagnosis) if wide else unread(entry.diagnosis, 1)
    if not failing or offline or (width < NARROW and stale.error is not None):
        return stale.words(now, interval, paused=paused)
    # In a narrow window, the lines below and the section why say more.
    said = f"cannot read {failing} " if wide else f"! {failing} " if width >= NARROW else "! "
    return (UPDATES_OFF if paused else Content()) + Content.styled(said, "$text-error") + stale.age(now, interval)
