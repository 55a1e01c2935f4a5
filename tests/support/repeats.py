"""A plugin that repeats failed tests where that is allowed, and says at the end of a run what happened in it.

A test with the mark `timed` measures real time, and is repeated once if it fails. In CI, where the environment sets
SECOND_TRY, so is every other test, except those about secrets and changes: what they check must never happen, not even
once. Each gets its second try at the end of the run, alone in a new process: at once, it would meet the same load. The
report names each repeat with its first reason. If more than LIMIT tests failed, that is no accident, and none is
repeated.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.terminal import TerminalReporter

SECOND_TRY = "ASTRO_TUI_SECOND_TRY"
LIMIT = 3
"""The most failed tests of which any is repeated."""
ONCE = re.compile(r"leak|mask|redact|secret|(?<![a-z])arm|confirm|permit|sends_nothing|journal|tests/actions/")
"""What is in the names of tests that get no second try: leaks, masking, arming, permits, and the journal."""
LEAK = "a token got out"
"""What a failure says that `support.leaks` found, in any test."""
ALONE = (sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", f"no:{__name__}")
"""Runs tests in one process, and none of them twice."""
REPEATED = pytest.StashKey[dict[str, str]]()
"""The tests that were repeated, each with the reason why it failed first."""


def may_repeat(report: pytest.TestReport) -> bool:
    """Return whether a test that failed may be repeated."""
    if ONCE.search(report.nodeid) or LEAK in report.longreprtext:
        return False
    return "timed" in report.keywords or bool(os.environ.get(SECOND_TRY))


def reason_of(report: pytest.TestReport) -> str:
    """Return the line that says why a test failed."""
    lines = [line[1:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
    # A group of exceptions begins with lines about the group.
    named = [line for line in lines if re.search(r"\w(Error|Exception)\b", line) and "Group" not in line]
    return (named or lines or report.longreprtext.splitlines() or ["no reason is known"])[0].lstrip("|+ ")[:120]


def _reports(reporter: TerminalReporter, *kinds: str) -> Iterator[pytest.TestReport]:
    for kind in kinds:
        # A file that cannot be collected has a report of another kind.
        yield from (report for report in reporter.getreports(kind) if isinstance(report, pytest.TestReport))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Repeat what failed, once all other processes of the run have ended, and let the run pass if nothing fails again.

    A run that ended early has not shown that the rest would pass.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    worker = hasattr(session.config, "workerinput")
    if worker or reporter is None or session.exitstatus != pytest.ExitCode.TESTS_FAILED or session.shouldfail:
        return
    failed: dict[str, list[pytest.TestReport]] = {}
    for report in _reports(reporter, "failed", "error"):
        failed.setdefault(report.nodeid, []).append(report)
    repeated = session.config.stash.setdefault(REPEATED, {})
    for test, reports in failed.items() if len(failed) <= LIMIT else ():
        # The body of a test and its teardown can both fail.
        if all(map(may_repeat, reports)):
            repeated[test] = reason_of(reports[0])
            command, folder = [*ALONE, test], session.config.rootpath
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
            reporter.section(f"repeated: {test}")
            reporter.line(done.stdout if done.returncode else reports[0].longreprtext)
            if done.returncode == 0:
                _pass(reporter, reports)
    if not reporter.getreports("failed") and not reporter.getreports("error"):
        session.exitstatus = pytest.ExitCode.OK


def _pass(reporter: TerminalReporter, failed: list[pytest.TestReport]) -> None:
    """Count a test as passed."""
    for kind in ("failed", "error"):
        reporter.stats[kind] = [report for report in reporter.getreports(kind) if report not in failed]
    passed = reporter.stats.setdefault("passed", [])
    if not any(report.nodeid == failed[0].nodeid for report in passed):
        passed.append(failed[0])


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Count the tests, and say what was repeated or skipped, why, and how long each folder took."""
    if terminalreporter.config.option.collectonly:
        return
    repeated = terminalreporter.config.stash.get(REPEATED, {})
    seconds, skips = Counter[str](), Counter[str]()
    for report in _reports(terminalreporter, "", "passed", "failed", "error", "skipped"):
        seconds["/".join(report.nodeid.split("::")[0].split("/")[:2])] += report.duration
        if report.skipped and isinstance(report.longrepr, tuple):
            skips[report.longrepr[2]] += 1
    count = {kind: len(terminalreporter.getreports(kind)) for kind in ("passed", "failed", "error", "skipped")}
    terminalreporter.section("summary")
    terminalreporter.line(
        f"passed {count['passed']}, failed {count['failed'] + count['error']}, repeated {len(repeated)},"
        f" skipped {count['skipped']}"
    )
    for test, reason in repeated.items():
        terminalreporter.line(f"repeated: {test}: {reason}")
    failed = {report.nodeid for report in _reports(terminalreporter, "failed", "error")}
    if len(failed) > LIMIT:
        terminalreporter.line(f"not repeated: {len(failed)} tests failed, and more than {LIMIT} are no accident")
    for reason, times in skips.most_common():
        terminalreporter.line(f"skipped {times}: {reason}")
    folders = ", ".join(f"{folder} {taken:.0f}" for folder, taken in seconds.most_common() if taken >= 1)
    terminalreporter.line(f"seconds by folder: {folders or 'less than 1 each'}")
