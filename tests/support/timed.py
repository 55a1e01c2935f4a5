"""A plugin that repeats a failed test: the machine may have been busy with something else.

A test that measures real time has the mark `timed` and is repeated everywhere. What would be true on any machine,
however slow, belongs into a test without it. Such a test gets a second try in CI only, where the environment sets
SECOND_TRY, and the report names it: it has a race to be found, or has found one.
"""

from __future__ import annotations

import os

import pytest
from _pytest.runner import runtestprotocol
from _pytest.terminal import TerminalReporter

ATTEMPTS = 4
SECOND_TRY = "ASTRO_TUI_SECOND_TRY"
_REPEATED = "repeated"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test until it passes, as often as it may be repeated, and report the last attempt."""
    timed = item.get_closest_marker("timed") is not None
    attempts = ATTEMPTS if timed else 2 if os.environ.get(SECOND_TRY) else 1
    if attempts == 1:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    tried = 0
    while True:
        tried += 1
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if tried == attempts or not any(report.failed for report in reports):
            break
        item._report_sections.clear()
    for report in reports:
        if tried > 1 and not timed:
            report.user_properties.append((_REPEATED, True))
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Name the tests that passed only when they were repeated."""
    for report in terminalreporter.stats.get("passed", ()):
        if (_REPEATED, True) in map(tuple, report.user_properties):
            terminalreporter.line(f"passed only at the second try: {report.nodeid}")
