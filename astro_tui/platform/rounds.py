"""When the platform is asked again: every loop that watches something takes its pauses from here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import ceil
from random import random
from typing import TypeVar

from astro_tui.errors import FINAL_KINDS, PlatformError
from astro_tui.runtime import elapsed

FOLLOWED = 2.5
"""Seconds between two reads of what the user waits for: the end of a rollout, or of an action."""
LONGEST_FOLLOWED = 15.0
"""The longest pause between them after failures."""
LONGEST = 600.0
"""The longest pause after failures of what is watched for hours."""
MOVING_REFRESH = 3.0
"""Seconds between two reads of a deployment on screen that starts or stops, as in the web client (platform.md §5)."""
STUCK_AFTER = 600.0
"""Seconds without any change after which a deployment that starts or stops is read as rarely as any other."""
OBSERVED_REFRESH = 15.0
"""Seconds between two reads of workloads or events on screen."""
OBSERVED_MOVING_REFRESH = 5.0
"""The same while the deployment starts or stops."""
PROBLEM_AGAIN = 60.0
"""Seconds after which a problem is investigated again, and the rest of a timeline is read again."""
BUILDS_AGAIN = 600.0
"""Seconds after which the builds of a blueprint are read again for a list."""
ROLLOUT_AGAIN = 15.0
"""Seconds after which a rollout is investigated again, and a deployment on screen about which nothing new was read."""
SWEEP_EVERY = 11.0
"""Seconds between two reads of agents in a list that seem to be fine: at most six a minute, however many there are."""
REPEAT_EVERY = 50.0
"""Seconds per request that reads again about agents of many accounts; with all others, at most 240 an hour are sent."""
SWEEP = 720.0
"""Seconds within which each agent that seems fine is checked: by `watch`, `list --watch`, and for notifications."""
BUILD_REFRESH = 3.0
"""Seconds between two reads of a build that runs, or of its log (platform.md §18)."""
JITTER = 0.1
"""The share by which a pause after a failure is longer, at most: not all programs come back in the same moment."""
T = TypeVar("T")


def pause_after(failures: int, first: float, longest: float) -> float:
    """Return the seconds to pause after some failures in a row: twice as long after each one."""
    return min(first * 2.0 ** min(failures - 1, 20), longest)


class Rounds:
    """Reads something again and again, with pauses of `usual` seconds; after a failure `first`, and then longer.

    `wait` waits for some seconds and returns whether that was the end. Tests give another `clock`, and a `wait` that
    moves it.
    """

    def __init__(
        self,
        usual: float,
        wait: Callable[[float], object] = time.sleep,
        *,
        first: float = 0.0,
        longest: float = LONGEST,
        clock: Callable[[], float] = elapsed,
        jitter: Callable[[], float] = random,
    ) -> None:
        self.usual, self.clock, self._wait, self._jitter = usual, clock, wait, jitter
        self._first, self._longest = first or 2 * usual, longest
        self._failures, self._due = 0, clock()
        self.ago = 0.0
        """How many seconds before this round its value was read, if that was done elsewhere."""

    @property
    def rest(self) -> float:
        """Seconds until the next round; not positive if it is due."""
        return self._due - self.clock()

    def share(self, count: int) -> int:
        """Return how many of some things to read in a round, so that each is read within `SWEEP`."""
        return ceil(count * min(self.usual / SWEEP, 1.0))

    def done(self, asked: float = 0.0) -> None:
        """Note that a round succeeded. The server may have `asked` for a longer pause."""
        self._failures, ago, self.ago = 0, self.ago, 0.0
        self._due = self.clock() + max(self.usual - ago, asked)

    def failed(self, error: PlatformError) -> None:
        """Note that a round failed. The next one comes later, as late as the server asked for."""
        self._failures += 1
        pause = pause_after(self._failures, self._first, max(self._longest, self.usual))
        self._due = self.clock() + max(pause * (1 + JITTER * self._jitter()), error.retry_after or 0.0)

    def each(self, read: Callable[[], T], failed: Callable[[PlatformError], None]) -> Iterator[T]:
        """Yield what `read` returns in each round. `failed` gets its errors, and raises those that end the rounds."""
        while True:
            try:
                value = read()
            except PlatformError as error:
                self.failed(error)
                failed(error)
            else:
                self.done()
                yield value
            if self._wait(max(0.0, self.rest)):
                return

    def lasting(self, read: Callable[[], T], failed: Callable[[PlatformError], None]) -> Iterator[T]:
        """Yield like `each`, but raise errors of the first round, and any error that ends the login."""
        begun = False

        def note(error: PlatformError) -> None:
            if not begun or error.kind in FINAL_KINDS:
                raise error
            failed(error)

        for value in self.each(read, note):
            begun = True
            yield value


def following(wait: Callable[[float], object] = time.sleep) -> Rounds:
    """Return the rounds in which what the user waits for is read."""
    return Rounds(FOLLOWED, wait, first=FOLLOWED, longest=LONGEST_FOLLOWED)
