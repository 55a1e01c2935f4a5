"""`astro-tui list`: the picker's table printed, problems first, and an exit code for scripts."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from astro_tui.cli.agents import account_of
from astro_tui.cli.connection import Connection, connected, settings_of
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection
from astro_tui.errors import ConfigError, PlatformError
from astro_tui.presentation.agent_list import Entry, entries_of, ordered, states_in_words, summary, why, with_report
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import MOST_REASONS, lacks_status, needs_reason, to_request, unknown
from astro_tui.text.foreign import ascii_only, cell_width, visible
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.times import age

HEALTHY, WRONG, UNKNOWN = 0, 1, 2
_AT_ONCE = 6
_WIDEST = 48
"""Cells of a column at most: a longer value moves the rest of its own row alone."""
_COLOURS = {
    Severity.ERROR: "1;31",
    Severity.WARN: "33",
    Severity.INFO: "36",
    Severity.OK: "32",
    Severity.MUTED: "2",
}
_EPILOG = """\
examples:
  astro-tui list                       the agents of your account, problems first
  astro-tui list acme                  those of another account
  astro-tui list --json | jq '.[] | select(.severity == "error") | .reason'
  astro-tui list > /dev/null && echo all is well
  astro-tui list --demo                those of the embedded demo platform

A ^ marks a build when a newer one exists. READY counts the endpoints that can be reached. The reason for a problem
stands below its agent (for the first 20).

exit code: 0 all agents are healthy, 1 some failed, are suspended or need attention, 2 unknown states, or trouble.
An account that is called list is opened with: astro-tui --account list
"""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("list", "[options] [ACCOUNT]", "Print the agents of an account, problems first.", _EPILOG)
    default = "the account (default: the active one of ast, else your first)"
    result.add_argument("of", nargs="?", default="", metavar="ACCOUNT", help=default)
    result.add_argument("--json", action="store_true", default=False, help="print a list of objects")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code; raises AstroError when nothing could be told."""
    given = vars(parser().parse_args(arguments))
    if given["of"]:
        account, _, agent = visible(given["of"], 100).partition("/")
        if account and agent:
            raise ConfigError(
                f"{account}/{agent} names an agent, not an account. "
                f"Run astro-tui show {account}/{agent}, or astro-tui list {account}."
            )
        if given.get("account", given["of"]) != given["of"]:
            raise ConfigError(
                f"two accounts: {visible(given['of'], 100)} and --account {visible(given['account'], 100)}"
            )
        given["account"] = given["of"]
    settings = settings_of(given)
    with connected(settings) as asked:
        account = account_of(asked)
        found = asked.platform.deployments(account, call=asked.call())
        entries, problem = _with_reasons(asked, entries_of(found.rows))
        if problem:
            asked.note(problem)
        if found.odd:
            asked.note(f"{found.odd:,} of the list's rows cannot be read")
        if not entries and not found.odd:
            asked.note(f"no agents are deployed in {visible(account, 100)}")
    output = Output(ascii_alone=settings.ascii)
    if given["json"]:
        output.json(as_json(entries))
    else:
        output.lines(table(entries, datetime.now(UTC), ascii_alone=settings.ascii, colour=output.color))
    if any(entry.status.severity in (Severity.ERROR, Severity.WARN) for entry in entries):
        return WRONG
    return UNKNOWN if found.odd or any(map(unknown, entries)) else HEALTHY


def _with_reasons(asked: Connection, entries: Sequence[Entry]) -> tuple[list[Entry], str]:
    """Return the entries with the reports that they need, most urgent first, and what could not be loaded."""
    now, wrong = datetime.now(UTC), ""
    told = [entry for entry in to_request(ordered(entries, "attention"), now) if entry.key]
    with_reason: dict[str, Entry] = {}
    if told:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            answers = list(pool.map(lambda entry: _reported(asked, entry), told))
        finally:
            # Who presses ctrl+c waits for no answer.
            pool.shutdown(wait=False, cancel_futures=True)
        for entry, answer in zip(told, answers, strict=True):
            if isinstance(answer, PlatformError):
                wrong = (
                    f"the {'state' if lacks_status(entry) else 'reason'} of {entry.label} could not be loaded: {answer}"
                )
            else:
                with_reason[entry.key] = answer
    needed = sum(needs_reason(entry, now) for entry in entries)
    if needed > MOST_REASONS and not wrong:
        wrong = f"{needed:,} agents need attention; only the reasons of the first {MOST_REASONS} were loaded"
    return ordered((with_reason.get(entry.key, entry) for entry in entries), "attention"), wrong


