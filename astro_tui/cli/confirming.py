"""How a command that changes something is confirmed: by its options, or on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

from astro_tui.actions.arming import NotArmedError
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser

PROTECTED = "The account is protected. "


def add_confirming(parser: Parser, name: str) -> None:
    """Add the options that confirm; `name` is the help of --confirm."""
    parser.flag("--yes", help="do not ask; required without a terminal")
    parser.add_argument("--confirm", metavar="NAME", default=None, help=name)


class ConfirmedBy(NamedTuple):
    """What confirms an action: `key` for `what`, or the agent's `name` if that is needed, and `why`."""

    name: str
    key: str
    what: str
    needs_name: bool
    why: str = ""

    def typed(self, output: Output, *, yes: bool, named: str | None, show: Callable[[], None]) -> str | None:
        """Return the name typed to confirm (empty if not required), or None if declined. Raises NotArmedError.

        `show` prints what would happen, before the user is asked.
        """
        if named is not None:
            if named != self.name:
                raise NotArmedError(f"--confirm must be the agent's name: {self.name}.")
            return named
        if yes and not self.needs_name:
            return ""
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            if self.needs_name:
                raise NotArmedError(f"{self.why}To confirm, name the agent: --confirm {self.name!r}.")
            raise NotArmedError("There is no terminal to confirm on; add --yes.")
        show()
        wanted = self.name if self.needs_name else self.key
        what = "" if self.needs_name else f" ({self.what})"
        typed = output.ask(f"Type {wanted} to confirm{what}; anything else cancels: ")
        if typed != wanted:
            return None
        return typed if self.needs_name else ""
