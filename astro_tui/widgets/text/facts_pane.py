"""Labelled facts below one another, in groups."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from astro_tui.presentation.record import Field
from astro_tui.widgets.text.record_pane import RecordPane

LABELS = 12
"""Cells of the labels."""


class FactsPane(RecordPane):
    """Draws groups of fields, each value whole on as many lines as it takes."""

    def show_groups(self, groups: Sequence[Sequence[Field]], width: int) -> None:
        """Draw groups with an empty line between them, `width` cells wide."""
        lines: list[Content] = []
        for fields in groups:
            if lines and fields:
                lines.append(Content())
            lines += [line for field in fields for line in self._wrapped(field, LABELS, width)]
        self.update(Content("\n").join(lines))
