"""The logs of many agents at once, over real HTTP: no line is lost or doubled, and none pushes out the others."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import pytest
from support.logins import until
from support.tally import Tally

from astro_tui.demo import DemoServer
from astro_tui.demo.volume import GROUP, NUMBERS, Volume
from astro_tui.logs import Follower, FollowPhase, FollowState, Gap, LogLine, LogSource, following
from astro_tui.logs.feed import Feed
from astro_tui.platform.client import Platform

AGENTS = 12
PARTS = 6
LAG = 0.5


class Load(NamedTuple):
    """How much is written: lines per second by the first agent and by the others, for some seconds, with resets."""

    rate: int
    others: int
    seconds: int
    resets: int

    @property
    def volume(self) -> Volume:
        every = self.seconds / (self.resets + 1)
        total = self.rate * self.seconds // GROUP * GROUP
        more = {"more": AGENTS - 1, "others": self.others}
        return Volume(self.rate, total, LAG, every, reset_count=self.resets, **more)


class Counted(Feed):
    """A feed that counts what each agent delivers."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, lambda: None, make=partial(Follower, lag=2 * LAG))
        self.tallies: dict[LogSource, Tally] = {}
        self.gaps: list[Gap] = []
        self.open: dict[LogSource, int] = {}
        """When the sources connected whose gap before that is not closed yet."""

    def add(self, source: LogSource, lines: Sequence[LogLine]) -> None:
        tally = self.tallies.setdefault(source, Tally())
        for line in lines:
            tally.add(line.message, line.ns)
        super().add(source, lines)

    def has(self, volume: Volume, sources: Sequence[LogSource], part: float) -> bool:
        """Return whether a part of the lines of all agents has arrived."""
        for source in sources:
            of, tally = volume.of(source.deployment_id, source.workload), self.tallies.get(source)
            if of is None or tally is None or tally.last < int(of.total // GROUP * NUMBERS * part) - 1:
                return False
        return True

    @property
    def settled(self) -> bool:
        """Whether nothing more can arrive: all are connected, and all gaps are closed."""
        return not self.open and all(state.phase is FollowPhase.LIVE for state in self.states.values())

    def report(self, source: LogSource, state: FollowState) -> None:
        if state.phase is FollowPhase.CONNECTING:
            self.open[source] = time.time_ns()
        super().report(source, state)

    def joined(self, source: LogSource, gap: Gap) -> None:
        self.gaps.append(gap)
        # A gap without an end is at the end of the log.
        if not gap.end_ns or gap.end_ns >= self.open.get(source, 0):
            self.open.pop(source, None)
        super().joined(source, gap)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(following, "LONGEST_PAUSE", 0.2)


@pytest.mark.parametrize(
    "load",
    [
        Load(80, 80, 4, 2),
        pytest.param(Load(1500, 1500, 30, 5), marks=pytest.mark.nightly),
        pytest.param(Load(20_000, 300, 24, 5), marks=pytest.mark.nightly),
    ],
)
def test_no_line_is_lost_doubled_or_pushed_out(load: Load) -> None:
    volume = load.volume
    with DemoServer(volume=volume) as demo:
        platform = Platform(demo.url, demo.token)
        feed = Counted(platform)
        sources = [LogSource(agent.id, f"{agent.name}-agent", agent=agent.display_name) for agent in volume.deployments]
        feed.follow(sources)
        for part in range(1, PARTS + 1):
            # A test waits no longer than a minute for anything.
            until(partial(feed.has, volume, sources, part / PARTS), f"{part} of {PARTS} parts of the lines")
        until(lambda: feed.settled, "all gaps are closed")
        feed.stop()
        platform.close()
    assert any(gap.reconnected for gap in feed.gaps)
    assert all(gap.complete for gap in feed.gaps)
    assert {tally.result() for tally in feed.tallies.values()} == {(0, 0)}
    held, dropped = Counter[LogSource](), Counter[LogSource]()
    for row in chain.from_iterable(feed.store.shown_rows()):
        if row.remark is None:
            held[row.source] += 1
        elif row.remark.lines:
            [source] = row.remark.sources
            dropped[source] += row.remark.lines
    for source, tally in feed.tallies.items():
        assert held[source] + dropped[source] == tally.lines
        assert held[source] >= min(5000, tally.lines)
