"""The sections of the deployment screen. A new section is a folder beside this module and one line in `SECTIONS`."""

from __future__ import annotations

from astro_tui.presentation.record import Known
from astro_tui.screens.base.sections import Section

SECTIONS: list[Section[Known]] = [
    Section("spec", "spec", "1"),
    Section("record", "record", "2", beside_from=100),
    # On a screen of its own.
    Section("history", "history", "3"),
]
"""In the order of their tabs; the first one is shown when a deployment is opened."""
