"""Show any JSON or YAML file as a tree.

examples:
  astro-tui view spec.json            open a file: JSON, JSON Lines, or YAML
  kubectl get … -o yaml | astro-tui view -
  astro-tui view spec.yaml > out.json

Values that look secret are masked; on the screen, x shows one of them for ten seconds.
When the output is not a terminal, or with --format, the document is printed instead.

exit code: 0 success, 2 error.
To open an account named view: astro-tui --account view
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from astro_tui.cli.documents import STDIN, open_document, print_damage, read_document
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_ascii, add_reveal, add_theme, settings_of
from astro_tui.document.loading import Background, LoadedDocument, read_start
from astro_tui.document.printing import FORMATS, printed, safe_for_terminal
from astro_tui.errors import ConfigError
from astro_tui.runtime import disable_during_startup

if TYPE_CHECKING:
    from astro_tui.state.settings import Settings

WAIT_BEFORE_SCREEN = 0.05
"""Seconds that the screen waits for a document, so that an error in it appears without a flash."""
WAIT_FOR_SMALL = 1.0
"""The same for a small file, which takes milliseconds unless the machine is busy."""
SMALL = 1 << 16
"""The most bytes of a small file."""
LARGE = 1 << 20
"""Only the start of files over this many bytes is read before the first frame."""
_MISSING = "which file? astro-tui view FILE, or - for stdin (to open an account named view: astro-tui --account view)"


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("view", "[options] FILE", __doc__, missing=_MISSING)
    result.add_argument("file", metavar="FILE", help="the file to open; - is standard input")
    result.add_argument(
        "--format", choices=FORMATS, default=None, help="print the document in this format (json when piped)"
    )
    add_reveal(result)
    add_theme(result)
    add_ascii(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return the exit code. Raises AstroError if the file cannot be read."""
    options = parser().parse_args(arguments)
    printing = options.format is not None or not sys.stdout.isatty()
    if options.reveal and not printing:
        raise ConfigError("--reveal only works when printing; on the screen, x shows one masked value")
    settings = settings_of(vars(options))
    if printing:
        return _print(options.file, options.format or "json", reveal=options.reveal, ascii_alone=settings.ascii)
    return _show(options.file, settings)


# ---- printing


def _print(name: str, form: str, *, reveal: bool, ascii_alone: bool) -> int:
    reading = read_document(name, open_document(name))
    print_damage(name, reading, ascii_alone=ascii_alone)
    output = Output(ascii_alone=ascii_alone)
    pieces = printed(reading.document, form, reveal=reveal, ascii_alone=ascii_alone)
    output.write(safe_for_terminal(piece) if output.terminal else piece for piece in pieces)
    return 0


# ---- the screen


def _show(name: str, settings: Settings) -> int:
    file = open_document(name)
    if not sys.stderr.isatty():
        raise ConfigError("the screen is drawn on standard error, which is not a terminal here; use --format to print")
    _keyboard()
    disable_during_startup()
    size = os.fstat(file.fileno()).st_size if name != STDIN else 0

    def read() -> LoadedDocument:
        return read_document(name, file)

    if size >= LARGE:
        return _start(name, settings, Background(read, read_start(file, name)))
    # A pipe has no size.
    patience = WAIT_FOR_SMALL if 0 < size <= SMALL else WAIT_BEFORE_SCREEN
    return _start(name, settings, Background(read).start(), patience)


def _keyboard() -> None:
    """Read keys from the terminal, even if standard input is a file or a pipe."""
    if sys.stdin.isatty():
        return
    try:
        terminal = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise ConfigError("no terminal to read keys from; use --format to print") from None
    os.dup2(terminal, sys.stdin.fileno())
    os.close(terminal)


def _start(name: str, settings: Settings, background: Background, patience: float = 0) -> int:
    """Show the document once it is there, or after `patience` seconds if it is being read."""
    from astro_tui.app.launch import run as run_app
    from astro_tui.platform.client import Platform
    from astro_tui.screens.viewer import STYLES, ViewerScreen
    from astro_tui.session.session import Session
    from astro_tui.theme.look import Look

    if background.started and background.wait(patience):
        background.result()
    title = "standard input" if name == STDIN else Path(name).name or name
    session = Session(settings, Platform(settings.server), Look(ascii_alone=settings.ascii))
    code = run_app(session, first=lambda: ViewerScreen(session, title, background), styles=STYLES)
    if code and background.done:
        background.result()
    return code
