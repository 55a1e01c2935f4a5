"""One action on many agents: no agent gets two requests, and the journal says what became of each."""

from __future__ import annotations

import random
import re
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.acting import LABS, Operator, operating, together, writes
from support.deadline import DEADLINE
from support.demo_caller import START, Caller
from support.forked import Forked
from support.open_demo import OpenDemo

from astro_tui.actions.arming import Arming
from astro_tui.actions.bulk import MOST, MOST_FAILURES, Bulk, BulkItem, Result, planned
from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.resolving import NOT_SENT, resolve_all
from astro_tui.actions.run_bulk import read_items, run_bulk
from astro_tui.demo import Fault
from astro_tui.platform import rounds
from astro_tui.platform.client import Call
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import ActionStage, Journal

OVER = (Result.DONE, Result.REFUSED, Result.FAILED, Result.UNKNOWN, Result.SKIPPED)
FAILURES = (Result.REFUSED, Result.FAILED, Result.UNKNOWN)


# ---- the order


@given(
    st.integers(0, MOST),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from(["take", "end", "say", "stop"]), st.integers(0, 3), st.sampled_from(OVER))),
)
def test_any_order(count: int, parallel: int, steps: Sequence[tuple[str, int, Result]]) -> None:
    bulk = Bulk(
        ActionKind.RESTART, [BulkItem(Target(LABS, f"id-{n}", f"agent {n}", "b")) for n in range(count)], parallel
    )
    begun: list[str] = []
    running: list[BulkItem] = []
    ended: dict[str, Result] = {}
    stopped = False
    for what, which, result in steps:
        if what == "take" and len(running) < parallel:
            item = bulk.take()
            held = stopped or sum(each in FAILURES for each in ended.values()) >= MOST_FAILURES
            assert (item is None) == (held or len(begun) == count)
            if item is not None:
                begun.append(item.target.id)
                running.append(item)
        elif what == "stop":
            bulk.stop()
            stopped = True
        elif running:
            item = running[which % len(running)]
            if what == "say":
                bulk.say(item, "reading the state")
            else:
                running.remove(item)
                bulk.end(item, result, "")
                ended[item.target.id] = result
    now = {item.target.id: item.result for item in bulk.items}
    assert begun == list(now)[: len(begun)]
    assert all(now[key] is result for key, result in ended.items())
    assert all(now[item.target.id] is Result.RUNNING for item in running)
    waiting = Result.SKIPPED if stopped or sum(each in FAILURES for each in ended.values()) >= 2 else Result.WAITING
    assert {now[key] for key in now if key not in begun} <= {waiting}
    retried = {item.target.id for item in bulk.to_retry}
    assert retried == {key for key, result in now.items() if result in (*FAILURES[:2], Result.SKIPPED)}


# ---- twenty agents over HTTP


@pytest.fixture
def demo() -> Iterator[OpenDemo]:
    """A platform on which a minute passes in a second."""
    begun = monotonic()
    with OpenDemo(clock=lambda: START + timedelta(seconds=60 * (monotonic() - begun))) as server:
        yield server


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "FOLLOWED", 0.02)


@pytest.fixture
def operator(demo: OpenDemo, tmp_path: Path) -> Iterator[Operator]:
    with operating(demo.url, demo.token, tmp_path / "actions") as operator:
        yield operator


def targets(demo: OpenDemo, count: int = MOST) -> list[Target]:
    """Return active agents."""
    found = demo.world.by_account[LABS][:count]
    for each in found:
        demo.put(each.id, "active")
    return [Target(LABS, each.id, each.name, each.name) for each in found]


def previewed(operator: Operator, kind: ActionKind, agents: Sequence[Target], parallel: int = 1) -> Bulk:
    items = {item.target: item for item in read_items(operator.context, agents, kind, Call())}
    return Bulk(kind, planned([items[agent] for agent in agents], operator.arming), parallel)


def ran(operator: Operator, bulk: Bulk) -> Counter[Result]:
    run_bulk(operator.context, bulk, operator.arming, Call(), lambda _item: None, limit=DEADLINE)
    return Counter(item.result for item in bulk.items)


def requests_of(demo: OpenDemo, kind: str) -> Counter[str]:
    """Return how many requests each agent got."""
    return Counter(re.findall(rf"POST /api/v1/deployments/([\w-]+)/{kind}", "\n".join(writes(demo.requests))))


LATE = {
    Result.DONE: (ActionStage.DONE, ActionStage.ACCEPTED),
    Result.UNKNOWN: (ActionStage.RESOLVED, ActionStage.UNKNOWN, ActionStage.ACCEPTED),
}


def is_true(journal: Journal, bulk: Bulk, sent: Counter[str]) -> None:
    """Check that no agent got two requests, and that the journal says what became of each."""
    ours = [entry for entry in journal.entries() if entry.group == bulk.group]
    entries = {entry.id: entry for entry in ours}
    assert len(entries) == len(ours), "two entries for an agent"
    assert max(sent.values(), default=0) <= 1
    for item in bulk.items:
        entry = entries.get(item.target.id)
        assert sent[item.target.id] == (entry is not None), item
        assert item.result in OVER
        if entry is not None:
            assert ActionStage(entry.state) in LATE.get(item.result, (ActionStage(item.result),)), (item, entry)


