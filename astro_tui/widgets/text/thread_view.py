"""A thread of messages on screen: Markdown laid out in a worker thread, also while its last message is written."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from functools import partial
from time import monotonic
from typing import NamedTuple

from msgspec import Struct
from rich.segment import Segment
from textual.message import Message

from astro_tui.chat.writing import SafeText
from astro_tui.markdown import Growing, SpanRole, StyledLine, StyledSpan, lay_out
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.text.markdown_view import LEFT, MarkdownRows
from astro_tui.widgets.wrapped import Wrapped

BATCH = 0.03
"""Seconds after which the messages that are laid out by then are drawn; the newest ones come first."""


MOST_UNUSED = 10
"""Texts whose lines are kept although they are not shown any more, such as those of an answer that has grown."""


Layout = tuple[str, bool, bool]
"""What the lines of a block depend on: its text, whether that is Markdown, and whether it grows."""


class ThreadBlock(Struct, frozen=True):
    """A part of a thread: a message, or what is folded to one row.

    `about` follows the title. A text without `markdown` is shown as it was typed. A `growing` one gets more at its end.
    """

    key: str
    title: str
    text: str
    about: str = ""
    markdown: bool = True
    folds: bool = False
    growing: bool = False

    @property
    def layout(self) -> Layout:
        """What the lines depend on."""
        return self.text, self.markdown, self.growing


class _Part(NamedTuple):
    """A block with its lines, and its first row: an empty one, except at the top, then the title, then the lines."""

    block: ThreadBlock
    lines: Sequence[StyledLine]
    start: int

    @property
    def title(self) -> int:
        """The row of the title."""
        return self.start + bool(self.start)

    @property
    def end(self) -> int:
        """The row after the last one."""
        return self.title + 1 + len(self.lines)


def _first_changed(old: _Part, new: _Part) -> int:
    """Return the first row that is not as before."""
    if (old.block.title, old.block.about) != (new.block.title, new.block.about):
        return new.start
    pairs = enumerate(zip(old.lines, new.lines, strict=False))
    both = min(len(old.lines), len(new.lines))
    return new.title + 1 + next((number for number, (was, line) in pairs if was is not line), both)


class ThreadView(MarkdownRows):
    """Blocks below one another, and a cursor on their lines. While it is on the last line, it stays there."""

    BINDINGS = keymap("""
        enter    choose         list.choose      unfold, or write [write|unfold]
        space    page(1)        markdown.page-down  page down
        J        message(1)     thread.next      next message [messages]
        K        message(-1)    thread.previous  previous message [messages]
    """)

    class Chosen(Message):
        """The user pressed enter on a block that does not fold."""

    class NearStart(Message):
        """The first rows are on screen: load older messages."""

    def __init__(self, look: Look, hidden: Callable[[], Collection[str]]) -> None:
        super().__init__(look, id="chat-messages")
        self._hidden = hidden
        self.blocks: Sequence[ThreadBlock] = ()
        self.instead = ""
        """A sentence shown while there are no blocks."""
        self._lines: dict[Layout, Sequence[StyledLine]] = {}
        """The lines of each text, for the current width."""
        self._latest: dict[str, Sequence[StyledLine]] = {}
        """The lines that each block had last: a growing one shows them until the new ones are there."""
        self._growing = Growing(0, look.plain)
        self._safe = SafeText(hidden)
        self._open: set[str] = set()
        self._placed: Sequence[_Part] = ()
        self._starts: Sequence[int] = ()
        self._busy = False
        self._width = 0

    # ---- rows

    @property
    def row_count(self) -> int:
        """The number of lines."""
        return self._placed[-1].end if self._placed else 0

    @property
    def block(self) -> ThreadBlock | None:
        """The block under the cursor."""
        return self._part.block if self._part is not None else None

    @property
    def _part(self) -> _Part | None:
        return self._at(self.cursor) if self._placed else None

    def _at(self, row: int) -> _Part:
        return self._placed[bisect_right(self._starts, row) - 1]

    def _folded(self, block: ThreadBlock) -> bool:
        return block.folds and block.key not in self._open

    def _shown(self, block: ThreadBlock) -> Sequence[StyledLine]:
        if self._folded(block):
            return ()
        lines = self._lines.get(block.layout) or self._lines.get((block.text, block.markdown, True))
        return self._latest.get(block.key, ()) if lines is None else lines

    def show(self, blocks: Sequence[ThreadBlock], instead: str = "") -> None:
        """Show other blocks; the cursor stays on the same line, or on the last one."""
        if blocks == self.blocks and instead == self.instead:
            return
        self.instead = instead
        self._arrange(blocks)
        self._lay_out()

    def _arrange(self, blocks: Sequence[ThreadBlock], laid: Collection[Layout] = ()) -> None:
        """Put the blocks below one another, and draw what is not as before; `laid` is what was laid out."""
        above, at_end, here = self.cursor - self.top, self.cursor >= self.row_count - 1, self._part
        line = self.cursor - here.start if here is not None else 0
        old, parts = self._placed, list[_Part]()
        for part, block in zip(old, blocks, strict=False):
            if part.block is not block or block.layout in laid:
                break
            parts.append(part)
        kept, count = len(parts), parts[-1].end if parts else 0
        for block in blocks[kept:]:
            parts.append(_Part(block, self._shown(block), count))
            count = parts[-1].end
        self.blocks, self._placed, self._starts = blocks, parts, [part.start for part in parts]
        first = _first_changed(old[kept], parts[kept]) if kept < min(len(old), len(parts)) else count
        moved = next((part for part in parts if here is not None and part.block.key == here.block.key), None)
        if at_end:
            self.rows_changed(count - 1, first=first)
        else:
            self.rows_changed(self.cursor if moved is None else moved.start + line, above, first=first)

    # ---- layout

    def _lay_out(self) -> None:
        """Lay out what is new in a worker thread, one batch after the other."""
        width = self.text_width
        if self._busy or width <= 0:
            return
        stale = [each for each in reversed(self.blocks) if each.layout not in self._lines and not self._folded(each)]
        if stale:
            self._busy = True
            self.run_worker(partial(self._work, stale, width), thread=True, group="thread")

    def _work(self, blocks: Sequence[ThreadBlock], width: int) -> None:
        """Lay out blocks until it is time to draw them (worker thread)."""
        laid, end = list[tuple[ThreadBlock, Sequence[StyledLine]]](), monotonic() + BATCH
        for block in blocks:
            laid.append((block, self._laid_out(block, width)))
            if monotonic() > end:
                break
        self.call_later(self._laid, width, laid)

    def _laid_out(self, block: ThreadBlock, width: int) -> Sequence[StyledLine]:
        if block.growing:
            if self._growing.width != width:
                self._growing = Growing(width, self.look.plain)
            return self._growing.lines_of(self._safe.of(block.text))
        text = SafeText(self._hidden).of(block.text, whole=True)
        if block.markdown:
            return lay_out(text, width, self.look.plain).lines
        wrapped = Wrapped("\n".join(self.look.plain(line.expandtabs()) for line in text.split("\n")), width)
        return [(StyledSpan(wrapped.line(number)),) for number in range(len(wrapped))]

    def _laid(self, width: int, laid: Sequence[tuple[ThreadBlock, Sequence[StyledLine]]]) -> None:
        self._busy = False
        if width == self.text_width:
            self._lines |= {block.layout: lines for block, lines in laid}
            self._latest |= {block.key: lines for block, lines in laid}
            if len(self._lines) > 2 * len(self.blocks) + MOST_UNUSED:
                wanted = {layout for each in self.blocks for layout in (each.layout, (each.text, each.markdown, True))}
                self._lines = {layout: lines for layout, lines in self._lines.items() if layout in wanted}
                self._latest = {each.key: self._latest[each.key] for each in self.blocks if each.key in self._latest}
            self._arrange(self.blocks, {block.layout for block, _lines in laid})
        self._lay_out()

    def resized(self) -> None:
        """Lay out everything for the new width."""
        super().resized()
        if self._width != self.text_width > 0:
            self._width = self.text_width
            self._lines.clear()
            self._lay_out()

    # ---- moving

    def action_message(self, by: int) -> None:
        """Go to the title of the next or previous block."""
        if (part := self._part) is not None:
            inside = by < 0 and self.cursor > part.title
            number = bisect_right(self._starts, self.cursor) - 1 + (0 if inside else by)
            self.go_to_row(self._placed[max(0, min(number, len(self._placed) - 1))].title)

    def row_highlighted(self) -> None:
        """Report also that the start is near."""
        super().row_highlighted()
        if self._placed and self.top <= self.page:
            self.post_message(self.NearStart())

    def row_chosen(self, index: int) -> None:
        """Unfold a block, or fold it."""
        block = self._at(index).block
        if not block.folds:
            self.post_message(self.Chosen())
            return
        self._open ^= {block.key}
        self._arrange(self.blocks, {block.layout})
        self._lay_out()

    def is_on(self, action: str) -> bool:
        """Whether the block under the cursor folds."""
        return action == "choose" and self.block is not None and self.block.folds

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the title or a line of a block."""
        part, glyphs = self._at(index), self.look.glyphs
        block, line = part.block, index - part.title
        margin = [Segment(glyphs.cursor if selected else " ", self.part("info")), Segment(" " * (LEFT - 1))]
        if line:
            return [*margin, *(self.styled(part.lines[line - 1]) if line > 0 else ())]
        mark = f"{glyphs.unfolded if block.key in self._open else glyphs.folded} " if block.folds else ""
        title = StyledSpan(f"{mark}{block.title}", SpanRole.QUIET if block.folds else SpanRole.HEADING)
        return [*margin, *self.styled((title, StyledSpan(f"  {block.about}", SpanRole.QUIET)))]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return the sentence shown instead of a thread."""
        text = self.instead if line == 1 and not self.blocks else ""
        return [Segment(fit(f"  {self.look.plain(text)}", width, self.look.glyphs.cut), self.part("quiet"))]
