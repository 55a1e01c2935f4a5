"""Print a report about an agent's problem, to hand off.

examples:
  astro-tui report acme/claims-desk                  print a report for a ticket or a coding agent
  astro-tui report acme/claims-desk -o incident.md   write it to a file
  astro-tui report acme/claims-desk --json           the same facts for programs
  astro-tui report --demo report-writer              an agent on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. The report has the cause and its evidence, the change to
blame, the log lines that prove the cause, workloads, what happened around the time when the problem began, next steps,
and what could not be read. Values that look secret are masked. It has at most {bytes:,} bytes and says what it leaves
out.

exit code: 0 success, 2 error. To open an account named report: astro-tui --account report
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from astro_tui import __version__
from astro_tui.cli.agents import found_with_id
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection, agent_parser, settings_of
from astro_tui.errors import ConfigError
from astro_tui.platform.client import Call
from astro_tui.presentation.report import BYTES, LEAST_BYTES, Case, as_json, markdown
from astro_tui.session.agent import OF_REPORT
from astro_tui.state.files import write_new
from astro_tui.text.foreign import visible


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = agent_parser("report", __doc__.format(bytes=BYTES))
    result.add_argument("-o", "--output", metavar="FILE", default="", help="write it to this new file")
    result.flag("--json", help="print a JSON object")
    most = f"the most bytes of the Markdown ({BYTES:,})"
    result.add_argument("--max-bytes", metavar="N", type=int, default=BYTES, help=most)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if the agent cannot be read or the file not written."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    if options["max_bytes"] < LEAST_BYTES:
        reader.error(f"--max-bytes needs a number of at least {LEAST_BYTES:,}")
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        agent = found_with_id(connection, options["agent"]).explained(Call())
        facts, rows = agent.happened(Call(), OF_REPORT)
        diagnosis = agent.entry.diagnosis
        assert diagnosis is not None  # noqa: S101  it was just made
        passed_on = " --demo" if settings.demo else ""
        case = Case(agent.entry, facts, diagnosis, rows, connection.platform.server, __version__, passed_on)
    text = json.dumps(as_json(case), ensure_ascii=False) if options["json"] else markdown(case, options["max_bytes"])
    if options["output"]:
        _write(Path(options["output"]), text)
    elif options["json"]:
        output.json(text)
    else:
        output.lines(text.splitlines())
    return 0


def _write(path: Path, text: str) -> None:
    try:
        write_new(path, f"{text.rstrip()}\n".encode("utf-8", "replace"))
    except OSError as error:
        raise ConfigError(f"cannot write {visible(str(path), 300)}: {error.strerror or error}") from None
