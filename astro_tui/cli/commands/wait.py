"""`astro-tui wait ACCOUNT/AGENT`: follow a rollout until it is ready, fails, or times out."""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, revision_of, seconds_of, settings_of
from astro_tui.cli.waiting import Waiting

_EPILOG = """\
examples:
  astro-tui wait acme/claims-desk                    until the rollout is ready, at most 10 minutes
  astro-tui wait acme/claims-desk --timeout 1h30m    at most 90 minutes
  astro-tui wait acme/claims-desk --revision 12      until revision 12 is ready; it need not be deployed yet
  astro-tui wait acme/claims-desk && echo ready

AGENT is a deployment id, a display name, or a blueprint name. On a terminal, one line shows the rollout's progress;
elsewhere, each change is one line. A rollout that cannot become ready, for example because its image does not exist,
counts as failed, and the cause is printed. If the platform cannot be reached, astro-tui keeps trying until time is up.
Right after a deploy, use --revision: until the platform starts that revision, the state is still the previous one's.

exit code: 0 ready; 1 failed, paused, suspended, canceled, removed, or replaced by another revision; 2 timed out, or
an error. To open an account named wait: astro-tui --account wait
"""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("wait", "Wait until a rollout is ready, or say why it is not.", _EPILOG)
    result.add_argument("--revision", metavar="N", type=revision_of, default=None, help="wait for this revision")
    timeout = "how long to wait: 90, 90s, 10m, or 1h30m (default: 10m)"
    result.add_argument("--timeout", metavar="TIME", type=seconds_of, default=600, help=timeout)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the time is up, or nothing can be read."""
    given = parser().parse_args(arguments)
    settings = settings_of(vars(given))
    with connected(settings) as connection:
        waiting = Waiting(connection, given.agent, given.revision, given.timeout, Output(ascii_alone=settings.ascii))
        return waiting.run()
