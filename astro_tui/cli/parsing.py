"""The parser that the command line of the app and those of its commands share."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from astro_tui.cli.streams import write_out
from astro_tui.errors import ConfigError
from astro_tui.text.foreign import visible


class LineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; argparse alone would print the usage above it."""

    def __init__(self, prog: str, usage: str | None, description: str, epilog: str) -> None:
        super().__init__(
            prog=prog,
            usage=usage,
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=epilog,
            allow_abbrev=False,
            argument_default=argparse.SUPPRESS,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a ConfigError."""
        raise ConfigError(f"{visible(message, 300)}; see {self.prog} --help")

    def _print_message(self, message: str, file: Any = None) -> None:
        # argparse ignores what cannot be written, and the exit code would be 0.
        write_out([message.encode("utf-8", "backslashreplace")])
