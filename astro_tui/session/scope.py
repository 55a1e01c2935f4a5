"""Which accounts a list is about: one, several, or all of the login. Screens, commands, and tools read them alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from msgspec import Struct

from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.text.times import joined

if TYPE_CHECKING:
    from astro_tui.platform.client import Call, Platform
    from astro_tui.platform.deployment_rows import DeploymentList, RowAtHand

ALL = "*"
"""The text of the scope that has all accounts of the login. No account has this name."""
_BETWEEN = re.compile(r"[\s+,]+")
AT_ONCE = 8
"""Lists that are requested at the same time, if nothing else is requested."""


class Scope(Struct, frozen=True):
    """The accounts of a list: those that are named, in order, or `everything` that the login can see.

    Without either, it is the account that the login opens first. Its text, `acme`, `acme+beta`, or `*`, is the name of
    the list in addresses and settings, and the key of everything that is kept about it.
    """

    accounts: tuple[str, ...] = ()
    everything: bool = False

    def __str__(self) -> str:
        return ALL if self.everything else "+".join(self.accounts)

    @property
    def several(self) -> bool:
        """Whether it can have more than one account."""
        return self.everything or len(self.accounts) > 1

    @property
    def words(self) -> str:
        """The accounts as part of a sentence: `acme and beta`, or `all accounts`."""
        return "all accounts" if self.everything else joined(list(self.accounts))


def scope_of(*words: str, everything: bool = False) -> Scope:
    """Return the scope that words name: `acme`, `acme beta`, `acme+beta`, or `*` for all. The order does not matter."""
    names = [name for word in words for name in _BETWEEN.split(word) if name]
    if everything or ALL in names:
        return Scope(everything=True)
    return Scope(tuple(sorted(dict.fromkeys(names))))


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


def read_lists(
    platform: Platform,
    accounts: Iterable[str],
    call: Call,
    *,
    at_once: int = AT_ONCE,
    known: RowAtHand | None = None,
) -> Iterator[tuple[str, DeploymentList | PlatformError]]:
    """Yield each account with its list, or with the reason why it cannot be read, in the order of the responses.

    Raises PlatformError if the login has ended, if `call` is canceled, or if the server cannot be reached.
    """

    def read(account: str) -> DeploymentList | PlatformError:
        try:
            return platform.deployments(account, call=call, known=known)
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
