"""Print what happened to an agent, newest first.

examples:
  astro-tui events acme/claims-desk             deploys, actions, events, restarts, runs, and alerts, newest first
  astro-tui events acme/claims-desk --json | jq -r '.[] | select(.kind == "deploy") | .at'
  astro-tui events --demo report-writer         an agent on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. Rows of the kind "note" say what could not be read and
what is missing: a cluster keeps its events for about an hour, and the platform sends the newest 50. What is known only
as an age has no time. Actions are those taken from this machine. Times are local, and UTC in JSON.

exit code: 0 success, 2 error. To open an account named events: astro-tui --account events
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from astro_tui.cli.agents import found_with_id
from astro_tui.cli.connection import connected
from astro_tui.cli.output import SEVERITIES, Columns, Output, json_rows
from astro_tui.cli.parsing import Parser, add_connection, add_output, agent_parser, output_form, settings_of
from astro_tui.platform.client import Call
from astro_tui.presentation.nodes import word_of
from astro_tui.presentation.timeline import Happening, as_json
from astro_tui.runtime import system_clock
from astro_tui.text.foreign import ascii_only
from astro_tui.text.styled import Line, painted
from astro_tui.text.times import local_time

FORMS = ("table", "json", "yaml")
_HEADS = ("TIME", "LEVEL", "KIND", "WHAT", "TIMES", "OBJECT", "MESSAGE")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("events", __doc__)
    add_output(result, FORMS, "print a table, or a JSON or YAML list")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if the agent cannot be read."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    form = output_form(reader, options)
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        _facts, rows = found_with_id(connection, options["agent"]).judged(Call()).happened(Call())
    if form == "table":
        output.lines(_table(rows, output))
    else:
        print_rows = output.json if form == "json" else output.yaml
        print_rows(json_rows(map(as_json, rows)))
    return 0


def _table(rows: Sequence[Happening], output: Output) -> Iterator[Line]:
    now = system_clock()
    cells = [_cells(row, now, output) for row in rows]
    columns = Columns(_HEADS, cells)
    yield columns.line(_HEADS)
    for row, texts in zip(rows, cells, strict=True):
        line, code = columns.line(texts), SEVERITIES[row.status.severity] if row.status is not None else None
        # A note has no level.
        before, level, after = line.partition(texts[1]) if texts[1] else (line, "", "")
        yield before + painted(level, code, color=output.color) + after


def _cells(row: Happening, now: datetime, output: Output) -> tuple[str, ...]:
    at = local_time(row.at, now) if row.at is not None else "-"
    times = f"{row.count:,}" if row.count > 1 else ""
    texts = (at, word_of(row), row.kind, row.label, times, row.object, row.message)
    return tuple(ascii_only(text) if output.ascii else text for text in texts)
