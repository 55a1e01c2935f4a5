"""What the list of accounts says."""

from __future__ import annotations

from astro_tui.presentation.accounts import AccountRow
from astro_tui.presentation.status import status_of, troubled
from astro_tui.screens.accounts import agent_status
from astro_tui.theme.look import Look


def test_agents_that_only_look_healthy_are_counted_by_themselves() -> None:
    active = status_of("active")
    row = AccountRow("acme", "", "", "", ((status_of("failed"), 1), (troubled(active), 2), (active, 15)))
    assert agent_status(row, Look(), loading=False).plain == " 1 failed, 2 active with a problem, and 15 active"
