"""Say why an agent is broken, with the evidence.

examples:
  astro-tui why acme/claims-desk          why one agent is broken: the cause, the change, the evidence, and what to do
  astro-tui why acme                      everything that is wrong in an account, problems first
  astro-tui why acme beta                 the same in two accounts; --all takes all your accounts
  astro-tui why                           the same for your account
  astro-tui why acme/claims-desk --traces and the first error of its newest traces
  astro-tui why acme --most 500           investigate up to 500 agents instead of 100
  astro-tui why acme/claims-desk --json | jq -r .cause.kind
  astro-tui why acme --json | jq -r 'select(.cause.kind == "memory") | .deployment.id'
  astro-tui why --demo                    what is wrong on the embedded demo platform

AGENT is a deployment id, a display name, or a blueprint name. With --account NAME, a name without / is an agent of that
account. The cause comes from the state, the record, the pods, the events, the alerts, the last log lines, and what the
revisions changed; what could not be read is listed. Times are in local time and UTC. For an account, --json
prints one object per line, and -o yaml one document per agent, healthy agents last. Of a large account, the first 100
agents are investigated, problems first; a note says how many are left out.

exit code: 0 no problem, or paused; 1 a problem; 2 not known, or an error. For an account: 1 if any agent has a problem,
else 2 if any is not known. To open an account named why: astro-tui --account why
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from astro_tui.cli.agents import AccountLists, ListedAgents, accounts_of, found_agent
from astro_tui.cli.connection import CliConnection, connected
from astro_tui.cli.explaining import TerminalPage, in_full, in_short, page_of, title
from astro_tui.cli.listing import billing_of, judged_with_progress
from astro_tui.cli.output import Output, ProgressLine
from astro_tui.cli.parsing import (
    Parser,
    add_accounts,
    add_connection,
    add_output,
    output_form,
    settings_of,
    take_target,
)
from astro_tui.diagnosis import Diagnosis, Kind, as_json
from astro_tui.errors import ConfigError, ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.agent_list import Entry, ordered
from astro_tui.presentation.timeline import FailedRun
from astro_tui.session.trace_store import with_failure
from astro_tui.text.redaction import masked_line
from astro_tui.text.styled import Line
from astro_tui.text.times import counted

FINE, WRONG, UNKNOWN = 0, 1, 2
MOST = 100
"""The most agents of an account that are investigated by default. A broken one takes about ten requests."""
FORMS = ("text", "json", "yaml")


def parser() -> Parser:
    """Return the parser of the command's arguments."""
    usage = "[options] [ACCOUNT[/AGENT] | ACCOUNT …]"
    result = Parser("why", usage, __doc__)
    add_accounts(result, "[/AGENT]")
    most = "for accounts: the most agents to investigate, problems first (100)"
    result.add_argument("--most", metavar="N", type=int, default=MOST, help=most)
    result.flag("--traces", help="for one agent: also read its newest traces, at most 60, until one has an error")
    add_output(result, FORMS, "print text, or a JSON object or YAML document per agent")
    add_connection(result)
    return result


def run(arguments: Sequence[str]) -> int:
    """Run the command and return its exit code. Raises AstroError if nothing could be loaded."""
    reader = parser()
    options = vars(reader.parse_args(arguments))
    form = output_form(reader, options, "text")
    if options["most"] < 1:
        reader.error("--most needs a number of at least 1")
    target = take_target(options)
    settings = settings_of(options)
    output = Output(ascii_alone=settings.ascii)
    with connected(settings) as connection:
        if target:
            return _of_agent(connection, target, output, form, traces=options["traces"])
        return _of_accounts(connection, output, form, options["most"])


# ---- one agent


def _of_agent(connection: CliConnection, target: str, output: Output, form: str, *, traces: bool) -> int:
    agent = found_agent(connection, target)
    progress = ProgressLine(ascii_alone=output.ascii)
    progress.draw(f"gathering facts about {agent.entry.label} …")
    try:
        if agent.key:
            agent = agent.explained(Call())
            progress.draw("reading traces …" if traces else "")
            failure = _failure(connection, agent.key) if traces else None
        else:
            agent, failure = agent.by_the_list(), None
    finally:
        progress.clear()
    entry, diagnosis = agent.entry, agent.entry.diagnosis
    assert diagnosis is not None  # noqa: S101  it was just made
    diagnosis = with_failure(diagnosis, failure)
    if form != "text":
        _print(diagnosis, output, form)
    else:
        output.lines(in_full(entry, diagnosis, page_of(connection, output)))
    return _exit_code(diagnosis)


