"""Print your accounts, or the money and limits of one.

examples:
  astro-tui accounts                                  your accounts
  astro-tui accounts acme                             its spend, its credit, and its quotas
  astro-tui accounts -o name | xargs -n 1 astro-tui list

Only owners and admins may read what an account spends.

exit code: 0 success, 2 error. To open an account named accounts: astro-tui --account accounts
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence

from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import Columns, Output, json_rows
from astro_tui.cli.parsing import Parser, add_connection, add_output, output_form, settings_of
from astro_tui.presentation.accounts import known_of
from astro_tui.presentation.money import OF_MONEY, as_json, fields
from astro_tui.runtime import system_clock
from astro_tui.state.account_cache import KnownAccount
from astro_tui.text.foreign import visible

FORMS = ("table", "json", "yaml", "name")
_HEADS = ("ACCOUNT", "NAME", "TYPE", "ROLE")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("accounts", "[options] [ACCOUNT]", __doc__)
    result.add_argument("account", metavar="ACCOUNT", nargs="?", default="", help="print its money and its limits")
    add_output(result, FORMS, "print a table, a JSON or YAML list, or one name per line")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return 0. Raises AstroError if the accounts cannot be read."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    form, settings = output_form(reader, options), settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        if name := options.get("account", ""):
            return _one(connection, name, output, form)
        accounts = known_of(connection.platform.me(call=connection.call()))
    if form == "name":
        output.lines(visible(account.name) for account in accounts)
    elif form == "table":
        output.lines(_table(accounts) if accounts else ["This login has no accounts."])
    else:
        print_rows = output.json if form == "json" else output.yaml
        print_rows(json_rows(map(_object, accounts)))
    return 0


def _one(connection: CliConnection, name: str, output: Output, form: str) -> int:
    """Print what is known about the money and the limits of an account."""
    agents, call, now = connection.agents, connection.call(), system_clock()
    facts = {source: agents.account(name, source, call) for source in OF_MONEY}
    shown = fields(facts, now)
    if form in ("json", "yaml"):
        print_rows = output.json if form == "json" else output.yaml
        print_rows(json.dumps(as_json(facts, now), ensure_ascii=False, indent=2))
    else:
        width = max((len(field.label) for field in shown), default=0)
        output.lines(f"{field.label:{width}}  {field.value}" for field in shown)
    return 0


def _object(account: KnownAccount) -> dict[str, object]:
    return {
        "account": account.name,
        "name": account.display_name,
        "type": account.type,
        "role": account.role,
        "id": account.id,
    }


def _table(accounts: Iterable[KnownAccount]) -> Iterator[str]:
    rows = [
        tuple(visible(text, 100) for text in (account.name, account.display_name, account.type, account.role))
        for account in accounts
    ]
    columns = Columns(_HEADS, rows)
    yield columns.line(_HEADS)
    yield from map(columns.line, rows)
