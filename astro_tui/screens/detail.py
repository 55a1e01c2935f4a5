"""One deployment: its record with badges, why it is in its state, and its spec as a tree."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container
from textual.content import Content
from textual.timer import Timer

from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.listing import Entry, why, with_report
from astro_tui.look import TONES, stylesheet
from astro_tui.record import Known
from astro_tui.screens.deployment_page import NARROW, DeploymentPage
from astro_tui.screens.detail_texts import say_absent, say_foreign, say_unreadable
from astro_tui.screens.handing import deployment_menu, save_document, typing
from astro_tui.screens.staleness import Staleness
from astro_tui.session import Session
from astro_tui.status import Severity
from astro_tui.widgets.bar import Bar, KeyHints, Paragraph
from astro_tui.widgets.record_pane import RecordPane
from astro_tui.widgets.scroller import Scroller
from astro_tui.widgets.spec_side import SpecSide
from astro_tui.widgets.spec_tree import SpecTree
from astro_tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.models import ActiveDeployment, DeploymentDetail, StatusReport

MOVING_REFRESH = 3.0
BESIDE = ((160, 63), (100, 45))
"""From how many cells the record stands beside the spec, and how many it has there, as in the style sheet."""


class Roster(Protocol):
    """The list that a deployment was opened from."""

    def neighbour(self, key: str, step: int) -> Entry | None:
        """Return the entry `step` rows from the one with `key`."""

    def lookup(self, key: str) -> Entry | None:
        """Return the entry with `key`."""

    def learn(self, key: str, report: StatusReport) -> None:
        """Take over what a deployment says of its state."""


@dataclass(frozen=True)
class _Spec:
    """A record with its spec laid out; `document` is None when the bytes are those already on screen."""

    record: ActiveDeployment
    document: Document | None
    problem: DocumentError | None = None


class DetailScreen(DeploymentPage):
    """Shows the list row at once and fills in record, spec and reasons as they are answered."""

    CSS_PATH = [stylesheet("detail"), stylesheet("spec_tree")]
    BINDINGS = [
        Binding("escape,q", "back", "back"),
        Binding("r,ctrl+r", "refresh", "refresh"),
        Binding("less_than_sign", "neighbour(-1)", "previous agent"),
        Binding("greater_than_sign", "neighbour(1)", "next agent"),
        # With priority, so that what is typed right behind it is already the choice.
        Binding("y", "copy_menu", "copy…", priority=True),
        Binding("W", "save", "save the spec to a file"),
        Binding("o", "other", "the deployment that the record belongs to", show=False),
        Binding("1", "section('spec')", "spec", show=False),
        Binding("2", "section('record')", "record"),
        Binding("tab", "switch", "other pane", show=False),
        Binding("question_mark,f1", "app.help", "help"),
    ]

    def __init__(self, session: Session, account: str, entry: Entry, roster: Roster) -> None:
        super().__init__(session)
        self._account = account
        self._roster = roster
        self._known = Known(entry)
        self._spec_bytes: bytes | None = None
        self._foreign: ActiveDeployment | None = None
        self._section = "spec"
        self._stale = Staleness(session.look)
        self._next: Timer | None = None

    @property
    def entry(self) -> Entry:
        """The list row of the deployment on screen."""
        return self._known.entry

    def compose(self) -> ComposeResult:
        """Lay the screen out; the style sheet puts the record beside or above the spec."""
        look = self.look
        yield Bar(look, id="head", classes="head")
        yield Paragraph(look, id="cause")
        yield Paragraph(look, id="advice")
        with Container(id="body"):
            with Scroller(id="record-side"):
                yield RecordPane(look, id="record")
            yield SpecSide(look)
        yield KeyHints(id="keys")
        yield TooSmall()

    @property
    def side(self) -> SpecSide:
        """The spec with all that belongs to reading it."""
        return self.query_one(SpecSide)

    @property
    def spec_tree(self) -> SpecTree:
        """The spec as a tree."""
        return self.side.spec_tree

    def on_mount(self) -> None:
        """Show what the list knows and ask for the rest."""
        self.set_interval(1, self._show_head)
        self._begin()

    def _begin(self) -> None:
        """Start with a deployment of which only the list row is known."""
        self._spec_bytes, self._foreign = None, None
        self._stale = Staleness(self.look)
        self.side.start_loading()
        self.side.take_focus()
        self.show_hints()
        self._show_all()
        self.load()

    # ---- loading

    def load(self) -> None:
        """Ask for the record with its spec, the details and the state."""
        entry, platform = self.entry, self.session.platform
        self._stop_timer()
        self._stale.asked(self.session.clock())
        name, key, old = entry.deployment.name, entry.key, self._spec_bytes
        self.fetch(
            "record",
            lambda call: _read(platform.active_deployment(self._account, name, call=call), old),
            self._show_record,
            self._no_record,
        )
        self.fetch("detail", lambda call: platform.deployment(key, call=call), self._show_detail, self._ignore)
        self.load_status()
        self._show_head()

    def load_status(self) -> None:
        """Ask for the state alone: it is what moves."""
        key, platform = self.entry.key, self.session.platform
        self.fetch("status", lambda call: platform.status(key, call=call), self._show_status, self._no_status)

    def _show_record(self, spec: _Spec) -> None:
        record = spec.record
        self._stale.fresh(self.session.clock())
        if record.id and record.id != self.entry.key:
            self._show_foreign(record)
            return
        self._foreign = None
        changed = self._spec_bytes is None or spec.document is not None
        self._known = replace(self._known, record=record, absent="")
        if spec.problem is not None:
            say_unreadable(self.side.notice, spec.problem, self.look)
            self.side.show_notice()
        elif changed and spec.document is not None:
            self._spec_bytes = record.spec
            self._keep_view()
            self.side.show(spec.document, self.session.views.get(self.entry.key))
            self._known = replace(self._known, spec=self.side.summary)
        self._show_all()
        self._schedule()

    def _show_foreign(self, record: ActiveDeployment) -> None:
        """The blueprint's newest active deployment is another one (contract §8.7): say so, show nothing of it."""
        self._foreign = record
        self._known = replace(self._known, record=None, spec="another deployment's")
        self._spec_bytes = None
        say_foreign(self.side.notice, self.entry, record, self.look)
        self.side.show_notice()
        self._show_all()
        self._schedule()

    def _no_record(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        if error.kind is ErrorKind.NOT_FOUND and "account" not in error.server_said.lower():
            self._stale.fresh(self.session.clock())
            self._known = replace(self._known, record=None, absent=error.request, spec="none: no active deployment")
            self._spec_bytes = None
            self._notice_absent(error.request)
        else:
            self._stale.failed(error, self.session.clock())
            if self._spec_bytes is None:
                self.side.notice.say_error(error, [("r", "try again"), ("esc", "go back")])
                self.side.show_notice()
        self._show_all()
        self._schedule()

    def _notice_absent(self, request: str) -> None:
        say_absent(self.side.notice, self._known, request, self.look)
        self.side.show_notice()

    def _show_detail(self, detail: DeploymentDetail) -> None:
        self._known = replace(self._known, detail=detail)
        self._show_all()

    def _show_status(self, report: StatusReport) -> None:
        self._known = replace(self._known, report=report, entry=with_report(self.entry, report))
        self._roster.learn(self.entry.key, report)
        if self._known.absent:
            self._notice_absent(self._known.absent)
        self._show_all()

    def _no_status(self, error: PlatformError) -> None:
        if error.offline:
            self._stale.failed(error, self.session.clock())
            self._show_head()

    def _ignore(self, _error: PlatformError) -> None:
        """The record itself tells about a lost connection; without details the record is shorter."""

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic == "record":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _schedule(self) -> None:
        self._stop_timer()
        usual = self.session.settings.refresh
        moving = self._known.status.moving
        self._next = self.set_timer(self._stale.pause(min(MOVING_REFRESH, usual) if moving else usual), self.load)

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    # ---- showing

    def _show_all(self) -> None:
        self._show_head()
        self._show_why()
        self._show_record_pane()
        self.side.show_title(self._known.spec)

    def _show_head(self) -> None:
        look, glyphs, known = self.look, self.look.glyphs, self._known
        build = look.plain(known.record.build_id if known.record is not None else self.entry.build)
        parts: list[Content | str | tuple[str, str]] = [
            (f" {look.plain(self._account)} {glyphs.into} ", "$quiet"),
            (look.plain(self.entry.label), "bold"),
            "  ",
            look.badge(known.status),
        ]
        if self.size.width < NARROW:
            # The state is never what is cut off.
            parts = [" ", look.badge(known.status), "  ", (look.plain(self.entry.label), "bold")]
        self.query_one(TooSmall).show(Content.assemble(look.badge(known.status), f" {look.plain(self.entry.label)}"))
        if self.size.width >= 70:
            parts += [("   build ", "$quiet"), build]
            if self.entry.update:
                parts.append((f" {glyphs.newer}", TONES[Severity.INFO]))
        if self.size.width >= 100 and self.entry.ready:
            parts += [
                ("   endpoints ", "$quiet"),
                (self.entry.ready, TONES[Severity.WARN] if self.entry.waiting else ""),
            ]
        self.query_one("#head", Bar).show(
            Content.assemble(*parts), self._stale.words(self.session.clock(), self.session.settings.refresh)
        )

    def _show_why(self) -> None:
        look = self.look
        cause, advice = self.query_one("#cause", Bar), self.query_one("#advice", Bar)
        failure = self._stale.sentence()
        entry = self.entry
        sentence, hint = why(entry) if entry.status.severity is not Severity.OK or entry.waiting else ("", "")
        cause.display = bool(sentence)
        cause.show(
            Content.assemble(" ", (f"{look.glyph(entry.status)} ", TONES[entry.status.severity]), look.plain(sentence))
        )
        advice.display = True
        if failure and self._spec_bytes is not None:
            advice.show(Content.assemble(failure, "  ", self._stale.remedy(self.session.clock())))
        elif hint:
            advice.show(Content.assemble(("   do  ", "$quiet"), look.plain(hint)))
        else:
            advice.display = False

    def _show_record_pane(self) -> None:
        width, height = self.size.width, self.size.height
        beside = next((cells for least, cells in BESIDE if width >= least), 0)
        alone = self._section == "record" and not beside
        self.set_class(alone, "-record-alone")
        form = "full" if beside or alone else "grid" if width >= 72 and height >= 20 else "short"
        self.query_one(RecordPane).show(self._known, self.session.clock(), form, beside or width - 1)

    # ---- keys

    @on(SpecSide.KeysChanged)
    def _keys_changed(self) -> None:
        self.show_hints()

    def hints(self) -> list[tuple[str, str]]:
        """Return what can be done here."""
        other = ("2", "record") if self._section == "spec" else ("1", "spec")
        return [
            *self.side.hints(),
            *self.CHANGE_HINTS,
            # Where the record stands beside the spec there is nothing to switch to.
            *([] if self.size.width >= BESIDE[-1][0] else [other]),
            ("< >", "agents"),
            ("r", "refresh"),
            ("esc", "back"),
            ("?", "help"),
        ]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A letter is a letter while a search is typed."""
        return not (action == "copy_menu" and typing(self))

    def action_copy_menu(self) -> None:
        """Choose what to copy."""
        deployment_menu(self, self.session, self._account, self.entry, self.side)

    def action_save(self) -> None:
        """Save the spec as it is shown, masked, in the current folder."""
        record = self._known.record
        build = record.build_id if record is not None else self.entry.build
        save_document(self, self.side, self.entry.label, build)

    def action_back(self) -> None:
        """Go back to the list, to the same row."""
        self._keep_view()
        self.dismiss()

    def action_refresh(self) -> None:
        """Ask again; folds, cursor and scroll stay."""
        self._keep_view()
        self.load()

    def action_neighbour(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self._roster.neighbour(self.entry.key, step)
        if entry is None:
            self.tell(f"This is the {'last' if step > 0 else 'first'} of the agents that are listed.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        if self._foreign is None:
            return
        entry = self._roster.lookup(self._foreign.id)
        if entry is None:
            self.tell(f"The list does not show {self._foreign.id}: it may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self._keep_view()
        self._known = Known(entry)
        self._begin()

    def action_section(self, section: str) -> None:
        """Show the spec or the record where there is no room for both."""
        self._section = section if section != self._section else "spec"
        self._show_record_pane()
        self._focus(self._section)
        self.show_hints()

    def action_switch(self) -> None:
        """Go to the other pane, or show it where only one fits."""
        if self.size.width < BESIDE[-1][0]:
            self.action_section("record" if self._section == "spec" else "spec")
        else:
            self._focus("spec" if self.query_one(Scroller).has_focus else "record")

    def _focus(self, section: str) -> None:
        if section == "record":
            self.set_focus(self.query_one(Scroller))
        else:
            self.side.take_focus()

    def _keep_view(self) -> None:
        reading = self.side.view()
        if reading is not None:
            self.session.views[self.entry.key] = reading

    def on_unmount(self) -> None:
        """End what is still on its way."""
        self._stop_timer()
        super().on_unmount()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the form of the record for the new size."""
        self._show_all()
        self.show_hints()


def _read(record: ActiveDeployment, old: bytes | None) -> _Spec:
    """Lay the spec out, unless it is the one on screen (worker thread)."""
    if old is not None and record.spec == old:
        return _Spec(record, None)
    from astro_tui.document import Document, count_first_rows

    try:
        document = Document.parse(record.spec)
    except DocumentError as error:
        return _Spec(record, None, error)
    count_first_rows(document)
    return _Spec(record, document)
