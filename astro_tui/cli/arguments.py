"""The terminal dashboard for Astropods: what is running, what changed, and why it is broken.

targets:
  astro-tui                   the agents of your account
  astro-tui ACCOUNT           the agents of another account
  astro-tui 'ACCOUNT ACCOUNT' the agents of several accounts in one list; --all opens those of all your accounts
  astro-tui ACCOUNT/AGENT     one agent, by blueprint name, display name, or deployment id
  astro-tui ACCOUNT/AGENT#SECTION[:DETAIL]   a section of it: #logs, #events, #history, #diff:17..18, #spec:.agent.env
                              (in the app, yL copies such a command)
  astro-tui https://…         what that page of the web client shows
  astro-tui --demo            any of these on the embedded demo platform; requires no login and no network

commands (each has --help; to open an account that has the name of a command: --account NAME):
  astro-tui auth login        sign in with a browser; also: auth status, auth logout
  astro-tui view FILE         show any JSON or YAML file as a tree (- is standard input)
  astro-tui accounts [ACCOUNT]          print your accounts, or the money and the limits of one
  astro-tui list [ACCOUNT]    print the agents, problems first, each with its cause
  astro-tui find EXPRESSION [ACCOUNT …] search the specs of all agents for a text, a path, or a value
  astro-tui check [ACCOUNT[/AGENT]]     print what is risky about agents, with what to do
  astro-tui why ACCOUNT[/AGENT]         say why an agent is broken, or what is wrong in an account
  astro-tui report ACCOUNT/AGENT        print a report to hand off: cause, change, log, and events
  astro-tui events ACCOUNT/AGENT        print what happened to an agent, newest first
  astro-tui watch [ACCOUNT …]           report agents that break or recover, as it happens
  astro-tui wait ACCOUNT/AGENT          wait until a rollout is ready, or say why it is not
  astro-tui ask ACCOUNT/AGENT QUESTION  ask an agent, and print its answer; --check says whether it is connected
  astro-tui logs ACCOUNT/AGENT          print the logs of an agent, or follow them
  astro-tui traces ACCOUNT/AGENT        print the newest traces of an agent; trace ACCOUNT/AGENT TRACE prints one
  astro-tui numbers ACCOUNT/AGENT       print the load, the traffic, and the cost of an agent
  astro-tui builds ACCOUNT/BLUEPRINT    print the builds of a blueprint, or the log of one
  astro-tui audit ACCOUNT     print who did what in an account
  astro-tui variables ACCOUNT           print the variables of an account, and which agents use them
  astro-tui show ACCOUNT/AGENT          print the deployed spec, or the spec of a revision
  astro-tui diff ACCOUNT/AGENT [N] [M]  print what changed between revisions, two agents, or two files
  astro-tui catalog [QUERY]   browse the public catalog; requires no login
  astro-tui deploy ACCOUNT/AGENT        deploy the newest build, this build, or the same build again
  astro-tui pause|resume|restart|cancel|rollback|trigger|rename|delete|rebuild ACCOUNT/AGENT
                              change an agent, after a preview; --dry-run changes nothing
  astro-tui mcp               answer coding agents over the Model Context Protocol, read-only
  astro-tui serve             open the app in a browser, read-only
  astro-tui journal           print the changes made from this machine
  astro-tui doctor            check the settings, the login, the server, the clock, and the terminal
  astro-tui config            print the settings and where they come from; also: config check, config edit
  astro-tui completion SHELL  print a completion script for bash, zsh, fish, or PowerShell
  astro-tui help [COMMAND]    print this text or help for a command; astro-tui version prints the version

environment:
  ASTRO_ACCESS_TOKEN          the token to use; never renewed, stored, or displayed
  ASTRO_SERVER_URL            the platform's address
  ASTRO_ACCOUNT               the account to open
  ASTRO_IDENTITY_URL          the identity provider's address
  ASTRO_CLIENT_ID             the OAuth client id for the identity provider
  NO_COLOR                    set to any value to turn off colors

Flags override the environment, which overrides {config}.
"""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import Any

from msgspec.structs import replace

from astro_tui import __version__
from astro_tui.cli.parsing import LineParser, add_server, add_theme
from astro_tui.errors import ConfigError
from astro_tui.presentation.scope import ALL, scope_of
from astro_tui.session.addresses import address
from astro_tui.session.routes import AgentsRoute, DeploymentRoute, DiffRoute
from astro_tui.state.account_cache import AccountCache, state_folder
from astro_tui.state.settings import Settings, config_path
from astro_tui.text.foreign import visible
from astro_tui.text.nearest import nearest

_CLOSE = 0.75
"""How similar to a command, from 0 to 1, a word must be to count as a misspelling, such as `lsit`."""


