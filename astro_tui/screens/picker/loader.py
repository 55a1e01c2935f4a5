"""What the platform tells of an account's agents, asked for and kept: the list, and why its agents are as they are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry, entries_of, tally
from astro_tui.presentation.status import Status
from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.screens.base.staleness import Staleness
from astro_tui.screens.picker.reasons import TOPIC, Reasons
from astro_tui.session.intervals import MOVING_REFRESH
from astro_tui.session.roster import AgentList
from astro_tui.session.session import Session
from astro_tui.widgets.lists.agent_table import AgentTable

if TYPE_CHECKING:
    from astro_tui.platform.deployment_rows import DeploymentList
    from astro_tui.platform.models import Me, StatusReport

AGES_EVERY = 10.0
"""Seconds after which the ages of unchanged rows are drawn anew."""
AT_ONCE = 100_000
"""Bytes of a list that is read in the blink before the first paint; a longer one is read beside the screen."""
FIRST_ORDER = ("attention", False)


class _Loaded(NamedTuple):
    """A list as it came. `me` is what was asked for the account's name, `gone` the remembered account that failed."""

    account: str
    entries: list[Entry]
    odd: int
    same: bool
    """Whether it says just what is on screen: then nothing is drawn anew."""
    me: Me | None = None
    gone: str = ""


