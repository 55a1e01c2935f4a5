"""Sends one confirmed action, at most once, and determines the outcome. For worker threads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from astro_tui.actions.context import ActionContext, ProgressReport, intended, silent
from astro_tui.actions.deploy import same_template
from astro_tui.actions.kinds import DEPLOYS, ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.actions.resolving import resolve
from astro_tui.actions.target import read_state
from astro_tui.errors import AstroError, ErrorKind, PlatformError, Remedies
from astro_tui.platform.client import Call
from astro_tui.platform.client.permit import FRESH, Permit, PermitError
from astro_tui.presentation.pods import pods_of, restarted
from astro_tui.presentation.presence import read_source
from astro_tui.state.journal import ActionStage, BusyError, JournalEntry, JournalError
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import duration, joined

_FAILED = (500, 501, 503)
"""The platform itself responds with these; 502 and 504 come from a proxy in front of it."""

_HINTS = {"failed to update display name": " Another agent in this account may have that name."}
"""What the platform's words about a failure usually mean (platform.md §9)."""


def verdict_on(error: PlatformError, kind: ActionKind | None = None) -> tuple[ActionStage, str]:
    """Return what became of an action with this error, and a sentence about it."""
    said = error.server_said
    if not error.sent:
        return ActionStage.FAILED, f"{error} Nothing was sent."
    status = error.status or 0
    if error.facts.explained or (error.facts.wants_organization and kind in DEPLOYS):
        return ActionStage.REFUSED, str(error)
    # A deploy may have been written although it failed afterwards (platform.md §19).
    if status in _FAILED and said and not error.facts.crashed and not (kind in DEPLOYS and status == 500):
        return ActionStage.FAILED, f"The platform failed to carry out the action: {said}.{_HINTS.get(said.lower(), '')}"
    if status == 408 or not 400 <= status < 500:
        return ActionStage.UNKNOWN, f"{error} It is unknown whether the platform carried out the action."
    if error.kind is ErrorKind.NOT_FOUND:
        # The platform hides what is gone, so a 403 may also mean that the target is gone (platform.md §4).
        what = f" ({said})" if said else ""
        return ActionStage.REFUSED, f"The platform did not find the target{what}: it is gone or was replaced."
    if error.kind is ErrorKind.FORBIDDEN and error.facts.quotes_server:
        return ActionStage.REFUSED, f"You are not allowed to do this: {said}."
    if error.kind in (ErrorKind.BAD_REQUEST, ErrorKind.CONFLICT) and said:
        return ActionStage.REFUSED, f"The platform refused: {said}."
    return ActionStage.REFUSED, str(error)


SLOW = 1.0
"""Seconds after which a check is repeated: what it read first may have changed by the time it ends."""
_NOTHING = "Nothing was sent."
_NO_PODS = (
    "The platform accepted the request, but restarted nothing: it found no pods of the build in the record. "
    "This is normal for a paused agent, and happens after a rollback."
)


class ActionOutcome(NamedTuple):
    """What became of an action. `sentence` is for the user and safe to print.

    `changed` says that the deployment is not what the preview showed: make a new preview. `entry` is None if no intent
    was recorded. `reply` is the platform's response, and `error` the error that came instead. `left_out` is a sentence
    about workloads that a restart did not restart, after a space, or empty.
    """

    step: ActionStage
    sentence: str
    entry: JournalEntry | None = None
    changed: bool = False
    reply: Mapping[str, Any] = {}
    error: AstroError | None = None
    left_out: str = ""

    @property
    def exit_code(self) -> int:
        """0 done, 1 refused or failed, 2 not determined."""
        return {ActionStage.DONE: 0, ActionStage.REFUSED: 1, ActionStage.FAILED: 1}.get(self.step, 2)

    @property
    def remedies(self) -> Remedies:
        """What the user can do about a refusal. Never suggests trying again: what was sent may have taken effect."""
        error = self.error
        if not isinstance(error, PlatformError):
            return ()
        facts = error.facts
        return error.remedies if error.status in (401, 402, 403) or facts.explained or facts.wants_organization else ()


def run(
    context: ActionContext, preview: Preview, permit: Permit, call: Call, report: ProgressReport = silent
) -> ActionOutcome:
    """Read the deployment again, record the intent, send the request, and record the outcome. Does not raise."""
    try:
        with context.journal.holding(context.platform.server, preview.target.id):
            refusal = _checked_again(context, preview, permit, call, report)
            return refusal or _recorded(context, preview, permit, call, report)
    except (BusyError, JournalError) as error:
        return refused(error)


def _checked_again(
    context: ActionContext, preview: Preview, permit: Permit, call: Call, report: ProgressReport
) -> ActionOutcome | None:
    """Return why nothing is sent, or None if the deployment is still what the preview showed."""
    platform, target = context.platform, preview.target
    # A restart leaves no trace in the state, so the state alone would let two of them through.
    if context.journal.last_key(platform.server, target.id) != preview.last:
        return _refused(f"Another action on {target.label} came first. {_NOTHING}", changed=True)
    report("reading the state again")
    try:
        for _attempt in range(2):
            if refusal := _checked(context, preview, permit, call):
                return refusal
            if permit.age <= SLOW:
                return None
    except PlatformError as error:
        return ActionOutcome(ActionStage.FAILED, f"{error} {_NOTHING}", error=error)
    if permit.age <= FRESH:
        return None
    late = f"reading the state took {duration(permit.age)}, so it may have changed meanwhile."
    return _refused(f"{target.label}: {late} {_NOTHING}")


