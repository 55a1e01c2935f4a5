"""The sections of the blueprint screen."""

from __future__ import annotations

from astro_tui.screens.base.sections import Section

SECTIONS: list[Section[None]] = [
    Section("spec", "spec", "1"),
    Section("record", "record", "2", beside_from=100),
    Section("builds", "builds", "3", beside_from=100),
    Section("readme", "readme", "4"),
    Section("card", "card", "5"),
]
"""In the order of their tabs."""
MAIN = ("spec", "readme", "card")
"""The sections that are read, one at a time; the others are beside them where there is room."""
