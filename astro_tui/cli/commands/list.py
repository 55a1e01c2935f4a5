"""Print the agents of accounts, problems first.

examples:
  astro-tui list                        the agents of your account, problems first
  astro-tui list acme                   the agents of another account
  astro-tui list acme beta              the agents of two accounts; --all lists those of all your accounts
  astro-tui list --json | jq '.[] | select(.severity == "error") | .cause.sentence'
  astro-tui list --quick                only the list, in one request
  astro-tui list -o wide | grep FAILED  one line per failed agent, with its id and what caused the failure
  astro-tui list -o name | xargs -n 1 astro-tui why
  astro-tui list --watch --refresh 10   redraw the list in place every 10 seconds
  astro-tui list --watch --json | jq -c 'select(.event == "changed") | [.name, .status]'
  astro-tui list > /dev/null && echo all is well
  astro-tui list --demo                 the agents of the embedded demo platform

^ means that a newer build exists. READY counts the ready replicas of the agent itself; it is empty where they were not
read. The cause below an agent is that of astro-tui why in one line. The first 100 agents are investigated, problems
first, for up to 8 seconds; a note says how many are judged by the list alone, and "judged_by" in JSON says which. With
--watch --json, each line has an "event": added, changed, or removed; the first lines add all agents. A cause that
differs only in wording is not a change. With --watch, a healthy agent whose row has not changed is investigated only
every 12 minutes.

exit code: 0 all agents are healthy; 1 some failed, are suspended, or need attention; 2 some are unknown, an account
cannot be read, or an error.
To open an account named list: astro-tui --account list
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from astro_tui.cli.agents import AccountLists, accounts_of
from astro_tui.cli.connection import connected
from astro_tui.cli.listing import CalmAgents, JudgedList, as_json, explanation, listing_of, objects
from astro_tui.cli.output import QUIET, SEVERITIES, Columns, Output, note
from astro_tui.cli.parsing import (
    Parser,
    add_accounts,
    add_connection,
    add_output,
    output_form,
    settings_of,
    take_accounts,
)
from astro_tui.cli.streams import pause
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.agent_list import (
    Entry,
    checked,
    checked_of,
    columns_of,
    states_in_words,
    summary,
    tally,
)
from astro_tui.presentation.columns import Column
from astro_tui.presentation.health import ListChanges
from astro_tui.presentation.remedies import explained
from astro_tui.presentation.scope import scope_of
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import unknown
from astro_tui.runtime import system_clock
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.styled import Control, Line, Styled, painted
from astro_tui.text.times import age, span
from astro_tui.text.wrapping import LEAST_ROOM, wrapped

HEALTHY, WRONG, UNKNOWN = 0, 1, 2
FORMS = ("table", "wide", "json", "yaml", "name")
_HOME, _END_OF_LINE, _END_OF_SCREEN = (Styled.control(Control(f"\x1b[{end}")) for end in "HKJ")
_CLIP, _WRAP = (Styled.control(Control(f"\x1b[?7{end}")) for end in "lh")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("list", "[options] [ACCOUNT …]", __doc__)
    add_accounts(result)
    add_output(result, FORMS, "print a table, a JSON or YAML list, or one ACCOUNT/ID per line")
    result.flag("--watch", help="print the list repeatedly; with --json, one object per change")
    result.add_argument("--refresh", metavar="SECONDS", type=float, help="with --watch: seconds between updates (60)")
    result.flag("--quick", help="print the list without investigating the agents")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing could be loaded."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    take_accounts(options)
    form = output_form(reader, options)
    if "refresh" in options and not options["watch"]:
        reader.error("--refresh requires --watch")
    if options["watch"] and form in ("yaml", "name"):
        reader.error(f"--watch does not work with -o {form}")
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)

    def lines(listing: JudgedList) -> Iterator[Line]:
        # In place, the end of each line is erased, and with it the last cell of a line as wide as the window.
        width = max(0, output.width - options["watch"])
        style: dict[str, Any] = {"ascii_alone": settings.ascii, "color": output.color, "width": width}
        style |= {"causes": not options["quick"], "wide": form == "wide", "several": len(lists.accounts) > 1}
        return table(listing.entries, system_clock(), **style)

    with connected(settings) as connection:
        lists, rounds = AccountLists(connection, accounts_of(connection)), Rounds(settings.refresh, pause)
        calm = CalmAgents(rounds)

        def load() -> JudgedList:
            return listing_of(connection, lists, quick=options["quick"], named=form in ("json", "yaml"), calm=calm)

        if not options["watch"]:
            listing = load()
        elif form == "json":
            changes = ListChanges()
            for listing in rounds.lasting(load, lambda error: connection.note(explained(error))):
                for change in changes.since(objects(listing), system_clock()):
                    output.json(json.dumps(change, ensure_ascii=False))
        else:
            named = visible(scope_of(*lists.accounts).title, 100)
            redrawn = Redrawn(output, f"{named}, updated every {span(settings.refresh)}, ctrl+c stops")
            for listing in rounds.lasting(load, lambda error: redrawn.failed(visible(explained(error)))):
                redrawn.show(lines(listing))
    if form == "json":
        output.json(as_json(listing.entries, listing.read))
    elif form == "yaml":
        output.yaml(as_json(listing.entries, listing.read))
    elif form == "name":
        output.lines(f"{visible(entry.account)}/{visible(entry.key)}" for entry in listing.entries if entry.key)
    else:
        output.lines(lines(listing))
    return _exit_code(listing)


def _unknown(entry: Entry) -> bool:
    return unknown(entry) or (entry.diagnosis is not None and entry.diagnosis.unknown)


def _exit_code(listing: JudgedList) -> int:
    if any(entry.status.severity in (Severity.ERROR, Severity.WARN) for entry in listing.entries):
        return WRONG
    return UNKNOWN if listing.odd or listing.failed or any(map(_unknown, listing.entries)) else HEALTHY


# ---- for people


def table(
    entries: Sequence[Entry],
    now: datetime,
    *,
    ascii_alone: bool,
    color: bool,
    width: int = 0,
    causes: bool = True,
    wide: bool = False,
    several: bool = False,
) -> Iterator[Line]:
    """Yield the lines of the table, with `causes` below the agents that need attention, and a summary.

    Causes are wrapped at `width` cells, if that is not 0. A `wide` table has ids, and the cause in the row, and one of
    `several` accounts names them.
    """
    if not entries:
        return
    plain: Callable[[str], str] = ascii_only if ascii_alone else str
    listed = [column for column in columns_of(several=several) if column.name != "why"]
    listed += [_ID, _CAUSE if causes else Column("why")] if wide else []
    heads = [column.heading for column in listed]
    rows = [[plain(_cell(column, entry, now, ascii_alone=ascii_alone)) for column in listed] for entry in entries]
    columns = Columns(heads, rows)
    yield columns.line(heads)
    indent = " " * (columns.widths[0] + 2)
    for entry, row in zip(entries, rows, strict=True):
        line = columns.line(row)
        yield painted(row[0], SEVERITIES[entry.tone], color=color) + line[len(row[0]) :]
        if causes and not wide and (cause := plain(explanation(entry, with_advice=False))):
            room = width - len(indent)
            for piece in wrapped(cause, room if room > LEAST_ROOM else 0):
                yield indent + painted(piece, QUIET, color=color)
    unchecked = checked_of(checked(entries), len(entries))
    doubt = f"; {unchecked}" if unchecked else ""
    yield f"{summary(len(entries), len(entries))}: {plain(states_in_words(tally(entries)))}{doubt}"


_ID = Column[Entry]("id", lambda entry: visible(entry.key))
_CAUSE = Column[Entry]("why", lambda entry: explanation(entry, with_advice=False))


def _cell(column: Column[Entry], entry: Entry, now: datetime, *, ascii_alone: bool) -> str:
    if column.at is not None:
        return age(column.at(entry), now)
    newer = column.after is not None and column.after(entry)
    return column.said(entry, ascii_alone=ascii_alone) + (" ^" if newer else "")


# ---- a terminal


class Redrawn:
    """A table that is redrawn in place. Without a terminal, it is printed whenever it changes."""

    def __init__(self, output: Output, head: str) -> None:
        self._output, self._head = output, head
        self._terminal = output.terminal and os.environ.get("TERM") != "dumb"
        self._lines: Sequence[Line] = ()
        self._started = False

    def show(self, lines: Iterable[Line]) -> None:
        """Draw new lines."""
        drawn = list(lines)
        if self._terminal:
            self._lines = drawn
            self._draw(f"{self._head} · {system_clock().astimezone():%H:%M:%S}")
        elif drawn != self._lines:
            self._output.lines([*([""] if self._started else []), *drawn])
            self._lines = drawn
        self._started = True

    def failed(self, problem: str) -> None:
        """Say that the list could not be read again; the lines stay."""
        if self._terminal:
            self._draw(problem)
        else:
            note(problem, ascii_alone=self._output.ascii)

    def _draw(self, head: str) -> None:
        room = max(1, shutil.get_terminal_size().lines - 3)
        shown, more = self._lines[:room], len(self._lines) - room
        end = [f"{more:,} more; make the window taller to see them"] if more > 0 else []
        start = _HOME if self._started else _HOME + _END_OF_SCREEN
        drawn: list[Line] = [head, *shown, *end]
        drawn = [line + _END_OF_LINE for line in drawn]
        drawn[0] = start + _CLIP + drawn[0]
        drawn[-1] += _WRAP + _END_OF_SCREEN
        self._output.lines(drawn)
