"""`astro-tui list`: the picker's table printed, problems first, and an exit code for scripts."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn, TypeVar

from astro_tui.cli.agents import account_of, note_list
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import QUIET, SEVERITIES, Columns, Output, ProgressLine, json_rows, note
from astro_tui.cli.parsing import Parser, add_connection, add_output, output_form, settings_of
from astro_tui.cli.streams import end_if_unread
from astro_tui.diagnosis import as_json as diagnosis_json
from astro_tui.errors import ConfigError, ErrorKind, PlatformError
from astro_tui.presentation.agent_list import (
    COLUMNS,
    Entry,
    checked,
    checked_of,
    entries_of,
    ordered,
    states_in_words,
    summary,
    tally,
    why,
)
from astro_tui.presentation.columns import Column
from astro_tui.presentation.explained import sentence_of
from astro_tui.presentation.remedies import explained
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import MOST_WITHOUT_STATUS, lacks_status, unknown
from astro_tui.state.account_cache import state_folder
from astro_tui.state.agent_names import keep_names
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.styled import Control, Line, Styled, painted
from astro_tui.text.times import age, counted, rfc3339, span
from astro_tui.text.wrapping import LEAST_ROOM, wrapped

HEALTHY, WRONG, UNKNOWN = 0, 1, 2
FORMS = ("table", "wide", "json", "yaml", "name")
MOST = 100
"""The most agents of a list that are investigated; those that need attention come first."""
PATIENCE = 8.0
"""Seconds after which no further investigation is begun."""
T = TypeVar("T")
_UNSTEADY = ("reason", "cause", "judged_by")
"""Members whose change alone does not count: their sentences say how long ago something happened."""
_HOME, _END_OF_LINE, _END_OF_SCREEN = (Styled.control(Control(f"\x1b[{end}")) for end in "HKJ")
_CLIP, _WRAP = (Styled.control(Control(f"\x1b[?7{end}")) for end in "lh")
_EPILOG = """\
examples:
  astro-tui list                        the agents of your account, problems first
  astro-tui list acme                   the agents of another account
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
differs only in wording is not a change.

exit code: 0 all agents are healthy; 1 some failed, are suspended, or need attention; 2 some are unknown, or an error.
To open an account named list: astro-tui --account list
"""


class Listing(NamedTuple):
    """The agents of an account, the ids of those read in more detail, and how many rows are unreadable."""

    entries: Sequence[Entry]
    read: Collection[str]
    odd: int


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("list", "[options] [ACCOUNT]", "Print the agents of an account, problems first.", _EPILOG)
    default = "the account (default: the one active in ast, else your first)"
    result.add_argument("of", nargs="?", default="", metavar="ACCOUNT", help=default)
    add_output(result, FORMS, "print a table, a JSON or YAML list, or one ACCOUNT/ID per line")
    watch_help = "print the list repeatedly; with --json, one object per change"
    result.add_argument("--watch", action="store_true", default=False, help=watch_help)
    result.add_argument("--refresh", metavar="SECONDS", type=float, help="with --watch: seconds between updates (60)")
    quick = "print the list without investigating the agents"
    result.add_argument("--quick", action="store_true", default=False, help=quick)
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing could be loaded."""
    reader = parser()
    given = vars(reader.parse_args(arguments))
    _choose_account(given)
    form = output_form(reader, given)
    if "refresh" in given and not given["watch"]:
        reader.error("--refresh requires --watch")
    if given["watch"] and form in ("yaml", "name"):
        reader.error(f"--watch does not work with -o {form}")
    settings = settings_of(given)
    output = Output(ascii_alone=settings.ascii)

    def lines(listing: Listing) -> Iterator[Line]:
        style: dict[str, Any] = {"ascii_alone": settings.ascii, "color": output.color, "width": output.width}
        style |= {"causes": not given["quick"], "wide": form == "wide"}
        return table(listing.entries, datetime.now(UTC), **style)

    with connected(settings) as connection:
        account = account_of(connection)

        def load() -> Listing:
            return listing_of(connection, account, quick=given["quick"], named=form in ("json", "yaml"))

        if not given["watch"]:
            listing = load()
        elif form == "json":
            changes = Changes()

            def print_new(listing: Listing) -> None:
                print_changes(output, changes.since(objects(listing), datetime.now(UTC)))

            watch(load, print_new, connection.note, settings.refresh)
        else:
            redrawn = Redrawn(output, f"{visible(account, 100)}, updated every {span(settings.refresh)}, ctrl+c stops")
            watch(load, lambda listing: redrawn.show(lines(listing)), redrawn.failed, settings.refresh)
    if form == "json":
        output.json(as_json(listing.entries, listing.read))
    elif form == "yaml":
        output.yaml(as_json(listing.entries, listing.read))
    elif form == "name":
        output.lines(f"{visible(account)}/{visible(entry.key)}" for entry in listing.entries if entry.key)
    else:
        output.lines(lines(listing))
    return _exit_code(listing)


