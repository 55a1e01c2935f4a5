"""Finds out what became of actions without an outcome: by reading, never by sending again."""

from __future__ import annotations

from datetime import datetime

from astro_tui.actions.context import ActionContext
from astro_tui.actions.kinds import DEPLOYS
from astro_tui.actions.target import read_state
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import OPEN, ActionStage, BusyError, JournalEntry
from astro_tui.text.foreign import first_shown
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import clock

NOT_SENT = "nothing was sent: the program ended first"
LOST = "outcome unknown"
GONE = "now gone, or not visible to this login"
MOST = 20
"""How many actions are checked in one run."""


def resolve_all(context: ActionContext, call: Call, deployment_id: str = "") -> list[JournalEntry]:
    """Check every action of this machine without an outcome, and return each with what was found out.

    Actions that another process is working on are left alone. Raises JournalError.
    """
    journal, server = context.journal, context.platform.server
    entries = []
    for entry in journal.unresolved(server, deployment_id)[-MOST:]:
        try:
            with journal.holding(server, entry.id):
                # Another process may have been faster.
                newest = next((each for each in journal.entries() if each.key == entry.key), entry)
                entries.append(resolve(context, newest, call) if newest.state in OPEN else newest)
        except BusyError:
            continue
    return entries


def resolve(context: ActionContext, entry: JournalEntry, call: Call) -> JournalEntry:
    """Record the current state of an action's deployment. If that cannot be read, the entry stays as it is.

    Call it while holding the lock of the deployment. Raises JournalError.
    """
    if entry.state == ActionStage.INTENDED:
        return context.journal.record(entry, ActionStage.FAILED, NOT_SENT)
    now, deployed = _now(context, entry, call)
    if deployed:
        return context.journal.record(entry, ActionStage.ACCEPTED, f"accepted: {now}")
    return context.journal.record(entry, ActionStage.RESOLVED, f"{LOST} → {now}") if now else entry


def _now(context: ActionContext, entry: JournalEntry, call: Call) -> tuple[str, bool]:
    """Return the current state of the deployment in words, without its cause; empty if it cannot be read.

    Also return whether its history has the deploy of the entry: then the platform accepted it.
    """
    context.platform.place(entry.account, entry.id)
    try:
        record = context.platform.deployment(entry.id, call=call)
        label = first_shown(record.display_name, record.name)
        target = Target(entry.account, entry.id, label, record.name, record.namespace)
        state = read_state(context.platform, target, context.clock, call)
    except PlatformError as error:
        return GONE if error.kind is ErrorKind.NOT_FOUND else "", False
    renamed = masked_line(target.name, 200)
    words = f"now {state.words}" + (f", named {renamed}" if renamed != entry.agent else "")
    is_deploy = entry.action in DEPLOYS and entry.argument
    return words, bool(is_deploy and state.has_deployed(entry.argument, entry.revision))


def words_of(entry: JournalEntry, now: datetime) -> str:
    """Return an action in words, such as `claims-desk: pause, sent 14:02, outcome unknown → now revision 19`.

    The date is left out if it is that of `now`.
    """
    at = entry.time if entry.at is None else clock(entry.at, now)
    verb = "intended" if entry.state == ActionStage.INTENDED or entry.outcome == NOT_SENT else "sent"
    return f"{what_of(entry)}, {verb} {at}, {outcome_of(entry)}"


def what_of(entry: JournalEntry) -> str:
    """Return what was to be done to which agent, such as `claims-desk: rollback 11`."""
    argument = f" {entry.argument}" if entry.argument else ""
    return f"{entry.agent}: {entry.action}{argument}"


def outcome_of(entry: JournalEntry) -> str:
    """Return the outcome of an entry in words, or what its state implies if none was recorded."""
    if entry.outcome:
        return entry.outcome
    return {
        ActionStage.INTENDED.value: "nothing was sent",
        ActionStage.SENT.value: LOST,
        ActionStage.UNKNOWN.value: LOST,
    }.get(entry.state, "")