def _reported(asked: Connection, entry: Entry) -> Entry | PlatformError:
    try:
        return with_report(entry, asked.platform.status(entry.key, call=asked.call()))
    except PlatformError as error:
        return error


# ---- for machines


def as_json(entries: Sequence[Entry]) -> str:
    """Return the agents as JSON, one a line; texts are those of the server, secrets in them masked."""
    rows = ",\n ".join(json.dumps(_object(entry), ensure_ascii=False) for entry in entries)
    return f"[{rows}]"


def _object(entry: Entry) -> dict[str, Any]:
    row = entry.deployment
    # An id names the agent in other commands: it stays whatever it looks like.
    return {
        "id": row.id,
        "name": redact_text(row.name),
        "display_name": redact_text(row.label),
        "status": _word(entry),
        "severity": entry.status.severity.value,
        "raw_status": redact_text(row.status),
        "build_id": redact_text(row.build_id),
        "latest_build_id": redact_text(row.latest_build_id),
        "endpoints_ready": sum(endpoint.ready for endpoint in row.external_urls),
        "endpoints": len(row.external_urls),
        "created_at": row.created_at,
        "reason": reason(entry),
    }


def _word(entry: Entry) -> str:
    """Return the status as one word for scripts: of an unknown one all that was sent, which a badge has no room for."""
    status = entry.status
    unknown = status.glyph == "?" and status.severity is Severity.WARN
    return masked_line(status.raw.strip()) if unknown else status.plain


def reason(entry: Entry) -> str:
    """Return why a failed agent is in its state and what to do, in one line; empty where it is not known."""
    if entry.report is None:
        return ""
    cause, advice = why(entry)
    stop = "" if not cause or not advice or cause.endswith((".", "!", "?", "…")) else "."
    return f"{cause}{stop} {advice}".strip()


# ---- for people


def table(entries: Sequence[Entry], now: datetime, *, ascii_alone: bool, colour: bool) -> Iterator[str]:
    """Yield the lines of the table, the reason below each failed agent, and how many agents there are."""
    if not entries:
        return
    plain: Callable[[str], str] = ascii_only if ascii_alone else str
    heads = ("STATUS", "AGENT", "BLUEPRINT", "BUILD", "READY", "AGE")
    rows = [tuple(plain(cell) for cell in _cells(entry, now)) for entry in entries]
    widths = [
        min(_WIDEST, max(cell_width(row[column]) for row in (heads, *rows))) if any(row[column] for row in rows) else 0
        for column in range(len(heads))
    ]
    yield _line(heads, widths)
    for entry, row in zip(entries, rows, strict=True):
        line = _line(row, widths)
        code = _COLOURS[entry.status.severity] if colour else ""
        yield f"\x1b[{code}m{row[0]}\x1b[0m{line[len(row[0]) :]}" if code else line
        said = plain(reason(entry))
        if said:
            yield f"{' ' * (widths[0] + 2)}\x1b[2m{said}\x1b[0m" if colour else f"{' ' * (widths[0] + 2)}{said}"
    yield f"{summary(len(entries), len(entries))}: {plain(states_in_words(entries))}"


def _cells(entry: Entry, now: datetime) -> tuple[str, ...]:
    return (
        entry.status.label,
        entry.label,
        entry.blueprint,
        entry.build + (" ^" if entry.update else ""),
        entry.ready,
        age(entry.created, now),
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True) if width]
    return "  ".join(shown).rstrip()
