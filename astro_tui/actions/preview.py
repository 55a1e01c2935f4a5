"""What an action would do, read from the platform right now: shown before it is confirmed, and compared before it runs.

Making a preview sends no request that changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from unicodedata import category

from astro_tui.actions.allowed import ActionFacts, ActionVerdict, allowed
from astro_tui.actions.commands import command_of
from astro_tui.actions.context import ActionContext
from astro_tui.actions.deploy import DeployPlan
from astro_tui.actions.deploy import plan_of as deploy_plan
from astro_tui.actions.ingestions import ingestions_of
from astro_tui.actions.kinds import DEPLOYS, Action, ActionKind
from astro_tui.actions.resolving import words_of
from astro_tui.actions.rollback import RollbackPlan, plan_of
from astro_tui.actions.target import TargetState, read_rights, read_state
from astro_tui.errors import FINAL_KINDS, ErrorKind, PlatformError
from astro_tui.platform.client import Call, Platform, changes
from astro_tui.platform.client.changes import ChangeRequest
from astro_tui.platform.servers import API_ROOT
from astro_tui.presentation.builds import RUNNING
from astro_tui.presentation.pods import Pod, pods_of
from astro_tui.presentation.presence import Target, read_source
from astro_tui.presentation.revisions import OF_NEWEST, UNNUMBERED
from astro_tui.state.journal import ActionStage
from astro_tui.text.foreign import visible
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import counted, joined

LONGEST_NAME = 42
"""The most characters of a display name (platform.md §9)."""
MOST_NAMED = 12
"""How many names are listed when a name is unknown."""


@dataclass(frozen=True, slots=True)
class Preview:
    """One action on one deployment, as it would be sent. All texts are safe to print.

    `verdict` says whether it can be confirmed. `request` and `body` are exactly what would be sent, `command` does the
    same in a shell, and `effect` says in words what happens. `cautions` are things to know beforehand. `rollback` is
    set only for a rollback, and `deploy` for a deploy. `pods` are those that a restart replaces, and `workloads` the
    names of all that can be restarted. `last` is the last action's key in the journal.
    """

    action: Action
    target: Target
    state: TargetState
    verdict: ActionVerdict
    command: str
    effect: str
    cautions: tuple[str, ...] = ()
    rollback: RollbackPlan | None = None
    deploy: DeployPlan | None = None
    pods: Mapping[str, Pod] = field(default_factory=dict)
    workloads: tuple[str, ...] = ()
    last: str = ""

    @property
    def change(self) -> ChangeRequest:
        """The request."""
        if self.action.kind in DEPLOYS:
            plan = self.deploy
            return changes.deploy(plan.template, plan.signature) if plan is not None else changes.deploy(b"", "")
        if self.action.kind is ActionKind.REBUILD:
            return changes.rebuild(self.target.account, self.target.blueprint)
        return self.action.change(self.target.id)

    @property
    def request(self) -> str:
        """The method and the path."""
        return visible(f"{self.change.method} {API_ROOT}{self.change.endpoint}", 300)

    @property
    def body(self) -> str:
        """The JSON that is sent, or an empty string. A template is not shown: it can contain values."""
        if self.deploy is not None:
            return f"the platform's signed template, {len(self.change.body):,} bytes"
        return visible(self.change.body.decode(), 500)

    @property
    def undo(self) -> Action | None:
        """The action that undoes it, if there is one."""
        kind, before = self.action.about.undo, self.state.revision
        match kind:
            case ActionKind.ROLLBACK:
                return Action(kind, str(before)) if before is not None else None
            case ActionKind.RENAME:
                return Action(kind, self.target.name)
        return Action(kind) if kind is not None else None

    @property
    def read_at(self) -> datetime:
        """When the state and the revision were read."""
        return self.state.read_at


def prepare(context: ActionContext, target: Target, action: Action, call: Call) -> Preview:
    """Read everything about an action and return its preview. For worker threads.

    Raises PlatformError if the deployment cannot be read, and JournalError.
    """
    platform = context.platform
    last = context.journal.last_key(platform.server, target.id)
    state = read_state(platform, target, context.clock, call)
    facts, pods = _facts(platform, target, action.kind, state, call)
    verdict = allowed(action.kind, state.lifecycle, facts)
    plan: RollbackPlan | None = None
    if verdict.allowed:
        action, verdict = _with_argument(action, target, state, facts, pods)
    if verdict.allowed and action.kind is ActionKind.ROLLBACK:
        plan, verdict = _planned(context, target, state, int(action.argument), call)
    deploy: DeployPlan | None = None
    if verdict.allowed and action.kind in DEPLOYS:
        deploy, verdict = _deploy_planned(context, target, action, state, call)
        action = action._replace(argument=deploy.build) if deploy is not None else action
    more: list[str] = []
    if verdict.allowed and action.kind is ActionKind.REBUILD:
        verdict, more = _rebuild(platform, target, call)
    if action.kind is ActionKind.RESTART_POD:
        pods = {name: pod for name, pod in pods.items() if pod.name == action.argument}
    return Preview(
        action=action,
        target=target,
        state=state,
        verdict=verdict,
        command=command_of(action, target, platform.server),
        effect=_effect(action, target, state),
        cautions=(*_open_ones(context, target), *more, *_cautions(action, state, plan)),
        rollback=plan,
        deploy=deploy,
        pods=pods,
        workloads=_restartable(platform, target, call) if action.kind is ActionKind.RESTART else (),
        last=last,
    )


def with_pods(context: ActionContext, preview: Preview, call: Call) -> Preview:
    """Return the preview of a restart with the pods of now: it may have waited for other agents. Raises PlatformError.

    Before another action, and if they cannot be read, it stays as it is.
    """
    if preview.action.kind is not ActionKind.RESTART:
        return preview
    pods = _pods(context.platform, preview.target, call)
    return preview if pods is None else replace(preview, pods=pods)


# ---- what there is


def _facts(
    platform: Platform, target: Target, kind: ActionKind, state: TargetState, call: Call
) -> tuple[ActionFacts, Mapping[str, Pod]]:
    """Read what else decides whether an action is allowed; a failed read forbids nothing."""
    rights = read_rights(platform, target.id, call)
    pods: Mapping[str, Pod] | None = None
    ingestions: list[str] | None = None
    if kind in (ActionKind.RESTART, ActionKind.RESTART_POD):
        pods = _pods(platform, target, call)
    if kind is ActionKind.TRIGGER:
        try:
            ingestions = ingestions_of(platform, target, state, call)
        except PlatformError as error:
            _unless_fatal(error)
    names_of_pods = None if pods is None else [pod.name for pod in pods.values()]
    revisions = len(state.rows) if state.revision is not None else None
    return ActionFacts(rights, names_of_pods, ingestions, revisions), pods or {}


def _pods(platform: Platform, target: Target, call: Call) -> Mapping[str, Pod] | None:
    """Return the pods by their workloads, or None if they cannot be read."""
    try:
        return pods_of(read_source(platform, target, "runtime", call))
    except PlatformError as error:
        _unless_fatal(error)
        return None


def _restartable(platform: Platform, target: Target, call: Call) -> tuple[str, ...]:
    """Return the names of the workloads that a restart replaces; Jobs and schedules are never restarted."""
    try:
        workloads = platform.deployment(target.id, call=call).workloads
    except PlatformError as error:
        _unless_fatal(error)
        return ()
    return tuple(each.name for each in workloads if each.kind in ("Deployment", "StatefulSet"))


def _unless_fatal(error: PlatformError) -> None:
    if error.kind in FINAL_KINDS:
        raise error


def _with_argument(
    action: Action, target: Target, state: TargetState, facts: ActionFacts, pods: Mapping[str, Pod]
) -> tuple[Action, ActionVerdict]:
    """Return the action with its argument as the server wants it, and whether that argument exists."""
    typed = action.argument
    if action.kind is ActionKind.RESTART_POD and facts.pods:
        # The name of a workload stands for its pod. Even if none was observed, pods may exist.
        pod = pods[typed].name if typed in pods else typed
        if pod not in facts.pods:
            return action, _unknown("pod", typed, sorted(facts.pods))
        return action._replace(argument=pod), ActionVerdict(allowed=True)
    if action.kind is ActionKind.TRIGGER and facts.ingestions is not None and typed not in facts.ingestions:
        return action, _unknown("manual ingestion", typed, sorted(facts.ingestions))
    if action.kind is ActionKind.RENAME:
        if not typed.strip() or any(category(letter) == "Cc" for letter in typed):
            return action, ActionVerdict(allowed=False, reason="a name cannot be blank or contain control characters")
        if len(typed.strip()) > LONGEST_NAME:
            return action, ActionVerdict(allowed=False, reason=f"a name has at most {LONGEST_NAME} characters")
        if typed.strip() == target.name:
            return action, ActionVerdict(allowed=False, reason="the agent already has this name")
    if action.kind is ActionKind.ROLLBACK:
        return action, _revision(typed, state)
    return action, ActionVerdict(allowed=True)


def _revision(typed: str, state: TargetState) -> ActionVerdict:
    if state.revision is None:
        return ActionVerdict(allowed=False, reason=UNNUMBERED)
    numbers = [str(row.number) for row in state.rows]
    if typed == str(state.revision):
        return ActionVerdict(allowed=False, reason=f"the agent is already on revision {typed}")
    return ActionVerdict(allowed=True) if typed in numbers else _unknown("revision", typed, numbers)


def _unknown(what: str, typed: str, names: list[str]) -> ActionVerdict:
    shown = [masked_line(name, 100) for name in names[:MOST_NAMED]]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    there = f"; choose from {', '.join(shown)}{more}" if shown else ""
    return ActionVerdict(allowed=False, reason=f"the agent has no {what} {masked_line(typed, 100) or '(none)'}{there}")


def _planned(
    context: ActionContext, target: Target, state: TargetState, revision: int, call: Call
) -> tuple[RollbackPlan | None, ActionVerdict]:
    row = next(row for row in state.rows if row.number == revision)
    try:
        plan = plan_of(context, target, state, row, call)
    except PlatformError as error:
        if error.kind in (ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST):
            said = f": {masked_line(error.server_said, 300)}" if error.server_said else ""
            return None, ActionVerdict(allowed=False, reason=f"the platform has no spec for revision {revision}{said}")
        raise
    if plan.valid is False:
        why = joined(list(plan.errors)) or "no reason given"
        return plan, ActionVerdict(allowed=False, reason=f"revision {revision} failed the platform's validation: {why}")
    return plan, ActionVerdict(allowed=True)


def _deploy_planned(
    context: ActionContext, target: Target, action: Action, state: TargetState, call: Call
) -> tuple[DeployPlan | None, ActionVerdict]:
    try:
        return deploy_plan(context, target, action, state, call)
    except PlatformError as error:
        if error.kind in (ErrorKind.NOT_FOUND, ErrorKind.BAD_REQUEST, ErrorKind.FORBIDDEN):
            said = f": {masked_line(error.server_said, 300)}" if error.server_said else ""
            return None, ActionVerdict(allowed=False, reason=f"the platform has no template for this deploy{said}")
        raise


def _rebuild(platform: Platform, target: Target, call: Call) -> tuple[ActionVerdict, list[str]]:
    """Return whether the blueprint can be built again, and what happens to builds that still run."""
    github = platform.github(target.account, target.blueprint, call=call)
    if not github.connected:
        return ActionVerdict(allowed=False, reason="the blueprint is not connected to GitHub"), []
    running = [masked_line(each.build_id, 60) for each in github.builds if each.status in RUNNING]
    notes = [f"The build {joined(running)} still runs. A newer server cancels it."] if running else []
    return ActionVerdict(allowed=True), notes


# ---- words


def _effect(action: Action, target: Target, state: TargetState) -> str:
    argument = masked_line(action.argument, 100)
    match action.kind:
        case ActionKind.ROLLBACK:
            before = f"in place of revision {state.revision}"
            return f"Revision {argument} is deployed {before}. Secrets keep their current values."
        case ActionKind.DEPLOY | ActionKind.REDEPLOY if argument:
            before = state.current.build if state.current is not None else ""
            old = f" in place of build {before}" if before and before != argument else ""
            return f"Build {argument} is deployed{old}. Until it runs, the old pods may still answer."
        case ActionKind.RENAME:
            return f"{target.label} is renamed to {argument}. {action.about.effect}"
        case ActionKind.RESTART_POD | ActionKind.TRIGGER:
            return f"{argument}: {action.about.effect}"
    return action.about.effect


def _open_ones(context: ActionContext, target: Target) -> Iterator[str]:
    """Yield the earlier actions on a deployment that may still take effect, as far as is known."""
    for entry in context.journal.open_ones(context.platform.server, target.id):
        if entry.state != ActionStage.INTENDED:
            yield f"Earlier: {words_of(entry, context.clock())}."


def _cautions(action: Action, state: TargetState, plan: RollbackPlan | None) -> list[str]:
    cautions = []
    if action.kind is ActionKind.PAUSE and state.report.reason.strip().lower() == "paused":
        cautions.append("The agent is already paused.")
    if action.kind is ActionKind.CANCEL:
        cautions.append("Workloads that run now keep running. If they are healthy, the agent becomes active again.")
    if action.kind is ActionKind.DELETE and state.rows:
        cautions.append(f"The agent has {counted(len(state.rows), 'revision')}.")
    if plan is not None:
        if plan.missing:
            cautions.append(f"No value is set for {joined(list(plan.missing))}.")
        if plan.valid is None:
            cautions.append("The platform did not say whether this revision is valid.")
        if plan.seen:
            cautions.append(f"The changes show what this machine stored of {plan.new.title} while it was current.")
        elif plan.difference is not None:
            cautions.append(
                f"The changes do not show {joined(list(OF_NEWEST))}: the platform's template of {plan.new.title} has "
                "those of the newest one, but the rollback applies the stored ones, except for secrets and access."
            )
        if plan.unknown_difference:
            cautions.append(f"The changes are unknown: {plan.unknown_difference}")
    return cautions