def as_option(arguments: Sequence[str], commands: Sequence[str]) -> list[str]:
    """Replace `help`, `help COMMAND`, and `version` with the equivalent options. Raises ConfigError."""
    word, *rest = arguments
    if rest in (["-h"], ["--help"], ["help"]):
        return ["--help"]
    if word == "version":
        if rest:
            raise ConfigError("version takes no arguments")
        return ["--version"]
    if not rest:
        return ["--help"]
    if len(rest) > 1:
        raise ConfigError("help takes one command: astro-tui help [COMMAND]")
    if rest == ["version"]:
        return ["--version"]
    if rest[0] not in commands:
        guess = _nearest(rest[0], commands)
        more = f'. Did you mean "{guess}"?' if guess else "; see astro-tui --help"
        raise ConfigError(f'no command named "{visible(rest[0], 60)}"{more}')
    return [rest[0], "--help"]


def flags_of(arguments: Sequence[str], commands: Sequence[str]) -> tuple[dict[str, Any], str]:
    """Return the flags on the command line, and the target. Raises ConfigError."""
    try:
        flags = vars(parser().parse_args(arguments))
    except ConfigError:
        # The parser does not know the options of a misspelled command.
        _refuse_misspelled(arguments[0], commands)
        raise
    target = str(flags.pop("target", ""))
    if flags.pop("all", False):
        if target or "account" in flags:
            raise ConfigError("--all opens all accounts; leave out the account")
        flags["account"] = ALL
    account, _, agent = target.partition("#")[0].partition("/")
    if ":" in account:
        # A web address, or the address of another screen.
        return flags, target
    if account in (*commands, "help", "version") and not agent:
        raise ConfigError(
            f"{account} is a command and must come first; to open an account named {account}: --account {account}"
        )
    if account and flags.get("account", account) != account:
        raise ConfigError(f"conflicting accounts: {account!r} and --account {flags['account']!r}")
    return flags, target


def opening(settings: Settings, target: str, commands: Sequence[str]) -> Settings:
    """Return the settings with the account, the agent, and the place in it that a target names.

    Raises ConfigError for a word that is similar to a command and is not a known account of this user, and
    AddressError for a wrong address.
    """
    if ":" in target or "#" in target:
        return _at_address(settings, target)
    account, slash, agent = target.partition("/")
    one = account and not slash and not scope_of(account).several
    if one and account != settings.account and not _known(settings, account):
        _refuse_misspelled(account, commands)
    return replace(settings, account=account or settings.account, agent=agent)


def _at_address(settings: Settings, target: str) -> Settings:
    route = address(target, settings.server)
    match route:
        case AgentsRoute():
            return replace(settings, account=route.account or settings.account)
        case DeploymentRoute() | DiffRoute():
            return replace(settings, account=route.account, agent=route.agent, address=str(route))
    return replace(settings, address=str(route))


def _known(settings: Settings, account: str) -> bool:
    if settings.demo:
        return False

    remembered = AccountCache(settings.server, state_folder()).load()
    names = {remembered.account, remembered.previous, *(each.name for each in remembered.accounts)}
    return account.lower() in {name.lower() for name in names}


def _refuse_misspelled(word: str, commands: Sequence[str]) -> None:
    """Raise ConfigError if a word is similar to a command."""
    guess = "" if word.startswith("-") else _nearest(word, commands)
    if guess:
        name = visible(word, 60)
        raise ConfigError(
            f'no command named "{name}". Did you mean "{guess}"? '
            f"To open an account named {name}: astro-tui --account {quote(name)}"
        )


def _nearest(word: str, commands: Sequence[str]) -> str:
    close = nearest(word, (*commands, "help", "version"), similarity=_CLOSE)
    return close if close != word else ""


def parser() -> LineParser:
    """Return the parser of the command line."""
    result = LineParser("astro-tui", None, __doc__.format(config=config_path()))
    result.add_argument("target", nargs="?", metavar="ACCOUNT[/AGENT[#SECTION]]", help="what to open")
    result.add_argument("--demo", action="store_true", help="open the embedded demo platform")
    add_server(result)
    result.add_argument(
        "--account", metavar="NAME", help="account to open, or several, as in 'acme beta', or all with '*'"
    )
    result.add_argument("--all", action="store_true", help="open the agents of all your accounts")
    result.add_argument(
        "--refresh", metavar="SECONDS", type=float, help="seconds between refreshes while no agent is changing (60)"
    )
    add_theme(result)
    result.add_argument(
        "--fresh", action="store_true", help="do not restore the filter, cursor, folds, and theme of the last run"
    )
    result.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    result.add_argument("--write", action="store_true", help="let actions run without arming the account first")
    result.add_argument("--version", action="version", version=f"astro-tui {__version__}", help="print the version")
    return result
