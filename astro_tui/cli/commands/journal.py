"""Print the changes made from this machine, oldest first.

examples:
  astro-tui journal                                   changes made from this machine, oldest first
  astro-tui journal --json | jq '.[] | select(.state == "unknown")'

Each action is saved before its request is sent, and its outcome afterward. States: intended (nothing was sent), sent
(the program ended before it got a response), accepted (by the platform, and not followed to the end), done, refused,
failed, unknown (the response was lost), and resolved (the agent's state was read later; the state after "now" may have
another cause). Agents that were acted on together have a group in common. Printing the journal sends no requests.
The journal contains no secrets, and old actions are dropped when it gets large.

exit code: 0, or 2 if the journal cannot be read. To open an account named journal: astro-tui --account journal
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from astro_tui.actions.resolving import outcome_of
from astro_tui.cli.output import Columns, Output, json_rows
from astro_tui.cli.parsing import Parser, add_ascii, settings_of
from astro_tui.state.journal import JournalEntry, journal_of_user
from astro_tui.text.foreign import visible

_HEADS = ("TIME", "ACCOUNT/AGENT", "ID", "ACTION", "REVISION", "STATE", "GROUP", "OUTCOME")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    result = Parser("journal", "[options]", __doc__)
    result.flag("--json", help="print a JSON list")
    add_ascii(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if the journal cannot be read."""
    options = vars(parser().parse_args(arguments))
    output = Output(ascii_alone=settings_of(options).ascii)

    entries = journal_of_user().entries()
    if options["json"]:
        output.json(json_rows(map(_object, entries)))
    elif entries:
        output.lines(_table(entries))
    else:
        output.lines(["Nothing has been changed from this machine yet."])
    return 0


def _object(entry: JournalEntry) -> dict[str, object]:
    return {
        "time": entry.time,
        "account": entry.account,
        "agent": entry.agent,
        "id": entry.id,
        "action": entry.action,
        "revision": entry.revision,
        "state": entry.state,
        "outcome": outcome_of(entry),
        "group": entry.group,
    }


def _table(entries: Sequence[JournalEntry]) -> Iterator[str]:
    rows = [_row(entry) for entry in entries]
    columns = Columns(_HEADS, rows)
    yield columns.line(_HEADS)
    yield from map(columns.line, rows)


def _row(entry: JournalEntry) -> tuple[str, ...]:
    at = entry.at
    when = at.astimezone().isoformat(" ", "seconds") if at is not None else entry.time
    action = f"{entry.action} {entry.argument}" if entry.argument else entry.action
    revision = str(entry.revision) if entry.revision is not None else ""
    texts = (f"{entry.account}/{entry.agent}", entry.id, action, revision, entry.state, entry.group, outcome_of(entry))
    return (when, *(visible(text, 500) for text in texts))
