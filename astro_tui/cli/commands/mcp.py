"""Answer the questions of other programs (Model Context Protocol).

examples:
  astro-tui mcp                           serve the accounts of your login
  astro-tui mcp --account acme            serve this account only
  astro-tui mcp --demo                    serve the embedded demo platform

A client, such as a coding agent, starts this command and talks to it over standard input and output. It gets ten tools:
list_agents, find, why, check, show, diff, history, events, logs, and traces. All of them only read: this process cannot
change anything on the platform. Secrets are masked, and no option reveals them. Sign in first: astro-tui auth login

It needs an optional package: pip install "astro-tui[mcp]"

exit code: 0 when the client ends the connection; 2 error
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from astro_tui.cli.connection import connected
from astro_tui.cli.parsing import Parser, add_server, settings_of
from astro_tui.errors import ConfigError

REQUESTS = 8
"""The most requests in flight, of all calls together."""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("mcp", "[options]", __doc__)
    account = "serve this account only (default: all of the login); can be repeated"
    result.add_argument("--account", metavar="NAME", action="append", default=[], help=account)
    result.add_argument("--demo", action="store_true", help="use the embedded demo platform")
    add_server(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Serve until the client closes its end, and return 0. Raises AstroError if that cannot begin."""
    options = vars(parser().parse_args(arguments))
    accounts = tuple(options.pop("account"))
    settings = settings_of(options)
    try:
        from astro_tui.cli.mcp.server import AgentServer
    except ModuleNotFoundError as error:
        if error.name not in ("mcp", "mcp_types", "anyio"):
            raise
        raise ConfigError('this command needs an optional package: pip install "astro-tui[mcp]"') from None
    with connected(settings, read_only=True, at_once=REQUESTS) as connection:
        if sys.stdin.isatty():
            connection.note("waiting for a client that speaks the Model Context Protocol; see astro-tui mcp --help")
        # The SDK waits for the next line before it ends, and nothing here is lost.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        AgentServer(connection, accounts).serve()
    return 0
