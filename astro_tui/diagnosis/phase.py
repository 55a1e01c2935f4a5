"""The state of a deployment as a whole, from the sources that name one, and where they disagree."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.reading import text, word
from astro_tui.diagnosis.revisions import history_rows
from astro_tui.platform.status_words import REASONS, UNLISTED, UNREADABLE, WORDS, Meaning


class Phase(StrEnum):
    """What a deployment is doing."""

    HEALTHY = "healthy"
    MOVING = "moving"
    FAILED = "failed"
    PAUSED = "paused"
    BILLING = "billing"
    CANCELED = "canceled"
    REMOVING = "removing"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


_PHASES = {
    Meaning.ACTIVE: Phase.HEALTHY,
    Meaning.LAGGING: Phase.HEALTHY,
    Meaning.LAST_KNOWN: Phase.UNREACHABLE,
    Meaning.PENDING: Phase.MOVING,
    Meaning.PROVISIONING: Phase.MOVING,
    Meaning.DEPLOYING: Phase.MOVING,
    Meaning.RESTARTING: Phase.MOVING,
    Meaning.FAILED: Phase.FAILED,
    Meaning.CANCELED: Phase.CANCELED,
    Meaning.SUSPENDED: Phase.BILLING,
    Meaning.PAUSED: Phase.PAUSED,
    Meaning.REMOVING: Phase.REMOVING,
    Meaning.REMOVED: Phase.REMOVING,
    Meaning.UNREACHABLE: Phase.UNREACHABLE,
}
_WORDS = {word: _PHASES[meaning] for word, meaning in (WORDS | REASONS | UNLISTED).items() if meaning in _PHASES}
_CANCELED = re.compile(r"\bdeployment (?:was )?cancell?ed\b|^\W*cancell?ed\b", re.IGNORECASE)
_BILLING = re.compile(
    r"\bby billing\b|\bbilling[ _]suspended\b|suspended\b.{0,60}\b(?:billing|payment)|\bunpaid\b"
    r"|payment (?:required|overdue)",
    re.IGNORECASE,
)


class Claim(NamedTuple):
    """What one source says: its phase and its own word for it."""

    source: str
    phase: Phase
    word: str


class State(NamedTuple):
    """The phase that counts, the source and word that say so, the server's error text, and all claims.

    `confirmed` says that a source other than the list agrees: the list comes from a cache.
    """

    phase: Phase
    source: str
    word: str
    error: str
    claims: tuple[Claim, ...]
    confirmed: bool


def state_of(facts: Facts) -> State:
    """Return the state of a deployment. `/status` counts most, then the record, then the history, then the list."""
    claims = tuple(claim for claim in _claims(facts) if claim.phase is not Phase.UNKNOWN)
    error = text(facts.status.value, "error_message") or text(reading.body(facts.record, "deployment"), "error_message")
    if not claims:
        return State(Phase.UNKNOWN, "", "", error, (), confirmed=False)
    best = claims[0]
    if best.source in ("history", "list") and len({claim.phase for claim in claims}) > 1:
        # The list says `error` for a suspended deployment; the history has the exact word.
        exact = next((claim for claim in claims if claim.phase is Phase.BILLING), None)
        best = exact or Claim(best.source, Phase.UNKNOWN, best.word)
    elif best.phase is Phase.FAILED and best.source == "record":
        best = next((claim for claim in claims if claim.phase is Phase.BILLING), best)
    phase = best.phase
    if phase is Phase.FAILED:
        details = text(facts.status.value, "details")
        if _CANCELED.search(error) or _CANCELED.search(details):
            phase = Phase.CANCELED
        elif _BILLING.search(details) or _BILLING.search(error):
            phase = Phase.BILLING
    confirmed = any(claim.source in ("status", "record") for claim in claims)
    return State(phase, best.source, best.word, error, claims, confirmed)


def _claims(facts: Facts) -> list[Claim]:
    value, reason = word(facts.status.value, "value"), word(facts.status.value, "reason")
    details = text(facts.status.value, "details")
    stated = _WORDS.get(reason) if reason in ("suspended", "cluster_unreachable") else None
    phase = stated or _WORDS.get(value) or _WORDS.get(reason) or Phase.UNKNOWN
    if phase is Phase.PAUSED and _BILLING.search(details):
        phase = Phase.BILLING
    claims = [Claim("status", phase, value or reason)]
    if value == UNREADABLE or WORDS.get(value) is Meaning.REMOVED:
        # The other sources describe the agent before it was deleted.
        return claims
    record = word(reading.body(facts.record, "deployment"), "status")
    claims.append(Claim("record", _WORDS.get(record, Phase.UNKNOWN), record))
    listed = word(facts.row.value, "status")
    past = _past_word(facts, _WORDS.get(listed, Phase.UNKNOWN))
    if past != "undeployed":
        claims.append(Claim("history", _WORDS.get(past, Phase.UNKNOWN), past))
    claims.append(Claim("list", _WORDS.get(listed, Phase.UNKNOWN), listed))
    return claims


def _past_word(facts: Facts, listed: Phase) -> str:
    """Return the status of the latest deploy, or that of the current row if the list agrees with that one."""
    current, latest = (word(row, "status") for row in (current_row(facts), _latest_row(facts)))
    return current if _WORDS.get(current) is listed else latest


def current_row(facts: Facts) -> object:
    """Return the current row of the history, as `presentation/revisions.py` chooses it; None if it has no rows."""
    rows = sorted(history_rows(facts), key=_age, reverse=True)
    return next(chain(filter(_is_marked, rows), filter(_is_active_and_unnumbered, rows), rows), None)


def _latest_row(facts: Facts) -> object:
    """Return the row of the latest deploy, which may have failed after the current one; None if there are no rows."""
    rows = sorted(history_rows(facts), key=_age, reverse=True)
    return next(chain(filter(_is_marked, rows), rows), None)


def _age(row: object) -> tuple[int, str]:
    return reading.number(row, "revision"), text(row, "deployed_at")


def _is_marked(row: object) -> bool:
    return bool(reading.flag(row, "is_current"))


def _is_active_and_unnumbered(row: object) -> bool:
    """Return whether an older server, which marks no row, says that this one runs."""
    return not reading.number(row, "revision") and _WORDS.get(word(row, "status")) is Phase.HEALTHY


def deployed_at(facts: Facts) -> datetime | None:
    """Return the time of the latest deploy, or None."""
    found = reading.moment(_latest_row(facts), "deployed_at") or reading.moment(facts.row.value, "created_at")
    if found is not None:
        return found
    return reading.moment(reading.body(facts.record, "deployment"), "updated_at")
