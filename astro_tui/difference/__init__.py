"""What differs between two documents by structure: compared, counted, said in words, as text and as a patch."""

from astro_tui.difference.changes import Change, ChangeKind, Counts, Difference
from astro_tui.difference.compare import ComparisonCancelledError, compare

__all__ = ["Change", "ChangeKind", "ComparisonCancelledError", "Counts", "Difference", "compare"]
