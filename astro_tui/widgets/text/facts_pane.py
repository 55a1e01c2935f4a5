"""Groups of labeled facts."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from astro_tui.presentation.record import Field
from astro_tui.widgets.text.record_pane import RecordPane

LABELS = 12
"""The width of a label in cells."""


class FactsPane(RecordPane):
    """Draws groups of fields, with each value wrapped."""

    def show_groups(self, groups: Sequence[Sequence[Field]], width: int) -> None:
        """Draw the groups, `width` cells wide, separated by empty lines."""
        lines: list[Content] = []
        for fields in groups:
            if lines and fields:
                lines.append(Content())
            lines += [line for field in fields for line in self._wrapped(field, LABELS, width)]
        self.show_lines(*lines)
