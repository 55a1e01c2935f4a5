"""The commands that can be typed after `:`, and what each means on the screen below. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import Severity
from astro_tui.screens.palette.items import GoToRow, Item, RefreshEvery, RunAction, Target, Type, UseTheme, item
from astro_tui.session.addresses import AddressError, address, closest, is_web
from astro_tui.session.routes import (
    BLUEPRINT_SECTIONS,
    SECTIONS,
    AccountsRoute,
    AgentsRoute,
    AuditLogRoute,
    BlueprintRoute,
    CatalogRoute,
    DeploymentRoute,
    DiffRoute,
    FindRoute,
    Route,
    VariablesRoute,
    section_names,
)
from astro_tui.state.settings import REFRESH_RANGE, THEMES
from astro_tui.text.times import rfc3339

_SPAN = re.compile(r"([0-9]{1,6})\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


class CommandContext(Struct, frozen=True):
    """What commands refer to: where the user is, and what is known."""

    route: Route | None
    label: str
    """The name of the agent on screen or under the cursor."""
    accounts: Sequence[str]
    server: str
    now: datetime
    refresh: float
    theme: str
    rows: int = 0
    """How many rows the list in front has; 0 if there is no list."""

    @property
    def agent(self) -> DeploymentRoute | None:
        """The agent on screen or under the cursor."""
        match self.route:
            case DeploymentRoute() | DiffRoute():
                return DeploymentRoute(self.route.account, self.route.agent)
        return None


class WrongArgumentsError(ValueError):
    """A command cannot be run with these arguments. The message says why; `nearest` is a suggestion, or empty."""

    def __init__(self, problem: str, nearest: str = "") -> None:
        super().__init__(problem)
        self.nearest = nearest


class Command(Struct, frozen=True):
    """A command: its name, its arguments in words, what it does, and how to parse it."""

    name: str
    arguments: str
    about: str
    read: Callable[[CommandContext, list[str]], Target]
    needs: bool = False
    """Whether the command needs arguments."""


def _agent(place: CommandContext) -> DeploymentRoute:
    if place.agent is None:
        raise WrongArgumentsError("there is no agent on this screen")
    return place.agent


def _no_more(words: list[str]) -> None:
    if words:
        raise WrongArgumentsError(f"unexpected argument {words[0]}")


def _diff(place: CommandContext, words: list[str]) -> Target:
    agent = _agent(place)
    sides = [side for word in words for side in word.split("..")]
    if len(sides) > 2:
        raise WrongArgumentsError("a comparison has at most two sides")
    wrong = next((side for side in sides if side and not side.isdecimal() and "/" not in side), "")
    if wrong:
        raise WrongArgumentsError(f"{wrong} is neither a revision nor ACCOUNT/AGENT")
    return DiffRoute(agent.account, agent.agent, *sides)


def _since(place: CommandContext, words: list[str]) -> Target:
    agent, text = _agent(place), " ".join(words)
    span = _SPAN.fullmatch(text)
    if span is None:
        raise WrongArgumentsError("say how long ago, such as 15m, 1h, or 2d", "since 1h" if text else "")
    seconds = int(span[1]) * _SECONDS[span[2]]
    moment = place.now - timedelta(seconds=min(seconds, 366 * 86_400))
    return DeploymentRoute(agent.account, agent.agent, "logs", f"@{rfc3339(moment, 'seconds')}")


def _one_of(command: str, what: str, words: list[str], choices: Sequence[str]) -> str:
    """Return the argument of a command if it is a known word, ignoring case."""
    text = " ".join(words)
    begun = [one for one in choices if text and one.lower().startswith(text.lower())]
    same = next((one for one in choices if one.lower() == text.lower()), begun[0] if len(begun) == 1 else None)
    if same is None:
        guess = closest(text, choices)
        problem = f"no {what} is named {text}" if text else f"which {what}? {', '.join(choices[:6])}"
        raise WrongArgumentsError(problem, f"{command} {guess}" if guess else "")
    return same


def _account(place: CommandContext, words: list[str]) -> Target:
    return AgentsRoute(_one_of("account", "account", words, place.accounts))


def _accounts(place: CommandContext, words: list[str]) -> Target:
    scope = scope_of(*words)
    names = [_one_of("accounts", "account", [name], place.accounts) for name in scope.accounts]
    return AgentsRoute(str(scope_of(*names, everything=scope.everything))) if words else AccountsRoute()


def _account_of(place: CommandContext, words: list[str], command: str) -> str:
    """Return the account that a command names, else that of what is on screen."""
    if words:
        return _one_of(command, "account", words, place.accounts)
    account = getattr(place.route, "account", "")
    if not account:
        raise WrongArgumentsError("name an account")
    return str(account)


def _audit(place: CommandContext, words: list[str]) -> Target:
    # On an agent, the log is about that agent.
    return AuditLogRoute(_account_of(place, words, "audit"), place.agent.agent if place.agent and not words else "")


def _variables(place: CommandContext, words: list[str]) -> Target:
    return VariablesRoute(_account_of(place, words, "variables"))


def _theme(_place: CommandContext, words: list[str]) -> Target:
    return UseTheme(_one_of("theme", "theme", words, THEMES))


def theme_items(place: CommandContext, start: str = "") -> list[Item]:
    """Return the themes whose names start with a text."""
    return [
        item("theme", f"theme: {name}", UseTheme(name), note="in use" if name == place.theme else "", key=name)
        for name in THEMES
        if name.startswith(start.lower())
    ]


def _interval(_place: CommandContext, words: list[str]) -> Target:
    text, (low, high) = " ".join(words), REFRESH_RANGE
    span = _SPAN.fullmatch(text)
    seconds = float(text) if text.isdecimal() else int(span[1]) * _SECONDS[span[2]] if span else 0.0
    if not low <= seconds <= high:
        raise WrongArgumentsError(f"use between {low:g} and {high:g} seconds", "interval 60" if text else "")
    return RefreshEvery(seconds)


def _catalog(_place: CommandContext, words: list[str]) -> Target:
    return CatalogRoute("", " ".join(words))


def _find(_place: CommandContext, words: list[str]) -> Target:
    return FindRoute("", " ".join(words))


def _plain(target: Target) -> Callable[[CommandContext, list[str]], Target]:
    def read(_place: CommandContext, words: list[str]) -> Target:
        _no_more(words)
        return target

    return read


def _section(name: str) -> Callable[[CommandContext, list[str]], Target]:
    def read(place: CommandContext, words: list[str]) -> Target:
        if isinstance(place.route, BlueprintRoute):
            _no_more(words)
            return BlueprintRoute(place.route.account, place.route.name, name)
        agent = _agent(place)
        return DeploymentRoute(agent.account, agent.agent, name, " ".join(words))

    return read


COMMANDS = (
    Command("diff", "[N [M]]", "compare two revisions, or show the newest change", _diff),
    Command("account", "NAME", "the agents of an account", _account, needs=True),
    Command("accounts", "[NAME …|*]", "your accounts; with names, the agents of several, or of all", _accounts),
    Command("audit", "[ACCOUNT]", "who did what, with this agent or in an account", _audit),
    Command("variables", "[ACCOUNT]", "the variables of an account", _variables),
    Command("since", "1h", "go back this far in the logs", _since, needs=True),
    Command("find", "[EXPRESSION]", "search the specs of all agents in the list", _find),
    Command("catalog", "[TEXT]", "search the public catalog", _catalog),
    Command("theme", "NAME", "try the themes, and choose one", _theme, needs=True),
    Command("interval", "SECONDS", "refresh the list of agents this often", _interval, needs=True),
    Command("messages", "", "recent messages and requests", _plain(RunAction("messages"))),
    Command("help", "", "the keys of this screen", _plain(RunAction("help"))),
    Command("q", "", "quit", _plain(RunAction("quit"))),
)
"""The commands other than the names of the sections."""


def sections_of(place: CommandContext) -> Sequence[str]:
    """Return the sections of what is on screen or under the cursor."""
    if isinstance(place.route, BlueprintRoute):
        return section_names(BLUEPRINT_SECTIONS)
    return section_names(SECTIONS) if place.agent is not None else []


def commands_of(place: CommandContext) -> list[Command]:
    """Return all commands, with the sections of what is on screen."""
    sections = [Command(name, "", f"{place.label} {name}", _section(name)) for name in sections_of(place)]
    return [*sections, *COMMANDS]


def fixed_items(place: CommandContext) -> list[Item]:
    """Return the items of the sections, the commands, the themes, and the settings."""
    items = [
        item("section", f"{place.label} › {name}", _section(name)(place, []), end=f":{name}", key=name)
        for name in sections_of(place)
    ]
    for command in COMMANDS:
        usage = f"{command.name} {command.arguments}".strip()
        try:
            target = Type(f"{command.name} ") if command.needs else command.read(place, [])
        except WrongArgumentsError:
            continue
        items.append(item("command", command.about, target, end=f":{usage}", key=command.name))
    items += theme_items(place)
    every = f"refresh the list every {place.refresh:g} s"
    items.append(item("setting", every, Type("interval "), end=":interval", key="refresh"))
    return items


def typed(text: str, place: CommandContext) -> list[Item]:
    """Return the items for a text that is a command or an address; nothing if the text is only something to search for.

    There is one item, or for `theme` one for each theme to choose. An item without a target says what is wrong.
    """
    text = text.strip().removeprefix(":").strip()
    if text.isdecimal():
        return [_numbered(text, place)]
    name, _, rest = text.partition(" ")
    command = next((one for one in commands_of(place) if one.name == name.lower()), None)
    if command is None and name.lower() == "quit":
        command = COMMANDS[-1]
    if command is not None and command.read is _theme and (themes := theme_items(place, rest.strip())):
        return themes
    if command is not None:
        try:
            target = command.read(place, rest.split())
        except WrongArgumentsError as error:
            return [_refused(str(error), f":{command.name} {command.arguments}".rstrip(), error.nearest)]
        kind = "section" if command.name in sections_of(place) else "command"
        return [item(kind, _meaning(command, target), target, end=f":{text}", key=text)]
    if "#" in text or is_web(text) or text.endswith(":") or text.partition(":")[0] in ("catalog", "find", "blueprint"):
        return [_addressed(text, place)]
    return []


def unknown(text: str, place: CommandContext) -> list[Item]:
    """Return what a text that matches nothing may mean: an address, or the nearest command."""
    text = text.strip().removeprefix(":").strip()
    name, _, rest = text.partition(" ")
    if "/" in text:
        return [_addressed(text, place)]
    guess = closest(name, [one.name for one in commands_of(place)])
    return [_refused("nothing matches", "", f"{guess} {rest}".strip() if guess else "")] if guess else []


def _numbered(text: str, place: CommandContext) -> Item:
    """Return what a number does: it goes to a row, like in an editor."""
    if not place.rows:
        return _refused("there are no rows to go to on this screen", "", "")
    number = min(max(1, int(text[:9])), place.rows)
    return item("row", f"go to row {number:,} of {place.rows:,}", GoToRow(number), end=f":{text}", key=text)


def _addressed(text: str, place: CommandContext) -> Item:
    """Return what an address opens, or what is wrong with it."""
    try:
        route = address(text, place.server)
    except AddressError as error:
        return _refused(f"this {error.problem}", "address", error.nearest)
    if isinstance(route, (DeploymentRoute, DiffRoute)) and route.account not in place.accounts:
        guess = closest(route.account, place.accounts)
        if guess:
            return _refused(f"you have no account named {route.account}", "", str(replace(route, account=guess)))
    return item("address", str(route), route, key=str(route))


def _meaning(command: Command, target: Target) -> str:
    match target:
        case AgentsRoute(account):
            return f"the agents of {scope_of(account).words}"
        case DiffRoute(_, _, old, new) if old or new:
            return f"compare {old or 'the previous revision'} with {new or 'what is deployed'}"
        case RefreshEvery(seconds):
            return f"refresh the list every {seconds:g} s"
        case DeploymentRoute(section="logs", detail=detail) if detail.startswith("@"):
            return f"the logs from {detail[1:]} on"
        case CatalogRoute(_, text) if text:
            return f"search the catalog for {text}"
        case FindRoute(_, text) if text:
            return f"find {text} in the specs of all agents"
    return command.about


def _refused(problem: str, end: str, nearest: str) -> Item:
    """Return an item that says what is wrong; choosing it types the nearest valid text, if there is one."""
    said = f"Did you mean {nearest}? {problem}" if nearest else problem
    return Item("?", said, "", "" if nearest else end, "", "", Type(nearest) if nearest else None, Severity.WARN)
