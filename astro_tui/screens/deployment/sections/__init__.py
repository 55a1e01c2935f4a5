"""The sections of the deployment screen. A new section is a folder in this package and one line in `SECTIONS`.

The folder's package offers `load`, which imports and returns the class of its pane.
"""

from __future__ import annotations

from astro_tui.presentation.record import Known
from astro_tui.screens.base.sections import Section
from astro_tui.screens.deployment.sections import events, history, logs, record, spec, why, workloads

__all__ = ["SECTIONS"]

SECTIONS: list[Section[Known]] = [
    Section("spec", "spec", "1", spec.load),
    Section("record", "record", "2", record.load, beside=("spec",), beside_from=100, above=True),
    Section("history", "history", "3", history.load),
    Section("workloads", "workloads", "4", workloads.load),
    Section("events", "events", "5", events.load),
    Section("why", "why", "6", why.load),
    Section("logs", "logs", "7", logs.load),
]
"""In the order of their tabs; the first one is shown when a deployment is opened."""
