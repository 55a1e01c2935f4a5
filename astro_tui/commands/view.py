"""`astro-tui view FILE`: any JSON or YAML file in the tree, or printed where nobody looks at a terminal."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from astro_tui.errors import AstroError, ConfigError
from astro_tui.text import visible

if TYPE_CHECKING:
    from astro_tui.config import Settings
    from astro_tui.reading import Background, Reading

STDIN = "-"
WAIT_BEFORE_SCREEN = 0.05
"""Seconds that the screen waits for a document that is nearly there: a bad file is told without a flash."""
_EPILOG = """\
examples:
  astro-tui view spec.json            open a file: JSON, JSON lines or YAML
  kubectl get … -o yaml | astro-tui view -
  astro-tui view spec.yaml > out.json

Values that look secret are masked: on the screen x shows one of them for ten seconds.
Where the output is no terminal, or with --format, the document is printed instead.
An account that is called view is opened with: astro-tui --account view
"""


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a ConfigError."""
        if "required" in message:
            message = "which file? astro-tui view FILE, or - for standard input (an account: astro-tui --account view)"
            raise ConfigError(message)
        raise ConfigError(f"{visible(message)}; see astro-tui view --help")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the subcommand's arguments."""
    from astro_tui.config import THEMES
    from astro_tui.printing import FORMATS

    result = _Parser(
        prog="astro-tui view",
        usage="astro-tui view [options] FILE",
        description="Open any JSON or YAML file in the tree of the spec.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    result.add_argument("file", metavar="FILE", help="the file to open; - is standard input")
    result.add_argument("--format", choices=FORMATS, help="print the document in this form (json when piped)")
    result.add_argument("--reveal", action="store_true", help="print values that look secret, too")
    result.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")
    result.add_argument("--ascii", action="store_true", default=None, help="draw with ASCII characters alone")
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the subcommand and return the exit code; raises AstroError for what cannot be read."""
    given = parser().parse_args(arguments)
    from astro_tui import config

    flags = {key: value for key, value in (("theme", given.theme), ("ascii", given.ascii)) if value is not None}
    printing = given.format is not None or not sys.stdout.isatty()
    if given.reveal and not printing:
        raise ConfigError("--reveal is for printing; on the screen x shows one masked value")
    settings = config.load(flags, os.environ)
    config.environment_without_token(os.environ)
    if printing:
        return _print(given.file, given.format or "json", reveal=given.reveal, ascii_alone=settings.ascii)
    return _show(given.file, settings)


# ---- reading


def _open(name: str) -> BinaryIO:
    if name != STDIN:
        from astro_tui.reading import open_source

        return open_source(name)
    if sys.stdin.isatty():
        raise ConfigError("standard input is a terminal: pipe a document into it")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def _read(name: str, file: BinaryIO) -> Reading:
    """Read and parse; an error is told with the name of what it is about."""
    from astro_tui.reading import parse, read_all

    shown = _shown(name)
    try:
        return parse(read_all(file), name)
    except ConfigError as error:
        raise ConfigError(f"{shown} {error}") from None
    except AstroError as error:
        raise ConfigError(f"{shown}: {error}") from None


def _shown(name: str) -> str:
    return "standard input" if name == STDIN else visible(name, 300)


# ---- printing


def _print(name: str, form: str, *, reveal: bool, ascii_alone: bool) -> int:
    from astro_tui.printing import printed, safe_for_terminal

    document = _read(name, _open(name)).document
    _end_with_the_pipe()
    terminal = sys.stdout.isatty()
    out = sys.stdout.buffer
    try:
        for piece in printed(document, form, reveal=reveal, ascii_alone=ascii_alone):
            out.write(safe_for_terminal(piece) if terminal else piece)
        out.flush()
    except OSError as error:
        raise ConfigError(f"cannot print: {error.strerror or 'the output is closed'}") from None
    return 0


def _end_with_the_pipe() -> None:
    """End silently, as other programs do, when whoever reads the output has enough."""
    import signal

    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)


# ---- the screen


def _show(name: str, settings: Settings) -> int:
    file = _open(name)
    if not sys.stderr.isatty():
        raise ConfigError("the screen is drawn on standard error, which is no terminal here; use --format to print")
    _keyboard()
    from astro_tui.reading import Background

    # Collecting garbage while modules load finds none and costs a tenth of the start.
    gc.disable()
    background = Background(lambda: _read(name, file)).start()
    return _start(name, settings, background)


def _keyboard() -> None:
    """Take the keys from the terminal, whatever standard input is."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise ConfigError("there is no terminal to take keys from; use --format to print") from None
    os.dup2(terminal, sys.stdin.fileno())
    os.close(terminal)


def _start(name: str, settings: Settings, background: Background) -> int:
    import asyncio

    from astro_tui.app import AstroApp
    from astro_tui.client import Platform
    from astro_tui.look import Look
    from astro_tui.screens.viewer import STYLES, ViewerScreen
    from astro_tui.session import Session

    driver = None
    if os.name == "posix":
        from astro_tui.driver import PromptDriver

        driver = PromptDriver
    if background.wait(WAIT_BEFORE_SCREEN):
        background.result()
    title = "standard input" if name == STDIN else Path(name).name or name
    session = Session(settings, Platform(settings.server), Look(ascii_alone=settings.ascii))
    app = AstroApp(session, driver, first=lambda: ViewerScreen(session, title, background), styles=STYLES)
    # An own loop, because asyncio.run() would wait for worker threads at its end.
    app.run(loop=asyncio.new_event_loop())
    if app.return_code and background.done:
        background.result()
    return app.return_code or 0
