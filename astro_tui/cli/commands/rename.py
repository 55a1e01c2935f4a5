"""`astro-tui rename`: give an agent another display name."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (('astro-tui rename "Claims Desk (EU)" acme/claims-desk', "show a preview and ask to confirm"),)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = action_parser("rename", "NAME", "Give an agent another display name.", _EXAMPLES)
    result.add_argument("name", metavar="NAME", help="the new name")
    return with_agent(result)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.RENAME, given, given["name"])
