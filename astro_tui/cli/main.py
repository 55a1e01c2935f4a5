"""The command line: arguments become Settings, Settings become an app. Textual is imported last."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from astro_tui.cli.streams import complain, open_closed_streams
from astro_tui.errors import AstroError, ConfigError
from astro_tui.runtime.garbage import disable_during_startup

if TYPE_CHECKING:
    from astro_tui.platform.client import Platform, TokenSource
    from astro_tui.state.settings import Settings

USAGE_ERROR = 2
INTERRUPTED = 130
COMMANDS = ("auth", "view", "list", "show", "diff", "catalog", "doctor")
"""What may stand first on the command line: a module of `astro_tui.cli.commands` each."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process: 0 after a normal end, 2 for a wrong flag, address or file."""
    given = sys.argv[1:] if arguments is None else arguments
    # Frames 8 ms apart, not 16: what is found right after a letter was drawn need not wait for its turn.
    os.environ.setdefault("TEXTUAL_FPS", "120")
    _leave(_outcome(given))


def _outcome(given: Sequence[str]) -> int:
    """Run the program and return its exit code; what went wrong was said on standard error."""
    try:
        open_closed_streams()
        return _run(given)
    except SystemExit as ended:
        # After --help and --version.
        return ended.code if isinstance(ended.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  a bug must not end with 1, which says "different" or "not healthy"
        _report(error, given)
        return USAGE_ERROR


def _report(error: Exception, given: Sequence[str]) -> None:
    """Say on standard error what went wrong: one line for what is expected, the traceback of a bug."""
    line = _without_files(error)
    if line:
        complain(line)
    elif isinstance(error, AstroError):
        from astro_tui.cli.common import trouble

        complain(trouble(error, given))
    else:
        import traceback

        with suppress(OSError, ValueError):
            traceback.print_exception(error)


def _without_files(error: BaseException | None) -> str:
    """Return what to say where the process may open no more files, else nothing."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            return "too many open files; raise the limit: ulimit -n 256"
        error = error.__cause__ or error.__context__
    return ""


def _leave(code: int) -> NoReturn:
    """End at once: the interpreter's own farewell takes 0.3 s, and waits for threads that wait for the server."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        if code != USAGE_ERROR:
            complain("cannot print: the output is closed or full")
        code = USAGE_ERROR
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in ("help", "version"):
        from astro_tui.cli.arguments import as_option

        arguments = as_option(arguments, COMMANDS)
    if arguments and arguments[0] in COMMANDS:
        return _command(arguments[0], arguments[1:])
    from astro_tui.state import settings as config

    flags: dict[str, Any] = {}
    target = ""
    if arguments:
        from astro_tui.cli.arguments import flags_of

        flags, target = flags_of(arguments, COMMANDS)
    settings = config.load(flags, os.environ)
    if target:
        from astro_tui.cli.arguments import opening

        settings = opening(settings, target, COMMANDS)
    config.environment_without_token(os.environ)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError("this is a full-screen program and needs a terminal for its input and output")
    disable_during_startup()
    return _start(settings)


def _command(name: str, arguments: Sequence[str]) -> int:
    from importlib import import_module

    code: int = import_module(f"astro_tui.cli.commands.{name}").run(arguments)
    return code


def _login_stored(settings: Settings) -> bool:
    from astro_tui.auth.places import login_stored

    return login_stored(settings.server)


def _start(settings: Settings) -> int:
    from dataclasses import replace
    from functools import cache

    from astro_tui.session.startup_request import Early
    from astro_tui.state.account_cache import Remembered, state_folder

    if settings.demo:
        from astro_tui.demo import DemoServer

        demo = DemoServer().start()
        settings = replace(
            settings, server=demo.url, token=demo.token, account=settings.account or demo.default_account
        )

    signed_in = bool(settings.token) or _login_stored(settings)

    @cache
    def connect() -> Platform:
        from astro_tui.platform.client import Platform

        tokens: str | TokenSource | None = settings.token or None
        if signed_in and not tokens:
            from astro_tui.auth.lazy_tokens import LaterTokens

            tokens = LaterTokens(settings)
        return Platform(settings.server, tokens, allow_insecure=settings.allow_insecure)

    state = None if settings.demo else state_folder()
    remembered = Remembered(settings.server, state)
    account = settings.account or remembered.load().account
    early = Early(connect, account).start() if signed_in else None
    if settings.account:
        # Not read before the request is on its way: it does not need it.
        remembered.load()
    import asyncio

    from astro_tui.app.app import AstroApp
    from astro_tui.session.session import Session
    from astro_tui.theme.look import Look

    driver = None
    if os.name == "posix":
        from astro_tui.app.driver import PromptDriver

        driver = PromptDriver
    look = Look(ascii_alone=settings.ascii)
    session = Session(settings, connect(), look, early=early, remembered=remembered, seen_in=state)
    if settings.demo:
        session.user = demo.user
    app = AstroApp(session, driver)
    # An own loop, because asyncio.run() would wait for worker threads at its end.
    app.run(loop=asyncio.new_event_loop())
    return app.return_code or 0
