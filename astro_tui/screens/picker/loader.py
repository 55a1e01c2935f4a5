"""Loads an account's agents: the list, and why its agents are in their state. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import Do, ErrorKind, PlatformError
from astro_tui.platform.client import Call, address
from astro_tui.platform.servers import API_ROOT
from astro_tui.presentation.accounts import known_of
from astro_tui.presentation.agent_list import Entry, checked, entries_of, tally
from astro_tui.presentation.status import Status
from astro_tui.presentation.usage import USAGE, Usage, usage_of
from astro_tui.screens.base.loading import Changed, PolledLoader
from astro_tui.screens.base.staleness import Staleness
from astro_tui.session.requests import Requests
from astro_tui.session.roster import AgentList
from astro_tui.session.session import Session
from astro_tui.session.watch import Finding, Watch

if TYPE_CHECKING:
    from astro_tui.platform.deployment_rows import Deployment, DeploymentList
    from astro_tui.platform.models import Me
    from astro_tui.session.startup_request import StartupList


USAGE_REFRESH = 600.0
"""Seconds between two requests for what the agents used: the platform counts every ten minutes."""


class PickerState(Struct, frozen=True):
    """What is known of an account's agents. `account` is empty until it is known."""

    account: str = ""
    entries: tuple[Entry, ...] = ()
    unreadable: int = 0
    """Entries of the response that could not be read."""
    states: Sequence[tuple[Status, int]] = ()
    """How many agents are in each state."""
    checked: int = 0
    """How many agents have been checked."""
    fetched: datetime | None = None
    error: PlatformError | None = None
    """The failure of the latest request."""
    revision: int = 0
    """Grows with each list that differs from the one before. A single entry that changed does not count."""
    lists: int = 0
    """How many lists have arrived."""
    gone: str = ""
    """The remembered account that no longer exists, or that the user has left; `account` replaces it."""
    usage: Mapping[str, Usage] = {}
    """What the agents used in 30 days, by id, of those that have numbers."""


class _Usages(Struct, frozen=True):
    """What the agents of an account used, and when it was requested."""

    at: datetime | None = None
    usage: Mapping[str, Usage] = {}
    account: str = ""


class _Loaded(Struct, frozen=True):
    """A list as it arrived. `me` is the response that named the account, if one was needed."""

    account: str
    entries: list[Entry]
    odd: int
    same: bool
    """Whether the list equals the one on screen."""
    me: Me | None = None
    gone: str = ""


