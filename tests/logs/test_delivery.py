"""What a stop leaves of a delivery that is under way."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from support.deadline import DEADLINE

from astro_tui.logs.following import Delivery, FollowState, Gap
from astro_tui.logs.line import LogLine, LogSource

AGENT = LogSource("d", "agent")


class SlowSink:
    """Takes its first lines only when `go` is set."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.lines = 0

    def add(self, _source: LogSource, lines: Sequence[LogLine]) -> None:
        self.begun.set()
        assert self.go.wait(DEADLINE)
        self.lines += len(lines)

    def report(self, _source: LogSource, _state: FollowState) -> None:
        """Nothing is reported."""

    def joined(self, _source: LogSource, _gap: Gap) -> None:
        """No gap is closed."""


def test_a_stop_waits_for_few_lines_only() -> None:
    sink = SlowSink()
    delivery = Delivery(AGENT, sink)
    lines = [LogLine(number, "", f"line {number}") for number in range(5000)]
    adds = threading.Thread(target=delivery.add, args=(lines,), daemon=True)
    adds.start()
    assert sink.begun.wait(DEADLINE)
    stops = threading.Thread(target=delivery.stop, daemon=True)
    stops.start()
    assert delivery.stopped.wait(DEADLINE)
    sink.go.set()
    stops.join(DEADLINE)
    adds.join(DEADLINE)
    assert 0 < sink.lines < 500
    delivery.add(lines)
    assert sink.lines < 500
