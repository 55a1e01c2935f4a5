"""`astro-tui catalog`: the public catalog on a screen, or printed if the output is not a terminal."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from astro_tui.cli.connection import Connection, connected
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection
from astro_tui.errors import ConfigError
from astro_tui.presentation.catalog import (
    FURTHEST,
    ORDERS,
    PAGE,
    Wanted,
    about,
    deploys,
    hearts,
    key_of,
    newest_of,
    note_of,
    published,
)
from astro_tui.runtime.garbage import disable_during_startup
from astro_tui.text.foreign import ascii_only, cell_width, visible
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.times import age, counted

if TYPE_CHECKING:
    from astro_tui.platform.models import Agent

USUAL = 100
"""How many agents are printed by default."""
_ONE = re.compile(r"([a-z][a-z0-9-]*)/([a-z][a-z0-9-]*)")
_WIDEST = 48
"""Cells of a column at most: a longer value moves the rest of its own row alone."""
_FLAGS = ("server", "demo", "allow_insecure", "ascii", "theme")
_EPILOG = """\
examples:
  astro-tui catalog                     browse what everybody publishes; needs no login
  astro-tui catalog weather guide       begin with a search; the server searches
  astro-tui catalog tag:garden          what has this tag
  astro-tui catalog --account acme      the blueprints of one account: private ones too for its members
  astro-tui catalog acme/claims-desk    one agent: readme, card, builds and their specs
  astro-tui catalog ferry --json | jq -r '.[].name'

Where the output is no terminal, or with --table or --json, the list is printed instead: the first 100, or --limit N.

exit code: 0 the normal end, 2 trouble.
An account that is called catalog is opened with: astro-tui --account catalog
"""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    from astro_tui.state.settings import THEMES

    result = Parser(
        "catalog", "[options] [QUERY | ACCOUNT/AGENT]", "Browse the public catalogue, or print it.", _EPILOG
    )
    result.add_argument(
        "words", nargs="*", default=[], metavar="QUERY", help="what to search for; tag:NAME, from:ACCOUNT"
    )
    result.add_argument("--table", action="store_true", default=False, help="print the table, on a terminal too")
    result.add_argument("--json", action="store_true", default=False, help="print a list of objects")
    result.add_argument(
        "--limit", type=int, default=USUAL, metavar="N", help=f"print so many at most ({USUAL}); 0 is all there are"
    )
    result.add_argument("--sort", choices=ORDERS, default=ORDERS[0], help=f"the order ({ORDERS[0]})")
    result.add_argument("--theme", metavar="NAME", help=f"one of {', '.join(THEMES)}")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; raises AstroError when there is nothing to show."""
    from astro_tui.state import settings as config

    given = vars(parser().parse_args(arguments))
    if given["limit"] < 0:
        raise ConfigError("--limit is a number from 0 on; 0 prints all there are")
    settings = config.load({key: given[key] for key in _FLAGS if key in given}, os.environ)
    config.environment_without_token(os.environ)
    text = " ".join(given["words"])
    # An account from the environment says where one works, not whose agents one looks for.
    wanted = Wanted.of(text, given.get("account", ""), given["sort"])
    with connected(settings) as asked:
        if given["json"] or given["table"] or not (sys.stdin.isatty() and sys.stdout.isatty()):
            return _print(asked, wanted, text, given["limit"], as_objects=given["json"])
        return _show(asked, text, wanted.account)


# ---- the screen


def _show(asked: Connection, text: str, account: str) -> int:
    from astro_tui.app.launch import run as run_app

    disable_during_startup()
    from astro_tui.screens.catalog.screen import STYLES, CatalogScreen
    from astro_tui.session.session import Session
    from astro_tui.theme.look import Look

    session = Session(asked.settings, asked.platform, Look(ascii_alone=asked.settings.ascii))
    one = text if _ONE.fullmatch(text) else ""
    searched = "" if one else text

    def first() -> CatalogScreen:
        return CatalogScreen(session, searched, account, opens=one)

    return run_app(session, first=first, styles=STYLES)


# ---- printing


