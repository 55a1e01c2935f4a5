"""What the platform tells of one deployment, asked for and kept: record, spec, details and state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.timer import Timer

from astro_tui.errors import DocumentError, ErrorKind, PlatformError
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.record import Known, has_no_record
from astro_tui.screens.base.comparison import Newest, Subject, newest_of
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.deployment.page import DeploymentPage
from astro_tui.screens.deployment.texts import say_absent, say_foreign, say_unreadable
from astro_tui.session.intervals import MOVING_REFRESH
from astro_tui.session.session import Session
from astro_tui.widgets.document.spec_side import SpecSide

if TYPE_CHECKING:
    from astro_tui.document import Document
    from astro_tui.platform.client import Call
    from astro_tui.platform.models import ActiveDeployment, DeploymentDetail, StatusReport


@dataclass(frozen=True)
class _Spec:
    """A record with its spec laid out; `document` is None when the bytes are those already on screen."""

    record: ActiveDeployment
    document: Document | None
    problem: DocumentError | None = None


class DeploymentReading(DeploymentPage):
    """The base of the screen of one deployment: what is loaded, when, and what becomes of every answer.

    The spec on screen is that of the active record. Where there is none, or it is another deployment's, it is that
    of this deployment's newest revision, and its title says so.
    """

    def __init__(self, session: Session, account: str, entry: Entry) -> None:
        super().__init__(session)
        self._account = account
        self._known = Known(entry)
        self._spec_bytes: bytes | None = None
        self._foreign: ActiveDeployment | None = None
        self._newest: Newest | None = None
        self._stale = Staleness(session.look, self.SIGN_IN_KEY)
        self._next: Timer | None = None

    @property
    def entry(self) -> Entry:
        """The list row of the deployment on screen."""
        return self._known.entry

    @property
    def side(self) -> SpecSide:
        """The spec with all that belongs to reading it."""
        return self.query_one(SpecSide)

    def _show_all(self) -> None:
        raise NotImplementedError

    def _show_head(self) -> None:
        raise NotImplementedError

    def keep_place(self) -> None:
        """Keep folds, cursor and search for when one comes back."""
        self._keep_view()

    def _keep_view(self) -> None:
        reading = self.side.view()
        if reading is not None:
            self.session.views[self.entry.key] = reading

    def _begin(self) -> None:
        """Start with a deployment of which only the list row is known."""
        self._spec_bytes, self._foreign, self._newest = None, None, None
        self.forget("newest")
        self.past.reset()
        self.since.begin(self.entry.key)
        self._stale = Staleness(self.look, self.SIGN_IN_KEY)
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
        if self._spec_shown:
            # What this look brings may take a line; what one reads stays as it is.
            self.side.spec_tree.hold()
        self._stale.asked(self.session.clock())
        name, key, old = entry.deployment.name, entry.key, self._spec_bytes
        self.fetch(
            "record",
            lambda call: _read(platform.active_deployment(self._account, name, call=call), old),
            self._show_record,
            self._no_record,
        )
        self.fetch("detail", lambda call: self._detail(key, call), self._show_detail, self._no_detail)
        self.load_status()
        self._show_head()

    def _detail(self, key: str, call: Call) -> DeploymentDetail:
        detail = self.session.platform.deployment(key, call=call)
        self.session.know_user(call)
        return detail

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
        self._foreign, self._newest = None, None
        self.forget("newest")
        self.past.reset()
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
        """The blueprint's newest active deployment is another one (platform.md §8.7): say so, show nothing of it."""
        self._foreign = record
        self._known = replace(self._known, record=None, spec=self._newest_title() or "another deployment's")
        self._spec_bytes = None
        say_foreign(self.side.notice, self.entry, record, self.look)
        self._without_record()

    def _no_record(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        if has_no_record(error):
            self._stale.fresh(self.session.clock())
            self._spec_bytes, self._foreign = None, None
            self._known = replace(self._known, record=None, absent=error.request)
            self._known = replace(self._known, spec=self._title_without_record())
            say_absent(self.side.notice, self._known, error.request, self.look)
            self._without_record()
        else:
            self._stale.failed(error, self.session.clock())
            if not self._spec_shown:
                self.side.notice.say_error(error, [*self.sign_in_hints(), ("r", "try again"), ("esc", "go back")])
                self.side.show_notice()
            self._show_all()
            self._schedule()

    # ---- without an active record

    @property
    def _spec_shown(self) -> bool:
        """Whether there is a spec on screen that a failed request must not take away."""
        return self._spec_bytes is not None or self._newest is not None

    def _without_record(self) -> None:
        """Say why there is no spec of an active record, and ask for that of the newest revision."""
        if self._newest is None:
            self.side.show_notice()
        self._show_all()
        self._schedule()
        subject = Subject(self._account, self.entry)
        self.fetch("newest", lambda call: newest_of(self.session, subject, call), self._show_newest, self._ignore)

    def _show_newest(self, newest: Newest | None) -> None:
        if newest is None:
            return
        shown = self._newest
        if shown is None or shown.spec.document is not newest.spec.document:
            self._keep_view()
            self.side.show(newest.spec.document, self.session.views.get(self.entry.key))
        self._newest = newest
        self._known = replace(self._known, spec=self._newest_title())
        self._show_all()

    def _newest_title(self) -> str:
        """Say what the spec on screen is when it is not that of an active record; empty while there is none."""
        if self._newest is None:
            return ""
        made = " regenerated" if self._newest.spec.regenerated else ""
        if self._foreign is not None:
            return f"{self._newest.row.title}{made}"
        return f"{self._newest.row.title}{made}; {'not active' if self._known.inactive else 'no active record'}"

    def _title_without_record(self) -> str:
        return self._newest_title() or f"none: no active {'deployment' if self._known.inactive else 'record'}"

    def _show_detail(self, detail: DeploymentDetail) -> None:
        self._known = replace(self._known, detail=detail, user=self.session.user)
        self._show_all()

    def _show_status(self, report: StatusReport) -> None:
        self._known = replace(self._known, report=report, entry=self.session.verdicts.keep(self.entry, report))
        self.session.roster.learn(self._account, self.entry)
        if self._known.absent:
            self._known = replace(self._known, spec=self._title_without_record())
            say_absent(self.side.notice, self._known, self._known.absent, self.look)
        self._show_all()

    def _no_status(self, error: PlatformError) -> None:
        if error.kind is not ErrorKind.CANCELLED:
            self._known = replace(self._known, entry=self.session.verdicts.miss(self.entry))
            self._show_head()
        if error.offline:
            self._stale.failed(error, self.session.clock())
            self._show_head()

    def _no_detail(self, error: PlatformError) -> None:
        """Without details the record is shorter; that they were another deployment's is said."""
        if error.kind is ErrorKind.ODD_SHAPE:
            self.tell(str(error), warning=True)

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
        self._next = self.set_timer(self._stale.pause(min(MOVING_REFRESH, usual) if moving else usual), self.poll)

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def on_unmount(self) -> None:
        """End what is still on its way."""
        self._stop_timer()
        super().on_unmount()


def _read(record: ActiveDeployment, old: bytes | None) -> _Spec:
    """Lay the spec out, unless it is the one on screen (worker thread)."""
    if old is not None and record.spec == old:
        # One copy of the bytes is enough.
        return _Spec(record.model_copy(update={"spec": old}), None)
    from astro_tui.document import Document, count_first_rows

    try:
        document = Document.parse(record.spec)
    except DocumentError as error:
        return _Spec(record, None, error)
    count_first_rows(document)
    return _Spec(record, document)
