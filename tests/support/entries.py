"""Rows of the agent list."""

from __future__ import annotations

from astro_tui.platform.deployment_rows import read_tolerantly
from astro_tui.presentation.agent_list import Entry, entry_of


def entry(key: str = "abc-def-ghi", **values: object) -> Entry:
    """Return one row; `values` replace members of the response."""
    row = {"id": key, "name": "claims-desk", "display_name": "Claims Desk", "build_id": "e88d3146", "status": "Running"}
    return entry_of(read_tolerantly([row | values]).rows[0])


ROWS = [
    entry("a1", name="claims-desk", display_name="Claims Desk (EU)", status="Running"),
    entry("a2", name="claims-desk", display_name="Claims Desk (US)", status="error"),
    entry("a3", name="mail-triage", display_name="Mail Triage", status="pending"),
    entry("a4", name="night-watch", display_name="", status="Stopped", latest_build_id="f00"),
    entry("a5", name="old-faq", display_name="Old FAQ", status="undeploying"),
    entry("a6", name="field-notes", display_name="Field Notes", status="hibernating"),
]
"""A few rows in different states."""
