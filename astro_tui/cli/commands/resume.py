"""`astro-tui resume`: start a paused agent again."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (
    ("astro-tui resume acme/claims-desk", "show a preview and ask to confirm"),
    ("astro-tui resume --yes --wait acme/claims-desk && echo up", "wait until it is ready"),
)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = action_parser("resume", "", "Resume a paused agent.", _EXAMPLES)
    return with_agent(result)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.RESUME, given)
