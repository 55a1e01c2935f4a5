"""Print the load, the traffic, and the cost of an agent.

examples:
  astro-tui numbers acme/claims-desk               charts of the last 24 hours
  astro-tui numbers acme/claims-desk --range 7d    of the last week; also 1h and 6h
  astro-tui numbers acme/claims-desk --json | jq '.medians'
  astro-tui numbers acme/claims-desk --json | jq '.numbers[] | select(.name == "errors") | .samples[-1]'
  astro-tui numbers acme/claims-desk --peers       whom it talks to: requests, failures, and latencies by direction
  astro-tui numbers --demo mail-triage             an agent on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. CPU and memory are those of one pod of the agent.
Failed requests are a share from 0 to 1, latencies are milliseconds, and costs are US dollars. Observations are not
traces: one trace has many. What was not measured has no samples and a note that says why; it is never zero.
"medians" compares the values before and after the last deploy, if both are in the range. CPU and requests are means
over four steps, so the four steps after a deploy are left out. The time of a restart or an OOM is rounded; if it may
be before or after a deploy, it has the time of the deploy, and "order_known" is false.

exit code: 0 success; 1 a part could not be read; 2 nothing could be read, or an error.
To open an account named numbers: astro-tui --account numbers
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from astro_tui.cli.agents import found_agent
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output, json_rows, note, table_of
from astro_tui.cli.parsing import Parser, add_connection, add_output, agent_parser, output_form, settings_of
from astro_tui.presentation.numbers import LENGTHS, MEANS, USUAL, Numbers
from astro_tui.presentation.panels import PanelDrawing, legend
from astro_tui.presentation.peers import COLUMNS, NONE, Peer, as_json
from astro_tui.runtime import system_clock
from astro_tui.session.numbers import read_all, read_peers

WIDTH, HEIGHT = 80, 8
"""Cells of a chart if the output is no terminal, and its lines with title and axis."""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("numbers", __doc__)
    result.add_argument(
        "--range", choices=LENGTHS, default=USUAL.name, help="how far back: 1h, 6h, 24h (default), or 7d"
    )
    result.flag("--peers", help="print whom it talks to instead, by direction")
    add_output(result, ("text", "json", "yaml"), "print charts, a JSON object, or a YAML document")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the agent cannot be found."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    form = output_form(reader, options, "text")
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    numbers = Numbers(system_clock().replace(microsecond=0), LENGTHS[options["range"]])
    with connected(settings) as connection:
        agent = found_agent(connection, options["agent"])
        if options["peers"]:
            _print_peers(read_peers(agent, numbers, connection.call()), output, form)
            return 0
        numbers = read_all(agent, numbers, connection.call)
    if form == "text":
        output.lines(_lines(numbers, output))
    else:
        about = {"account": agent.account, "agent": agent.entry.label, "id": agent.key}
        text = json.dumps(about | numbers.as_json(), ensure_ascii=False)
        (output.json if form == "json" else output.yaml)(text)
    errors = [each.error for each in numbers.readings.values()]
    failed = [error for error in errors if error is not None and not error.facts.not_set_up]
    return 2 if len(failed) == len(errors) else 1 if failed else 0


def _print_peers(peers: Sequence[Peer], output: Output, form: str) -> None:
    if form != "text":
        (output.json if form == "json" else output.yaml)(json_rows(map(as_json, peers)))
    elif peers:
        output.lines(table_of(COLUMNS, peers, system_clock()))
    else:
        note(NONE, ascii_alone=output.ascii)


def _lines(numbers: Numbers, output: Output) -> Iterator[str]:
    panels, drawing = numbers.panels, PanelDrawing(numbers, output.width or WIDTH, HEIGHT, ascii_alone=output.ascii)
    yield from output.wrapped(numbers.comparison(panels))
    for panel in panels:
        yield ""
        for line in drawing.lines(panel)[: None if panel.series is not None else 1]:
            yield "".join(piece.text for piece in line).rstrip()
    yield ""
    yield from output.wrapped("  ".join(filter(None, [legend(numbers.marks), MEANS])))
