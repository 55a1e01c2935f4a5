"""`astro-tui trigger`: run an ingestion of an agent now."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (("astro-tui trigger backfill acme/claims-desk", "show a preview and ask to confirm"),)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = action_parser("trigger", "INGESTION", "Run one of an agent's manual ingestions now.", _EXAMPLES)
    result.add_argument("ingestion", metavar="INGESTION", help="the name of an ingestion whose trigger is manual")
    return with_agent(result)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    return act(ActionKind.TRIGGER, given, given["ingestion"])
