"""Which lines of a log show that a container ended or started again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from astro_tui.diagnosis import observed
from astro_tui.diagnosis.choose import ends_in
from astro_tui.diagnosis.tables import Kind
from astro_tui.diagnosis.values import Container, Fact, Facts, Log, LogFact, Workload

NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)
AGE = timedelta(minutes=34)


def log_of(*entries: tuple[float, str]) -> Log:
    """Return a log of messages with how many minutes ago each was written."""
    lines: list[dict[str, Any]] = [
        {"timestamp": (NOW - timedelta(minutes=ago)).isoformat(), "level": "info", "message": message}
        for ago, message in entries
    ]
    log = LogFact("w", "app", Fact(lines), NOW - timedelta(days=7), 2000)
    return observed(Facts(NOW, logs=(log,))).logs[0]


def workload(restarts: int) -> Workload:
    container = Container("app", "waiting", ready=False, restarts=restarts, text="OOMKilled")
    return Workload("w", containers=(container,), age=(AGE, timedelta(minutes=1)))


def test_lines_about_work_are_not_container_starts() -> None:
    work = [(ago, "request started") for ago in range(240, 40, -1)] + [(ago, "request started") for ago in (30, 20, 9)]
    starts = [(ago, "starting the server on port 8080") for ago in (33, 32.5, 31.8, 30, 27, 21.5, 16, 11, 5.5, 0.5)]
    found = ends_in(log_of(*sorted(work + starts, reverse=True)), Kind.MEMORY, workload(9), NOW)
    assert len(found) == 10
    assert found[0] == NOW - timedelta(minutes=33)


def test_a_container_that_restarts_slowly_for_days() -> None:
    starts = [(ago * 60.0, "server started") for ago in range(40, 0, -1)]
    found = ends_in(log_of(*starts), Kind.MEMORY, workload(0), NOW)
    assert len(found) == 40
