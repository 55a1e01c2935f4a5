"""Print the variables of an account.

examples:
  astro-tui variables acme                      the variables, and when they were edited
  astro-tui variables acme --used-by            also which agents use them: one request for each agent
  astro-tui variables acme --json | jq -r '.[] | select(.secret) | .name'
  astro-tui variables --demo copper-lantern     on the embedded demo platform

Values are never printed. An agent keeps its copy of a variable until it is deployed again: astro-tui deploy --same. An
edit may have changed only the description.

exit code: 0 success, 2 error. To open an account named variables: astro-tui --account variables
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from astro_tui.cli.agents import account_of
from astro_tui.cli.connection import connected
from astro_tui.cli.output import Output, json_rows, note, table_of
from astro_tui.cli.parsing import Parser, add_connection, settings_of
from astro_tui.presentation.variables import COLUMNS, as_json, row_of
from astro_tui.runtime import system_clock
from astro_tui.session.account_store import read_account, with_users


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("variables", "[options] [ACCOUNT]", __doc__)
    result.add_argument("account", metavar="ACCOUNT", nargs="?", default="", help="the account (default: yours)")
    result.flag("--used-by", help="name the agents that use each: one request per agent")
    result.flag("--json", help="print a JSON list with an object each")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if the variables cannot be read."""
    options = parser().parse_args([*arguments])
    settings = settings_of(vars(options))
    output = Output(ascii_alone=settings.ascii)
    unread: list[str] = []
    with connected(settings) as connection:
        account = options.account or account_of(connection)
        stored: Any = read_account(connection.platform, account, "variables", system_clock(), connection.call())
        rows = list(map(row_of, stored))
        if options.used_by:
            rows, unread = with_users(connection.platform, account, rows, connection.call())
    if options.json:
        output.json(json_rows(map(as_json, rows)))
    elif rows:
        columns = [each for each in COLUMNS if each.name != "value" and (options.used_by or each.name != "users")]
        output.lines(table_of(columns, rows, system_clock()))
    else:
        note("The account has no variables.", ascii_alone=output.ascii)
    for each in unread:
        note(each, ascii_alone=output.ascii)
    return 0
