"""`astro-tui delete`: remove an agent and its data."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (
    ("astro-tui delete acme/claims-desk", "show a preview, then ask for the agent's name"),
    ('astro-tui delete --confirm "Claims Desk (EU)" acme/q7k-0ab-x4d', "in a script"),
    ("astro-tui delete --dry-run acme/claims-desk", "print what would happen, and do nothing"),
)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    description = "Delete an agent and its data. This cannot be undone."
    return with_agent(action_parser("delete", "[--confirm NAME]", description, _EXAMPLES))


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.DELETE, given)
