"""When the platform is asked again, with a clock that the test moves."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.rounds import JITTER, SWEEP, Rounds

DOWN = PlatformError(ErrorKind.SERVER, "no", request="")
SIGNED_OUT = PlatformError(ErrorKind.SIGNED_OUT, "who?", request="")
BUSY = PlatformError(ErrorKind.SERVER, "later", request="", retry_after=90.0)


class Story:
    """Each round ends with the next outcome, and time passes only while it waits."""

    def __init__(self, outcomes: list[PlatformError | None]) -> None:
        self.outcomes, self.now, self.begun = outcomes, 0.0, list[float]()

    def read(self) -> float:
        self.begun.append(self.now)
        outcome = self.outcomes.pop(0)
        if outcome is not None:
            raise outcome
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return not self.outcomes


@pytest.mark.parametrize(
    ("outcomes", "begun"),
    [
        ([None, None, None], [0, 10, 20]),
        # Twice as long after each failure, up to the longest pause, and as before after a success.
        ([DOWN, DOWN, DOWN, DOWN, None, None], [0, 20, 60, 110, 160, 170]),
        # The server knows better.
        ([BUSY, None, None], [0, 90, 100]),
    ],
)
def test_the_pauses_between_rounds(outcomes: list[PlatformError | None], begun: list[float]) -> None:
    story, failed = Story(list(outcomes)), list[PlatformError]()
    rounds = Rounds(10, story.wait, longest=50, clock=lambda: story.now, jitter=lambda: 0.0)
    assert len(list(rounds.each(story.read, failed.append))) == outcomes.count(None)
    assert (story.begun, failed) == (begun, [each for each in outcomes if each is not None])


@pytest.mark.parametrize(
    ("outcomes", "end"), [([DOWN], DOWN), ([None, DOWN, None], None), ([None, DOWN, SIGNED_OUT], SIGNED_OUT)]
)
def test_only_a_failure_at_the_start_or_of_the_login_ends_what_lasts(
    outcomes: list[PlatformError | None], end: PlatformError | None
) -> None:
    story, failed = Story(list(outcomes)), list[PlatformError]()
    lasting = Rounds(10, story.wait, clock=lambda: story.now).lasting(story.read, failed.append)
    with pytest.raises(PlatformError) if end else nullcontext() as raised:
        assert len(list(lasting)) == outcomes.count(None)
    assert getattr(raised, "value", None) is end
    assert failed == [each for each in outcomes if each not in (None, end)]


def test_programs_that_failed_together_do_not_come_back_together() -> None:
    rests = []
    for share in (0.0, 0.5, 1.0):
        rounds = Rounds(10, clock=lambda: 0.0, jitter=lambda share=share: share)  # type: ignore[misc]
        rounds.failed(DOWN)
        rests.append(rounds.rest)
    assert rests == [20, 20 * (1 + JITTER / 2), 20 * (1 + JITTER)]


@pytest.mark.parametrize(
    ("usual", "count", "share"), [(60, 0, 0), (60, 1, 1), (60, 24, 2), (60, 25, 3), (SWEEP, 9, 9), (86400, 9, 9)]
)
def test_all_are_read_within_a_sweep(usual: float, count: int, share: int) -> None:
    assert Rounds(usual).share(count) == share
