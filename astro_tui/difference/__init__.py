"""What differs between two documents by structure: compared, counted, said in words, as text and as a patch."""

from astro_tui.difference.changes import Change, ChangeKind, Counts, Difference
from astro_tui.difference.compare import ComparisonCancelledError, compare
from astro_tui.difference.hiding import Hiding
from astro_tui.difference.patch import as_json_patch

__all__ = [
    "Change",
    "ChangeKind",
    "ComparisonCancelledError",
    "Counts",
    "Difference",
    "Hiding",
    "as_json_patch",
    "compare",
]
