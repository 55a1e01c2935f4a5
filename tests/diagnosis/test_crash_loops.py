"""If several changes could have broken an agent, the one that did is blamed, or none."""

from __future__ import annotations

from dataclasses import replace

import pytest
from diagnosis.crash_loops import crash_loops
from diagnosis.loading import Loader

from astro_tui.diagnosis import Fact, diagnose


@pytest.mark.parametrize("seed", range(4))
def test_no_other_change_is_blamed(seed: int) -> None:
    wrong, right, count = [], 0, 30
    for loop in crash_loops(seed, count):
        found = diagnose(Loader(loop.facts).load())
        blamed = found.change.revision if found.change is not None else None
        right += blamed == loop.broken_by
        if blamed not in (None, loop.broken_by):
            wrong.append((blamed, loop.broken_by, loop.deploys, loop.begun, found.sentence))
    assert wrong == []
    # Nothing is known about what is older than a week.
    assert right >= 0.8 * count


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("events", [True, False])
def test_no_other_change_is_blamed_without_the_log(seed: int, events: bool) -> None:
    """Without the log, only what the cluster saw shows which change it was, and often nothing does."""
    wrong = []
    for loop in crash_loops(seed, 30):
        known = replace(loop.facts, logs=tuple(replace(each, lines=Fact(error="500")) for each in loop.facts.logs))
        found = diagnose(known if events else replace(known, events=Fact(error="503")))
        blamed = found.change.revision if found.change is not None else None
        if blamed not in (None, loop.broken_by):
            wrong.append((blamed, loop.broken_by, loop.deploys, loop.begun, found.sentence))
        assert found.kind != "none"
    assert wrong == []