def _print(asked: Connection, wanted: Wanted, text: str, limit: int, *, as_objects: bool) -> int:
    one = _ONE.fullmatch(text)
    if one is not None:
        agent = asked.platform.agent(one[1], one[2], call=asked.call())
        found = [agent if agent.account else agent.model_copy(update={"account": one[1]})]
    else:
        found = _listed(asked, wanted, limit)
    output = Output(ascii_alone=asked.settings.ascii)
    if as_objects:
        output.json(as_json(found))
    else:
        output.lines(table(found, datetime.now(UTC), ascii_alone=asked.settings.ascii, colour=output.color))
    return 0


def _listed(asked: Connection, wanted: Wanted, limit: int) -> list[Agent]:
    """Return as many agents as are wanted, page after page; says how many more there are."""
    found: list[Agent] = []
    most = limit or FURTHEST + PAGE
    odd = offset = total = 0
    more = True
    while more and len(found) < most and offset <= FURTHEST:
        page = asked.platform.catalogue(
            wanted.words,
            offset,
            min(PAGE, most - len(found)),
            tag=wanted.tag,
            sort=wanted.order,
            account=wanted.account,
            call=asked.call(),
        )
        found += page.rows
        odd += page.odd
        offset += len(page.rows) + page.odd
        total = max(page.count or 0, offset)
        more = page.has_more and bool(page.rows or page.odd)
    found, beyond = found[:most], total - min(len(found), most) - odd
    if odd:
        asked.note(f"{odd:,} of the list's entries cannot be read")
    if not found:
        where = f"in {visible(wanted.account, 100)}" if wanted.account else "in the public catalogue"
        asked.note(f"no agent {where} matches {wanted}" if str(wanted) else f"nothing is published {where}")
    elif beyond > 0:
        all_of_them = "" if limit == 0 else "; --limit 0 prints all there are"
        asked.note(f"{counted(beyond, 'more agent')}{all_of_them}")
    return found


def as_json(agents: Sequence[Agent]) -> str:
    """Return the agents as JSON, one a line; texts are those of the server, secrets in them masked."""
    rows = ",\n ".join(json.dumps(_object(agent), ensure_ascii=False) for agent in agents)
    return f"[{rows}]"


def _object(agent: Agent) -> dict[str, Any]:
    newest, metrics = newest_of(agent), agent.metrics
    told: dict[str, Any] = {
        "account": agent.account,
        "name": agent.name,
        "visibility": agent.visibility,
        "archived_at": agent.archived_at.raw,
        "publishers": [redact_text(each.name or each.account) for each in agent.publishers],
        "builds": len(agent.versions),
        "newest_build": newest.build_id if newest is not None else "",
        "published_at": newest.published_at.raw if newest is not None else "",
        "hearts": agent.heart_count,
        "deploys": metrics.deploy_count if metrics is not None else None,
        "messages": metrics.lifetime_messages if metrics is not None else None,
        "about": about(agent),
    }
    names = ("account", "name")
    return {
        key: redact_text(value) if isinstance(value, str) and key not in names else value for key, value in told.items()
    }


def table(agents: Sequence[Agent], now: datetime, *, ascii_alone: bool, colour: bool) -> Iterator[str]:
    """Yield the lines of the table, and what each agent is for below it."""
    if not agents:
        return
    heads = ("AGENT", "NOTE", "BUILDS", "HEARTS", "DEPLOYS", "NEWEST", "AGE")

    def plain(text: str) -> str:
        text = visible(text)
        return ascii_only(text) if ascii_alone else text

    rows = [tuple(plain(cell) for cell in _cells(agent, now)) for agent in agents]
    widths = [
        min(_WIDEST, max(cell_width(row[column]) for row in (heads, *rows))) if any(row[column] for row in rows) else 0
        for column in range(len(heads))
    ]
    yield _line(heads, widths)
    for agent, row in zip(agents, rows, strict=True):
        yield _line(row, widths)
        said = plain(about(agent))
        if said:
            yield f"    \x1b[2m{said}\x1b[0m" if colour else f"    {said}"


def _cells(agent: Agent, now: datetime) -> tuple[str, ...]:
    newest = newest_of(agent)
    build = newest.build_id if newest is not None else ""
    return (
        masked_line(key_of(agent)),
        note_of(agent),
        f"{len(agent.versions):,}",
        hearts(agent),
        deploys(agent),
        masked_line(build),
        age(published(agent), now),
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True) if width]
    return "  ".join(shown).rstrip()
