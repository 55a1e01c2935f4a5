"""What the commands of the shell have in common: options, the platform, what is read, printed and said."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from astro_tui.cli.parsing import LineParser
from astro_tui.cli.streams import complain, write_out
from astro_tui.errors import AstroError, ConfigError
from astro_tui.text.foreign import ascii_only, visible

if TYPE_CHECKING:
    from astro_tui.document.loading import Reading
    from astro_tui.platform.client import Call, Platform, TokenSource
    from astro_tui.state.settings import Settings

STDIN = "-"
_CONNECTION = ("server", "account", "demo", "allow_insecure", "ascii")
_LEAST_ROOM = 20
"""Cells below which a sentence is not wrapped."""


class Parser(LineParser):
    """The parser of one command; `missing` is what is said where its argument is left out."""

    def __init__(self, command: str, usage: str, description: str, epilog: str, *, missing: str = "") -> None:
        self._missing = missing
        super().__init__(f"astro-tui {command}", f"astro-tui {command} {usage}", description, epilog)

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a ConfigError."""
        if self._missing and "required" in message:
            raise ConfigError(self._missing)
        super().error(message)


def add_ascii(parser: argparse.ArgumentParser) -> None:
    """Add the option for terminals without Unicode."""
    parser.add_argument(
        "--ascii", action="store_true", help="print ASCII characters alone (on where the locale has no Unicode)"
    )


def add_reveal(parser: argparse.ArgumentParser) -> None:
    """Add the option to print secrets."""
    parser.add_argument("--reveal", action="store_true", default=False, help="print values that look secret, too")


def add_connection(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which platform and which account."""
    parser.add_argument("--server", metavar="URL", help="address of the platform")
    parser.add_argument("--account", metavar="NAME", help="the account, where the argument names none")
    parser.add_argument("--demo", action="store_true", help="ask the embedded demo platform")
    parser.add_argument("--allow-insecure", action="store_true", help="allow plain http to other machines")
    add_ascii(parser)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """Return the settings of this run; the token leaves the environment. Raises ConfigError."""
    from astro_tui.state import settings as config

    settings = config.load({key: given[key] for key in _CONNECTION if key in given}, os.environ)
    config.environment_without_token(os.environ)
    return settings


# ---- the platform


@dataclass(frozen=True)
class Asking:
    """A platform to ask, and as whom."""

    platform: Platform
    settings: Settings

    def call(self) -> Call:
        """Return a call that says on a terminal when the client waits before it tries again."""
        from astro_tui.platform.client import Call

        return Call(waiting=self._waiting if sys.stderr.isatty() else None)

    @cached_property
    def account(self) -> str:
        """The account of the settings, else the login's default one; empty when there is neither."""
        return self.settings.account or self.platform.tokens.default_account(self.call())

    def _waiting(self, why: str, seconds: float) -> None:
        note(f"{why}; trying again in {seconds:.1f} s" if seconds else f"{why} …", ascii_alone=self.settings.ascii)

    def note(self, text: str) -> None:
        """Say something beside the output."""
        note(text, ascii_alone=self.settings.ascii)


@contextmanager
def asking(settings: Settings) -> Iterator[Asking]:
    """Open the platform of the settings, or the demo, with the login that is found; it is closed at the end."""
    from astro_tui.platform.client import Platform

    demo = None
    if settings.demo:
        from astro_tui.session.demo_platform import start_demo

        demo, settings = start_demo(settings)
    tokens: str | TokenSource = settings.token
    if not tokens:
        from astro_tui.auth.tokens import tokens_of

        tokens = tokens_of(settings)
    platform = Platform(settings.server, tokens, allow_insecure=settings.allow_insecure)
    try:
        yield Asking(platform, settings)
    finally:
        platform.close()
        if demo is not None:
            demo.stop()


# ---- documents


def open_document(name: str) -> BinaryIO:
    """Open a file or, for `-`, the standard input; raises ConfigError when that cannot be."""
    if name != STDIN:
        from astro_tui.document.loading import open_source

        return open_source(name)
    if sys.stdin.isatty():
        raise ConfigError("standard input is a terminal: pipe a document into it")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def read_document(name: str, file: BinaryIO) -> Reading:
    """Read and parse; raises ConfigError with the name of what is wrong."""
    from astro_tui.document.loading import parse, read_all

    try:
        return parse(read_all(file), name)
    except ConfigError as error:
        raise ConfigError(f"{shown_name(name)} {error}") from None
    except AstroError as error:
        raise ConfigError(f"{shown_name(name)}: {error}") from None


def print_damage(name: str, reading: Reading, *, ascii_alone: bool) -> None:
    """Say on standard error when a file's document is not exactly what the file holds."""
    if reading.damaged:
        said = f"{shown_name(name)} is not valid UTF-8; bytes that cannot be read are shown as \ufffd"
        note(said, ascii_alone=ascii_alone)


def shown_name(name: str) -> str:
    """Return what a file is called in a message."""
    return "standard input" if name == STDIN else visible(name, 300)


# ---- output


class Output:
    """The standard output: whether people look at it, and how they may be shown things."""

    def __init__(self, *, ascii_alone: bool) -> None:
        self.terminal = sys.stdout.isatty()
        self.ascii = ascii_alone
        plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
        self.colour = self.terminal and not plain

    @property
    def width(self) -> int:
        """Cells of a line where there is a terminal, else 0: nothing is cut. ASCII needs a few more."""
        import shutil

        return shutil.get_terminal_size().columns - (3 if self.ascii else 0) if self.terminal else 0

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines that hold nothing foreign but what was made visible."""
        self.write((ascii_only(line) if self.ascii else line).encode("utf-8", "replace") + b"\n" for line in lines)

    def wrapped(self, text: str, indent: int = 0) -> list[str]:
        """Return the lines of a sentence that stands behind `indent` cells; one where there is no terminal."""
        from textwrap import wrap

        room = self.width - indent
        return wrap(text, room, break_on_hyphens=False, break_long_words=False) if room > _LEAST_ROOM else [text]

    def json(self, text: str) -> None:
        """Print a JSON text; a terminal gets nothing of it that would move its cursor."""
        from astro_tui.document.printing import ascii_json, safe_for_terminal

        raw = text.encode("utf-8", "backslashreplace") + b"\n"
        raw = ascii_json(raw) if self.ascii else raw
        self.write([safe_for_terminal(raw) if self.terminal else raw])

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write bytes as they are; ends silently when whoever reads has enough. Raises ConfigError on a full disk."""
        write_out(pieces)


def note(text: str, *, ascii_alone: bool = False) -> None:
    """Say one line beside the output, on standard error."""
    line = visible(text)
    complain(ascii_only(line) if ascii_alone else line)


def trouble(error: AstroError, arguments: Sequence[str] = ()) -> str:
    """Return an error as one line that is safe for a terminal: what happened and what to do."""
    from astro_tui.presentation.remedies import explained
    from astro_tui.state.settings import without_unicode

    line = visible(explained(error))
    return ascii_only(line) if "--ascii" in arguments or without_unicode(os.environ) else line
