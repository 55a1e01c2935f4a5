"""List the newest traces of an agent.

examples:
  astro-tui traces acme/claims-desk                        the newest 50 traces
  astro-tui traces acme/claims-desk --failed               only those with an error, of the newest 60
  astro-tui traces acme/claims-desk --search robin         whose name, ID, or user contains a text
  astro-tui traces acme/claims-desk --sort cost --limit 5  the most expensive of the newest 1,000
  astro-tui traces acme/claims-desk --failed --json | jq -r '.[].trace_id'
  astro-tui traces --demo report-writer --failed           on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. The list does not say whether anything failed, so
--failed reads the traces one at a time, at most 60 of them. A search, or an order by latency or cost, sees at most the
newest 1,000 traces and may take two minutes. Traces appear seconds after a request and may be sampled: no trace does
not mean no request. With --json, each line of the list is an object with trace_id, name, user, timestamp (when the
trace arrived), latency_ms, cost_usd, and errors, which is null unless the trace was read and has spans.

exit code: 0 success, even without traces; 1 with --failed: there are some; 2 error.
To open an account named traces: astro-tui --account traces
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from astro_tui.cli.agents import found_agent
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output, json_rows, table_of
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, settings_of
from astro_tui.cli.trace_lists import MOST_LISTED, listed
from astro_tui.platform.observations import TraceQuery
from astro_tui.presentation.traces import COLUMNS, MOST_READ, line_as_json
from astro_tui.runtime import system_clock

SORTS = {"time": "timestamp", "latency": "latency", "cost": "cost"}


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("traces", __doc__)
    result.flag("--failed", help=f"read the traces one at a time, at most {MOST_READ}, and list those with an error")
    search = "list traces whose name, ID, or user contains this"
    result.add_argument("--search", metavar="TEXT", default="", help=search)
    result.add_argument("--sort", choices=list(SORTS), default="time", help="time (default), latency, or cost")
    limit = f"the most traces to list: 1 to {MOST_LISTED} (default: 50)"
    result.add_argument("--limit", metavar="N", type=_limit, default=50, help=limit)
    result.flag("--json", help="print a JSON list with an object per trace")
    add_connection(result)
    return result


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text[:4]) <= MOST_LISTED):
        raise argparse.ArgumentTypeError(f"not a number from 1 to {MOST_LISTED}: {text!r}")
    return int(text)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing can be read."""
    options = parser().parse_args([*arguments])
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        agent = found_agent(connection, options.agent)
        query = TraceQuery(options.search, sort=SORTS[options.sort])
        lines = listed(connection, agent.key, query, options.limit, failed=options.failed)
    if options.json:
        output.json(json_rows(map(line_as_json, lines)))
    else:
        output.lines(table_of(COLUMNS, lines, system_clock()))
    return int(options.failed and bool(lines))
