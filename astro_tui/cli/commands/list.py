"""`astro-tui list`: the picker's table printed, problems first, and an exit code for scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from astro_tui.cli.agents import account_of
from astro_tui.cli.connection import Connection, connected, settings_of
from astro_tui.cli.output import Output
from astro_tui.cli.parsing import Parser, add_connection
from astro_tui.cli.table import Columns, json_rows
from astro_tui.errors import ConfigError, PlatformError
from astro_tui.presentation.agent_list import Entry, entries_of, ordered, states_in_words, summary, why, with_report
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import MOST_REASONS, lacks_status, needs_reason, to_request, unknown
from astro_tui.text.foreign import ascii_only, visible
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.times import age

HEALTHY, WRONG, UNKNOWN = 0, 1, 2
_AT_ONCE = 6

_COLORS = {
    Severity.ERROR: "1;31",
    Severity.WARN: "33",
    Severity.INFO: "36",
    Severity.OK: "32",
    Severity.MUTED: "2",
}
_EPILOG = """\
examples:
  astro-tui list                       the agents of your account, problems first
  astro-tui list acme                  the agents of another account
  astro-tui list --json | jq '.[] | select(.severity == "error") | .reason'
  astro-tui list > /dev/null && echo all is well
  astro-tui list --demo                the agents of the embedded demo platform

^ means that a newer build exists. READY counts the reachable endpoints. Problems are explained below each agent (for
the first 20).

exit code: 0 all agents are healthy; 1 some failed, are suspended, or need attention; 2 unknown states, or an error.
To open an account named list: astro-tui --account list
"""


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("list", "[options] [ACCOUNT]", "Print the agents of an account, problems first.", _EPILOG)
    default = "the account (default: the active one of ast, else your first)"
    result.add_argument("of", nargs="?", default="", metavar="ACCOUNT", help=default)
    result.add_argument("--json", action="store_true", default=False, help="print a JSON list of objects")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing could be loaded."""
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
    with connected(settings) as connection:
        account = account_of(connection)
        found = connection.platform.deployments(account, call=connection.call())
        entries, problem = _with_reasons(connection, entries_of(found.rows))
        if problem:
            connection.note(problem)
        if found.odd:
            connection.note(f"{found.odd:,} of the list's rows cannot be read")
        if not entries and not found.odd:
            connection.note(f"no agents are deployed in {visible(account, 100)}")
    output = Output(ascii_alone=settings.ascii)
    if given["json"]:
        output.json(as_json(entries))
    else:
        output.lines(table(entries, datetime.now(UTC), ascii_alone=settings.ascii, color=output.color))
    if any(entry.status.severity in (Severity.ERROR, Severity.WARN) for entry in entries):
        return WRONG
    return UNKNOWN if found.odd or any(map(unknown, entries)) else HEALTHY


def _with_reasons(connection: Connection, entries: Sequence[Entry]) -> tuple[list[Entry], str]:
    """Return the entries with the reasons for problems, most urgent first, and a note about what failed to load."""
    now, problem = datetime.now(UTC), ""
    requested = [entry for entry in to_request(ordered(entries, "attention"), now) if entry.key]
    with_reason: dict[str, Entry] = {}
    if requested:
        from concurrent.futures import ThreadPoolExecutor

        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            results = list(pool.map(lambda entry: _reported(connection, entry), requested))
        finally:
            # ctrl+c must not wait for responses.
            pool.shutdown(wait=False, cancel_futures=True)
        for entry, result in zip(requested, results, strict=True):
            if isinstance(result, PlatformError):
                what = "state" if lacks_status(entry) else "reason"
                problem = f"the {what} of {entry.label} could not be loaded: {result}"
            else:
                with_reason[entry.key] = result
    needed = sum(needs_reason(entry, now) for entry in entries)
    if needed > MOST_REASONS and not problem:
        problem = f"{needed:,} agents need attention; only the reasons of the first {MOST_REASONS} were loaded"
    return ordered((with_reason.get(entry.key, entry) for entry in entries), "attention"), problem


def _reported(connection: Connection, entry: Entry) -> Entry | PlatformError:
    try:
        return with_report(entry, connection.platform.status(entry.key, call=connection.call()))
    except PlatformError as error:
        return error


# ---- for machines


def as_json(entries: Sequence[Entry]) -> str:
    """Return the agents as JSON, one per line. Texts come from the server, with secrets masked."""
    return json_rows(_object(entry) for entry in entries)


def _object(entry: Entry) -> dict[str, Any]:
    row = entry.deployment
    # Other commands accept the id, so it is never masked.
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
    """Return the status in one word for scripts. An unknown status is complete, unlike in a badge."""
    status = entry.status
    unknown = status.glyph == "?" and status.severity is Severity.WARN
    return masked_line(status.raw.strip()) if unknown else status.plain


def reason(entry: Entry) -> str:
    """Return why an agent failed and what to do, in one line, or an empty string if unknown."""
    if entry.report is None:
        return ""
    cause, advice = why(entry)
    stop = "" if not cause or not advice or cause.endswith((".", "!", "?", "…")) else "."
    return f"{cause}{stop} {advice}".strip()


# ---- for people


def table(entries: Sequence[Entry], now: datetime, *, ascii_alone: bool, color: bool) -> Iterator[str]:
    """Yield the lines of the table with the reason below each failed agent, and a summary."""
    if not entries:
        return
    plain: Callable[[str], str] = ascii_only if ascii_alone else str
    heads = ("STATUS", "AGENT", "BLUEPRINT", "BUILD", "READY", "AGE")
    rows = [tuple(plain(cell) for cell in _cells(entry, now)) for entry in entries]
    columns = Columns(heads, rows)
    yield columns.line(heads)
    indent = " " * (columns.widths[0] + 2)
    for entry, row in zip(entries, rows, strict=True):
        line = columns.line(row)
        code = _COLORS[entry.status.severity] if color else ""
        yield f"\x1b[{code}m{row[0]}\x1b[0m{line[len(row[0]) :]}" if code else line
        if explanation := plain(reason(entry)):
            yield f"{indent}\x1b[2m{explanation}\x1b[0m" if color else f"{indent}{explanation}"
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
