"""Where a screen can be: pure values that screens send to the app, and the text form of each.

`acme/support-router#history` is a deployment, `acme` the agents of an account, and a word with a colon in front
names the other screens: `accounts:`, `catalog:acme#search`, `blueprint:acme/name#builds`, `diff:acme/agent`.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from msgspec import Struct


def _address(kind: str, names: tuple[str, ...], details: tuple[str, ...]) -> str:
    """Return the text of a route; trailing empty details are left out."""
    while details and not details[-1]:
        details = details[:-1]
    place = "/".join(quote(name, safe="") for name in names)
    detail = "/".join(quote(detail, safe="") for detail in details)
    return (f"{kind}:" if kind else "") + place + (f"#{detail}" if details else "")


class Agents(Struct, frozen=True):
    """The agents of an account; without a name, of the account that the login opens first."""

    account: str = ""

    def __str__(self) -> str:
        return _address("", (self.account,), ())


class Deployment(Struct, frozen=True):
    """One deployment. `agent` is its id, or a name that only one deployment of the account has."""

    account: str
    agent: str
    section: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return _address("", (self.account, self.agent), (self.section, self.detail))


class Diff(Struct, frozen=True):
    """What changed in a deployment: between two revisions, or in the newest one."""

    account: str
    agent: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        return _address("diff", (self.account, self.agent), (self.old, self.new))


class Accounts(Struct, frozen=True):
    """The accounts of the user."""

    def __str__(self) -> str:
        return _address("accounts", (), ())


class Catalog(Struct, frozen=True):
    """The public catalog: all of it, or one account's blueprints, or those that match `text`."""

    account: str = ""
    text: str = ""

    def __str__(self) -> str:
        return _address("catalog", (self.account,), (self.text,))


class Blueprint(Struct, frozen=True):
    """One blueprint of the catalog."""

    account: str
    name: str
    section: str = ""

    def __str__(self) -> str:
        return _address("blueprint", (self.account, self.name), (self.section,))


Route = Agents | Deployment | Diff | Accounts | Catalog | Blueprint


def parse(text: str) -> Route:
    """Return the route with this text form. Raises ValueError for any other text."""
    place, _, detail = text.partition("#")
    kind, colon, rest = place.partition(":")
    names = [unquote(name) for name in (rest if colon else place).split("/")]
    details = [unquote(part) for part in detail.split("/")] if detail else []
    match kind if colon else "", names, details:
        case "", [account], []:
            return Agents(account)
        case "", [account, agent], [*found] if account and agent and len(found) <= 2:
            return Deployment(account, agent, *found)
        case "diff", [account, agent], [*found] if account and agent and len(found) <= 2:
            return Diff(account, agent, *found)
        case "accounts", [""], []:
            return Accounts()
        case "catalog", [account], [*found] if len(found) <= 1:
            return Catalog(account, *found)
        case "blueprint", [account, name], [*found] if account and name and len(found) <= 1:
            return Blueprint(account, name, *found)
    raise ValueError(f"{text!r} is not the address of a screen.")
