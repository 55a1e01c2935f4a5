"""Print what is risky about agents, with what to do.

examples:
  astro-tui check acme                        findings about all agents of an account; --all: of all your accounts
  astro-tui check acme/claims-desk            about one agent
  astro-tui check acme --exclude latest-tag,no-health-check
  astro-tui check acme --json > known.json    keep what is known today
  astro-tui check acme --baseline known.json  only what is new since then
  astro-tui check --demo                      on the embedded demo platform

A finding is a fact, such as an endpoint that anybody may use; there is no score. Each has a code, a reason, a remedy,
and places, which are paths in the spec or names. Values are never printed. If a fact cannot be read, a note says so,
and the rules about it find nothing. An agent takes about ten requests. A baseline is the JSON of an earlier run:
findings with the same agent and code are left out.

The codes are {codes}.

exit code: 0 no findings; 1 findings; 2 a spec or an account cannot be read, or an error.
To open an account named check: astro-tui --account check
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from astro_tui.cli.agents import AccountLists, accounts_of, found_with_id
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.output import QUIET, Output, ProgressLine
from astro_tui.cli.parsing import Parser, add_accounts, add_connection, settings_of, take_target
from astro_tui.errors import ConfigError
from astro_tui.presentation.checks import as_json, codes, unchecked
from astro_tui.session.checking import Checked, check
from astro_tui.text.foreign import visible
from astro_tui.text.styled import Line, painted
from astro_tui.text.times import counted, joined

CLEAN, FOUND, UNKNOWN = 0, 1, 2


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    text = __doc__.format(codes=", ".join(codes()))
    result = Parser("check", "[options] [ACCOUNT[/AGENT] | ACCOUNT …]", text)
    add_accounts(result, "[/AGENT]")
    exclude = "leave out findings with these codes, separated by commas; can be repeated"
    result.add_argument("--exclude", metavar="CODE", action="append", default=[], help=exclude)
    baseline = "leave out the findings in this file, which an earlier check --json printed"
    result.add_argument("--baseline", metavar="FILE", default="", help=baseline)
    result.flag("--json", help="print a JSON object")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing can be checked."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    excluded = [code.strip() for part in options["exclude"] for code in part.split(",")]
    if unknown := [code for code in excluded if code not in codes()]:
        reader.error(f"no such code: {visible(unknown[0], 60)}; the codes are {', '.join(codes())}")
    accepted = _baseline(options["baseline"]) if options["baseline"] else frozenset()
    target = take_target(options)
    settings = settings_of(options)
    output, every = Output(ascii_alone=settings.ascii), list[Checked]()
    with connected(settings) as connection:
        if target:
            agents, failed = [found_with_id(connection, target).entry], 0
        else:
            listed = AccountLists(connection, accounts_of(connection)).read()
            agents, failed = [each for each in listed.entries if each.key], len(listed.failed)
        line = ProgressLine(ascii_alone=output.ascii)

        def progress(done: int, total: int) -> None:
            line.draw(f"checked {done:,} of {counted(total, 'agent')} …")

        call = connection.call()
        for one in connection.agents.each(agents, lambda agent, call: check(agent, call, excluded), call, progress):
            every.append(one.without(accepted))
            line.clear()
            if not options["json"]:
                output.lines(_lines(every[-1], output))
        line.clear()
        _note(connection, every)
    if options["json"]:
        output.json(json.dumps(_object(every), ensure_ascii=False))
    if failed or any("spec" in one.unread for one in every):
        return UNKNOWN
    return FOUND if any(one.found for one in every) else CLEAN


def _baseline(path: str) -> frozenset[tuple[str, str]]:
    """Return the addresses and codes in a file. Raises ConfigError if it cannot be read."""
    try:
        rows = json.loads(Path(path).read_text("utf-8"))["findings"]
        return frozenset((str(row["address"]), str(row["code"])) for row in rows)
    except (OSError, ValueError, LookupError, TypeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not the output of astro-tui check --json"
        raise ConfigError(f"cannot read {visible(path, 300)}: {why}") from None


def _lines(one: Checked, output: Output) -> Iterator[Line]:
    if one.found:
        yield one.agent.label
    for each in one.found:
        yield "  " + painted(each.code, QUIET, color=output.color) + f"  {each.where}"
        for part in output.wrapped(f"{each.reason} {each.remedy}", 4):
            yield f"    {part}"


def _note(connection: CliConnection, every: Sequence[Checked]) -> None:
    """Say what could not be read, and how much was found."""
    reasons: dict[str, list[str]] = {}
    for one in every:
        for fact, why in one.unread.items():
            lost = f" ({joined(unchecked(fact))} not checked)" if unchecked(fact) else ""
            reasons.setdefault(f"{fact}{lost}: {why}", []).append(one.agent.label)
    for why, labels in reasons.items():
        of = labels[0] if len(labels) == 1 else counted(len(labels), "agent")
        connection.note(f"not read of {of}: {why}")
    count = sum(len(one.found) for one in every)
    connection.note(f"{counted(count, 'finding') if count else 'no findings'} in {counted(len(every), 'agent')}")


def _object(every: Sequence[Checked]) -> dict[str, Any]:
    """Return everything as an object for programs, which is also a baseline."""
    rows = [{"address": one.address, "agent": one.agent.label, **as_json(each)} for one in every for each in one.found]
    return {"findings": rows, "unread": {one.address: one.unread for one in every if one.unread}, "agents": len(every)}