JSON_503 = Fault.response(503, '{"error":"cluster unavailable"}')
DONE, FAILED, REFUSED, UNKNOWN, SKIPPED = Result.DONE, Result.FAILED, Result.REFUSED, Result.UNKNOWN, Result.SKIPPED
PAUSE, RESTART = ActionKind.PAUSE, ActionKind.RESTART
VERBS = {PAUSE: "stop", RESTART: "restart"}


NO_LOGIN = Fault.response(401, '{"error":"unauthorized"}')


class Case(NamedTuple):
    """What happens to which request about which agent, and how many agents then have which result."""

    kind: ActionKind
    faults: dict[tuple[int, str], Fault]
    wanted: dict[Result, int]
    parallel: int = 1


@pytest.mark.parametrize(
    "case",
    [
        Case(RESTART, {}, {DONE: 20}),
        Case(RESTART, {}, {DONE: 20}, parallel=4),
        Case(PAUSE, {}, {DONE: 20}),
        # The response is lost, and the pods, or the state, say that it was done.
        Case(RESTART, {(3, "restart"): Fault.lost_response()}, {DONE: 20}),
        Case(PAUSE, {(3, "stop"): Fault.lost_response(), (7, "stop"): Fault.lost_response()}, {DONE: 20}),
        Case(PAUSE, {(3, "stop"): Fault.reset()}, {DONE: 19, UNKNOWN: 1}),
        Case(PAUSE, {(3, "stop"): JSON_503}, {DONE: 19, FAILED: 1}),
        Case(PAUSE, {(3, "stop"): NO_LOGIN}, {DONE: 19, REFUSED: 1}),
        Case(PAUSE, {(3, "status"): JSON_503}, {DONE: 19, FAILED: 1}),
        # After two failures, nothing more starts.
        Case(RESTART, {(3, "restart"): JSON_503, (5, "restart"): NO_LOGIN}, {DONE: 4, FAILED: 1, REFUSED: 1}),
        Case(RESTART, {(3, "restart"): JSON_503, (5, "restart"): NO_LOGIN}, {FAILED: 1, REFUSED: 1}, parallel=4),
        Case(PAUSE, {(3, "stop"): Fault.reset(), (4, "stop"): Fault.html(502)}, {DONE: 3, UNKNOWN: 2}),
    ],
)
def test_twenty_agents(demo: OpenDemo, operator: Operator, case: Case) -> None:
    agents = targets(demo)
    bulk = previewed(operator, case.kind, agents, case.parallel)
    for (number, part), fault in case.faults.items():
        demo.faults.set(f"/deployments/{agents[number].id}/{part}", fault)
    counts = ran(operator, bulk)
    is_true(operator.journal, bulk, requests_of(demo, VERBS[case.kind]))
    if DONE not in case.wanted:
        # How many others begin before the second failure depends on the time that it takes.
        del counts[DONE]
    assert counts - Counter({SKIPPED: MOST}) == Counter(case.wanted)


@pytest.mark.parametrize("seed", range(2))
def test_everything_goes_wrong(demo: OpenDemo, operator: Operator, seed: int) -> None:
    """Each retry is a new bulk, with a confirmation of its own."""
    chance, agents = random.Random(seed), targets(demo)
    wrong = [Fault.lost_response(), Fault.reset(), JSON_503, NO_LOGIN, Fault.html(502)]
    for number in range(20):
        demo.forget_requests()
        demo.faults.clear()
        bulk = previewed(operator, PAUSE, agents, chance.choice([1, 4]))
        for agent in agents if number < 5 else ():
            part = chance.choice(["stop", "stop", "status", "deployment-history"])
            demo.faults.set(f"/deployments/{agent.id}/{part}", chance.choice(wrong), count=chance.choice([1, 2]))
        ran(operator, bulk)
        is_true(operator.journal, bulk, requests_of(demo, "stop"))
        agents = [item.target for item in bulk.to_retry]
    assert not agents


def test_agents_that_somebody_else_changes_are_skipped(demo: OpenDemo, other: Caller, operator: Operator) -> None:
    agents = targets(demo, 6)
    bulk = previewed(operator, ActionKind.RESTART, agents)
    # The platform's CLI pauses one before, and one while the bulk runs.
    other.send(f"/deployments/{agents[1].id}/stop", "POST")
    demo.forget_requests()

    def changed(item: BulkItem) -> None:
        if item.target == agents[3] and item.result is Result.DONE:
            other.send(f"/deployments/{agents[4].id}/stop", "POST")

    run_bulk(operator.context, bulk, operator.arming, Call(), changed, limit=DEADLINE)
    assert [item.result for item in bulk.items] == [DONE, SKIPPED, DONE, DONE, SKIPPED, DONE]
    assert "has changed since you looked at it: it was active" in bulk.items[4].sentence
    is_true(operator.journal, bulk, requests_of(demo, "restart"))
    assert bulk.to_retry == [bulk.items[1], bulk.items[4]]


