"""`astro-tui rollback`: deploy another revision of an agent again."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser, revision_of

_EXAMPLES = (
    ("astro-tui rollback --to 11 acme/claims-desk", "show a preview of all changes and ask to confirm"),
    ("astro-tui rollback --to 11 --dry-run acme/claims-desk", "have the platform check the revision; change nothing"),
    ("astro-tui rollback --to 11 --yes --wait acme/claims-desk", "in a script: wait until it is ready, or say why not"),
)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = action_parser("rollback", "--to N", "Roll an agent back or forward to another revision.", _EXAMPLES)
    result.add_argument("--to", metavar="N", type=revision_of, required=True, help="the number of the revision")
    return with_agent(result)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.ROLLBACK, given, str(given["to"]))
