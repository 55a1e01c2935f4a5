"""The places that the app can go to: pure values that screens send to it, and the text form of each, its address.

An address is `ACCOUNT/AGENT#SECTION:DETAIL`; only the account is required. `acme` is the agents of an account,
`acme+beta` those of two, and `*` those of all. `acme/support-router#logs:worker` is the logs of a workload, and
`acme/support-router#diff:17..18` what changed between two revisions. A leading word with a colon names the other
screens: `accounts:`, `catalog:acme#search`, `find:acme#text`, `blueprint:acme/name#builds`,
`logs:acme/support-router,beta`.

What follows the `#` is a section of a screen. The sections are listed here, below the screens, because the command line
and the palette must know them without importing the screens.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

from msgspec import Struct

from astro_tui.platform.servers import origin_of


class Section(Struct, frozen=True):
    """A section of a screen, as known before it is shown.

    `name` is its part of an address, the prefix of its requests, and the end of its action ids. `pane` is the class
    that shows it, as MODULE:CLASS; it is imported when the section is first shown.

    A section that names others in `beside` accompanies them: from `beside_from` columns on, it is shown beside them,
    and in a narrower window above them if `above` is set.

    `list_key` is a second key of the section in the list of agents, and `list_title` says there what its keys do; by
    default, its title does.
    """

    name: str
    key: str
    title: str
    pane: str
    beside: tuple[str, ...] = ()
    beside_from: int = 100
    above: bool = False
    list_key: str = ""
    list_title: str = ""


_AT = "astro_tui.screens.deployment.sections"
SECTIONS = [
    Section("spec", "1", "spec", f"{_AT}.spec:SpecPane"),
    Section("record", "2", "record", f"{_AT}.record:DeploymentRecordPane", beside=("spec",), above=True),
    Section("history", "3", "history", f"{_AT}.history:HistoryPane"),
    Section("workloads", "4", "workloads", f"{_AT}.workloads:WorkloadsPane"),
    Section("events", "5", "events", f"{_AT}.events:TimelinePane"),
    Section("why", "6", "why", f"{_AT}.why:WhyPane", list_title="why: the whole diagnosis"),
    Section(
        "logs",
        "7",
        "logs",
        f"{_AT}.logs:LogsPane",
        list_key="l",
        list_title="logs: of the failing workload, or of all marked agents",
    ),
    Section("traces", "8", "traces", f"{_AT}.traces.pane:TracesPane"),
    Section("numbers", "9", "numbers", f"{_AT}.numbers:NumbersPane"),
    Section("chat", "0", "chat", f"{_AT}.chat.pane:ChatPane"),
]
"""The sections of a deployment, in the order of their tabs; the first one is shown when a deployment is opened."""
_BLUEPRINT = "astro_tui.screens.blueprint.sections"
_READ = ("spec", "readme", "card")
"""The sections of a blueprint to read, shown one at a time; the others are beside them where there is room."""
BLUEPRINT_SECTIONS = [
    Section("spec", "1", "spec", f"{_BLUEPRINT}:BuildSpecPane"),
    Section("record", "2", "record", f"{_BLUEPRINT}:BlueprintRecordPane", beside=_READ),
    Section("builds", "3", "builds", f"{_BLUEPRINT}:BuildsPane", beside=_READ),
    Section("readme", "4", "readme", f"{_BLUEPRINT}:TextPane"),
    Section("card", "5", "card", f"{_BLUEPRINT}:TextPane"),
]
"""The sections of a blueprint, in the order of their tabs."""


def section_names(sections: Iterable[Section]) -> list[str]:
    """Return the names of sections."""
    return [section.name for section in sections]


DIFF = "diff"
"""What follows the `#` in the address of a comparison. No section has this name."""
KINDS = ("accounts", "audit", "variables", "catalog", "find", "blueprint", "build", "logs")
"""The words that name a screen of another kind, in front of a colon."""
_IN_SCOPES = "+*"
"""Characters of the text of a scope; no name has them."""
_READABLE = ":/@[]+,="
"""Characters of a detail that need no escaping, because they separate nothing in it."""


class AgentsRoute(Struct, frozen=True):
    """The agents of a scope, such as `acme` or `acme+beta`; without one, of the account that the login opens first."""

    account: str = ""

    def __str__(self) -> str:
        return _place(self.account)


class DeploymentRoute(Struct, frozen=True):
    """One deployment. `agent` is its id, or a name that only one deployment of the account has.

    `detail` is a place in the section: a path of the spec, or a workload of the logs.
    """

    account: str
    agent: str
    section: str = ""
    detail: str = ""

    def __str__(self) -> str:
        return _place(self.account, self.agent) + _part(self.section, quote(self.detail, safe=_READABLE))


class DiffRoute(Struct, frozen=True):
    """What changed in a deployment: by default, its newest change.

    `old` and `new` are revisions. Without `new`, `old` is compared with what is deployed, and may also be another
    agent, as `ACCOUNT/AGENT`. Without `old`, `new` is compared with the revision before it.
    """

    account: str
    agent: str
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        # A dot in `old` or `new` would look like part of the two dots between them.
        old, new = (quote(side, safe=_READABLE).replace(".", "%2E") for side in (self.old, self.new))
        return _place(self.account, self.agent) + _part(DIFF, f"{old}..{new}" if new else old)


class AccountsRoute(Struct, frozen=True):
    """The accounts of the user."""

    def __str__(self) -> str:
        return "accounts:"


class AuditLogRoute(Struct, frozen=True):
    """Who did what in an account; only the entries that match `text`."""

    account: str
    text: str = ""

    def __str__(self) -> str:
        text = quote(self.text, safe=_READABLE)
        return "audit:" + _place(self.account) + (f"#{text}" if text else "")


class VariablesRoute(Struct, frozen=True):
    """The variables of an account."""

    account: str

    def __str__(self) -> str:
        return "variables:" + _place(self.account)


class CatalogRoute(Struct, frozen=True):
    """The public catalog: all of it, or one account's blueprints, or those that match `text`."""

    account: str = ""
    text: str = ""

    def __str__(self) -> str:
        text = quote(self.text, safe=_READABLE)
        return "catalog:" + _place(self.account) + (f"#{text}" if text else "")


