"""What changed between two documents: the comparison, its counts, its wording, as text, and as a JSON Patch.

`layout` and `rows` turn a difference into rows to draw. Depends on `document` and `text`; knows no screen library. A
comparison can take long: run it in a thread.
"""

from astro_tui.difference.changes import Change, ChangeKind, Counts, Difference
from astro_tui.difference.compare import ComparisonCanceledError, compare
from astro_tui.difference.hiding import Hiding
from astro_tui.difference.patch import as_json_patch
from astro_tui.difference.text import as_text, text_lines
from astro_tui.difference.wording import ChangeWording, words

__all__ = [
    "Change",
    "ChangeKind",
    "ChangeWording",
    "ComparisonCanceledError",
    "Counts",
    "Difference",
    "Hiding",
    "as_json_patch",
    "as_text",
    "compare",
    "text_lines",
    "words",
]
