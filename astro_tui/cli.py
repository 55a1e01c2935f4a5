"""The command line: arguments become Settings, Settings become an app. Textual is imported last."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from astro_tui import __version__
from astro_tui.errors import AstroError, ConfigError
from astro_tui.text import visible

if TYPE_CHECKING:
    from astro_tui.client import Platform, TokenSource
    from astro_tui.config import Settings

USAGE_ERROR = 2
INTERRUPTED = 130
COMMANDS = ("auth", "view", "list", "show", "diff", "catalog", "doctor")
"""What may stand first on the command line: a module of `astro_tui.commands` each."""
_EPILOG = """\
targets:
  astro-tui                   the agents of your account
  astro-tui ACCOUNT           the agents of another account
  astro-tui ACCOUNT/AGENT     one agent's deployment, by blueprint name, display name or deployment id
  astro-tui --demo            the same on an embedded demo platform; needs no login and no network

commands (each has a --help; an account of such a name: --account NAME):
  astro-tui auth login        sign in with a browser; also: auth status, auth logout
  astro-tui view FILE         any JSON or YAML file in the same tree (- is standard input)
  astro-tui list [ACCOUNT]    print the agents, problems first
  astro-tui show ACCOUNT/AGENT          print the spec that is deployed, or that of a revision
  astro-tui diff ACCOUNT/AGENT [N] [M]  print what changed between revisions, two agents or two files
  astro-tui catalog [QUERY]   browse what everybody publishes; needs no login
  astro-tui doctor            look for what is wrong here: settings, login, server, clock, terminal

environment:
  ASTRO_ACCESS_TOKEN          the token to work with; used as it is, never renewed, never stored, never shown
  ASTRO_SERVER_URL            the platform's address
  ASTRO_ACCOUNT               the account to open
  ASTRO_IDENTITY_URL          where one signs in
  ASTRO_CLIENT_ID             what this program is called there
  NO_COLOR                    set to anything: no colours

Flags beat the environment, the environment beats {config}.
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse alone would print the usage above it."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a ConfigError."""
        raise ConfigError(f"{visible(message)}; see astro-tui --help")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    from astro_tui.config import THEMES, config_path

    result = _Parser(
        prog="astro-tui",
        description="The terminal dashboard for Astropods: what is running, what changed, why is it broken.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG.format(config=config_path()),
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    result.add_argument("target", nargs="?", metavar="ACCOUNT[/AGENT]", help="what to open")
    result.add_argument("--demo", action="store_true", help="open the embedded demo platform")
    result.add_argument("--server", metavar="URL", help="address of the platform")
    result.add_argument("--account", metavar="NAME", help="account to open")
    result.add_argument(
        "--refresh", metavar="SECONDS", type=float, help="seconds between two looks at a settled list (60)"
    )
    result.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")
    result.add_argument("--ascii", action="store_true", help="draw with ASCII characters alone")
    result.add_argument(
        "--allow-insecure",
        action="store_true",
        help="allow plain http to other machines (sends the token readably)",
    )
    result.add_argument("--version", action="version", version=f"astro-tui {__version__}")
    return result


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process: 0 after a normal end, 2 for a wrong flag, address or file."""
    given = sys.argv[1:] if arguments is None else arguments
    _open_closed_streams()
    try:
        code = _run(given)
    except SystemExit as ended:
        # After --help and --version.
        code = ended.code if isinstance(ended.code, int) else 0
    except AstroError as error:
        from astro_tui.commands.common import trouble

        sys.stderr.write(f"astro-tui: {trouble(error, given)}\n")
        code = USAGE_ERROR
    except KeyboardInterrupt:
        code = INTERRUPTED
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End at once: the interpreter's own farewell takes 0.3 s, and waits for threads that wait for the server."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            if code != USAGE_ERROR and stream is sys.stdout:
                sys.stderr.write("astro-tui: cannot print: the output is closed or full\n")
            code = USAGE_ERROR
    os._exit(code)


def _open_closed_streams() -> None:
    """Put something in the place of standard streams that are closed, as after `>&-`.

    Else they are None, and the next file or socket takes their number. What stands in can be neither read nor
    printed to, which is told like any other such trouble; only what goes to standard error is lost.
    """
    for number, name, flags, mode in (
        (0, "stdin", os.O_WRONLY, "r"),
        (1, "stdout", os.O_RDONLY, "w"),
        (2, "stderr", os.O_WRONLY, "w"),
    ):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _run(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in COMMANDS:
        return _command(arguments[0], arguments[1:])
    from astro_tui import config

    flags = vars(parser().parse_args(arguments))
    account, _, agent = str(flags.pop("target", "")).partition("/")
    if account in COMMANDS and not agent:
        raise ConfigError(f"{account} is a command and stands first; an account of that name: --account {account}")
    if account:
        if "account" in flags and flags["account"] != account:
            raise ConfigError(f"two accounts: {account!r} and --account {flags['account']!r}")
        flags["account"] = account
    if agent:
        flags["agent"] = agent
    settings = config.load(flags, os.environ)
    config.environment_without_token(os.environ)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("this is a full-screen program and needs a terminal for its input and output")
    # Collecting garbage while modules load finds none and costs a tenth of the start.
    gc.disable()
    return _start(settings)


def _command(name: str, arguments: Sequence[str]) -> int:
    from importlib import import_module

    try:
        code: int = import_module(f"astro_tui.commands.{name}").run(arguments)
    except AstroError:
        raise
    except Exception:  # noqa: BLE001  a bug must not end with 1, which says "different" or "not healthy"
        import traceback

        traceback.print_exc()
        return USAGE_ERROR
    return code


def _login_stored(settings: Settings) -> bool:
    from astro_tui.auth.places import login_stored

    return login_stored(settings.server)


def _start(settings: Settings) -> int:
    from dataclasses import replace
    from functools import cache

    from astro_tui.early import Early
    from astro_tui.remembered import Remembered, state_folder

    if settings.demo:
        from astro_tui.demo import DemoServer

        demo = DemoServer().start()
        settings = replace(
            settings, server=demo.url, token=demo.token, account=settings.account or demo.default_account
        )

    signed_in = bool(settings.token) or _login_stored(settings)

    @cache
    def connect() -> Platform:
        from astro_tui.client import Platform

        tokens: str | TokenSource | None = settings.token or None
        if signed_in and not tokens:
            from astro_tui.auth.later import LaterTokens

            tokens = LaterTokens(settings)
        return Platform(settings.server, tokens, allow_insecure=settings.allow_insecure)

    remembered = Remembered(settings.server, None if settings.demo else state_folder())
    account = settings.account or remembered.load().account
    early = Early(connect, account).start() if signed_in else None
    if settings.account:
        # Not read before the request is on its way: it does not need it.
        remembered.load()
    import asyncio

    from astro_tui.app import AstroApp
    from astro_tui.last_seen import LastSeen
    from astro_tui.look import Look
    from astro_tui.session import Session

    driver = None
    if os.name == "posix":
        from astro_tui.driver import PromptDriver

        driver = PromptDriver
    last_seen = LastSeen(settings.server, None if settings.demo else state_folder())
    look = Look(ascii_alone=settings.ascii)
    session = Session(settings, connect(), look, early=early, remembered=remembered, last_seen=last_seen)
    app = AstroApp(session, driver)
    # An own loop, because asyncio.run() would wait for worker threads at its end.
    app.run(loop=asyncio.new_event_loop())
    return app.return_code or 0
