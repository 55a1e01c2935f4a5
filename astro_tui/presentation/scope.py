"""Which accounts a list is about: one, several, or all of the login. Pure."""

from __future__ import annotations

import re

from msgspec import Struct

from astro_tui.text.times import joined

ALL = "*"
"""The text of the scope that has all accounts of the login. No account has this name."""
_BETWEEN = re.compile(r"[\s+,]+")
MOST_NAMED = 3
"""The most accounts that a title names."""


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
    def title(self) -> str:
        """The accounts in a few words: their names, or how many there are."""
        many = f"{len(self.accounts)} accounts" if len(self.accounts) > MOST_NAMED else str(self)
        return "all accounts" if self.everything else many

    @property
    def words(self) -> str:
        """The accounts as part of a sentence: `acme and beta`, or `all accounts`."""
        return self.title if self.everything else joined(list(self.accounts))


def scope_of(*words: str, everything: bool = False) -> Scope:
    """Return the scope that words name: `acme`, `acme beta`, `acme+beta`, or `*` for all. The order does not matter."""
    names = [name for word in words for name in _BETWEEN.split(word) if name]
    if everything or ALL in names:
        return Scope(everything=True)
    return Scope(tuple(sorted(dict.fromkeys(names))))
