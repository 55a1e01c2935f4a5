"""What a list can fold: rows that count from 0, some with others below them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from astro_tui.document.index import ALL


class FoldableRow(Protocol):
    """A visible row."""

    @property
    def opens(self) -> bool:
        """Whether it can be folded and unfolded."""

    @property
    def folded(self) -> bool:
        """Whether it is folded."""


R_co = TypeVar("R_co", bound=FoldableRow, covariant=True)


class Foldable(ABC, Generic[R_co]):
    """Rows with folds. Every method that can change the rows returns the new row of the cursor."""

    @property
    @abstractmethod
    def row_count(self) -> int:
        """The number of visible rows."""

    @abstractmethod
    def row(self, row: int) -> R_co:
        """Return a visible row. Raises IndexError after the last row."""

    @abstractmethod
    def parent(self, row: int) -> int | None:
        """Return the row around a row, or None at the top."""

    def first_child(self, row: int) -> int | None:
        """Return the row of the first child of an unfolded row, or None."""
        here = self.row(row)
        return row + 1 if here.opens and not here.folded else None

    @abstractmethod
    def next_sibling(self, row: int) -> int | None:
        """Return the row of the next sibling, or None."""

    @abstractmethod
    def previous_sibling(self, row: int) -> int | None:
        """Return the row of the previous sibling, or None."""

    def toggle(self, row: int) -> int:
        """Fold or unfold a row."""
        return self.unfold(row) if self.row(row).folded else self.fold(row)

    @abstractmethod
    def fold(self, row: int) -> int:
        """Fold a row. Unfolding it later restores the folds inside of it."""

    @abstractmethod
    def unfold(self, row: int) -> int:
        """Unfold a row with the folds it had inside before."""

    @abstractmethod
    def fold_all_below(self, row: int) -> int:
        """Fold a row and everything below it."""

    @abstractmethod
    def unfold_all_below(self, row: int) -> int:
        """Unfold a row and everything below it."""

    @abstractmethod
    def fold_siblings(self, row: int) -> int:
        """Fold a row, its siblings, and everything below them."""

    def expand_all(self, row: int = 0) -> int:
        """Unfold everything."""
        return self.fold_to_depth(ALL, row)

    def collapse_all(self, row: int = 0) -> int:
        """Fold everything down to the outermost rows."""
        return self.fold_to_depth(1, row)

    @abstractmethod
    def fold_to_depth(self, depth: int, row: int = 0) -> int:
        """Show `depth` levels (1 for the outermost rows) and fold everything below."""
