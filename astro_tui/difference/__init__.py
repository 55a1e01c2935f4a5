"""What differs between two documents by structure: compared, counted, said in words, as text and as a patch."""

from astro_tui.difference.changes import Change, ChangeKind, Counts, Difference
from astro_tui.difference.compare import ComparisonCancelledError, compare
from astro_tui.difference.hiding import Hiding
from astro_tui.difference.patch import as_json_patch
from astro_tui.difference.text import as_text, text_lines
from astro_tui.difference.wording import Words, words

__all__ = [
    "Change",
    "ChangeKind",
    "ComparisonCancelledError",
    "Counts",
    "Difference",
    "Hiding",
    "Words",
    "as_json_patch",
    "as_text",
    "compare",
    "text_lines",
    "words",
]
