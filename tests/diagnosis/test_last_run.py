"""Which line of a log is quoted: the one that states the cause, in whatever language a program is written."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.many import over

from astro_tui.diagnosis import Fact, Facts, LogFact, observed
from astro_tui.diagnosis.values import Log, Quote

NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)
REPORTS = tomllib.loads(Path(__file__).with_name("crash_reports.toml").read_text("utf-8"))["report"]


class Report(NamedTuple):
    name: str
    quote: str
    log: str


def log_of(value: Any) -> Log:
    return observed(Facts(NOW, logs=(LogFact("w", "app", Fact(value)),))).logs[0]


def quoted(value: Any) -> Quote:
    found = log_of(value).quote
    assert found is not None
    return found


def lines(log: str, level: str = "", step: float = 0.001) -> list[dict[str, str]]:
    return [
        {"timestamp": (NOW + timedelta(seconds=place * step)).isoformat(), "level": level, "message": line}
        for place, line in enumerate(log.split("\n"))
    ]


@over([Report(**each) for each in REPORTS])
def test_the_cause_is_quoted(report: Report) -> None:
    assert report.quote in quoted(lines(report.log)).text
    # As plain text, and where a server that finds no level says `info`.
    assert report.quote in quoted(report.log).text
    assert report.quote in quoted(lines(report.log, "info")).text


@over([Report(**each) for each in REPORTS])
def test_nothing_but_the_cause_is_quoted(report: Report) -> None:
    """Never a caret, a box, a header without a text, or an ending."""
    found = quoted(lines(report.log)).text
    assert not set("^│╭╰❱") & set(found)
    assert not found.endswith(":")
    assert "Traceback" not in found
    assert "For further information" not in found


def test_the_newest_run_is_quoted_and_a_run_that_has_just_begun_is_not() -> None:
    ends = ["KeyError: 'OLD'", "KeyError: 'NEW'"]
    log = [
        {"timestamp": (NOW + timedelta(minutes=place)).isoformat(), "level": "", "message": text}
        for place, text in enumerate(["boot", ends[0], "boot", ends[1], "boot"])
    ]
    assert quoted(log).text == ends[1]


def test_something_is_always_quoted() -> None:
    found = quoted("booting\n====\nlicense of acme ended in 2025\nbye")
    assert not found.states
    assert found.text == "booting / license of acme ended in 2025 / bye"


@pytest.mark.nightly
@pytest.mark.timed
@pytest.mark.parametrize("text", ["x" * 100_000, "Error: " * 20_000, "(" * 50_000, "at (" * 30_000, "'" * 90_000])
def test_a_long_line_takes_little_time(text: str) -> None:
    import time

    begun = time.process_time()
    read = log_of([{"timestamp": "", "level": "", "message": text}])
    assert read.quote is None or read.quote.text
    assert time.process_time() - begun < 1


def test_what_a_program_waited_for_comes_before_its_timeout() -> None:
    """It writes nothing while it waits, which looks like the pause between two runs."""
    refused = "error connecting in 'pool-1': FATAL:  password authentication failed for user \"claims_app\""
    before = lines(refused, "warning")
    after = lines("psycopg_pool.PoolTimeout: pool initialization incomplete after 30.0 sec")
    for line in after:
        line["timestamp"] = (NOW + timedelta(seconds=30)).isoformat()
    assert "password authentication failed" in quoted([*before, *after]).text
    assert "PoolTimeout" in quoted(after).text
