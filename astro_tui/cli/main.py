"""The entry point: turns arguments into settings and runs a command or the app. Textual is imported last."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from astro_tui.cli.streams import complain, open_closed_streams

# Completion imports as little as possible, not even `typing` or the errors.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

USAGE_ERROR = 2
INTERRUPTED = 130
FEW_FILES = 64
"""A process that may open fewer files than this is likely to run out of them."""
ACTIONS = ("pause", "resume", "restart", "cancel", "rollback", "deploy", "trigger", "rename", "delete", "rebuild")
"""The commands that change an agent, in `cli/commands/actions.py`."""
COMMANDS = (
    *("ask", "auth", "config", "doctor", "completion", "view", "catalog", "mcp", "serve"),
    *(
        "accounts",
        "list",
        "find",
        "why",
        "check",
        "wait",
        "watch",
        "show",
        "diff",
        "events",
        "report",
        "logs",
        "traces",
        "trace",
        "numbers",
        "builds",
        "audit",
        "variables",
    ),
    *(*ACTIONS, "journal"),
)
"""The subcommands. Each of the others is a module of `astro_tui.cli.commands`."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program and end the process. The exit code is 0 for success, 2 for an error."""
    words = sys.argv[1:] if arguments is None else arguments
    # Textual draws at least 17 to 33 ms after the previous frame. A key that comes right after a frame would wait.
    os.environ.setdefault("TEXTUAL_FPS", "500")
    _leave(_outcome(words))


def _outcome(words: Sequence[str]) -> int:
    """Run the program and return its exit code. Reports errors on standard error."""
    # Loading the settings removes the token from the environment.
    token = os.environ.get("ASTRO_ACCESS_TOKEN", "")
    try:
        open_closed_streams()
        return _run(words)
    except SystemExit as ended:
        # After --help and --version.
        return ended.code if isinstance(ended.code, int) else 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  a bug must not exit with 1, which means "different" or "not healthy"
        _report(error, words, token)
        return USAGE_ERROR


def _report(error: Exception, words: Sequence[str], token: str) -> None:
    """Report an error on standard error: one line for an expected one, a masked traceback for a bug."""
    from astro_tui.errors import AstroError

    line = _without_files(error)
    if line:
        complain(line)
    elif isinstance(error, AstroError):
        from astro_tui.cli.output import trouble

        complain(trouble(error, words))
    else:
        import traceback

        from astro_tui.text.redaction import redact_text, without

        text = redact_text(without("".join(traceback.format_exception(error)), [token]))
        complain("a bug:", *text.splitlines())


def _without_files(error: BaseException | None) -> str:
    """Return a message if the process has too many open files, else an empty string."""
    while error is not None:
        # Python treats a folder that it cannot open as one without modules.
        hidden = isinstance(error, ImportError) and _few_files()
        if hidden or (isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE)):
            return "too many open files; raise the limit: ulimit -n 256"
        error = error.__cause__ or error.__context__
    return ""


def _few_files() -> bool:
    """Whether the process may open so few files that importing a module can fail for that reason alone."""
    try:
        import resource
    except ImportError:
        return False
    return 0 < resource.getrlimit(resource.RLIMIT_NOFILE)[0] < FEW_FILES


def _leave(code: int) -> NoReturn:
    """Exit at once. A normal exit takes 0.3 s and waits for threads that wait for the server."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        if code != USAGE_ERROR:
            complain("cannot print: the output is closed or the disk is full")
        code = USAGE_ERROR
    with suppress(OSError, ValueError):
        sys.stderr.flush()
    os._exit(code)


def _run(arguments: Sequence[str]) -> int:
    if arguments and arguments[0] in ("help", "version"):
        from astro_tui.cli.arguments import as_option

        arguments = as_option(arguments, COMMANDS)
    if arguments and arguments[0] in COMMANDS:
        code: int = command_named(arguments[0]).run(arguments[1:])
        return code
    from astro_tui.errors import ConfigError
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
    config.remove_token(os.environ)
    # With another driver, such as textual-serve's, input and output are not a terminal.
    if not (os.environ.get("TEXTUAL_DRIVER") or (sys.stdin.isatty() and sys.stdout.isatty())):
        raise ConfigError("this is a full-screen program and needs a terminal for its input and output")
    from astro_tui.app.launch import start

    return start(settings, complain, theme_given="theme" in flags, resumes=not target and "account" not in flags)


def command_named(name: str) -> Any:
    """Return the command, which has the functions `parser` and `run`."""
    from importlib import import_module

    if name not in ACTIONS:
        return import_module(f"astro_tui.cli.commands.{name}")
    commands = import_module("astro_tui.cli.commands.actions").COMMANDS
    return next(command for command in commands if command.name == name)
