"""Browse the public catalog, or print it.

examples:
  astro-tui catalog                     browse the public catalog; requires no login
  astro-tui catalog weather guide       open the catalog with search results for "weather guide"
  astro-tui catalog tag:garden          blueprints with this tag
  astro-tui catalog --account acme      the blueprints of one account, including private ones if you are a member
  astro-tui catalog acme/claims-desk    one blueprint: readme, card, builds, and their specs
  astro-tui catalog ferry --json | jq -r '.[].name'

When the output is not a terminal, or with --table or --json, the list is printed instead: the first 100, or --limit N.

exit code: 0 success, 2 error.
To open an account named catalog: astro-tui --account catalog
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import QUIET, Columns, Output, json_rows
from astro_tui.cli.parsing import Parser, add_connection, add_theme, settings_of
from astro_tui.errors import ConfigError
from astro_tui.presentation.catalog import (
    FURTHEST,
    ORDERS,
    PAGE,
    CatalogQuery,
    about,
    deploys,
    hearts,
    key_of,
    newest_of,
    note_of,
    published,
)
from astro_tui.runtime import disable_during_startup, system_clock
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.styled import Line, painted
from astro_tui.text.times import age, counted

if TYPE_CHECKING:
    from astro_tui.platform.models import Blueprint

USUAL = 100
"""How many blueprints are printed by default."""
_ONE = re.compile(r"([a-z][a-z0-9-]*)/([a-z][a-z0-9-]*)")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("catalog", "[options] [QUERY | ACCOUNT/BLUEPRINT]", __doc__)
    result.add_argument(
        "words", nargs="*", default=[], metavar="QUERY", help="what to search for; tag:NAME, from:ACCOUNT"
    )
    result.flag("--table", help="print the table, even on a terminal")
    result.flag("--json", help="print a JSON list of objects")
    result.add_argument(
        "--limit", type=int, default=USUAL, metavar="N", help=f"print at most N ({USUAL}); 0 prints all"
    )
    result.add_argument("--sort", choices=ORDERS, default=ORDERS[0], help=f"the order ({ORDERS[0]})")
    add_theme(result)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError."""
    options = vars(parser().parse_args(arguments))
    if options["limit"] < 0:
        raise ConfigError("--limit must be 0 or more; 0 prints all")
    # The account in the settings is where the user works; the one given here is a filter.
    settings = settings_of({key: value for key, value in options.items() if key != "account"})
    text = " ".join(options["words"])
    wanted = CatalogQuery.of(text, options.get("account", ""), options["sort"])
    with connected(settings) as connection:
        if options["json"] or options["table"] or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return _print(connection, wanted, text, options["limit"], as_objects=options["json"])
        return _show(connection, text, wanted.account)


# ---- the screen


def _show(connection: CliConnection, text: str, account: str) -> int:
    from astro_tui.app.launch import run as run_app

    disable_during_startup()
    from astro_tui.screens.catalog.screen import STYLES, CatalogScreen
    from astro_tui.session.session import Session
    from astro_tui.theme.look import Look

    session = Session(connection.settings, connection.platform, Look(ascii_alone=connection.settings.ascii))
    one = text if _ONE.fullmatch(text) else ""
    searched = "" if one else text

    def first() -> CatalogScreen:
        return CatalogScreen(session, searched, account, opens=one)

    return run_app(session, first=first, styles=STYLES)


# ---- printing


def _print(connection: CliConnection, wanted: CatalogQuery, text: str, limit: int, *, as_objects: bool) -> int:
    one = _ONE.fullmatch(text)
    if one is not None:
        blueprint = connection.platform.blueprint(one[1], one[2], call=connection.call())
        blueprints = [blueprint if blueprint.account else blueprint.model_copy(update={"account": one[1]})]
    else:
        blueprints = _listed(connection, wanted, limit)
    output = Output(ascii_alone=connection.settings.ascii)
    if as_objects:
        output.json(as_json(blueprints))
    else:
        output.lines(table(blueprints, system_clock(), ascii_alone=connection.settings.ascii, color=output.color))
    return 0


