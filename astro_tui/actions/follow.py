"""Follows an accepted action until the platform has done it, or for two minutes. For worker threads."""

from __future__ import annotations

from typing import NamedTuple

from astro_tui.actions.allowed import Lifecycle, is_ready
from astro_tui.actions.context import ActionContext, ProgressReport, silent
from astro_tui.actions.kinds import DEPLOYS, ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.actions.resolving import GONE
from astro_tui.actions.run import ActionOutcome
from astro_tui.actions.target import TargetState, read_state
from astro_tui.errors import FINAL_KINDS, ErrorKind, PlatformError, canceled
from astro_tui.platform.client import Call
from astro_tui.platform.rounds import following
from astro_tui.presentation.pods import pods_of, progress_of, restarted
from astro_tui.presentation.presence import read_source
from astro_tui.runtime import elapsed
from astro_tui.state.journal import ActionStage
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import duration

LIMIT = 120.0
"""Seconds after which following ends."""
_STALE = 15.0
"""Seconds after the action during which a reported failure may be an older one, from before it."""
_NOT_DELETED = "undeploy failed:"
"""How the platform's message about a failed deletion begins (platform.md §16.3)."""
_RESTARTS = (ActionKind.RESTART, ActionKind.RESTART_POD)
_STARTING = (Lifecycle.PENDING, Lifecycle.DEPLOYING)


class Settled(NamedTuple):
    """How an action ended: `ok` is None if that is not known. `sentence` is safe to print."""

    ok: bool | None
    sentence: str
    state: TargetState | None = None


class _Poll(NamedTuple):
    """The result of one poll: whether the action is over, and its progress in words."""

    ok: bool | None
    words: str
    state: TargetState | None = None


def follow(
    context: ActionContext,
    preview: Preview,
    outcome: ActionOutcome,
    call: Call,
    report: ProgressReport = silent,
    *,
    limit: float = LIMIT,
) -> Settled:
    """Watch a deployment until an accepted action has settled, and record the result. `report` receives the progress.

    Raises PlatformError only if `call` is canceled or the login has expired.
    """
    settled = _Following(context, preview, call).until_settled(outcome, report, limit)
    if outcome.entry is not None and settled.ok is not None:
        step = ActionStage.DONE if settled.ok else ActionStage.FAILED
        _entry, unrecorded = context.journal.tried_to_record(outcome.entry, step, settled.sentence)
        return settled._replace(sentence=f"{settled.sentence}{unrecorded}")
    return settled


class _Following:
    """One action that is being followed."""

    def __init__(self, context: ActionContext, preview: Preview, call: Call) -> None:
        self._context, self._preview, self._call = context, preview, call
        self._moved = False
        self._pods = preview.pods

    def until_settled(self, outcome: ActionOutcome, report: ProgressReport, limit: float) -> Settled:
        label, about = self._preview.target.label, self._preview.action.about
        if self._preview.action.kind is ActionKind.REBUILD:
            return Settled(True, f"{label} {about.done}.")
        if self._preview.action.kind is ActionKind.TRIGGER:
            job = outcome.reply.get("job_name")
            which = f" ({masked_line(job, 100)})" if isinstance(job, str) else ""
            return Settled(True, f"{label} {about.done}{which}.")
        if named := restarted(outcome.reply):
            # Only these are replaced: not those of Jobs, nor those with another build.
            self._pods = {name: pod for name, pod in self._pods.items() if name in named or pod.name in named}
        if self._preview.action.kind in _RESTARTS and not self._pods:
            return Settled(None, f"{label}: no pods were observed before the restart, so progress cannot be tracked.")
        begun, words = elapsed(), ""

        def failed(error: PlatformError) -> None:
            if error.kind in FINAL_KINDS:
                raise error
            report(f"{error} Trying again.")

        def wait(seconds: float) -> bool:
            if self._call.canceled.wait(min(seconds, max(0.05, begun + limit - elapsed()))):
                raise canceled()
            return elapsed() - begun >= limit

        for poll in following(wait).each(lambda: self._poll(elapsed() - begun), failed):
            words = poll.words or words
            if poll.ok is not None:
                after = f" ({duration(max(1, elapsed() - begun))})"
                done = f"{label} {about.done}{after}.{outcome.left_out}"
                sentence = done if poll.ok else f"{label}: {poll.words}{after}."
                return Settled(poll.ok, sentence, poll.state)
            report(poll.words)
        still = f"; last seen: {words}" if words else ""
        late = f"{label}: not finished after {duration(limit)}{still}. The platform may still be working on it."
        return Settled(None, late)

    def _poll(self, waited: float) -> _Poll:
        try:
            return self._read(waited)
        except PlatformError as error:
            if error.kind is not ErrorKind.NOT_FOUND:
                raise
            return _Poll(False, GONE)

    def _read(self, waited: float) -> _Poll:
        kind, target = self._preview.action.kind, self._preview.target
        platform, call = self._context.platform, self._call
        if kind in _RESTARTS:
            # A restart never changes the status word.
            progress = progress_of(self._pods, pods_of(read_source(platform, target, "runtime", call)))
            return _Poll(True if progress.complete else None, progress.words)
        if kind is ActionKind.RENAME:
            name = platform.deployment(target.id, call=call).display_name
            renamed = name == self._preview.action.argument
            return _Poll(True if renamed else None, f"currently named {masked_line(name, 100)}")
        state = read_state(platform, target, self._context.clock, call)
        ok = self._judged(state, waited)
        not_deleted = ok is False and kind is ActionKind.DELETE
        why = f": {masked_line(state.report.error_message, 300)}" if not_deleted else ""
        return _Poll(ok, f"{state.words}{why}", state)

    def _deployed(self, state: TargetState) -> bool:
        """Return whether the new revision is the current one: before that, every state is that of the old one."""
        before, build = self._preview.state.revision, self._preview.action.argument
        return state.has_deployed(build, before) if before is not None else self._moved

    def _judged(self, state: TargetState, waited: float) -> bool | None:
        """Return whether the action worked, or None if that is not known yet."""
        kind, lifecycle = self._preview.action.kind, state.lifecycle
        self._moved = self._moved or lifecycle in _STARTING
        if lifecycle is Lifecycle.REMOVED:
            return kind is ActionKind.DELETE
        match kind:
            case ActionKind.PAUSE:
                return True if lifecycle is Lifecycle.PAUSED else None
            case ActionKind.DELETE:
                failed = state.report.error_message.startswith(_NOT_DELETED)
                before = state.report.error_message == self._preview.state.report.error_message
                return False if failed and (waited > _STALE or not before) else None
            case ActionKind.CANCEL:
                return {Lifecycle.FAILED: True, Lifecycle.ACTIVE: False}.get(lifecycle)
            case ActionKind.DEPLOY | ActionKind.REDEPLOY if not self._deployed(state):
                return None
            case ActionKind.ROLLBACK if state.revision == self._preview.state.revision and not self._moved:
                return None
        if lifecycle is Lifecycle.ACTIVE:
            return True if is_ready(state.report) else None
        if lifecycle in (Lifecycle.FAILED, Lifecycle.SUSPENDED):
            # Of a deploy, only the new revision counts here.
            return False if self._moved or waited > _STALE or kind in DEPLOYS else None
        return None
