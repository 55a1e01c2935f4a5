"""A readme on screen: Markdown laid out in a worker thread; only visible lines are drawn."""

from __future__ import annotations

from functools import partial

from rich.segment import Segment
from rich.style import Style
from textual import events

from astro_tui.markdown import SpanRole, StyledLine, lay_out
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.drawn import NewestWork, changed
from astro_tui.widgets.keymap import keymap
from astro_tui.widgets.lists.rows import RowList

LEFT, RIGHT = 2, 1
"""Margins of the text, in cells."""
WIDEST = 100
"""The longest line, in cells: longer ones are hard to read."""


class MarkdownRows(RowList):
    """The base of lists whose rows are lines of Markdown."""

    keeps_lines = True
    COMPONENT_CLASSES = {
        "rows--quiet",
        "rows--cursor",
        "rows--info",
        *(f"text--{name}" for name in ("strong", "emphasis", "struck", "code", "link", "quiet")),
        *(f"text--{name}" for name in ("title", "heading", "block")),
    }

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self._styles: dict[SpanRole, Style] = {}

    @property
    def text_width(self) -> int:
        """The cells of a line of text; 0 or less while hidden."""
        return min(WIDEST, self.row_width - LEFT - RIGHT)

    def notify_style_update(self) -> None:
        """Discard the styles of the old theme."""
        self._styles.clear()
        super().notify_style_update()

    def styled(self, line: StyledLine) -> list[Segment]:
        """Return the segments of a line."""
        return [Segment(text, self._style(part)) for text, part in line]

    def _style(self, part: SpanRole) -> Style:
        style = self._styles.get(part)
        if style is None:
            style = Style()
            for one in part:
                style += self.get_component_rich_style(f"text--{(one.name or '').lower()}", partial=True)
            self._styles[part] = style
        return style


class MarkdownView(MarkdownRows):
    """Scrolls a text with the keys of the lists, without a cursor."""

    BINDINGS = keymap("""
        space  page(1)   markdown.page-down  page down [page down]
        b      page(-1)  markdown.page-up    page up
    """)

    def __init__(self, look: Look, *, id: str | None = None) -> None:  # noqa: A002  Textual's name
        super().__init__(look, id=id)
        self.cursor = -1
        self.text = ""
        """The Markdown on screen, or being laid out."""
        self.remark = ""
        """Says that the text is cut or shown as plain text; otherwise empty."""
        self._lines: list[StyledLine] = []
        self._placeholder = ""
        self._work = NewestWork(self, "markdown")
        self._width = 0
        self._stay = 0.0

    @property
    def row_count(self) -> int:
        """The number of lines."""
        return len(self._lines)

    @property
    def ready(self) -> bool:
        """Whether the text is laid out for the current width."""
        return not self.text or (bool(self._lines) and self._width == self.text_width)

    def show(self, text: str, instead: str) -> None:
        """Show a text from its start, or `instead` if it is empty; the same text keeps its scroll position."""
        if text == self.text and (text or instead == self._placeholder):
            return
        self.text, self._placeholder = text, instead
        self._stay = 0.0
        if self._lines:
            # The title already names the new text.
            self._lines, self.remark = [], ""
            self._take_size()
            self.refresh()
        self._lay_out()

    def _lay_out(self) -> None:
        self._work.cancel()
        if not self.text.strip():
            self._take([], "")
            return
        if self.text_width <= 0:
            # Hidden: lay out the text once there is a width.
            self._width = 0
            return
        self._width = self.text_width
        work = partial(lay_out, self.text, self._width, self.look.plain)
        self._work.start(work, lambda laid: self._take(laid.lines, laid.remark))

    def _take(self, lines: list[StyledLine], remark: str) -> None:
        self._lines, self.remark = lines, remark
        self._take_size()
        self._scroll_top(round(self._stay * len(lines)))
        self.refresh()
        changed(self)

    # ---- moving

    def _show_cursor(self) -> None:
        """Do nothing: there is no cursor."""

    def move_to(self, index: int) -> None:
        """Do nothing: there is no cursor."""

    def action_move(self, by: int) -> None:
        """Scroll by lines."""
        self._scroll_top(self.top + by * self._times)

    def action_page(self, by: float) -> None:
        """Scroll by a fraction of a page."""
        self._scroll_top(self.top + (int(by * self.page) or (1 if by > 0 else -1)))

    def action_first(self) -> None:
        """Scroll to the start."""
        self._scroll_top(0)

    def action_last(self) -> None:
        """Scroll to the end."""
        self._scroll_top(self.row_count)

    def action_choose(self) -> None:
        """Do nothing: links are shown and never followed."""

    def on_click(self, event: events.Click) -> None:
        """Do nothing: there are no rows to choose."""
        event.stop()

    def resized(self) -> None:
        """Lay out the text for the new width, and keep the scroll position as a fraction of the text."""
        super().resized()
        if self.text and self.text_width > 0 and self._width != self.text_width:
            self._stay = self.top / len(self._lines) if self._lines else self._stay
            self._lay_out()

    # ---- drawing

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return one line of the text."""
        return [Segment(" " * LEFT), *self.styled(self._lines[index])]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return the sentence shown instead of a text."""
        text = self._placeholder if line == 1 and not self.text.strip() else ""
        return [Segment(fit(f"   {text}", width, self.look.glyphs.cut), self.part("quiet"))]