def _listed(connection: CliConnection, wanted: CatalogQuery, limit: int) -> list[Blueprint]:
    """Return up to `limit` blueprints, page by page, and print a note about the rest."""
    blueprints: list[Blueprint] = []
    most = limit or FURTHEST + PAGE
    odd = offset = total = 0
    more = True
    while more and len(blueprints) < most and offset <= FURTHEST:
        page = connection.platform.catalog(
            wanted.words,
            offset,
            min(PAGE, most - len(blueprints)),
            tag=wanted.tag,
            sort=wanted.order,
            account=wanted.account,
            call=connection.call(),
        )
        blueprints += page.rows
        odd += page.odd
        offset += len(page.rows) + page.odd
        total = max(page.count or 0, offset)
        more = page.has_more and bool(page.rows or page.odd)
    blueprints, beyond = blueprints[:most], total - min(len(blueprints), most) - odd
    if odd:
        connection.note(f"{odd:,} of the list's entries cannot be read")
    if not blueprints:
        where = f"in {visible(wanted.account, 100)}" if wanted.account else "in the public catalog"
        connection.note(f"no blueprint {where} matches {wanted}" if str(wanted) else f"nothing is published {where}")
    elif beyond > 0:
        all_of_them = "" if limit == 0 else "; --limit 0 prints all"
        connection.note(f"{counted(beyond, 'more blueprint')}{all_of_them}")
    return blueprints


def as_json(blueprints: Sequence[Blueprint]) -> str:
    """Return the blueprints as JSON, one per line. Texts come from the server, with secrets masked."""
    return json_rows(_object(blueprint) for blueprint in blueprints)


def _object(blueprint: Blueprint) -> dict[str, Any]:
    newest, metrics = newest_of(blueprint), blueprint.metrics
    values: dict[str, Any] = {
        "account": blueprint.account,
        "name": blueprint.name,
        "visibility": blueprint.visibility,
        "archived_at": blueprint.archived_at.raw,
        "publishers": [redact_text(each.name or each.account) for each in blueprint.publishers],
        "builds": len(blueprint.builds),
        "newest_build": newest.build_id if newest is not None else "",
        "published_at": newest.published_at.raw if newest is not None else "",
        "hearts": blueprint.heart_count,
        "deploys": metrics.deploy_count if metrics is not None else None,
        "messages": metrics.lifetime_messages if metrics is not None else None,
        "about": about(blueprint),
    }
    return {key: redact_text(value) if isinstance(value, str) else value for key, value in values.items()}


def table(blueprints: Sequence[Blueprint], now: datetime, *, ascii_alone: bool, color: bool) -> Iterator[Line]:
    """Yield the lines of the table, with a description below each blueprint."""
    if not blueprints:
        return
    heads = ("BLUEPRINT", "NOTE", "BUILDS", "HEARTS", "DEPLOYS", "NEWEST", "AGE")

    def plain(text: str) -> str:
        text = visible(text)
        return ascii_only(text) if ascii_alone else text

    rows = [tuple(plain(cell) for cell in _cells(blueprint, now)) for blueprint in blueprints]
    columns = Columns(heads, rows)
    yield columns.line(heads)
    for blueprint, row in zip(blueprints, rows, strict=True):
        yield columns.line(row)
        if description := plain(about(blueprint)):
            yield "    " + painted(description, QUIET, color=color)


def _cells(blueprint: Blueprint, now: datetime) -> tuple[str, ...]:
    newest = newest_of(blueprint)
    build = newest.build_id if newest is not None else ""
    return (
        masked_line(key_of(blueprint)),
        note_of(blueprint),
        f"{len(blueprint.builds):,}",
        hearts(blueprint),
        deploys(blueprint),
        masked_line(build),
        age(published(blueprint), now),
    )
