"""Lists of rows as aligned columns for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from astro_tui.text.foreign import cell_width

WIDEST = 48
"""The most cells of a column. A longer value moves only the rest of its row."""


class Columns:
    """The widths of a table's columns in cells. Columns without any value have a width of 0 and are left out."""

    def __init__(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.widths = [
            min(WIDEST, max(map(cell_width, (head, *values)))) if any(values) else 0
            for head, *values in zip(heads, *rows, strict=True)
        ]

    def line(self, cells: Sequence[str]) -> str:
        """Return one line of the table."""
        padded = [
            cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, self.widths, strict=True) if width
        ]
        return "  ".join(padded).rstrip()


def json_rows(objects: Iterable[Mapping[str, Any]]) -> str:
    """Return a JSON list with one object per line."""
    rows = ",\n ".join(json.dumps(item, ensure_ascii=False) for item in objects)
    return f"[{rows}]"
