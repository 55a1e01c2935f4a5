"""Why a deployment is broken: one pure function joins what the platform says into one cause and one change.

`diagnose` takes `Facts`, which are response bodies as decoded JSON or records, each of which may be missing, unread, or
stale. It takes four steps. Each is a module, and they only share values (`values.py`) and tables (`tables.py`):

1. `observe.py` turns the bodies into typed observations; `logs.py` ranks the lines of logs.
2. `rules.py` finds what is wrong with each workload, as findings.
3. `choose.py` picks the verdict from the findings, and `blame.py` the change that introduced the failure.
4. `wording.py` says so, in texts that are masked and printable.

`what_to_request` plans the requests that lead there (`requests.py`). The package depends on `logs`, `difference`,
`document`, `platform.lenient`, `platform.status_words`, and `text`; it knows no screen, no HTTP, and no pydantic.
"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from traceback import extract_tb

from astro_tui.diagnosis.blame import blame_of, place_in
from astro_tui.diagnosis.choose import checked, choose, current
from astro_tui.diagnosis.logs import failing_requests, last_lines, ranked
from astro_tui.diagnosis.observe import observations_of
from astro_tui.diagnosis.requests import LogRequest, NextRequests, next_requests
from astro_tui.diagnosis.rules import broken_address, findings
from astro_tui.diagnosis.tables import Kind, Tables, built_in, user_tables
from astro_tui.diagnosis.values import (
    MISSING,
    BlamedChange,
    Diagnosis,
    Evidence,
    Fact,
    Facts,
    Failure,
    Finding,
    LogFact,
    Observations,
    RevisionKey,
    Trouble,
    Verdict,
    as_json,
)
from astro_tui.diagnosis.wording import said, unread, worded
from astro_tui.platform.lenient import objects, text

__all__ = [
    "MISSING",
    "BlamedChange",
    "Diagnosis",
    "Evidence",
    "Fact",
    "Facts",
    "Kind",
    "LogFact",
    "LogRequest",
    "RevisionKey",
    "Tables",
    "as_json",
    "built_in",
    "diagnose",
    "failing_now",
    "observed",
    "user_tables",
    "verdict_of",
    "what_to_request",
]


def diagnose(facts: Facts, tables: Tables | None = None) -> Diagnosis:
    """Return what is wrong with a deployment, and which change introduced it. Takes milliseconds; reads nothing.

    The tables are the built-in ones by default. It never raises: one agent with odd data must not end a list of
    thousands.
    """
    try:
        facts = replace(facts, status=_checked_status(facts.status))
        sources = tuple(dict.fromkeys(each.source for each in unread(facts)))
        verdict = checked(verdict_of(facts, tables), lambda other: verdict_of(other, tables))
        verdict = _with_last_lines(verdict._replace(unread=sources))
        return worded(verdict, blame_of(verdict), place_in(verdict))
    except Exception as error:  # noqa: BLE001  the diagnosis says that there is a bug, and where
        place = extract_tb(error.__traceback__)[-1]
        bug = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
        return Diagnosis(
            deployment_id=said(facts.deployment_id, 80),
            account=said(facts.account, 80),
            name=said(text(facts.row.value, "display_name") or text(facts.row.value, "name"), 80),
            status=said(text(facts.row.value, "status"), 40),
            kind=Kind.UNKNOWN,
            cause=f"This agent could not be judged: {bug}.",
            made=facts.now,
            bug=bug,
        )


def what_to_request(facts: Facts, tables: Tables | None = None, *, closely: bool = False) -> NextRequests:
    """Return the next requests. Request them, put values or errors into the facts, and call this again.

    `closely` is for somebody who looks at this agent in particular: also who did what, and edited variables.

    A healthy agent that never restarted takes one request, `/runtime`. The same request is never returned twice.
    Nothing is requested if the facts cannot be judged, as `diagnose` then says.
    """
    try:
        return next_requests(verdict_of(facts, tables), blame_of, closely=closely)
    except Exception:  # noqa: BLE001  what fails here fails in `diagnose`, too
        return NextRequests()


def observed(facts: Facts, tables: Tables | None = None) -> Observations:
    """Return what all sources say about a deployment."""
    tables = tables or built_in()
    return observations_of(facts, tables, partial(ranked, programs=tables.programs))


def verdict_of(facts: Facts, tables: Tables | None = None) -> Verdict:
    """Return what is wrong with a deployment."""
    seen = observed(facts, tables)
    return choose(seen, findings(seen), _trouble)


def failing_now(seen: Observations) -> dict[str, list[Finding]]:
    """Return the findings about ongoing failures by workload, the most specific first."""
    by_workload: dict[str, list[Finding]] = {}
    ongoing = [] if seen.state.final else current(findings(seen), seen)
    for finding in sorted(ongoing, key=lambda each: (-each.rank, each.meaning.vague)):
        by_workload.setdefault(finding.workload, []).append(finding)
    return by_workload


def _trouble(seen: Observations) -> Trouble | None:
    return broken_address(seen) or failing_requests(seen)


def _checked_status(fact: Fact) -> Fact:
    """Return `/status`, as unread if it says nothing: every field can be null."""
    says = any(text(fact.value, name) for name in ("value", "reason", "error_message"))
    empty = fact.known and not (says or objects(fact.value, "failed_on"))
    return replace(fact, error="the response names no status") if empty and not fact.error else fact


def _with_last_lines(verdict: Verdict) -> Verdict:
    """Return the verdict with what the logs of what fails say about the last end."""

    def quoted(failure: Failure) -> Failure:
        logs = failure.logs if failure.stated is None else ()
        quotes = ((log, last_lines(log, failure, verdict.seen)) for log in logs)
        # Errors that are not as frequent as the ends did not cause them.
        usable = ((log, q) for log, q in quotes if q and (log in failure.spoken or q.line not in log.last_words))
        return failure._replace(ended=next(usable, None), others=tuple(map(quoted, failure.others)))

    return verdict._replace(failure=quoted(verdict.failure)) if verdict.failure is not None else verdict