def _choose_account(given: dict[str, Any]) -> None:
    """Use the account named as an argument. Raises ConfigError if it names an agent, or not the one of --account."""
    named = given["of"]
    if not named:
        return
    account, _, agent = visible(named, 100).partition("/")
    if account and agent:
        raise ConfigError(
            f"{account}/{agent} names an agent, not an account. "
            f"Run astro-tui show {account}/{agent}, or astro-tui list {account}."
        )
    option = given.get("account", named)
    if option != named:
        raise ConfigError(f"conflicting accounts: {visible(named, 100)} and --account {visible(option, 100)}")
    given["account"] = named


def _exit_code(listing: Listing) -> int:
    if any(entry.status.severity in (Severity.ERROR, Severity.WARN) for entry in listing.entries):
        return WRONG
    return UNKNOWN if listing.odd or any(map(_unknown, listing.entries)) else HEALTHY


def listing_of(connection: CliConnection, account: str, *, quick: bool, named: bool) -> Listing:
    """Request the list and judge its agents. Notes on standard error say what is missing.

    With `named`, the diagnoses call users by name: they are about to be shown.
    """
    found = connection.platform.deployments(account, call=connection.call())
    listed = entries_of(found.rows)
    if not connection.settings.demo:
        keep_names(connection.settings.server, state_folder(), {account: found.rows})
    agents = connection.agents
    judged = map(agents.judge(account), listed) if quick else _investigated(connection, account, listed)
    shown = (agents.of(account, each).with_names().entry for each in judged) if named else judged
    entries = ordered(shown, "attention")
    note_list(connection, account, found)
    return Listing(entries, agents.looked_at(account, entries), found.odd)


def _unknown(entry: Entry) -> bool:
    return unknown(entry) or (entry.diagnosis is not None and entry.diagnosis.unknown)