def _failure(connection: CliConnection, key: str) -> FailedRun | None:
    """Return the first error of the newest traces. If they cannot be read, print a note that says why."""
    try:
        return connection.agents.traces.find(key, connection.call())
    except PlatformError as error:
        connection.note(f"traces: {error}")
        return None


def _exit_code(diagnosis: Diagnosis) -> int:
    if diagnosis.fine:
        return FINE
    return UNKNOWN if diagnosis.unknown and not diagnosis.failing else WRONG


def _print(diagnosis: Diagnosis, output: Output, form: str) -> None:
    """Print a diagnosis as one line of JSON, or as a YAML document."""
    text = json.dumps(as_json(diagnosis), ensure_ascii=False)
    if form == "yaml":
        output.lines(["---"])
        output.yaml(text)
    else:
        output.json(text)


# ---- accounts


def _of_accounts(connection: CliConnection, output: Output, form: str, most: int) -> int:
    listed = _listed(connection)
    entries = ordered(listed.entries, "attention")
    left_out = max(0, len(entries) - most)
    codes = [UNKNOWN] * (left_out + bool(listed.odd) + len(listed.failed))
    fine: list[Diagnosis] = []

    page = page_of(connection, output)
    # What only looks fine comes first once it is known, as in the list.
    investigated = ordered(judged_with_progress(connection, entries[:most]), "attention")
    billing = billing_of(connection, investigated) if form == "text" else {}
    for account, warning in billing.items():
        output.lines([*page.block(f"{masked_line(account, 100)}: {warning}"), ""])
    for judged in investigated:
        entry = connection.agents.of(judged.account, judged).with_names().entry
        diagnosis = entry.diagnosis
        if diagnosis is None:
            continue
        codes.append(_exit_code(diagnosis))
        if diagnosis.fine:
            fine.append(diagnosis)
        elif form != "text":
            _print(diagnosis, output, form)
        else:
            billed = diagnosis.kind is Kind.BILLING and entry.account in billing
            output.lines(_block(entry, diagnosis, page, brief=billed))
    if form != "text":
        for diagnosis in fine:
            _print(diagnosis, output, form)
    elif entries:
        output.lines([summary(len(fine), codes.count(UNKNOWN))])
    if left_out:
        verb = "was" if left_out == 1 else "were"
        more = f"--most {len(entries)} investigates all, and astro-tui why ACCOUNT/AGENT one of them"
        connection.note(f"{counted(left_out, 'agent')} {verb} not investigated; {more}")
    return WRONG if WRONG in codes else UNKNOWN if UNKNOWN in codes else FINE


def _listed(connection: CliConnection) -> ListedAgents:
    accounts = accounts_of(connection)
    try:
        return AccountLists(connection, accounts).read()
    except PlatformError as error:
        if error.kind is not ErrorKind.NOT_FOUND or len(accounts) > 1:
            raise
        shown = masked_line(accounts[0], 100)
        hint = f"for an agent, run astro-tui why ACCOUNT/{shown}"
        raise ConfigError(f"there is no account {shown}; check the name, or {hint}") from None


def _block(entry: Entry, diagnosis: Diagnosis, page: TerminalPage, *, brief: bool) -> Iterator[Line]:
    # Why billing has stopped an account was said once, above its agents.
    yield from [title(entry, diagnosis, page)] if brief else in_short(entry, diagnosis, page)
    yield ""


def summary(fine: int, unknown: int) -> str:
    """Return the last line: `27 agents have no problem · 2 not known`."""
    healthy = f"{counted(fine, 'agent')} {'has' if fine == 1 else 'have'} no problem"
    return f"{healthy} · {unknown:,} not known" if unknown else healthy
