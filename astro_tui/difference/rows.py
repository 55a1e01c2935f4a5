"""A difference as rows to draw: the changes and their containers. Texts are read when drawn. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from astro_tui.difference import Change, ChangeKind, ChangeWording, Difference, Hiding
from astro_tui.difference.layout import DiffLayout, DiffRow, Options, Plan, Shape, Walk
from astro_tui.difference.values import LONGEST, scalar_text
from astro_tui.document import ROOT, JsonType
from astro_tui.document.strings import decode
from astro_tui.runtime import never
from astro_tui.text.common_prefix import around_difference
from astro_tui.text.foreign import visible

WAS = 400
"""The most characters of an old value shown next to the new one in the tree."""
SHORT = 1000
"""The most values in both documents for which the layout is fast enough for the UI thread."""

READY = 20
"""Rows whose slow properties are computed before they are drawn."""


class ValueRemark(NamedTuple):
    """How a value changed: `was "512Mi"` or `2 changed`. `old` is the old value, if there is one to show."""

    text: str
    old: str = ""


class DiffRows:
    """The rows of one difference: `wanted` are the options, `layout` is the last layout."""

    def __init__(self, difference: Difference, options: Options | None = None) -> None:
        self.difference = difference
        self.hiding = Hiding(difference)
        self.words = ChangeWording(difference, self.hiding)
        self.wanted = options or Options()
        self.layout = DiffLayout()
        self._toggled: frozenset[tuple[bool, int]] = frozenset()
        self._equal: dict[Change, int] = {}

    # ---- what is shown

    @property
    def rows(self) -> Sequence[DiffRow]:
        """The rows of the last layout."""
        return self.layout.rows

    @property
    def stops(self) -> Sequence[int]:
        """The rows where changes start."""
        return self.layout.stops

    @property
    def short(self) -> bool:
        """Whether the layout is fast with any options."""
        return self.difference.old.node_count + self.difference.new.node_count <= SHORT

    def plan(self, width: int) -> Plan:
        """Return the plan for rows of `width` cells."""
        return self.wanted, self._toggled, width

    def make(self, plan: Plan, canceled: Callable[[], bool] = never) -> DiffLayout:
        """Return the layout for a plan. Can run in a thread while another draws the previous layout.

        Raises ComparisonCanceledError once `canceled` returns True.
        """
        layout = Walk(self.difference, self.hiding, self.words, plan).layout(canceled)
        self.get_ready(layout.rows[:READY])
        return layout

    def lay_out(self, width: int, canceled: Callable[[], bool] = never) -> None:
        """Lay out the rows for `width` cells."""
        plan = self.plan(width)
        if self.layout.plan != plan:
            self.layout = self.make(plan, canceled)

    def change_options(self, **changes: object) -> None:
        """Change the options for the next layout."""
        self.wanted = replace(self.wanted, **changes)  # type: ignore[arg-type]

    def toggle(self, row: DiffRow) -> bool:
        """Fold or unfold the container of a row for the next layout; returns False if the row is not a container."""
        if row.shape is Shape.NOISE:
            self.change_options(noise=True)
            return True
        if row.shape not in (Shape.LINE, Shape.EQUAL) or not row.opens:
            return False
        self._toggled ^= {(row.old, row.node)}
        return True

    @property
    def noise_folded(self) -> int:
        """The number of images folded into one row."""
        return len(self.layout.noise)

    def get_ready(self, rows: Sequence[DiffRow] = ()) -> None:
        """Compute the slow properties of rows, and those of a tree's remarks, before they are drawn."""
        difference = self.difference
        if difference.at_old and difference.at_new:
            for row in rows:
                self.name(row)
                if row.change is not None:
                    self.hiding.hides(row.change)
                    self.equal_inside(row.change)

    def equal_inside(self, change: Change) -> int:
        """Return the number of equal members of a container with changes."""
        if change.node_new is None:
            return 0
        equal = self._equal.get(change)
        if equal is None:
            own = sum(part.node_new is not None for part in change.parts)
            equal = self._equal[change] = max(0, self.difference.new.children(change.node_new) - own)
        return equal

    # ---- texts

    def name(self, row: DiffRow) -> str:
        """Return the label of a row: its key, or the name or position of an item in brackets."""
        change = row.change
        if change is not None and row.node in (change.node_new, change.node_old):
            if change.above is None:
                return ""
            step = change.step_old if change.step_new is None else change.step_new
            if isinstance(step, int):
                return f"[{self.hiding.name(change) or step}]"
            return visible(step or "", LONGEST) or '""'
        document = self.hiding.document(old=row.old)
        line = document.line(row.node)
        if line.key is not None:
            return visible(decode(line.key), LONGEST) or '""'
        if row.node == ROOT:
            return ""
        return f"[{self.hiding.item_name(line, old=row.old) or document.ordinal(row.node)}]"

    def value(self, row: DiffRow, *, old: bool) -> tuple[str, bool]:
        """Return one side of a row's value, and whether it is a secret; if so, the text is empty."""
        change, document = row.change, self.hiding.document(old=old)
        node = row.node
        if change is not None and row.shape in (Shape.BOTH, Shape.WAS, Shape.IS, Shape.NOISE):
            node = (change.node_old if old else change.node_new) or ROOT
        line = document.line(node)
        if line.opens:
            size = document.children(node)
            return (f"{{{size:,}}}" if line.kind is JsonType.OBJECT else f"[{size:,}]"), False
        hidden = self.hiding.masks(line, old=old)
        if change is not None and node in (change.node_old, change.node_new):
            hidden = hidden or self.hiding.hides(change)
        return ("", True) if hidden else (scalar_text(document, line), False)

    def remark_at(self, node: int) -> ValueRemark | None:
        """Return how a node of the new document changed; None if it did not."""
        change = self.difference.at_new.get(node)
        if change is None or change.above is None:
            return None
        if change.kind is ChangeKind.WITHIN:
            return ValueRemark(change.counts.words())
        if change.kind is not ChangeKind.CHANGED:
            return ValueRemark("new" if change.kind is ChangeKind.ADDED else "moved")
        if self.hiding.hides(change):
            return ValueRemark("changed")
        document = self.difference.old
        line = document.line(change.node_old or ROOT)
        if line.container:
            return ValueRemark("was {…}" if line.kind is JsonType.OBJECT else "was […]")
        old = scalar_text(document, line)
        if len(old) > WAS and change.node_new is not None:
            new = self.difference.new
            old = around_difference(old, scalar_text(new, new.line(change.node_new)))[0]
        old = visible(old, WAS)
        return ValueRemark(f"was {old}", old)
