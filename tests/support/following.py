"""A sink that keeps what a follower gives."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from astro_tui.logs import Follower, FollowPhase, FollowState, Gap, LogLine, LogSource
from support.deadline import DEADLINE

SOURCE = LogSource("abc-def-ghi", "agent")
TOKEN = "very-private-token-0123456789"


class Taken:
    """Everything that a follower gave."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []
        self.batches = 0
        self.states: list[FollowState] = []
        self.gaps: list[Gap] = []
        self._changed = threading.Condition()

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        with self._changed:
            assert source == SOURCE
            assert list(lines) == sorted(lines, key=lambda line: line.ns)
            self.lines += lines
            self.batches += 1
            self._changed.notify_all()

    def report(self, source: LogSource, state: FollowState) -> None:
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def joined(self, source: LogSource, gap: Gap) -> None:
        with self._changed:
            self.gaps.append(gap)
            self._changed.notify_all()

    def wait(self, enough: Callable[[Taken], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: enough(self), DEADLINE), (
                len(self.lines), self.states[-3:], self.gaps[-3:],
            )  # fmt: skip

    def wait_for_phase(self, phase: FollowPhase, *, loaded: bool | None = None) -> FollowState:
        self.wait(
            lambda taken: (
                bool(taken.states) and taken.states[-1].phase is phase and loaded in (None, taken.states[-1].loaded)
            )
        )
        return self.states[-1]

    @property
    def messages(self) -> list[str]:
        return [line.message for line in self.lines]

    @property
    def counts(self) -> Counter[tuple[int, str]]:
        return Counter((line.ns, line.message) for line in self.lines)


Follow = Callable[..., tuple[Follower, Taken]]
