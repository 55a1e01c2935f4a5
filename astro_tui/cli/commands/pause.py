"""`astro-tui pause`: scale an agent to zero."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (
    ("astro-tui pause acme/claims-desk", "show a preview and ask to confirm"),
    ("astro-tui pause --dry-run acme/claims-desk", "print what would happen, and do nothing"),
    ("astro-tui pause --yes --wait acme/claims-desk", "in a script: pause, and wait until the agent is paused"),
)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    description = "Pause an agent: it is scaled to zero and keeps its data and its history."
    return with_agent(action_parser("pause", "", description, _EXAMPLES))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.PAUSE, given)
