"""The sections of the blueprint screen. A new section is a folder in this package and one line in `SECTIONS`.

The folder's package offers `load`, which imports and returns the class of its pane.
"""

from __future__ import annotations

from astro_tui.screens.base.sections import Section
from astro_tui.screens.blueprint.sections import builds, record, spec, text
from astro_tui.screens.blueprint.state import BlueprintState

__all__ = ["READ", "SECTIONS"]

READ = ("spec", "readme", "card")
"""The sections to read, shown one at a time; the others are beside them where there is room."""
SECTIONS: list[Section[BlueprintState]] = [
    Section("spec", "spec", "1", spec.load),
    Section("record", "record", "2", record.load, beside=READ, beside_from=100),
    Section("builds", "builds", "3", builds.load, beside=READ, beside_from=100),
    Section("readme", "readme", "4", text.load),
    Section("card", "card", "5", text.load),
]
"""In the order of their tabs."""
