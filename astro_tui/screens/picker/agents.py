"""Loads an account's agents: the list, what they used, and why each is in its state. Knows no widget."""

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
from astro_tui.screens.base.view import Topic
from astro_tui.session.roster import AgentList
from astro_tui.session.watch import Finding, Watch

if TYPE_CHECKING:
    from astro_tui.platform.deployment_rows import Deployment, DeploymentList
    from astro_tui.platform.models import Me
    from astro_tui.screens.base.page import Page
    from astro_tui.session.startup_request import StartupList


USAGE_REFRESH = 600.0
"""Seconds between two requests for what the agents used: the platform counts every ten minutes."""
NO_USAGE: Mapping[str, Usage] = {}


class Listed(Struct, frozen=True):
    """The agents of an account, with what was found out about them since their list arrived."""

    account: str
    entries: tuple[Entry, ...]
    unreadable: int = 0
    """Entries of the response that could not be read."""
    states: Sequence[tuple[Status, int]] = ()
    """How many agents are in each state."""
    checked: int = 0
    """How many agents have been checked."""
    me: Me | None = None
    """The response that named the account, if one was needed."""
    gone: str = ""
    """The remembered account that no longer exists, or that the user has left; `account` replaces it."""

    def holding(self, entries: Iterable[Entry]) -> Listed:
        """Return the list with other entries, which are counted."""
        found = tuple(entries)
        return replace(self, entries=found, states=tally(found), checked=checked(found))


