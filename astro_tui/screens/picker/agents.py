"""Loads the agents of a scope: their lists, their usage, and why each is in its state. Knows no widget."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.errors import FINAL_KINDS, Do, ErrorKind, PlatformError
from astro_tui.platform.client import Call, address
from astro_tui.platform.servers import API_ROOT
from astro_tui.presentation.accounts import known_of
from astro_tui.presentation.agent_list import Entry, by_account, checked, entries_of, tally
from astro_tui.presentation.scope import Scope, scope_of
from astro_tui.presentation.status import Status
from astro_tui.presentation.usage import USAGE, Usage, usage_of
from astro_tui.runtime import elapsed
from astro_tui.screens.base.view import Topic
from astro_tui.session.roster import AgentList
from astro_tui.session.scope import AT_ONCE, BESIDE_OTHERS, ListTurns, pause_for
from astro_tui.session.watch import Learned, Watch

if TYPE_CHECKING:
    from astro_tui.platform.deployment_rows import DeploymentList
    from astro_tui.platform.models import Me
    from astro_tui.screens.base.page import Page
    from astro_tui.session.startup_request import StartupList, StartupRequest


USAGE_REFRESH = 600.0
"""Seconds between two requests for what the agents used: the platform counts every ten minutes."""
NO_USAGE: Mapping[str, Usage] = {}


class Listed(Struct, frozen=True):
    """The agents of a scope, with everything learned since their lists arrived."""

    scope: Scope
    entries: tuple[Entry, ...] = ()
    read: Mapping[str, int] = {}
    """The accounts whose lists were read, each with the number of its rows that cannot be read."""
    failed: Mapping[str, PlatformError] = {}
    """Why the newest list of an account could not be read."""
    new: Collection[str] = ()
    """The accounts whose lists have just been read."""
    left: bool = False
    """Whether lists of other accounts are still to be read."""
    states: Sequence[tuple[Status, int]] = ()
    """How many agents are in each state."""
    checked: int = 0
    """How many agents have been checked."""
    me: Me | None = None
    """The response that named the account, if one was needed."""
    gone: str = ""
    """The remembered account that no longer exists, or that the user has left; `account` replaces it."""

    @property
    def account(self) -> str:
        """The text of the scope: the name of its account if it has only one."""
        return str(self.scope)

    @property
    def unreadable(self) -> int:
        """How many rows cannot be read."""
        return sum(self.read.values())

    def holding(self, entries: Iterable[Entry]) -> Listed:
        """Return the list with other entries and their counts."""
        agents = tuple(entries)
        return replace(self, entries=agents, states=tally(agents), checked=checked(agents))


class AgentsTopic(Topic[Listed]):
    """The list of a scope, which is empty until it is known. Finds out what is wrong with the agents.

    The lists of several accounts arrive some at a time. `visible` returns the ids of the agents on screen, and
    `arrived` gets each list.
    """

    def __init__(
        self, page: Page, account: str, *, visible: Callable[[], Iterable[str]], arrived: Callable[[Listed], None]
    ) -> None:
        super().__init__(page, "list", self._arrived, every=self._usual)
        session = page.session
        # The account of the last run may be gone by now; one that the user named is not replaced.
        named = account or session.settings.account
        self.scope = scope_of(named or session.remembered.account)
        self._page, self._session, self._show = page, session, arrived
        self._news: set[str] = set()
        """The deployments about which something was found out since the list was requested."""
        self._replaceable = not named
        self._used = Topic[tuple[str, Mapping[str, Usage]]](page, "usage", self._keep_usage)
        self._usages: dict[str, Mapping[str, Usage]] = {}
        self._usage_requested: dict[str, datetime] = {}
        self._turns = ListTurns()
        self._accounts: Sequence[str] = ()
        """The accounts of a scope that has all of them, once they are known."""
        self._investigates = False
        """Whether the agents are investigated, which takes requests of its own."""
        self._checks_visible = True
        """Whether the agents on screen are to be checked at once, because their list is new."""
        self.watch = Watch(page, session, visible=visible, learned=self._found, missed=self._missed)

    @property
    def account(self) -> str:
        """The text of the scope."""
        return str(self.scope)

    @property
    def entries(self) -> Sequence[Entry]:
        """The agents; none before the first list."""
        return self.value.entries if self.value is not None else ()

    # ---- the list

    def take_startup_list(self) -> bool:
        """Take the list that arrived while the program was loading, so that the first frame has its rows."""
        request = self._session.startup_request
        startup = request.arrived if request and self.account else None
        if startup is None or not self._wants(startup.account):
            return False
        self._session.startup_request = None
        self._take(self._at_startup(startup))
        return True

    def _wants(self, account: str) -> bool:
        return self.scope.everything or account in self.scope.accounts

    def _at_startup(self, startup: StartupList) -> Listed:
        for entry in startup.entries:
            # The process that requested the list has a client of its own.
            self._session.platform.place(startup.account, entry.key)
        self._turns.done(startup.account)
        scope = self.scope if self.scope.several else scope_of(startup.account)
        listed = Listed(scope, read={startup.account: startup.unreadable}, new={startup.account}, left=scope.several)
        return listed.holding(map(self._session.verdicts.known, startup.entries))

    def request(self) -> None:
        """Request the list, unless it is already requested."""
        if not (self.busy or self.busy_with_more):
            self._news.clear()
            self.load(self._list)

    def _list(self, call: Call) -> Listed:
        """Fetch and read the list; without an account, that of the default or first account (worker thread)."""
        request, self._session.startup_request = self._session.startup_request, None
        if self.scope.several:
            return self._first_lists(request, call) if request else self._next_lists(call)
        platform = self._session.platform
        account = self.account or platform.tokens.default_account(call)
        if account:
            try:
                response = request.take(platform.deployments_endpoint(account), call) if request else None
                if request and response and (startup := request.arrived):
                    return self._at_startup(startup)
                rows_before = {entry.key: entry.deployment for entry in self.entries}
                rows = platform.deployments(account, call=call, response=response, cached=rows_before.get)
                return self._with(scope_of(account), {account: rows})
            except PlatformError as error:
                if not self._replaceable or error.kind not in (ErrorKind.FORBIDDEN, ErrorKind.NOT_FOUND):
                    raise
        response = request.take(platform.me_endpoint(), call) if request else None
        me = platform.me(call=call, response=response)
        first = _first_account(me)
        listed = self._with(scope_of(first), {first: platform.deployments(first, call=call)})
        return replace(listed, me=me, gone=account)

    def _first_lists(self, request: StartupRequest, call: Call) -> Listed:
        """Return the list that was requested at startup, without those of the other accounts (worker thread)."""
        request.wait(call)
        startup = request.arrived
        if startup and self._wants(startup.account):
            return self._at_startup(startup)
        return self._next_lists(call, request)

    def _next_lists(self, call: Call, request: StartupRequest | None = None) -> Listed:
        """Fetch some lists of several accounts (worker thread). Raises PlatformError if none can be read at all."""
        platform, turns, me = self._session.platform, self._turns, None
        if self.scope.everything and not self._accounts:
            response = request.take(platform.me_endpoint(), call) if request else None
            me = platform.me(call=call, response=response)
            self._accounts = [*dict.fromkeys([_first_account(me), *(each.name for each in me.accounts if each.name)])]
        accounts, rows = self.scope.accounts or self._accounts, {each.key: each.deployment for each in self.entries}
        at_once = BESIDE_OTHERS if self._investigates else AT_ONCE
        lists = turns.read(platform, accounts, call, most=AT_ONCE, at_once=at_once, cached=rows.get)
        listed = replace(self._with(self.scope, lists, turns.failed), me=me, left=bool(turns.waiting))
        if turns.failed and not (listed.read or listed.left):
            raise next(iter(turns.failed.values()))
        return listed

    def _with(
        self, scope: Scope, lists: Mapping[str, DeploymentList], failed: Mapping[str, PlatformError] = {}
    ) -> Listed:
        """Return the list with newer lists of some accounts, and with what is known about their agents."""
        old = self.value if self.value is not None and self.value.scope == scope else Listed(scope)
        before, entries = {entry.key: entry for entry in old.entries}, by_account(old.entries)
        for account, response in lists.items():
            entries[account] = list(map(self._session.verdicts.known, entries_of(response.rows, before)))
        read = {**old.read, **{account: response.odd for account, response in lists.items()}}
        listed = replace(old, read=read, failed=failed, new={*lists}, me=None, gone="")
        every = tuple(chain.from_iterable(entries.get(account, ()) for account in read))
        # Rows on screen need no new drawing.
        return listed if every and every == old.entries else listed.holding(every)

    def _arrived(self, listed: Listed) -> None:
        if self._news:
            # Found out after the list was read.
            judged = self._session.verdicts.known
            listed = listed.holding(judged(each) if each.key in self._news else each for each in listed.entries)
        self.value, self.scope, self._replaceable = listed, listed.scope, False
        self._keep(listed.new, self.fetched)
        for account, error in listed.failed.items():
            self._session.roster.fail(account, str(error), self._session.clock())
        self._remember(listed)
        self._show(listed)
        if listed.left:
            self._news.clear()
            self.more(self._next_lists, self._arrived)
            return
        self._session.roster.round = listed.read.keys() - listed.failed.keys(), elapsed()
        self.plan()
        self.investigate()
        self._load_usage()

    def _fail(self, error: PlatformError) -> None:
        for account in self.value.read if self.value is not None else ():
            self._session.roster.fail(account, str(error), self._session.clock())
        super()._fail(error)

    def _usual(self) -> float:
        """Return the seconds between two lists: few while the state of an agent of the only account is changing."""
        if self.scope.several:
            return self._session.settings.refresh
        return self.while_moving(
            frozenset((each.key, each.deployment.status) for each in self.entries if each.status.moving)
        )

    # ---- what the agents used

    @property
    def usage(self) -> Mapping[str, Usage]:
        """What the agents used in 30 days, by id, of those that have numbers."""
        return self._usages.get(self.account, NO_USAGE)

    def _load_usage(self) -> None:
        """Request what the agents used in 30 days, if the user has chosen a column about it, every ten minutes.

        For many accounts, that is more rarely, because each takes a request.
        """
        account, now = self.account, self._session.clock()
        accounts = list(self.value.read) if self.value is not None else []
        at, pause = self._usage_requested.get(account), pause_for(accounts, USAGE_REFRESH)
        wanted = USAGE.keys() & set(self._session.settings.columns) and self._page.in_front
        if wanted and (at is None or (now - at).total_seconds() >= pause):
            # If this fails, it is not requested again with each list.
            self._usage_requested[account] = now
            self._used.load(partial(self._months, account, accounts))

    def _months(self, scope: str, accounts: Sequence[str], call: Call) -> tuple[str, Mapping[str, Usage]]:
        usage: dict[str, Usage] = {}
        for account in accounts:
            try:
                months = self._session.platform.months(account, call=call)
            except PlatformError as error:
                if len(accounts) == 1 or error.kind in FINAL_KINDS or error.offline:
                    raise
            else:
                usage |= {key: usage_of(month) for key, month in months.items()}
        return scope, usage

    def _keep_usage(self, read: tuple[str, Mapping[str, Usage]]) -> None:
        account, usage = read
        self._usages[account], self._usage_requested[account] = usage, self._session.clock()

    # ---- what is wrong with each agent

    def investigate(self) -> None:
        """Find out what is wrong with the agents, if the list is in front."""
        if self._page.in_front:
            check, self._checks_visible = self._checks_visible and not self._session.paused, False
            self._investigates = True
            self.watch.investigate(*by_account(self.entries).items(), check=check)

    def investigate_again(self) -> None:
        """Read all lists again, and then investigate all problems again: the user wants the newest data."""
        self._turns.start_over()
        self._accounts = ()
        self.watch.start_over()

    def _found(self, key: str, finding: Learned) -> None:
        self._learn(key, partial(finding.seen_by, self._session.verdicts))

    def _missed(self, key: str) -> None:
        self._learn(key, self._session.verdicts.miss)

    def acted(self, key: str) -> None:
        """An action on a deployment began or ended: show the state, and request the list if the screen is in front."""
        self._learn(key, self._session.verdicts.known)
        self._turns.waiting[:0] = [entry.account for entry in self.entries if entry.key == key]
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
            checked = listed.checked + entry.checked - before.checked
            self.value = replace(listed, entries=entries, states=tally(entries), checked=checked)
            self._keep([entry.account])
        self._page.changed()

    def take_learned(self) -> None:
        """Take the lists as the screens above this one left them."""
        old = self.value
        if old is None or self.fetched is None:
            return
        lists = [self._session.roster.lists.get(account, AgentList()) for account in old.read]
        entries = tuple(chain.from_iterable(each.entries for each in lists))
        fetched = lists[0].fetched if len(lists) == 1 else self.fetched
        if fetched is None or (entries == old.entries and fetched == self.fetched):
            return
        self.fresh(fetched)
        self._news.update(entry.key for entry in entries)
        self.value = old.holding(entries)

    def _keep(self, accounts: Iterable[str], fetched: datetime | None = None) -> None:
        """Keep the lists of accounts for other screens and for the next run; new ones have been `fetched`."""
        listed = self.value
        if listed is not None:
            entries = by_account(listed.entries) if listed.scope.several else {listed.account: listed.entries}
            for account in accounts:
                agents, odd = tuple(entries.get(account, ())), listed.read.get(account, 0)
                self._session.roster.update(account, agents, tuple(tally(agents)), fetched, odd)

    # ---- the accounts

    def _remember(self, listed: Listed) -> None:
        """Make the next run start with this account, which exists and which the user may see."""
        session, remembered, me = self._session, self._session.remembered, listed.me
        news = False
        if listed.gone:
            remembered.forget(listed.gone)
        if me is not None:
            session.know_user_id(me.user.id if me.user else "")
            news = remembered.learned(known_of(me), session.user, session.clock())
        if remembered.opened(listed.account) or news:
            self._page.remember()

    def open_account(self, account: str) -> None:
        """Switch to another scope. Lists of its accounts that were read in this run are shown at once."""
        self.forget()
        self.watch.forget()
        self.scope, self._turns, self._accounts, self._investigates = scope_of(account), ListTurns(), (), False
        self._checks_visible, self._replaceable = True, False
        names = self.scope.accounts or [each.name for each in self._session.remembered.accounts]
        lists = self._session.roster.lists
        kept = {name: lists[name] for name in names if name in lists}
        if kept:
            times = [each.fetched for each in kept.values() if each.fetched]
            self.fetched_before(min(times, default=None))
            listed = Listed(self.scope, read={name: each.unreadable for name, each in kept.items()})
            self.value = listed.holding(chain.from_iterable(each.entries for each in kept.values()))


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
