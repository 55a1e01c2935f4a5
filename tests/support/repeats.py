"""A plugin that repeats a failed test where that is allowed, and says at the end of a run what happened in it.

A test with the mark `timed` measures real time, and is repeated once if it fails. In CI, where the environment sets
SECOND_TRY, so is every other test, except those about secrets and changes: what they check must never happen, not even
once. The report names each repeat with its reason, and a run with more than LIMIT of them fails.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol
from _pytest.terminal import TerminalReporter

SECOND_TRY = "ASTRO_TUI_SECOND_TRY"
LIMIT = 3
"""Repeats in one run. More of them are no accident."""
ONCE = re.compile(r"leak|mask|redact|secret|(?<![a-z])arm|confirm|permit|sends_nothing|journal|tests/actions/")
"""What is in the names of tests that get no second try: leaks, masking, arming, permits, and the journal."""
LEAK = "a token got out"
"""What a failure says that `support.leaks` found, in any test."""
_REPEATED = "repeated"


def may_repeat(item: pytest.Item) -> bool:
    """Return whether a test may be repeated if it fails."""
    if ONCE.search(item.nodeid):
        return False
    return item.get_closest_marker("timed") is not None or bool(os.environ.get(SECOND_TRY))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that may be repeated, again if it fails, and report the last attempt."""
    if not may_repeat(item):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, log=False, nextitem=nextitem)
    reason = next((reason_of(report) for report in reports if report.failed), "")
    if reason and LEAK not in reason:
        item._report_sections.clear()
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        reports[0].user_properties.append((_REPEATED, reason))
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def reason_of(report: pytest.TestReport) -> str:
    """Return the line that says why a test failed."""
    if LEAK in report.longreprtext:
        return LEAK
    lines = [line[1:].strip() for line in report.longreprtext.splitlines() if line.startswith("E ")]
    # A group of exceptions begins with lines about the group.
    named = [line for line in lines if re.search(r"\w(Error|Exception)\b", line) and "Group" not in line]
    return (named or lines or report.longreprtext.splitlines() or ["no reason is known"])[0].lstrip("|+ ")[:120]


def repeats_in(reporter: TerminalReporter) -> list[tuple[str, str]]:
    """Return each repeated test of a run with its reason."""
    return [
        (report.nodeid, str(reason))
        for report in _reports(reporter)
        for name, reason in report.user_properties
        if name == _REPEATED and report.when == "setup"
    ]


def _reports(reporter: TerminalReporter) -> Iterator[pytest.TestReport]:
    for kind, reports in reporter.stats.items():
        if kind in ("", "passed", "failed", "error", "skipped"):
            # A file that cannot be collected has a report of another kind.
            yield from (report for report in reports if isinstance(report, pytest.TestReport))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a run with too many repeats fail."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and session.exitstatus == pytest.ExitCode.OK and len(repeats_in(reporter)) > LIMIT:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Count the tests, and say what was repeated or skipped, why, and how long each folder took."""
    if terminalreporter.config.option.collectonly:
        return
    repeats, seconds, skips = repeats_in(terminalreporter), Counter[str](), Counter[str]()
    for report in _reports(terminalreporter):
        seconds["/".join(report.nodeid.split("::")[0].split("/")[:2])] += report.duration
        if report.skipped and isinstance(report.longrepr, tuple):
            skips[report.longrepr[2]] += 1
    count = {kind: len(terminalreporter.getreports(kind)) for kind in ("passed", "failed", "error", "skipped")}
    terminalreporter.section("summary")
    terminalreporter.line(
        f"passed {count['passed']}, failed {count['failed'] + count['error']}, repeated {len(repeats)},"
        f" skipped {count['skipped']}"
    )
    for test, reason in repeats:
        terminalreporter.line(f"repeated: {test}: {reason}")
    if len(repeats) > LIMIT:
        terminalreporter.line(f"FAILED: {len(repeats)} tests were repeated, and at most {LIMIT} may be")
    for reason, times in skips.most_common():
        terminalreporter.line(f"skipped {times}: {reason}")
    folders = ", ".join(f"{folder} {taken:.0f}" for folder, taken in seconds.most_common() if taken >= 1)
    terminalreporter.line(f"seconds by folder: {folders or 'less than 1 each'}")