class ListReading(SignedInPage):
    """The base of the list of agents: what is loaded, when, of which account, and what becomes of every answer."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        # Named by nobody, it is the one of the last time, which may be gone by now.
        self._account = session.settings.account or session.remembered.account
        self._unsure = not session.settings.account
        self._wanted = session.settings.agent
        self._entries: list[Entry] = []
        self._arranged: list[Entry] | None = None
        self._states: list[tuple[Status, int]] = []
        self._drawn: datetime | None = None
        self._reasons = Reasons(self, self._learn, self._missed)
        self._query = ""
        self._order, self._reverse = FIRST_ORDER
        self._unreadable = 0
        self._stale = Staleness(session.look)
        self._next: Timer | None = None

    @property
    def table(self) -> AgentTable:
        """The table of agents."""
        return self.query_one(AgentTable)

    @property
    def account(self) -> str:
        """Name of the account on screen; empty until it is known."""
        return self._account

    # ---- what the screen draws

    def _show_entries(self, keep: str | None = None) -> None:
        raise NotImplementedError

    def _show_notice(self, error: PlatformError | None) -> None:
        raise NotImplementedError

    def _show_head(self) -> None:
        raise NotImplementedError

    def _show_why(self, entry: Entry | None) -> None:
        raise NotImplementedError

    def _open_wanted(self) -> None:
        raise NotImplementedError

    # ---- loading

    def _show_early_list(self) -> bool:
        """Show the list that came while the program was loading: its rows are in the first frame then."""
        early, platform = self.session.early, self.session.platform
        answer = early.arrived(platform.deployments_endpoint(self._account)) if early and self._account else None
        if answer is None or len(answer.body) > AT_ONCE or self._wanted:
            return False
        self.session.early = None
        self._stale.asked(self.session.clock())
        try:
            self._show_list(self._read(self._account, platform.deployments(self._account, answer=answer)))
        except PlatformError as error:
            self._show_failure(error)
        return True

    def load(self) -> None:
        """Ask for the list, unless it is being asked."""
        if self.busy("list"):
            return
        self._stop_timer()
        self._stale.asked(self.session.clock())
        self.fetch("list", self._ask, self._show_list, self._show_failure)
        self._show_head()

    def _ask(self, call: Call) -> _Loaded:
        """Fetch and read the list; without an account, that of the login's default or first one (worker thread)."""
        early, self.session.early = self.session.early, None
        platform = self.session.platform
        account = self._account or platform.tokens.default_account(call)
        if account:
            endpoint = platform.deployments_endpoint(account)
            try:
                answer = early.take(endpoint, call) if early else None
                return self._read(account, platform.deployments(account, call=call, answer=answer))
            except PlatformError as error:
                if not self._unsure or error.kind not in (ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND):
                    raise
        answer = early.take(platform.me_endpoint(), call) if early else None
        me = platform.me(call=call, answer=answer)
        first = _first_account(me)
        return self._read(first, platform.deployments(first, call=call), me, account)

    def _read(self, account: str, rows: DeploymentList, me: Me | None = None, gone: str = "") -> _Loaded:
        known = {entry.key: entry for entry in self._entries}
        entries = [self.session.verdicts.known(entry) for entry in entries_of(rows.rows, known)]
        same = bool(entries) and entries == self._entries and account == self._account
        return _Loaded(account, entries, rows.odd, same, me, gone)

    def _show_list(self, loaded: _Loaded) -> None:
        if loaded.same and not self._stale.error and loaded.odd == self._unreadable:
            now = self.session.clock()
            self._stale.fresh(now)
            self._show_head()
            self._schedule()
            self._reasons.ask_for(self._entries, now)
            self._remember_account(loaded)
            if self._drawn is None or (now - self._drawn).total_seconds() >= AGES_EVERY:
                self._drawn = now
                self.table.refresh()
            return
        self._account, self._unreadable, self._unsure = loaded.account, loaded.odd, False
        self._entries, self._arranged, self._states = loaded.entries, None, tally(loaded.entries)
        self._stale.fresh(self.session.clock())
        self._show_entries()
        self._schedule()
        self._reasons.ask_for(self._entries, self.session.clock())
        self._remember_account(loaded)
        if self._wanted:
            self._open_wanted()

    def _show_failure(self, error: PlatformError) -> None:
        if error.kind is ErrorKind.CANCELLED:
            return
        self._stale.failed(error, self.session.clock())
        self._schedule()
        if not self._entries:
            self._show_notice(error)
        self._show_head()
        self._show_why(self.table.row)

    def show_waiting(self, topic: str, reason: str, seconds: float) -> None:
        """Say in the header that the client tries again."""
        if topic == "list":
            self._stale.waiting(reason, seconds, self.session.clock())
            self._show_head()

    def _schedule(self) -> None:
        """Look again after a while: soon while something moves, later and later while it fails."""
        self._stop_timer()
        moving = any(entry.status.moving for entry in self._entries)
        usual = min(MOVING_REFRESH, self.session.settings.refresh) if moving else self.session.settings.refresh
        self._next = self.set_timer(self._stale.pause(usual), self.poll)

    def _stop_timer(self) -> None:
        if self._next is not None:
            self._next.stop()
            self._next = None

    def on_screen_suspend(self) -> None:
        """Ask nothing while another screen is in front."""
        self._stop_timer()

    def on_screen_resume(self) -> None:
        """Go on where the list was left."""
        self._take_over()
        if self._stale.fetched is not None:
            age = (self.session.clock() - self._stale.fetched).total_seconds()
            if age > MOVING_REFRESH:
                self.poll()
            else:
                self._schedule()

    # ---- reasons

    def _learn(self, key: str, report: StatusReport) -> None:
        index = self._index(key)
        if index is not None and self._entries[index].report != report:
            self._replace(index, self.session.verdicts.keep(self._entries[index], report))

    def _missed(self, key: str) -> None:
        index = self._index(key)
        if index is not None:
            self._replace(index, self.session.verdicts.miss(self._entries[index]))

    def _index(self, key: str) -> int | None:
        return next((index for index, entry in enumerate(self._entries) if entry.key == key), None)

    def _replace(self, index: int, entry: Entry) -> None:
        self._entries[index] = entry
        self._arranged, self._states = None, tally(self._entries)
        self.session.states[self._account] = tuple(self._states)
        self.table.replace_row(entry)
        self._show_head()
        if self.table.row is not None and self.table.row.key == entry.key:
            self._show_why(self.table.row)

    # ---- the account

    def _remember_account(self, loaded: _Loaded) -> None:
        """The account is there and open to the user: the next run begins with it."""
        session, remembered = self.session, self.session.remembered
        session.states[loaded.account] = tuple(self._states)
        news = False
        if loaded.gone:
            remembered.forget(loaded.gone)
            self.tell(
                f"{loaded.gone} is gone, or no account of yours any more: this is {loaded.account}.", warning=True
            )
        if loaded.me is not None:
            from astro_tui.presentation.accounts import known_of

            session.user = loaded.me.user.id if loaded.me.user else ""
            news = remembered.learned(known_of(loaded.me), session.user, session.clock())
        if remembered.opened(loaded.account) or news:
            self.remember()

    def _take_over(self) -> None:
        """Take over what the screens above this one learned, and the deployment they ended at."""
        for entry in self.session.roster.take_learned(self._account):
            index = self._index(entry.key)
            if index is not None and self._entries[index] != entry:
                self._replace(index, entry)
        known = self.session.roster.lists.get(self._account)
        if known is not None and self.table.row is not None and known.key not in ("", self.table.row.key):
            self._show_entries(keep=known.key)

    def keep_place(self) -> None:
        """Keep the list in the roster, for other screens and for when the user comes back to this account."""
        if self._stale.fetched is not None:
            self.session.roster.show(
                self._account,
                AgentList(
                    self._entries,
                    self.table.rows,
                    self._unreadable,
                    self._stale.fetched,
                    self._query,
                    (self._order, self._reverse),
                    self.table.row.key if self.table.row is not None else "",
                ),
            )

    def show_account(self, account: str) -> None:
        """Show the agents of another account: those known from before at once, where one left them."""
        if account == self._account and self._stale.fetched is not None:
            return
        self.keep_place()
        self.forget("list")
        self.forget(TOPIC)
        self._account, self._unsure, self._wanted = account, False, ""
        place = self.session.roster.lists.get(account)
        self._entries = list(place.entries) if place else []
        self._unreadable = place.unreadable if place else 0
        self._query = place.query if place else ""
        self._order, self._reverse = place.order if place else FIRST_ORDER
        self._arranged, self._states = None, tally(self._entries)
        self._stale = Staleness(self.look)
        self._stale.fetched = place.fetched if place else None
        self._show_entries(keep=place.key if place else "")
        if place is None:
            self.table.start_loading()
        self.show_hints()
        self.load()


def _first_account(me: Me) -> str:
    """Return the account to open when none was named. Raises PlatformError when there is none at all."""
    if me.first_account:
        return me.first_account
    raise PlatformError(
        ErrorKind.NOT_FOUND,
        "You belong to no account yet.",
        request="GET /api/v1/me",
        hint="Create one with the ast CLI, or name one: astro-tui ACCOUNT.",
    )
