"""A plugin that repeats a failed test that measures real time: the machine may have been busy with something else.

Such a test has the mark `timed`. What would be true on any machine, however slow, belongs into a test without it.
"""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol

ATTEMPTS = 4


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test marked `timed` until it passes, a few times at most, and report the last attempt."""
    if item.get_closest_marker("timed") is None:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for _attempt in range(ATTEMPTS):
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not any(report.failed for report in reports):
            break
        item._report_sections.clear()
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