class Agents(Topic[Listed]):
    """The list of an `account`, which is empty until it is known. Finds out what is wrong with the agents.

    `visible` returns the ids of the agents on screen, and `arrived` gets each list.
    """

    def __init__(
        self, page: Page, account: str, *, visible: Callable[[], Iterable[str]], arrived: Callable[[Listed], None]
    ) -> None:
        super().__init__(page, "list", self._arrived, every=self._usual)
        session = page.session
        # The account of the last run may be gone by now; one that the user named is not replaced.
        named = account or session.settings.account
        self.account = named or session.remembered.account
        self._page, self._session, self._show = page, session, arrived
        self._news: set[str] = set()
        """The deployments about which something was found out since the list was requested."""
        self._replaceable = not named
        self._used = Topic[tuple[str, Mapping[str, Usage]]](page, "usage", self._keep_usage)
        self._usages: dict[str, Mapping[str, Usage]] = {}
        self._usage_requested: dict[str, datetime] = {}
        self._checks_visible = True
        """Whether the agents on screen are to be checked at once, because their list is new."""
        self.watch = Watch(page, session, visible=visible, found=self._found, missed=self._missed)

    @property
    def entries(self) -> Sequence[Entry]:
        """The agents; none before the first list."""
        return self.value.entries if self.value is not None else ()

    # ---- the list

    def take_startup_list(self) -> bool:
        """Take the list that arrived while the program was loading, so that the first frame has its rows."""
        request, platform = self._session.startup_request, self._session.platform
        found = request.arrived(platform.deployments_endpoint(self.account)) if request and self.account else None
        if found is None:
            return False
        self._session.startup_request = None
        self._take(self._at_startup(self.account, found))
        return True

    def _at_startup(self, account: str, found: StartupList) -> Listed:
        for entry in found.entries:
            # The process that requested the list has a client of its own.
            self._session.platform.place(account, entry.key)
        return Listed(account, (), found.unreadable).holding(map(self._session.verdicts.known, found.entries))

    def request(self) -> None:
        """Request the list, unless it is already requested."""
        if not self.busy:
            self._news.clear()
            self.load(self._list)

    def _list(self, call: Call) -> Listed:
        """Fetch and read the list; without an account, that of the default or first account (worker thread)."""
        request, self._session.startup_request = self._session.startup_request, None
        platform = self._session.platform
        account = self.account or platform.tokens.default_account(call)
        if account:
            endpoint = platform.deployments_endpoint(account)
            try:
                response = request.take(endpoint, call) if request else None
                if request and response and (found := request.arrived(endpoint)):
                    return self._at_startup(account, found)
                known = {entry.key: entry for entry in self.entries}

                def at_hand(key: str) -> Deployment | None:
                    old = known.get(key)
                    return old.deployment if old else None

                rows = platform.deployments(account, call=call, response=response, known=at_hand)
                return self._read(Listed(account, ()), rows, known)
            except PlatformError as error:
                if not self._replaceable or error.kind not in (ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND):
                    raise
        response = request.take(platform.me_endpoint(), call) if request else None
        me = platform.me(call=call, response=response)
        first = _first_account(me)
        return self._read(Listed(first, (), me=me, gone=account), platform.deployments(first, call=call), {})

    def _read(self, listed: Listed, rows: DeploymentList, known: Mapping[str, Entry]) -> Listed:
        old = self.value
        entries = tuple(map(self._session.verdicts.known, entries_of(rows.rows, known)))
        if entries and old is not None and (listed.account, entries) == (old.account, old.entries):
            # What is on screen need not be drawn again.
            return replace(old, unreadable=rows.odd, me=None, gone="")
        return replace(listed, unreadable=rows.odd).holding(entries)

    def _arrived(self, listed: Listed) -> None:
        if self._news:
            # Found out after the list was read.
            known = self._session.verdicts.known
            listed = listed.holding(known(each) if each.key in self._news else each for each in listed.entries)
        self.value, self.account, self._replaceable = listed, listed.account, False
        self._keep(self.fetched)
        self._remember(listed)
        self._show(listed)
        self.investigate()
        self._load_usage()

    def _fail(self, error: PlatformError) -> None:
        self._session.roster.fail(self.account, str(error), self._session.clock())
        super()._fail(error)

    def _usual(self) -> float:
        """Return the seconds between two lists: few while the state of an agent is changing."""
        return self.while_moving(
            frozenset((each.key, each.deployment.status) for each in self.entries if each.status.moving)
        )

    # ---- what the agents used

    @property
    def usage(self) -> Mapping[str, Usage]:
        """What the agents used in 30 days, by id, of those that have numbers."""
        return self._usages.get(self.account, NO_USAGE)

    def _load_usage(self) -> None:
        """Request what the agents used in 30 days, if the user has chosen a column about it, every ten minutes."""
        account, now = self.account, self._session.clock()
        at = self._usage_requested.get(account)
        wanted = USAGE.keys() & set(self._session.settings.columns) and self._page.in_front
        if wanted and (at is None or (now - at).total_seconds() >= USAGE_REFRESH):
            # If this fails, it is not requested again with each list.
            self._usage_requested[account] = now
            self._used.load(partial(self._months, account))

    def _months(self, account: str, call: Call) -> tuple[str, Mapping[str, Usage]]:
        months = self._session.platform.months(account, call=call)
        return account, {key: usage_of(month) for key, month in months.items()}

    def _keep_usage(self, found: tuple[str, Mapping[str, Usage]]) -> None:
        account, usage = found
        self._usages[account], self._usage_requested[account] = usage, self._session.clock()

    # ---- what is wrong with each agent

    def investigate(self) -> None:
        """Find out what is wrong with the agents, if the list is in front."""
        if self._page.in_front:
            check, self._checks_visible = self._checks_visible and not self._session.paused, False
            self.watch.investigate((self.account, self.entries), check=check)

    def _found(self, key: str, finding: Finding) -> None:
        self._learn(key, partial(finding.seen_by, self._session.verdicts))

    def _missed(self, key: str) -> None:
        self._learn(key, self._session.verdicts.miss)

    def acted(self, key: str) -> None:
        """An action on a deployment began or ended: show the state, and request the list if the screen is in front."""
        self._learn(key, self._session.verdicts.known)
        # A response that is still to come may be from before the change.
        self.cancel()
        self.outdated()

    def _learn(self, key: str, seen: Callable[[Entry], Entry]) -> None:
        """Replace the entry of a deployment by what is `seen` in it now."""
        listed = self.value
        index = next((index for index, entry in enumerate(self.entries) if entry.key == key), None)
        if listed is None or index is None:
            return
        before = listed.entries[index]
        if (entry := seen(before)) != before:
            self._news.add(key)
            entries = (*listed.entries[:index], entry, *listed.entries[index + 1 :])
            # Looking at all of ten thousand entries would delay a key.
            known = listed.checked + entry.checked - before.checked
            self.value = replace(listed, entries=entries, states=tally(entries), checked=known)
            self._keep()
        self._page.changed()

    def take_learned(self) -> None:
        """Take the list as the screens above this one left it."""
        kept, old = self._session.roster.lists.get(self.account), self.value
        if kept is None or kept.fetched is None or old is None or kept.entries is old.entries:
            return
        if kept.fetched != self.fetched:
            self.fresh(kept.fetched)
        self._news.update(entry.key for entry in kept.entries)
        self.value = old.holding(kept.entries)

    def _keep(self, fetched: datetime | None = None) -> None:
        """Keep the list for other screens and for the next run; a new one has been `fetched`."""
        listed = self.value
        if listed is not None:
            self._session.roster.update(self.account, listed.entries, tuple(listed.states), fetched)

    # ---- the account

    def _remember(self, listed: Listed) -> None:
        """Make the next run start with this account, which exists and which the user may see."""
        session, remembered, me = self._session, self._session.remembered, listed.me
        news = False
        if listed.gone:
            remembered.forget(listed.gone)
        if me is not None:
            session.user = me.user.id if me.user else ""
            news = remembered.learned(known_of(me), session.user, session.clock())
        if remembered.opened(listed.account) or news:
            self._page.remember()

    def open_account(self, account: str, kept: AgentList | None) -> None:
        """Switch to another account, whose list may have been `kept` in this run."""
        self.forget()
        self.watch.forget()
        self.account, self._checks_visible, self._replaceable = account, True, False
        if kept is not None:
            self.fetched_before(kept.fetched)
            self.value = Listed(account, (), kept.unreadable).holding(kept.entries)


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