def _investigated(connection: CliConnection, account: str, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with their diagnoses, and print a note about those that were judged by the list alone."""
    chosen = to_investigate(ordered(entries, "attention"))
    line = ProgressLine(ascii_alone=connection.settings.ascii)

    agents, call = connection.agents, connection.call()
    try:
        judged = agents.investigated(account, chosen, call, patience=PATIENCE, progress=line.draw_investigated)
        known = {id(listed): agent.entry for listed, agent in zip(chosen, judged, strict=True)}
    finally:
        line.clear()
    judge = agents.judge(account)
    result = [known.get(id(entry)) or judge(entry) for entry in entries]
    read = agents.looked_at(account, result)
    unread = sum(entry.key not in read for entry in result)
    if unread:
        verb = "is" if unread == 1 else "are"
        connection.note(
            f"{counted(unread, 'agent')} {verb} judged by the list alone; for details: astro-tui why ACCOUNT/AGENT"
        )
    return result


def to_investigate(entries: Sequence[Entry]) -> list[Entry]:
    """Return the agents to investigate, in the given order: some without a status in the list, and `MOST` others."""
    chosen: list[Entry] = []
    others = without = 0
    for entry in entries:
        lacking = lacks_status(entry)
        if entry.key and (without < MOST_WITHOUT_STATUS if lacking else others < MOST):
            chosen.append(entry)
        without += lacking
        others += not lacking
    return chosen


# ---- for machines


def as_json(entries: Sequence[Entry], read: Collection[str] = ()) -> str:
    """Return the agents as JSON, one per line. Texts come from the server, with secrets masked.

    `read` has the ids of those whose diagnosis comes from more than the list.
    """
    return json_rows(objects(Listing(entries, read, 0)))


def objects(listing: Listing) -> Iterator[dict[str, Any]]:
    """Yield an object per agent."""
    return (_object(entry, by_facts=entry.key in listing.read) for entry in listing.entries)


def _object(entry: Entry, *, by_facts: bool) -> dict[str, Any]:
    row = entry.deployment
    diagnosis = diagnosis_json(entry.diagnosis) if entry.diagnosis is not None else {}
    # Other commands accept the id, so it is never masked.
    return {
        "id": row.id,
        "name": redact_text(row.name),
        "display_name": redact_text(row.label),
        "status": _word(entry),
        "severity": entry.status.severity.value,
        "raw_status": redact_text(row.status),
        "build_id": entry.build,
        "latest_build_id": redact_text(row.latest_build_id),
        "ready": entry.replicas[0] if entry.replicas is not None else None,
        "replicas": entry.replicas[1] if entry.replicas is not None else None,
        "endpoints": len(row.external_urls),
        "created_at": row.created_at,
        "reason": explanation(entry, with_advice=True),
        "cause": diagnosis.get("cause"),
        "change": diagnosis.get("change"),
        "change_state": diagnosis.get("change_state"),
        "judged_by": "facts" if by_facts else "list",
    }


def _word(entry: Entry) -> str:
    """Return the status in one word for scripts. An unknown status is not shortened, unlike in a badge."""
    status = entry.status
    unlisted = status.glyph == "?" and status.severity is Severity.WARN
    return masked_line(status.raw.strip()) if unlisted else status.plain


def explanation(entry: Entry, *, with_advice: bool) -> str:
    """Return why an agent needs attention in one line, or an empty string. `with_advice` adds what to do."""
    diagnosis = entry.diagnosis
    if diagnosis is None and entry.report is None:
        return ""
    if diagnosis is not None and diagnosis.fine and entry.status.severity not in (Severity.ERROR, Severity.WARN):
        return ""
    if diagnosis is not None and (diagnosis.fine or not with_advice):
        return sentence_of(entry, diagnosis, brief=True)
    cause, advice = why(entry)
    stop = "" if not cause or not advice or cause.endswith((".", "!", "?", "…")) else "."
    return f"{cause}{stop} {advice}".strip()


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
) -> Iterator[Line]:
    """Yield the lines of the table, with `causes` below the agents that need attention, and a summary.

    Causes are wrapped at `width` cells, if that is not 0. A `wide` table has ids, and the cause in the row.
    """
    if not entries:
        return
    plain: Callable[[str], str] = ascii_only if ascii_alone else str
    listed = [column for column in COLUMNS if column.name != "why"]
    listed += [_ID, _CAUSE if causes else Column("why")] if wide else []
    heads = [column.heading for column in listed]
    rows = [[plain(_cell(column, entry, now)) for column in listed] for entry in entries]
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


def _cell(column: Column[Entry], entry: Entry, now: datetime) -> str:
    if column.at is not None:
        return age(column.at(entry), now)
    newer = column.after is not None and column.after(entry)
    return column.text(entry) + (" ^" if newer else "")


# ---- --watch


def watch(load: Callable[[], T], show: Callable[[T], None], failed: Callable[[str], None], seconds: float) -> NoReturn:
    """Load and show a list forever, with pauses of `seconds`. Ends with ctrl+c, or when the reader of a pipe exits.

    Raises AstroError if the first load fails or the login ends. Later failures are reported before the next try.
    """
    first = True
    while True:
        try:
            found = load()
        except PlatformError as error:
            if first or error.kind is ErrorKind.SIGNED_OUT:
                raise
            failed(visible(explained(error)))
        else:
            first = False
            show(found)
        _pause(seconds)


def _pause(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        end_if_unread()
        time.sleep(min(left, 0.5))


# ---- JSON Lines


class Changes:
    """What changed from one list to the next, by the ids of the agents."""

    def __init__(self) -> None:
        self._before: dict[str, Mapping[str, Any]] = {}

    def since(self, agents: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
        """Yield an object for each agent that was added, changed, or removed; at first for all of them."""
        after = {str(agent["id"] or agent["name"]): agent for agent in agents}
        before, self._before = self._before, after
        at = rfc3339(now, "seconds")
        for key, agent in after.items():
            if key not in before:
                yield {"event": "added", "at": at, **agent}
            elif _steady(agent) != _steady(before[key]):
                yield {"event": "changed", "at": at, **agent}
        for key, agent in before.items():
            if key not in after:
                yield {"event": "removed", "at": at, **agent}


def _steady(agent: Mapping[str, Any]) -> dict[str, Any]:
    cause = agent.get("cause")
    kind = cause.get("kind") if isinstance(cause, Mapping) else None
    return {**{name: value for name, value in agent.items() if name not in _UNSTEADY}, "kind": kind}


def print_changes(output: Output, changes: Iterable[Mapping[str, Any]]) -> None:
    """Print each change as a line of JSON."""
    for change in changes:
        output.json(json.dumps(change, ensure_ascii=False))


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
        found = list(lines)
        if self._terminal:
            self._lines = found
            self._draw(f"{self._head} · {datetime.now().astimezone():%H:%M:%S}")
        elif found != self._lines:
            self._output.lines([*([""] if self._started else []), *found])
            self._lines = found
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
