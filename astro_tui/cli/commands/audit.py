"""Print who did what in an account, newest first.

examples:
  astro-tui audit acme                          the newest entries
  astro-tui audit acme --agent claims-desk      only those about an agent
  astro-tui audit acme --person priya --json | jq -r '.[].action'
  astro-tui audit --demo copper-lantern         on the embedded demo platform

Only owners and admins may read the audit log. Changed variables, crashes, and stops by billing are never in it.

exit code: 0 success, 2 error. To open an account named audit: astro-tui --account audit
"""

from __future__ import annotations

from collections.abc import Sequence

from astro_tui.cli.agents import account_of
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output, json_rows, note, table_of
from astro_tui.cli.parsing import Parser, add_connection, settings_of
from astro_tui.presentation.audit import COLUMNS, as_json
from astro_tui.runtime import system_clock
from astro_tui.session.account_store import PAGE, older_entries


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("audit", "[options] [ACCOUNT]", __doc__)
    result.add_argument("account", metavar="ACCOUNT", nargs="?", default="", help="the account (default: yours)")
    result.add_argument("--agent", metavar="AGENT", default="", help="only this agent: an ID or a blueprint's name")
    result.add_argument("--person", metavar="NAME", default="", help="only what this person did: part of the name")
    result.add_argument("--action", metavar="WORD", default="", help="only actions that contain this word")
    result.add_argument("--limit", metavar="N", type=int, default=PAGE, help=f"read N entries (default: {PAGE})")
    result.flag("--json", help="print a JSON list with an object per entry")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if the log cannot be read."""
    options = parser().parse_args([*arguments])
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        account, platform = options.account or account_of(connection), connection.platform
        rows = older_entries(platform, account, options.limit, connection.call())
    person, action, agent = options.person.lower(), options.action.lower(), options.agent
    shown = [
        row
        for row in rows
        if (not agent or agent in (row.resource_id, row.resource))
        and person in f"{row.who} {row.actor}".lower()
        and action in f"{row.action} {row.what}".lower()
    ]
    if options.json:
        output.json(json_rows(map(as_json, shown)))
    elif shown:
        output.lines(table_of(COLUMNS, shown, system_clock()))
    else:
        note("The audit log has no such entries.", ascii_alone=output.ascii)
    return 0
