"""Print the logs of agents, or follow them.

examples:
  astro-tui logs acme/claims-desk                       the last 200 lines of each workload, in time order
  astro-tui logs acme/claims-desk --follow              and every line that is written from now on
  astro-tui logs acme/claims-desk --since 1h --level warn
  astro-tui logs acme/claims-desk --query 'status>=400 -health /time(d )?out/'
  astro-tui logs acme/claims-desk --workload agent --workload cases -t
  astro-tui logs acme/claims-desk --since 2026-07-02T06:00:00Z --until 2026-07-02T07:00:00Z --json | jq -r .message
  astro-tui logs acme/claims-desk acme/mail-triage -f   the lines of two agents in one time order
  astro-tui logs acme --all --follow --level error      the errors of all agents, and of those that are deployed later
  astro-tui logs --demo "Claims Desk (EU)" --follow     the lines of an agent on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. A workload is named as in the cluster, by the last part
of that name, or by its component. TIME is RFC 3339, in UTC if it has no zone, or a span such as 90s, 10m, 1h30m, or 2d
before now, at most 7 days. Without --since, the last lines come from the last hour or, if it has none, from the last 7
days; with --since, all lines since then. --level and --query filter the lines that are read; docs/logs.md
explains the query language. Where the platform sent no level, it is read from the line.

The lines of several agents begin with the name of the agent. --follow streams the logs of the first 20 agents, and
reads those of the others in turn. Agents that are deployed later join if --all includes them.

With --follow, a lost connection is restored and every line is printed once; standard error says for each gap whether
lines may be missing. Lines that arrive late are printed late. With --json, each line is an object with timestamp,
level, message, workload, with --container, container, and with several agents, agent. Secrets are masked, and control
characters are made visible.

exit code: 0 success, even without lines; 2 error, or a workload could not be read; 130 ended with ctrl+c. To open an
account named logs: astro-tui --account logs
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence

from astro_tui.cli.connection import connected
from astro_tui.cli.logs.printing import Printer
from astro_tui.cli.logs.reading import LogReading, WantedLines, moment
from astro_tui.cli.logs.selected import Selected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, settings_of
from astro_tui.errors import ConfigError
from astro_tui.logs.query import parse_query
from astro_tui.text.foreign import visible

TAIL = 200
"""Lines of each workload, unless the user requests another number."""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    usage, missing = "[options] ACCOUNT/AGENT…", "name an agent: astro-tui logs ACCOUNT/AGENT"
    result = Parser("logs", usage, __doc__, missing=missing)
    agents = "the agents; AGENT is enough if an account is set"
    result.add_argument("agents", metavar="ACCOUNT/AGENT", nargs="*", default=[], help=agents)
    result.flag("--all", help="read the logs of all agents; each argument is an account")
    workload = "read this workload only (default: all); can be repeated"
    result.add_argument("--workload", metavar="NAME", action="append", default=[], help=workload)
    result.add_argument("--container", metavar="NAME", default="", help="read this container only")
    result.flag("-f", "--follow", help="keep printing new lines until ctrl+c")
    result.add_argument("--since", metavar="TIME", type=moment, default=0, help="start at this time")
    result.add_argument("--until", metavar="TIME", type=moment, default=0, help="stop at this time")
    tail = f"print at most the last N lines of each workload (default: {TAIL}; with --since, all)"
    result.add_argument("--tail", metavar="N", type=_count, default=None, help=tail)
    level = "print lines at this level or above: trace, debug, info, notice, warn, error, or fatal"
    result.add_argument("--level", metavar="LEVEL", default="", help=level)
    query = "print lines that match; can be repeated"
    result.add_argument("--query", metavar="QUERY", action="append", default=[], help=query)
    result.flag("-t", "--timestamps", help="print the time of each line")
    result.flag("--json", help="print a JSON object per line")
    add_connection(result)
    return result


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 10):
        raise argparse.ArgumentTypeError(f"not a number of lines: {text!r}")
    return int(text)


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing can be read."""
    reader = parser()
    options = reader.parse_args([*_with_queries(reader, arguments)])
    if not options.agents and not options.all:
        reader.error("required: ACCOUNT/AGENT")
    settings = settings_of(vars(options))

    wanted = wanted_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        selected = Selected(connection, options.agents, options.workload, options.container, every=options.all)
        form = {"ascii_alone": output.ascii, "color": output.color}
        printer = Printer(selected.sources, wanted.query, times=options.timestamps, as_json=options.json, **form)
        join = selected.later() if wanted.follow else ()
        return LogReading(connection, output, printer, selected.sources, wanted, join).run() or selected.code


def _with_queries(reader: Parser, arguments: Sequence[str]) -> Iterator[str]:
    """Yield the arguments so that argparse takes `--query -health` for a query and its value."""
    rest = iter(arguments)
    for argument in rest:
        value = next(rest, None) if argument == "--query" else None
        if value is None:
            yield argument
        elif reader.has_option(value):
            yield from (argument, value)
        else:
            yield f"{argument}={value}"


def wanted_of(options: argparse.Namespace) -> WantedLines:
    """Return which lines are wanted. Raises ConfigError for arguments that contradict each other, and QueryError."""
    since, until, tail = options.since, options.until, options.tail
    history = tail != 0
    if options.follow and until:
        raise ConfigError("--follow and --until cannot be used together")
    if since and until and since >= until:
        raise ConfigError("--since must be before --until")
    if tail is None:
        tail = 0 if since else TAIL
    elif tail == 0:
        if not options.follow:
            raise ConfigError("--tail 0 prints nothing without --follow")
        since = time.time_ns()
    terms = [f"level>={options.level}"] if options.level else []
    if len(options.level.split()) > 1:
        raise ConfigError(f"--level takes one level, not {visible(options.level, 60)}; for anything else, use --query")
    query = parse_query(" ".join([*terms, *options.query]))
    return WantedLines(query, options.follow, since, until, tail, history)
