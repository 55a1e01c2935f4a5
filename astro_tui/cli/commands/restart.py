"""`astro-tui restart`: replace all pods of an agent, or one."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.actions.kinds import ActionKind
from astro_tui.cli.acting import act, action_parser, with_agent
from astro_tui.cli.parsing import Parser

_EXAMPLES = (
    ("astro-tui restart acme/claims-desk", "replace all pods"),
    ("astro-tui restart --pod claims-desk-agent acme/claims-desk", "only the pod of this workload"),
    ("astro-tui restart --yes --wait acme/claims-desk", "wait until the new pods are ready"),
)


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = action_parser("restart", "[--pod P]", "Restart an agent: replace all of its pods, or one.", _EXAMPLES)
    pod = "restart only this pod, by its name or its workload's name"
    result.add_argument("--pod", metavar="P", default=None, help=pod)
    return with_agent(result)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises ConfigError."""
    given = vars(parser().parse_args(arguments))
    pod = given["pod"]
    return act(ActionKind.RESTART if pod is None else ActionKind.RESTART_POD, given, pod or "")
