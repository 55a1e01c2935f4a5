"""Print the spans of one trace.

examples:
  astro-tui trace acme/claims-desk 9f2c61d07be84a5c8d11c0ffee00a001
  astro-tui trace acme/claims-desk TRACE --json | jq '.spans[] | select(.level == "error") | .message'
  astro-tui trace --demo report-writer "$(astro-tui traces --demo report-writer --failed --json | jq -r .[0].trace_id)"

AGENT is a deployment id, a display name, or a blueprint name. A > marks the spans on the critical path, and a bar shows
when each span ran; long waits are folded. With --json, "notes" says what is missing, and "spans" has each span before
those inside of it, with id, parent, depth, type, name, level, message, start, duration_ms, open, critical_ms, model,
tokens, and cost_usd. What is not known is null. Input and output are not printed. Secrets are masked.

exit code: 0 success; 1 a span reports an error; 2 error. To open an account named trace: astro-tui --account trace
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from astro_tui.cli.agents import found_agent
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, settings_of
from astro_tui.presentation.traces import lasted, message_of, span_name, summary_of, title_of, trace_as_json
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, took
from astro_tui.traces import Trace, bar_of

BARS = 20
"""Cells of a bar."""
_WHICH = "name a trace: astro-tui trace ACCOUNT/AGENT TRACE; astro-tui traces ACCOUNT/AGENT lists their IDs"


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("trace", __doc__, TRACE=_WHICH)
    result.add_argument("trace", metavar="TRACE", help="the ID of the trace")
    result.flag("--json", help="print a JSON object")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the trace cannot be read."""
    options = parser().parse_args([*arguments])
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        agent = found_agent(connection, options.agent)
        read = agent.agents.traces.read(agent.key, options.trace, connection.call())
    if options.json:
        output.json(json.dumps(trace_as_json(read), ensure_ascii=False))
    else:
        output.lines(_lines(read, output))
    return int(bool(read.tree.errors))


def _lines(read: Trace, output: Output) -> Iterator[str]:
    tree, timeline = read.tree, read.timeline
    errors = [counted(tree.errors, "error")] if tree.errors else []
    yield f"{title_of(read.head)}: {', '.join([*errors, *summary_of(read)])}"
    for position, span in enumerate(tree.spans):
        place = timeline.axis.place
        bar = bar_of(place(span.start), place(span.end), BARS, ascii_alone=True)
        drawn = (" " * bar.offset + bar.body).ljust(BARS)
        mark = ">" if position in timeline.path else " "
        wait = timeline.waits.get(position)
        parts = [
            f"{mark} {'  ' * min(span.depth, 20)}{span_name(span)}",
            f"after {took(wait)}" if wait else "",
            masked_line(span.seen.model, 60),
            f"{span.own_tokens:,} tokens" if span.own_tokens else "",
            "no end" if span.is_open else "",
            f"ERROR: {message_of(span)}" if span.failed else message_of(span),
        ]
        line = f"{lasted(span):>8} |{drawn}| {'  '.join(part for part in parts if part)}"
        yield ascii_only(visible(line)) if output.ascii else visible(line)