def _checked(context: ActionContext, preview: Preview, permit: Permit, call: Call) -> ActionOutcome | None:
    """Read the deployment, and return why nothing is sent if it has changed. Raises PlatformError."""
    platform, target, action = context.platform, preview.target, preview.action
    permit.reading()
    if action.kind is ActionKind.RESTART_POD and preview.pods:
        there = [pod.name for pod in pods_of(read_source(platform, target, "runtime", call)).values()]
        if action.argument not in there:
            gone = masked_line(action.argument, 100)
            return _refused(f"The pod {gone} no longer exists. {_NOTHING}", changed=True)
    if preview.deploy is not None and not same_template(context, target, preview.deploy, call):
        sentence = f"The platform's template for {target.label} has changed since you looked at it. {_NOTHING}"
        return _refused(sentence, changed=True)
    state = read_state(platform, target, context.clock, call)
    try:
        permit.saw(state.standing)
    except PermitError as error:
        was, now = preview.state.words, state.words
        how = f"it was {was}, and is now {now}" if was != now else "it was deployed again"
        sentence = f"{target.label} has changed since you looked at it: {how}. {_NOTHING}"
        return _refused(sentence, changed=True, error=error)
    return None


def _recorded(
    context: ActionContext, preview: Preview, permit: Permit, call: Call, report: ProgressReport
) -> ActionOutcome:
    journal, label = context.journal, preview.target.label
    server, now = context.platform.server, context.clock()
    entry = intended(journal, server, preview.action, preview.target, preview.state, now=now, group=context.group)
    entry = journal.record(entry, ActionStage.SENT)
    report("sending the request")
    outcome = send(context, permit, call, preview.action.kind)
    if outcome.step is ActionStage.DONE:
        outcome = _accepted(preview, outcome)
    # The thread that follows the action learns that it is done.
    step = ActionStage.ACCEPTED if outcome.step is ActionStage.DONE else outcome.step
    entry, unrecorded = journal.tried_to_record(entry, step, _short(outcome))
    if outcome.step is ActionStage.UNKNOWN and not call.canceled.is_set():
        report("the response was lost; reading the agent's state")
        with suppress(JournalError):
            entry = resolve(context, entry, call)
        if entry.state == ActionStage.ACCEPTED:
            outcome = outcome._replace(step=ActionStage.DONE, sentence=f"{label}: {entry.outcome}.")
        if entry.state == ActionStage.RESOLVED:
            outcome = outcome._replace(
                step=ActionStage.RESOLVED, sentence=f"{outcome.sentence} {label}: {entry.outcome}."
            )
    return outcome._replace(entry=entry, sentence=f"{outcome.sentence}{unrecorded}")


def _accepted(preview: Preview, outcome: ActionOutcome) -> ActionOutcome:
    """Return an accepted action with a sentence about it. A restart names what it restarts, which may be nothing."""
    label, doing = preview.target.label, preview.action.about.doing
    made = outcome.reply.get("deployment_id")
    if preview.deploy is not None and isinstance(made, str) and made != preview.target.id:
        other = f"{label}: the platform deployed another agent, {masked_line(made, 60)}, instead of this one."
        return outcome._replace(step=ActionStage.FAILED, sentence=other)
    if preview.action.kind is ActionKind.REBUILD:
        left_out = f" Build {masked_line(str(outcome.reply.get('build_id')), 60)} began."
        return outcome._replace(sentence=f"{label}: request accepted ({doing}).{left_out}", left_out=left_out)
    if preview.action.kind is not ActionKind.RESTART or "pods" not in outcome.reply:
        return outcome._replace(sentence=f"{label}: request accepted ({doing}).")
    if not (named := restarted(outcome.reply)):
        return outcome._replace(step=ActionStage.FAILED, sentence=f"{label}: {_NO_PODS}")
    left = [masked_line(name, 100) for name in preview.workloads if name not in named]
    left_out = f" Not restarted: {joined(left)}." if left else ""
    return outcome._replace(sentence=f"{label}: request accepted ({doing}).{left_out}", left_out=left_out)


def send(context: ActionContext, permit: Permit, call: Call, kind: ActionKind | None = None) -> ActionOutcome:
    """Send the request of a permit, and return what became of it. Does not raise."""
    try:
        return ActionOutcome(ActionStage.DONE, "", reply=context.platform.change(permit, call=call))
    except PermitError as error:
        return refused(error)
    except PlatformError as error:
        step, sentence = verdict_on(error, kind)
        return ActionOutcome(step, sentence, error=error)


def _short(outcome: ActionOutcome) -> str:
    """Return the outcome for the journal."""
    if outcome.step is not ActionStage.DONE:
        return outcome.sentence
    status = outcome.reply.get("status")
    return (f"accepted: {status}" if isinstance(status, str) and status else "accepted") + outcome.left_out


def refused(error: AstroError) -> ActionOutcome:
    """Return the outcome of an action that was not sent because of an error."""
    return _refused(f"{error} {_NOTHING}", error=error)


def _refused(sentence: str, *, changed: bool = False, error: AstroError | None = None) -> ActionOutcome:
    return ActionOutcome(ActionStage.REFUSED, sentence, changed=changed, error=error)