class PickerLoader(PolledLoader[PickerState]):
    """Requests the list, and finds out what is wrong with its agents.

    `visible` returns the ids of the agents on screen.
    """

    TOPICS = ("list",)

    def __init__(
        self,
        requests: Requests,
        session: Session,
        show: Changed[PickerState],
        visible: Callable[[], Iterable[str]],
        account: str = "",
    ) -> None:
        # The account of the last run may be gone by now; one that the user named is not replaced.
        named = account or session.settings.account
        super().__init__(requests, session, PickerState(named or session.remembered.account), show)
        self._news: set[str] = set()
        """The deployments about which something was found out since the list was requested."""
        self._replaceable = not named
        self._usages: dict[str, _Usages] = {}
        self._checks_visible = True
        """Whether the agents on screen are to be checked at once, because their list is new."""
        self._watch = Watch(requests, session, visible=visible, found=self._found, missed=self._no_report)

    # ---- the list

    def take_startup_list(self) -> bool:
        """Publish the list that arrived while the program was loading, so that the first frame has its rows."""
        request, platform, account = self._session.startup_request, self._session.platform, self.state.account
        found = request.arrived(platform.deployments_endpoint(account)) if request and account else None
        if found is None:
            return False
        self._session.startup_request = None
        self.staleness.requested(self._session.clock())
        self._take(self._at_startup(account, found))
        return True

    def _at_startup(self, account: str, found: StartupList) -> _Loaded:
        for entry in found.entries:
            # The process that requested the list has a client of its own.
            self._session.platform.place(account, entry.key)
        known = [self._session.verdicts.known(entry) for entry in found.entries]
        return _Loaded(account, known, found.unreadable, same=False)

    def load(self) -> None:
        """Request the list, unless it is already requested."""
        if self._requests.busy("list"):
            return
        self.stop_polling()
        self.staleness.requested(self._session.clock())
        self._news.clear()
        self._requests.fetch("list", self._request, self._take, self._fail)
        self.change()

    def _request(self, call: Call) -> _Loaded:
        """Fetch and read the list; without an account, that of the default or first account (worker thread)."""
        request, self._session.startup_request = self._session.startup_request, None
        platform = self._session.platform
        account = self.state.account or platform.tokens.default_account(call)
        if account:
            endpoint = platform.deployments_endpoint(account)
            try:
                response = request.take(endpoint, call) if request else None
                if request and response and (found := request.arrived(endpoint)):
                    return self._at_startup(account, found)
                known = {entry.key: entry for entry in self.state.entries}

                def at_hand(key: str) -> Deployment | None:
                    old = known.get(key)
                    return old.deployment if old else None

                rows = platform.deployments(account, call=call, response=response, known=at_hand)
                return self._read(account, rows, known)
            except PlatformError as error:
                if not self._replaceable or error.kind not in (ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND):
                    raise
        response = request.take(platform.me_endpoint(), call) if request else None
        me = platform.me(call=call, response=response)
        first = _first_account(me)
        return self._read(first, platform.deployments(first, call=call), {}, me, account)

    def _read(
        self, account: str, rows: DeploymentList, known: Mapping[str, Entry], me: Me | None = None, gone: str = ""
    ) -> _Loaded:
        old = self.state
        entries = [self._session.verdicts.known(entry) for entry in entries_of(rows.rows, known)]
        same = bool(entries) and tuple(entries) == old.entries and account == old.account
        return _Loaded(account, entries, rows.odd, same, me, gone)

    def _take(self, loaded: _Loaded) -> None:
        now, old = self._session.clock(), self.state
        for index, entry in enumerate(loaded.entries if self._news else ()):
            if entry.key in self._news:
                # Found out after the list was read.
                loaded.entries[index] = self._session.verdicts.known(entry)
        if loaded.same and not old.error and loaded.odd == old.unreadable:
            self.state = replace(old, fetched=now, lists=old.lists + 1)
        else:
            self.state = PickerState(
                loaded.account,
                tuple(loaded.entries),
                loaded.odd,
                tally(loaded.entries),
                checked(loaded.entries),
                now,
                revision=old.revision + 1,
                lists=old.lists + 1,
                gone=loaded.gone or old.gone,
                usage=self._usages.get(loaded.account, _Usages()).usage,
            )
            self._replaceable = False
        self.staleness.fresh(now)
        self._keep(now)
        self.plan()
        self._remember(loaded)
        self._show(old, self.state)
        self._investigate()
        self._load_usage()

    def _fail(self, error: PlatformError) -> None:
        self.staleness.failed(error, self._session.clock())
        self._session.roster.fail(self.state.account, str(error), self._session.clock())
        self.plan()
        self.change(error=error)

    # ---- what the agents used

    def _load_usage(self) -> None:
        """Request what the agents used in 30 days, if the user has chosen a column about it, every ten minutes."""
        account, now = self.state.account, self._session.clock()
        at = self._usages.get(account, _Usages()).at
        wanted = USAGE.keys() & set(self._session.settings.columns) and self._requests.in_front
        if wanted and (at is None or (now - at).total_seconds() >= USAGE_REFRESH):
            # If this fails, it is not requested again with each list.
            self._usages[account] = replace(self._usages.get(account, _Usages()), at=now)
            self._requests.fetch("usage", partial(self._request_usage, account), self._take_usage, lambda _error: None)

    def _request_usage(self, account: str, call: Call) -> _Usages:
        months = self._session.platform.months(account, call=call)
        return _Usages(None, {key: usage_of(month) for key, month in months.items()}, account)

    def _take_usage(self, found: _Usages) -> None:
        self._usages[found.account] = replace(found, at=self._session.clock())
        if found.account == self.state.account:
            self.change(usage=found.usage)

    # ---- polling

    @property
    def usual(self) -> float:
        """Seconds between two lists: few while the state of an agent is changing."""
        moving = ((entry.key, entry.deployment.status) for entry in self.state.entries if entry.status.moving)
        return self.interval(moving=frozenset(moving))

    def suspend(self) -> None:
        """Stop polling and investigating while another screen is in front."""
        self.stop_polling()
        self._watch.suspend()

    def pause_investigating(self) -> None:
        """Stop the automatic investigations; the screen does not poll during a pause."""
        self._watch.suspend()

    def resume(self) -> None:
        """Poll again, at once if the list is old or could not be loaded, and investigate again."""
        if not self._session.paused:
            self._investigate()
        super().resume()

    # ---- what is wrong with each agent

    def _investigate(self) -> None:
        if self._requests.in_front:
            check, self._checks_visible = self._checks_visible and not self._session.paused, False
            self._watch.investigate((self.state.account, self.state.entries), check=check)

    def problem(self, entry: Entry) -> str:
        """Return why an entry could not be investigated; empty if it could, or was not tried yet."""
        return self._watch.problem(entry)

    def start_over(self) -> None:
        """Investigate all problems again when the next list arrives."""
        self._watch.start_over()

    def rest_on(self, entry: Entry | None) -> None:
        """Investigate `entry` first, because the cursor is on it."""
        self._watch.rest_on(entry)

    def _found(self, key: str, finding: Finding) -> None:
        """Update the entry of a deployment with what was found out about it."""
        index = self._index(key)
        if index is None:
            return
        entry = finding.seen_by(self._session.verdicts, self.state.entries[index])
        if entry != self.state.entries[index]:
            self._replace(index, entry)
        else:
            self.change()

    def acted(self, key: str) -> None:
        """An action on a deployment began or ended: show the state, and request the list if the screen is in front."""
        index = self._index(key)
        if index is not None:
            self._replace(index, self._session.verdicts.known(self.state.entries[index]))
        # A response that is still to come may be from before the change.
        self._requests.forget("list")
        self.changed()

    def _no_report(self, key: str) -> None:
        index = self._index(key)
        if index is not None:
            self._replace(index, self._session.verdicts.miss(self.state.entries[index]))

    def take_learned(self) -> None:
        """Show the list as the screens above this one left it."""
        listed, old = self._session.roster.lists.get(self.state.account), self.state
        if listed is None or listed.fetched is None or listed.entries is old.entries:
            return
        entries, fetched = tuple(listed.entries), listed.fetched
        if fetched != old.fetched:
            self.staleness.fresh(fetched)
        self._news.update(entry.key for entry in entries)
        others = [entry.key for entry in entries] != [entry.key for entry in old.entries]
        states, known, revision = tally(entries), checked(entries), old.revision + others
        self.change(entries=entries, states=states, checked=known, fetched=fetched, revision=revision)

    def _index(self, key: str) -> int | None:
        return next((index for index, entry in enumerate(self.state.entries) if entry.key == key), None)

    def _replace(self, index: int, entry: Entry) -> None:
        self._news.add(entry.key)
        old, before = self.state, self.state.entries
        entries = (*before[:index], entry, *before[index + 1 :])
        # Looking at all of ten thousand entries would delay a key.
        known = old.checked + entry.checked - before[index].checked
        self.state = replace(old, entries=entries, states=tally(entries), checked=known)
        self._keep()
        self._show(old, self.state)

    def _keep(self, fetched: datetime | None = None) -> None:
        """Keep the list for other screens and for the next run; a new one has been `fetched`."""
        self._session.roster.update(self.state.account, self.state.entries, tuple(self.state.states), fetched)

    # ---- the account

    def _remember(self, loaded: _Loaded) -> None:
        """Make the next run start with this account, which exists and which the user may see."""
        session, remembered = self._session, self._session.remembered
        news = False
        if loaded.gone:
            remembered.forget(loaded.gone)
        if loaded.me is not None:
            session.user = loaded.me.user.id if loaded.me.user else ""
            news = remembered.learned(known_of(loaded.me), session.user, session.clock())
        if remembered.opened(loaded.account) or news:
            self._requests.remember()

    def open_account(self, account: str, place: AgentList | None) -> None:
        """Switch to another account, with its list as the user left it. The screen shows all of it itself."""
        self._requests.forget("list")
        self._watch.forget()
        self._checks_visible, self._replaceable = True, False
        entries = tuple(place.entries) if place else ()
        self.staleness = Staleness(self._session.look)
        self.staleness.fetched_before(place.fetched if place else None)
        self.state = PickerState(
            account,
            entries,
            place.unreadable if place else 0,
            tally(entries),
            checked(entries),
            self.staleness.fetched,
            revision=self.state.revision + 1,
            usage=self._usages.get(account, _Usages()).usage,
        )


def _first_account(me: Me) -> str:
    """Return the account to open when none was named. Raises PlatformError if the user has no account."""
    if me.first_account:
        return me.first_account
    raise PlatformError(
        ErrorKind.NOT_FOUND,
        "You do not belong to any account yet.",
        request=f"GET {API_ROOT}{address.me()}",
        remedies=(Do("create one with the ast CLI"), Do("ask the owner of an account to add you")),
    )
