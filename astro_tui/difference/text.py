"""A difference as text for the shell: the changes and their containers, marked with `~ + - >`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from astro_tui.difference.changes import Change, ChangeKind, Difference
from astro_tui.difference.hiding import Hiding, is_replaced
from astro_tui.difference.values import LONGEST, scalar_text
from astro_tui.difference.wording import ChangeWording, step_text
from astro_tui.document import JsonType
from astro_tui.document.lines import DocumentLine
from astro_tui.document.strings import decode
from astro_tui.text.common_prefix import from_difference, share
from astro_tui.text.foreign import cell_width, visible
from astro_tui.text.redaction import MASK
from astro_tui.text.styled import Line, Style, Styled, painted

_COLORS = {"+": Style("32"), "-": Style("31"), "~": Style("33"), ">": Style("36")}
_DIM = Style("2")
_LEAST = 8


class PatchLine(NamedTuple):
    """One line: its mark, its text, and an optional remark."""

    mark: str
    text: str
    remark: str = ""


def as_text(difference: Difference, *, color: bool = False, width: int = 0, reveal: bool = False) -> str:
    """Return the difference as readable lines; empty without differences.

    Lines are cut to `width` cells (0: never, but values are cut to 2,000 characters). Secrets only show that they
    changed, unless `reveal` is set.
    """
    lines = text_lines(difference, color=color, width=width, reveal=reveal)
    return "".join(f"{line.drawn if isinstance(line, Styled) else line}\n" for line in lines)


def text_lines(difference: Difference, *, color: bool = False, width: int = 0, reveal: bool = False) -> Iterator[Line]:
    """Yield the lines of `as_text` one by one."""
    for part in _PatchText(difference, Hiding(difference, reveal=reveal), width).parts():
        yield _drawn(part, color=color, width=width)


class _PatchText:
    def __init__(self, difference: Difference, hiding: Hiding, width: int) -> None:
        self._difference, self._hiding, self._width = difference, hiding, width
        self._words = ChangeWording(difference, hiding)

    def parts(self) -> Iterator[PatchLine]:
        if not self._difference:
            return
        for depth, change in self._difference.root.walk():
            level = depth - 1
            if change.kind is ChangeKind.WITHIN:
                if depth:
                    yield PatchLine(" ", self._head(change, level))
            elif change.kind is ChangeKind.MOVED:
                yield PatchLine(">", f"{self._head(change, level)} moved, {self._places(change)}")
            elif change.kind is ChangeKind.CHANGED and not is_replaced(self._hiding, change):
                yield self._changed(change, level)
            else:
                if change.node_old is not None:
                    yield from self._subtree(change, max(0, level), old=True)
                if change.node_new is not None:
                    yield from self._subtree(change, max(0, level), old=False)

    def _places(self, change: Change) -> str:
        return f"{step_text(change.step_old)} → {step_text(change.step_new)}"

    def _head(self, change: Change, level: int) -> str:
        step = change.step_old if change.step_new is None else change.step_new
        if isinstance(step, int):
            return f"{'  ' * level}[{self._hiding.name(change) or step}]"
        return "  " * level + visible(step or "", LONGEST)

    def _changed(self, change: Change, level: int) -> PatchLine:
        head = self._head(change, level) if change.above is not None else ""
        head += ": " if head.strip() else ""
        if self._hiding.hides(change):
            return PatchLine("~", f"{head}changed", "hidden")
        old, new = self._value(change, old=True), self._value(change, old=False)
        remark = self._words.remark(change)
        # The mark takes two cells and the arrow three; the remark is dropped before the values are cut.
        room = self._width - 5 - cell_width(head)
        if self._width and cell_width(old) + cell_width(new) > room:
            room_new, room_old = share(new, old, max(2 * _LEAST, room), "…")
            old, new = (
                _cut(from_difference(old, new, room_old, "…"), room_old),
                _cut(from_difference(new, old, room_new, "…"), room_new),
            )
        return PatchLine("~", f"{head}{old} → {new}", remark)

    def _value(self, change: Change, *, old: bool) -> str:
        document = self._hiding.document(old=old)
        return scalar_text(document, document.line((change.node_old if old else change.node_new) or 0))

    def _subtree(self, change: Change, level: int, *, old: bool) -> Iterator[PatchLine]:
        """Yield a one-sided value line by line."""
        document, text = self._hiding.document(old=old), self._hiding.document(old=old).text
        mark = "-" if old else "+"
        top = document.line((change.node_old if old else change.node_new) or 0)
        head = self._head(change, level) if change.above is not None else "  " * level
        if not top.container:
            shown = MASK if self._hiding.hides(change) else scalar_text(document, top)
            yield PatchLine(mark, f"{head}: {shown}" if head.strip() else shown)
            return
        if not top.opens:
            empty = "{}" if top.kind is JsonType.OBJECT else "[]"
            yield PatchLine(mark, f"{head}: {empty}" if head.strip() else empty)
            return
        if head.strip():
            yield PatchLine(mark, head)
        else:
            level -= 1
        counters: list[int] = []
        start, stop = document.inside(top)
        while start < stop:
            line = document.line(start)
            start = line.following
            inner = line.depth - top.depth
            if text[line.value] in b"}]":
                continue
            del counters[inner:]
            counters += [-1] * (inner - len(counters))
            counters[inner - 1] += 1
            yield PatchLine(mark, self._inner(line, level + inner, counters[inner - 1], old=old))

    def _inner(self, line: DocumentLine, level: int, position: int, *, old: bool) -> str:
        if line.key is not None:
            head = visible(decode(line.key), LONGEST)
        else:
            head = f"[{self._hiding.item_name(line, old=old) or position}]"
        head = "  " * level + head
        if line.opens:
            return head
        if line.container:
            return f"{head}: {'{}' if line.kind is JsonType.OBJECT else '[]'}"
        masked = self._hiding.masks(line, old=old)
        return f"{head}: {MASK if masked else scalar_text(self._hiding.document(old=old), line)}"


def _drawn(part: PatchLine, *, color: bool, width: int) -> Line:
    text, remark = f"{part.mark} {part.text}", f"  ({part.remark})" if part.remark else ""
    if width:
        remark = remark if cell_width(text) + cell_width(remark) <= width else ""
        text = _cut(text, width)
    return painted(text, _COLORS.get(part.mark), color=color) + painted(remark, _DIM, color=color)


def _cut(text: str, width: int) -> str:
    """Return a text in at most `width` cells, cut with `…`."""
    if cell_width(text) <= width:
        return text
    used, kept = 1, []
    for char in text:
        used += cell_width(char)
        if used > width:
            break
        kept.append(char)
    return "".join(kept) + "…" if width else ""
