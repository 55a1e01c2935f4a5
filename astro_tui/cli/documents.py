"""The documents that commands read: a file, or standard input for `-`."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from astro_tui.cli.output import note
from astro_tui.document.loading import LoadedDocument, open_source, parse, read_all
from astro_tui.errors import AstroError, ConfigError
from astro_tui.text.foreign import visible

STDIN = "-"


def open_document(name: str) -> BinaryIO:
    """Open a file, or standard input for `-`. Raises ConfigError if that fails."""
    if name != STDIN:
        return open_source(name)
    if sys.stdin.isatty():
        raise ConfigError("standard input is a terminal: pipe a document into it")
    return os.fdopen(os.dup(sys.stdin.fileno()), "rb")


def read_document(name: str, file: BinaryIO) -> LoadedDocument:
    """Read and parse a document. Raises ConfigError with its name."""
    try:
        return parse(read_all(file), name)
    except ConfigError as error:
        raise ConfigError(f"{shown_name(name)} {error}") from None
    except AstroError as error:
        raise ConfigError(f"{shown_name(name)}: {error}") from None


def print_damage(name: str, reading: LoadedDocument, *, ascii_alone: bool) -> None:
    """Warn on standard error if a file contains bytes that cannot be displayed."""
    if reading.damaged:
        said = f"{shown_name(name)} is not valid UTF-8; invalid bytes are shown as \ufffd"
        note(said, ascii_alone=ascii_alone)


def shown_name(name: str) -> str:
    """Return the name of a file for a message."""
    return "standard input" if name == STDIN else visible(name, 300)
