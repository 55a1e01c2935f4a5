"""The agents of accounts as commands and tools list them, each with its diagnosis."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple

from astro_tui.cli.agents import AccountLists
from astro_tui.cli.connection import CliConnection
from astro_tui.cli.output import ProgressLine, json_rows
from astro_tui.diagnosis import MISSING
from astro_tui.diagnosis import as_json as diagnosis_json
from astro_tui.platform.rounds import Rounds
from astro_tui.presentation.agent_list import Entry, ordered, why
from astro_tui.presentation.explained import sentence_of
from astro_tui.presentation.health import Health, health_of
from astro_tui.presentation.money import warning_about
from astro_tui.presentation.status import Severity
from astro_tui.presentation.verdicts import MOST_WITHOUT_STATUS, Verdicts, lacks_status
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.times import counted

MOST = 100
"""The most agents of a list that are investigated; those that need attention come first."""
PATIENCE = 8.0
"""Seconds after which no further investigation is begun."""


class JudgedList(NamedTuple):
    """The agents of some accounts, the ids of those read in more detail, and how many rows are unreadable.

    The lists of the accounts in `failed` cannot be read.
    """

    entries: Sequence[Entry]
    read: Collection[str]
    odd: int
    failed: Sequence[str] = ()


class CalmAgents:
    """The agents of a list that is printed again and again which need not be investigated in each round.

    Those that need attention and those whose rows changed are investigated each time. The others are within `SWEEP`,
    beginning with those that were investigated longest ago.
    """

    def __init__(self, rounds: Rounds) -> None:
        self._rounds, self._verdicts = rounds, Verdicts()

    def not_due(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        """Return the agents that need not be investigated now, by id, with what is known about them."""
        # The command may run for days: agents that left the list are forgotten.
        self._verdicts.keep_only({entry.key for entry in entries})
        fine = (each for each in map(self._verdicts.known, entries) if health_of(each) is Health.FINE)
        dated = [(each.diagnosis.made, each) for each in fine if each.diagnosis is not None and each.diagnosis.fine]
        dated.sort(key=itemgetter(0))
        return {each.key: each for _made, each in dated[self._rounds.share(len(dated)) :]}

    def keep(self, entries: Iterable[Entry]) -> None:
        """Remember agents that were investigated."""
        for entry in entries:
            if entry.report is not None:
                self._verdicts.keep(entry, entry.report)
            if entry.diagnosis is not None:
                self._verdicts.conclude(entry, entry.diagnosis)


def listing_of(
    connection: CliConnection, lists: AccountLists, *, quick: bool, named: bool, calm: CalmAgents | None = None
) -> JudgedList:
    """Request the lists and judge their agents. Notes on standard error say what is missing.

    With `named`, the diagnoses call users by name: they are about to be shown. Of the `calm` agents, those
    that are due are investigated again.
    """
    listed, agents = lists.read(), connection.agents
    judged = map(agents.judge(), listed.entries) if quick else _investigated(connection, listed.entries, calm)
    shown = (agents.of(each.account, each).with_names().entry for each in judged) if named else judged
    entries = ordered(shown, "attention")
    for account, warned in billing_of(connection, entries).items():
        connection.note(f"{masked_line(account, 100)}: {warned}")
    return JudgedList(entries, agents.looked_at(entries), listed.odd, listed.failed)


def billing_of(connection: CliConnection, entries: Sequence[Entry]) -> dict[str, str]:
    """Return what is known to be wrong with the billing of the agents' accounts, by account; no request is sent."""
    warnings = {}
    for account in dict.fromkeys(entry.account for entry in entries):
        mine = [entry for entry in entries if entry.account == account]
        warned = warning_about(connection.agents.facts.accounts.peek(account, "billing"), MISSING, mine)
        if warned is not None:
            warnings[account] = f"{warned.text} {warned.remedy}".rstrip()
    return warnings


def _investigated(connection: CliConnection, entries: Sequence[Entry], calm: CalmAgents | None) -> list[Entry]:
    """Return the entries with their diagnoses, and print a note about those that were judged by the list alone."""
    agents, not_due = connection.agents, calm.not_due(entries) if calm is not None else {}
    chosen = to_investigate(ordered((entry for entry in entries if entry.key not in not_due), "attention"))
    judged = judged_with_progress(connection, chosen, PATIENCE)
    looked = {id(listed): entry for listed, entry in zip(chosen, judged, strict=True)}
    judge = agents.judge()
    result = [not_due.get(entry.key) or looked.get(id(entry)) or judge(entry) for entry in entries]
    read = agents.looked_at(result)
    if calm is not None:
        calm.keep(entry for entry in judged if entry.key in read)
    unread = sum(entry.key not in read for entry in result)
    if unread:
        verb = "is" if unread == 1 else "are"
        connection.note(
            f"{counted(unread, 'agent')} {verb} judged by the list alone; for details: astro-tui why ACCOUNT/AGENT"
        )
    return result


def judged_with_progress(connection: CliConnection, entries: Sequence[Entry], patience: float = inf) -> list[Entry]:
    """Return the entries with their diagnoses, and show on a terminal how many are done. See `Agents.investigated`."""
    line, call = ProgressLine(ascii_alone=connection.settings.ascii), connection.call()
    try:
        agents = connection.agents.investigated(entries, call, patience, line.draw_investigated)
        return [agent.entry for agent in agents]
    finally:
        line.clear()


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
    return json_rows(objects(JudgedList(entries, read, 0)))


def objects(listing: JudgedList) -> Iterator[dict[str, Any]]:
    """Yield an object per agent."""
    return (_object(entry, by_facts=entry.key in listing.read) for entry in listing.entries)


def _object(entry: Entry, *, by_facts: bool) -> dict[str, Any]:
    row = entry.deployment
    diagnosis = diagnosis_json(entry.diagnosis) if entry.diagnosis is not None else {}
    # Other commands accept the id, so it is never masked.
    return {
        "id": row.id,
        "account": redact_text(row.account_name),
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
