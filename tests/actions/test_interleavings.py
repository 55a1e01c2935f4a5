"""Two users on one machine and one elsewhere, in any order: only what its user saw is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.acting import EU, NOW, Operator, operating, writes
from support.open_demo import OpenDemo

from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.state.journal import ActionStage, Journal

pytestmark = pytest.mark.nightly

Steps = list[tuple[str, int, ActionKind]]


class Seen(NamedTuple):
    """A preview, what the deployment was then, and how many actions had been sent from this machine."""

    preview: Preview
    state: object
    sent: int


CONFIRM = st.tuples(st.just("confirm"), st.integers(0, 1), st.none())
PREVIEW = st.tuples(
    st.just("preview"), st.integers(0, 1), st.sampled_from([ActionKind.RESTART, ActionKind.PAUSE, ActionKind.RESUME])
)
ELSEWHERE = st.tuples(st.just("elsewhere"), st.sampled_from(["active", "stopped"]), st.integers(11, 12))
STEPS = st.lists(st.one_of(CONFIRM, CONFIRM, PREVIEW, ELSEWHERE), min_size=4, max_size=20)


@pytest.fixture(scope="module")
def shared() -> Iterator[OpenDemo]:
    with OpenDemo(frozen=True, clock=lambda: NOW) as server:
        yield server


@given(STEPS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=40)
def test_any_order(
    shared: OpenDemo, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, ActionKind]]
) -> None:
    folder = tmp_path_factory.mktemp("actions")
    # The platform remembers only the newest requests.
    shared.forget_requests()
    shared.put(EU, "active")
    shared.world.change(shared.world.by_id[EU], current=12, restarts={})
    with operating(shared.url, shared.token, folder) as one, operating(shared.url, shared.token, folder) as two:
        _walk(shared, (one, two), steps)
    over = (ActionStage.ACCEPTED, ActionStage.DONE, ActionStage.REFUSED, ActionStage.FAILED)
    assert all(entry.state in over for entry in Journal(folder).entries())


def _state(shared: OpenDemo) -> object:
    deployment = shared.world.by_id[EU]
    return shared.world.condition(deployment).word, deployment.revision


def _walk(shared: OpenDemo, operators: tuple[Operator, Operator], steps: Steps) -> None:
    sent = 0
    # Both see a preview before either of them confirms.
    held = {who: Seen(operators[who].preview(ActionKind.RESTART), _state(shared), sent) for who in (0, 1)}
    for what, who, detail in steps:
        before = len(writes(shared.requests))
        if what == "elsewhere":
            shared.put(EU, str(who))
            shared.world.change(shared.world.by_id[EU], current=detail)
        elif what == "preview":
            preview = operators[who].preview(detail)
            held.pop(who, None)
            if preview.verdict.allowed:
                held[who] = Seen(preview, _state(shared), sent)
        elif who in held:
            seen = held.pop(who)
            fresh = seen.state == _state(shared) and seen.sent == sent
            outcome = operators[who].run(seen.preview)
            # After a rollback, a restart finds nothing to restart.
            assert (outcome.step in (ActionStage.DONE, ActionStage.FAILED)) is fresh, (outcome, seen, sent)
            assert outcome.changed is not fresh
            sent += fresh
            assert len(writes(shared.requests)) - before == fresh
            assert writes(shared.requests)[-1:] == [seen.preview.request] * fresh or not fresh
            continue
        assert len(writes(shared.requests)) == before
