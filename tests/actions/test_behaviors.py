"""What actions conclude from the recorded behaviors of the platform, which `tests/demo/test_behaviors.py` checks."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from support.acting import Operator, operating
from support.behaviors import ACCOUNT, Behavior, behaviors, check, names_of
from support.deadline import DEADLINE
from support.demo_caller import Caller, Clock, calling

from astro_tui.actions.allowed import Lifecycle
from astro_tui.actions.follow import Settled, follow
from astro_tui.actions.ingestions import ingestions_of
from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.actions.run import ActionOutcome
from astro_tui.actions.target import TargetState, read_state
from astro_tui.demo import DemoServer
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.logs.line import mixed_in
from astro_tui.logs.pages import MOST_PAGE_LINES
from astro_tui.platform.client import Call
from astro_tui.presentation.pods import pods_of
from astro_tui.presentation.presence import Target, read_status, target_of
from astro_tui.state.journal import ActionStage

R, O, P, S, C, B, T, N, D, L, E, G = ActionKind  # noqa: E741  the letters of the actions


class Product(NamedTuple):
    """One agent, as actions see it."""

    operator: Operator
    target: Target
    before: Preview
    """A preview of a restart from before everything that happened."""

    @property
    def state(self) -> TargetState:
        return read_state(self.operator.platform, self.target, self.operator.context.clock, Call())

    @property
    def offered(self) -> set[ActionKind]:
        return {kind for kind in ActionKind if self.preview(kind).verdict.allowed}

    def preview(self, kind: ActionKind, argument: str = "") -> Preview:
        return self.operator.preview(kind, argument, self.target)

    def refusal(self, kind: ActionKind, argument: str = "") -> str:
        return self.preview(kind, argument).verdict.reason

    def act(self, kind: ActionKind, argument: str = "") -> ActionOutcome:
        return self.operator.run(self.preview(kind, argument))

    def followed(self, kind: ActionKind, argument: str, during: Callable[[], None]) -> Settled:
        preview = self.preview(kind, argument)
        outcome = self.operator.run(preview)
        assert outcome.step is ActionStage.DONE, outcome
        return follow(self.operator.context, preview, outcome, Call(), lambda _words: during(), limit=10)


Concludes = Callable[[Product, Clock], bool]
CONCLUSIONS: dict[str, tuple[int | None, Concludes]] = {}
"""Name of a behavior → how many of its steps come first, None for all, and what is true for actions then."""


def after(name: str, steps: int | None = None) -> Callable[[Concludes], Concludes]:
    def known(conclusion: Concludes) -> Concludes:
        CONCLUSIONS[name] = steps, conclusion
        return conclusion

    return known


@after("a deleted agent still has a record and reads as active")
@after("some servers hide deleted agents")
def _removed(product: Product, _clock: Clock) -> bool:
    return product.state.lifecycle is Lifecycle.REMOVED and not product.offered


@after("stop has no guard, and a deleted agent reappears", 1)
def _no_stop(product: Product, clock: Clock) -> bool:
    clock.advance(30)
    return product.operator.run(product.before).changed and product.refusal(P) == "the agent was deleted"


@after("a deletion can fail", 0)
def _not_deleted(product: Product, clock: Clock) -> bool:
    settled = product.followed(D, "", lambda: clock.advance(30))
    return settled.ok is False and "undeploy failed: namespace is stuck in Terminating" in settled.sentence


@after("only a live agent can be removed", 1)
def _removed_once(product: Product, clock: Clock) -> bool:
    clock.advance(30)
    return product.refusal(D) == "the agent was deleted"


@after("the name of a manual ingestion is only in the spec")
def _manual(product: Product, _clock: Clock) -> bool:
    return ingestions_of(product.operator.platform, product.target, product.state, Call()) == ["backfill"]


@after("a triggered run is a Job with a name of its own", 0)
def _job(product: Product, clock: Clock) -> bool:
    settled = product.followed(T, "backfill", lambda: None)
    clock.advance(600)
    pods = pods_of(product.operator.platform.runtime(product.target.id))
    return "mail-triage-ingestion-backfill-" in settled.sentence and not any("backfill" in name for name in pods)


@after("only manual ingestions can be triggered")
def _only_manual(product: Product, _clock: Clock) -> bool:
    return product.refusal(T, "nightly") == "the agent has no manual ingestion nightly; choose from backfill"


@after("an ingestion of a paused agent can be triggered", 1)
def _while_paused(product: Product, _clock: Clock) -> bool:
    return product.act(T, "backfill").step is ActionStage.DONE


@after("a schedule has a status and no pod")
def _schedule(product: Product, _clock: Clock) -> bool:
    return not any("nightly" in name for name in pods_of(product.operator.platform.runtime(product.target.id)))


@after("a failed Job at startup is not in the record under its name")
def _failed_job(product: Product, _clock: Clock) -> bool:
    return not any("ingestion" in name for name in pods_of(product.operator.platform.runtime(product.target.id)))


@after("after a rollback, list and record keep the old build")
def _rolled_back(product: Product, _clock: Clock) -> bool:
    current = product.state.current
    return current is not None and (current.number, current.rolled_back_from) == (11, "rev 12")


@after("a rollback applies the stored spec", 0)
def _stored(product: Product, _clock: Clock) -> bool:
    return product.preview(B, "11").cautions[-1].startswith("The changes do not show variables, resources, storage")


@after("a restart selects workloads by the build of the record")
@after("a restart of a paused agent restarts nothing", 0)
def _nothing_restarted(product: Product, _clock: Clock) -> bool:
    if product.state.lifecycle is Lifecycle.PAUSED:
        return product.refusal(R) == "no pods are running"
    outcome = product.act(R)
    return outcome.step is ActionStage.FAILED and "restarted nothing" in outcome.sentence


@after("rollback checks the body first")
def _known_revisions(product: Product, _clock: Clock) -> bool:
    same, other = product.refusal(B, "12"), product.refusal(B, "13")
    return same == "the agent is already on revision 12" and other.startswith("the agent has no revision 13")


@after("unknown deployments and revisions have no template")
def _no_template(product: Product, _clock: Clock) -> bool:
    return product.refusal(B, "13").startswith("the agent has no revision 13")


@after("a taken display name is an internal error")
def _taken(product: Product, _clock: Clock) -> bool:
    outcome = product.act(N, "Weekly Numbers")
    return outcome.step is ActionStage.FAILED and outcome.sentence.endswith(
        "Another agent in this account may have that name."
    )


@after("a display name is trimmed and has at most 42 characters", 0)
def _too_long(product: Product, _clock: Clock) -> bool:
    good = product.preview(N, "  Sorter of all the invoices of the year 26  ").verdict.allowed
    return (
        good and product.refusal(N, "Sorter of all the invoices of the year 2026") == "a name has at most 42 characters"
    )


@after("a cancel leaves the workloads alone, and the controller may undo it", 0)
def _cancel(product: Product, clock: Clock) -> bool:
    clock.advance(55)
    said = "Workloads that run now keep running. If they are healthy, the agent becomes active again."
    canceled = said in product.preview(C).cautions and product.act(C).step is ActionStage.DONE
    clock.advance(60)
    return canceled and product.state.lifecycle is Lifecycle.ACTIVE


@after("a cancel before anything was applied stays")
def _canceled(product: Product, _clock: Clock) -> bool:
    return product.state.lifecycle is Lifecycle.FAILED


@after("a deploy cannot be paused, and only a deploy can be canceled")
def _deploying(product: Product, _clock: Clock) -> bool:
    return {C, D} <= product.offered and not {P, S} & product.offered


@after("a second pause is accepted, a second resume is not")
def _resumed(product: Product, _clock: Clock) -> bool:
    return product.state.lifecycle in (Lifecycle.PENDING, Lifecycle.DEPLOYING)


@after("an account that does not pay cannot restart, resume, trigger, or roll back", 0)
def _unpaid(product: Product, _clock: Clock) -> bool:
    outcomes = [product.act(R), product.act(T, "backfill"), product.act(B, str((product.state.revision or 0) - 1))]
    return all(outcome.step is ActionStage.REFUSED and "billing" in outcome.sentence for outcome in outcomes)


@after("an unknown pod cannot be restarted")
def _no_pod(product: Product, _clock: Clock) -> bool:
    return product.refusal(O, "none").startswith("the agent has no pod none")


@after("a workload matches by prefix")
def _mixed(product: Product, _clock: Clock) -> bool:
    names = [each.name for each in product.operator.platform.deployment(product.target.id).workloads]
    return "the platform mixes them" in mixed_in(["claims-desk-knowledge"], names)


@after("more than 5000 lines are refused")
def _page(_product: Product, _clock: Clock) -> bool:
    return MOST_PAGE_LINES == 5000


@after("an unknown deployment gives 403 or 404, by route")
def _unknown(product: Product, _clock: Clock) -> bool:
    platform, nobody = product.operator.platform, product.target._replace(id="zzz-zzz-zzz")
    kinds = []
    for read in (platform.deployment, platform.capabilities):
        with pytest.raises(PlatformError) as caught:
            read(nobody.id)
        kinds.append((caught.value.kind, caught.value.facts.no_such_deployment))
    return kinds == [(ErrorKind.NOT_FOUND, True)] * 2 and read_status(platform, nobody, Call())["value"] == "undeployed"


ELSEWHERE = {
    "an endpoint is always called ready",
    "ready and replicas of the runtime cover only the agent workload",
    "the log of an unknown workload is empty",
    "configuration is sent without its namespace",
    "without tracing, the list of traces is unavailable",
    "variables of an account can be created, changed, and deleted",
    "a redeploy makes a new revision",
    "the result of a search is kept for five minutes",
    "one reader of the server sends no total, no outermost observation, and at most a hundred others",
}
"""What no action depends on. What the platform says about traces is tested where they are shown."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def demo(clock: Clock) -> Iterator[DemoServer]:
    with DemoServer(clock=clock) as server:
        yield server


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("astro_tui.platform.rounds.FOLLOWED", 0.01)


@pytest.mark.parametrize(
    "behavior",
    [each for each in behaviors() if each.name not in ELSEWHERE and "trace" not in f"{each.name} {each.product}"],
    ids=lambda behavior: behavior.name,
)
def test_what_actions_conclude(demo: DemoServer, clock: Clock, tmp_path: Path, behavior: Behavior) -> None:
    steps, conclusion = CONCLUSIONS[behavior.name]
    with calling(demo) as caller, operating(demo.url, demo.token, tmp_path) as operator:
        send = partial(_sent, caller)
        names = names_of(behavior.agent, send)
        row = next(row for row in operator.platform.deployments(ACCOUNT).rows if row.id == names["id"])
        target = target_of(ACCOUNT, row)
        product = Product(operator, target, operator.preview(R, target=target))
        if behavior.fault:
            urllib.request.urlopen(
                f"{demo.url}/demo/faults", json.dumps(behavior.fault).encode(), timeout=DEADLINE
            ).close()
        for step in behavior.step[:steps]:
            clock.advance(step.wait)
            check(step, names, send)
        assert conclusion(product, clock), behavior.product


def _sent(caller: Caller, method: str, path: str, body: object, signature: str) -> tuple[int, object]:
    return caller.send(path, method, body, signature)
