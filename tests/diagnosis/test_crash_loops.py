"""Of several changes that could break an agent, the one is blamed that did, or none."""

from __future__ import annotations

import pytest
from diagnosis.crash_loops import crash_loops
from diagnosis.loading import Loader

from astro_tui.diagnosis import diagnose


@pytest.mark.parametrize("seed", range(6))
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