def test_of_two_at_once_on_one_machine_at_most_one_acts_on_each_agent(
    demo: OpenDemo, operator: Operator, tmp_path: Path
) -> None:
    agents = targets(demo, 8)
    with operating(demo.url, demo.token, tmp_path / "actions") as second:
        bulks = [(each, previewed(each, RESTART, agents, 4)) for each in (operator, second)]
        together(*(partial(ran, *each) for each in bulks))
    done = [item.target.id for _operator, bulk in bulks for item in bulk.items if item.result is DONE]
    assert requests_of(demo, "restart") == Counter(set(done)) == Counter(done)
    for _operator, bulk in bulks:
        for item in bulk.items:
            others = ("came first", "is changing this agent", "Not started")
            assert item.result is DONE or any(words in item.sentence for words in others), item


def test_each_is_ready_before_the_next_starts(demo: OpenDemo, operator: Operator) -> None:
    bulk = previewed(operator, ActionKind.RESTART, targets(demo, 4))
    sent: list[tuple[str, int]] = []

    def changed(item: BulkItem) -> None:
        sent.append((item.result, requests_of(demo, "restart").total()))

    run_bulk(operator.context, bulk, operator.arming, Call(), changed, limit=DEADLINE)
    assert [number for result, number in sent if result is Result.DONE] == [1, 2, 3, 4]


def test_who_is_skipped_before(demo: OpenDemo, operator: Operator) -> None:
    agents = targets(demo, 4)
    demo.put(agents[2].id, "stopped")
    others = [Target("harborline", each.id, each.name, each.name) for each in demo.world.by_account["harborline"]]
    arming = Arming(protected=["Harborline"])
    arming.arm(LABS, LABS)
    everything = [*agents, agents[0], others[0], Target("rival-works", "no-such-id", "gone", "gone")]
    items = planned(read_items(operator.context, everything, ActionKind.PAUSE, Call()), arming)
    whys = {item.target.id: item.sentence for item in items}
    assert len(items) == 6
    assert {item.target for item in items if item.result is Result.WAITING} == {agents[0], agents[1], agents[3]}
    assert whys[agents[2].id] == "The agent is already paused."
    assert whys[others[0].id] == "harborline is protected: act on its agents one at a time."
    assert whys["no-such-id"] == "rival-works is not armed."


# ---- killed

CHILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from support.acting import LABS, Operator
from astro_tui.actions.bulk import Bulk, planned
from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.run_bulk import read_items, run_bulk
from astro_tui.platform import rounds
from astro_tui.platform.client import Call, Platform
from astro_tui.platform.client.wire import Wire
from astro_tui.presentation.presence import Target
from astro_tui.state.journal import Journal

rounds.FOLLOWED = 0.02
url, token, folder, nth, parallel, *ids = sys.argv[1:]
left = int(nth)

def step(owner, name, counts=lambda *given: True):
    original = getattr(owner, name)
    def patched(*given, **more):
        global left
        if counts(*given):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return original(*given, **more)
    setattr(owner, name, patched)

# What a single action does, in order; each of them can be the last thing that happens.
step(Journal, "intend")
step(Journal, "record")
step(Platform, "change")
step(Wire, "_send", lambda _wire, exchange, *_more: exchange.sends is not None)
operator = Operator(url, token, Path(folder))
targets = [Target(LABS, each, each, each) for each in ids]
items = planned(read_items(operator.context, targets, ActionKind.PAUSE, Call()), operator.arming)
bulk = Bulk(ActionKind.PAUSE, items, int(parallel))
run_bulk(operator.context, bulk, operator.arming, Call(), lambda item: None)
"""


@pytest.mark.parametrize(
    ("nth", "parallel"), [*((nth, 1) for nth in range(1, 13)), *((nth, 4) for nth in (3, 9, 14, 19))]
)
def test_killed_at_any_step(demo: OpenDemo, tmp_path: Path, nth: int, parallel: int) -> None:
    agents = targets(demo, 6)
    code = CHILD.format(tests=str(Path(__file__).resolve().parents[1]))
    words = [demo.url, demo.token, str(tmp_path), str(nth), str(parallel), *(agent.id for agent in agents)]
    process = Forked(["-c", *words], code=code)
    _out, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL, said
    before = requests_of(demo, "stop")
    with operating(demo.url, demo.token, tmp_path) as operator:
        resolve_all(operator.context, Call())
        assert resolve_all(operator.context, Call()) == []
        entries = {entry.id: entry for entry in operator.journal.entries()}
        assert len(entries) == len(operator.journal.entries())
    assert requests_of(demo, "stop") == before
    assert max(before.values(), default=0) <= 1
    assert len({entry.group for entry in entries.values()}) == 1 or not entries
    for agent in agents:
        entry, paused = entries.get(agent.id), demo.world.condition(demo.world.by_id[agent.id]).word == "stopped"
        assert paused == bool(before[agent.id])
        if entry is None or entry.outcome == NOT_SENT:
            assert not paused
        else:
            assert ("paused" in entry.outcome or entry.outcome == "accepted: stopped") == paused, entry
