"""Reads the lists of the accounts of a scope, for screens, commands, and tools alike."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.presentation.agent_list import Entry, entries_of
from astro_tui.presentation.scope import Scope

if TYPE_CHECKING:
    from astro_tui.platform.client import Call, Platform
    from astro_tui.platform.deployment_rows import DeploymentList, RowAtHand

AT_ONCE = 8
"""Lists that are requested at the same time, if nothing else is requested."""
BESIDE_OTHERS = 2
"""The same while agents are investigated: together, that makes at most `AT_ONCE` requests."""
FEW = 2
"""Accounts whose lists are read in each round."""


def pause_for(accounts: Sized, seconds: float) -> float:
    """Return the pause between two reads that take a request per account: longer for many accounts."""
    return seconds * max(1, len(accounts) // 2)


def accounts_in(scope: Scope, platform: Platform, call: Call) -> Sequence[str]:
    """Return the accounts of a scope. Without names, they are requested. Raises PlatformError."""
    if scope.accounts:
        return scope.accounts
    default = "" if scope.everything else platform.tokens.default_account(call)
    if default:
        return (default,)
    me = platform.me(call=call)
    named = dict.fromkeys(account.name for account in me.accounts if account.name)
    return tuple(named) if scope.everything else tuple(filter(None, [me.first_account]))


def read_entries(platform: Platform, account: str, call: Call) -> list[Entry]:
    """Return the agents of an account as its list has them. Raises PlatformError."""
    return entries_of(platform.deployments(account, call=call).rows)


def read_lists(
    platform: Platform,
    accounts: Iterable[str],
    call: Call,
    *,
    at_once: int = AT_ONCE,
    cached: RowAtHand | None = None,
) -> Iterator[tuple[str, DeploymentList | PlatformError]]:
    """Yield each account with its list, or with the reason why it cannot be read, in the order of the responses.

    `cached` returns the row in memory with an id.
    Raises PlatformError if the login has ended, if `call` is canceled, or if the server cannot be reached.
    """

    def read(account: str) -> DeploymentList | PlatformError:
        try:
            return platform.deployments(account, call=call, cached=cached)
        except PlatformError as error:
            if error.kind in FINAL_KINDS or error.offline:
                raise
            return error.without_frames()

    names = list(accounts)
    if len(names) == 1:
        yield names[0], read(names[0])
        return
    pool = ThreadPoolExecutor(max(1, min(at_once, len(names))))
    try:
        tries = {pool.submit(read, account): account for account in names}
        for done in as_completed(tries):
            yield tries[done], done.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class ListTurns:
    """Which lists of some accounts to read next, so that many accounts take few requests.

    At first, that is each of them. Later, up to `FEW` accounts are read in each round. For more, a round takes one
    request for the states of all agents, and then reads the accounts in which one changed, and the one that was read
    longest ago, because that response does not have everything that the lists have.
    """

    def __init__(self) -> None:
        self.waiting: list[str] = []
        """The accounts that are still to be read in this round."""
        self.failed: Mapping[str, PlatformError] = {}
        """Why the newest list of an account could not be read."""
        self._read: dict[str, None] = {}
        """The accounts that were read, the oldest read first."""
        self._states: Mapping[str, Hashable] = {}

    def start_over(self) -> None:
        """Read all accounts again."""
        self.waiting, self._read = [], {}

    def _begin(self, platform: Platform, accounts: Sequence[str], call: Call, *, states_first: bool) -> None:
        """Begin a round, unless accounts of the last one are still to be read. Raises PlatformError.

        Unless the states come first, the first lists do.
        """
        if not self.waiting:
            missing = [account for account in accounts if account not in self._read]
            self.waiting = missing or (list(accounts) if len(accounts) <= FEW else [])
        if len(accounts) > FEW and (self._read or states_first) and not (self.waiting and self._states):
            states, before = self._newest_states(platform, call), self._states
            changed = [each for each in accounts if each in before and states.get(each) != before[each]]
            oldest = [each for each in self._read if each in accounts][:1]
            self._states, self.waiting = states, self.waiting or list(dict.fromkeys([*changed, *oldest]))

    def read(
        self,
        platform: Platform,
        accounts: Sequence[str],
        call: Call,
        *,
        most: int | None = None,
        at_once: int = AT_ONCE,
        cached: RowAtHand | None = None,
    ) -> dict[str, DeploymentList]:
        """Read some lists of a round; what is left is read next time. Raises PlatformError like `read_lists`."""
        self._begin(platform, accounts, call, states_first=most is None)
        lists: dict[str, DeploymentList] = {}
        failed: dict[str, PlatformError] = {}
        for account, response in read_lists(platform, self.waiting[:most], call, at_once=at_once, cached=cached):
            self.done(account)
            if isinstance(response, PlatformError):
                failed[account] = response
            else:
                lists[account] = response
        self.failed = {**{name: error for name, error in self.failed.items() if name not in lists}, **failed}
        return lists

    def done(self, account: str) -> None:
        """Note that the list of an account was requested."""
        self._read.pop(account, None)
        self._read[account] = None
        if account in self.waiting:
            self.waiting.remove(account)

    def _newest_states(self, platform: Platform, call: Call) -> Mapping[str, Hashable]:
        try:
            overview = platform.overview(call=call)
        except PlatformError as error:
            if error.kind in FINAL_KINDS or error.offline:
                raise
            # Without it, the lists are read in turn.
            return self._states
        return {each.name: frozenset((one.id, one.status) for one in each.deployments) for each in overview}