class FindRoute(Struct, frozen=True):
    """What a search finds in the specs of a scope; without one, of the agents that the list shows."""

    account: str = ""
    text: str = ""

    def __str__(self) -> str:
        text = quote(self.text, safe=_READABLE)
        return "find:" + _place(self.account) + (f"#{text}" if text else "")


class BlueprintRoute(Struct, frozen=True):
    """One blueprint of the catalog."""

    account: str
    name: str
    section: str = ""

    def __str__(self) -> str:
        return "blueprint:" + _place(self.account, self.name) + _part(self.section, "")


class BuildLogRoute(Struct, frozen=True):
    """The log of one build of a blueprint."""

    account: str
    name: str
    build: str

    def __str__(self) -> str:
        return "build:" + _place(self.account, self.name, self.build)


class LogsRoute(Struct, frozen=True):
    """The logs of several agents together, as pairs of an account and an agent; a scope without one stands for all."""

    of: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "logs:" + ",".join(_place(*filter(None, names)) for names in self.of)


Route = (
    AgentsRoute
    | DeploymentRoute
    | DiffRoute
    | AccountsRoute
    | AuditLogRoute
    | VariablesRoute
    | CatalogRoute
    | FindRoute
    | BlueprintRoute
    | BuildLogRoute
    | LogsRoute
)


def wanted_at_start(account: str, agent: str, address: str) -> DeploymentRoute | DiffRoute | None:
    """Return the agent that the command line names, and the place in it; None if it names no agent."""
    route = parse(address) if address else DeploymentRoute(account, agent)
    return route if isinstance(route, (DeploymentRoute, DiffRoute)) and route.agent else None


def web_address(route: Route | None, server: str) -> str:
    """Return the address of what a route shows in the web client of `server`; empty if it has no page there."""
    match route:
        case DeploymentRoute() | DiffRoute():
            names = [route.account, "agents", route.agent]
        case BlueprintRoute():
            names = [route.account, route.name]
        case _:
            return ""
    valid = all(name.strip(".") for name in names)
    return "/".join([origin_of(server), *(quote(name, safe="", errors="replace") for name in names)]) if valid else ""


def _place(*names: str) -> str:
    return "/".join(quote(name, safe=_IN_SCOPES, errors="replace") for name in names)


def _part(section: str, detail: str) -> str:
    """Return the end of an address: the section, and the place in it."""
    named = quote(section, safe="")
    return (f"#{named}" if named or detail else "") + (f":{detail}" if detail else "")


def parse(text: str) -> Route:
    """Return the route with this address. Raises ValueError for any other text.

    The section is not checked; see `astro_tui.session.addresses` for addresses that a user types.
    """
    place, _, part = text.partition("#")
    kind, colon, rest = place.partition(":")
    names = [unquote(name) for name in (rest if colon else place).split("/")]
    section, _, detail = part.partition(":")
    section = unquote(section)
    match kind if colon else "", names:
        case "", [account] if not part:
            return AgentsRoute(account)
        case "", [account, agent] if account and agent:
            if section == DIFF:
                old, _, new = detail.partition("..")
                return DiffRoute(account, agent, unquote(old), unquote(new))
            return DeploymentRoute(account, agent, section, unquote(detail))
        case "accounts", [""] if not part:
            return AccountsRoute()
        case "audit", [account] if account:
            return AuditLogRoute(account, unquote(part))
        case "variables", [account] if account and not part:
            return VariablesRoute(account)
        case "catalog", [account]:
            return CatalogRoute(account, unquote(part))
        case "find", [account]:
            return FindRoute(account, unquote(part))
        case "blueprint", [account, name] if account and name and not detail:
            return BlueprintRoute(account, name, section)
        case "build", [account, name, build] if account and name and build and not part:
            return BuildLogRoute(account, name, build)
        case "logs", _ if not part:
            places = [[unquote(name) for name in place.split("/")] for place in rest.split(",")]
            if all(place[0] and len(place) <= len(("account", "agent")) for place in places):
                return LogsRoute(tuple((place[0], "".join(place[1:])) for place in places))
    raise ValueError(f"{text!r} is not the address of a screen.")
