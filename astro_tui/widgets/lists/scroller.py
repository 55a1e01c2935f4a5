"""A scrolling pane with the keys of the lists."""

from __future__ import annotations

from textual.binding import Binding
from textual.containers import VerticalScroll


class Scroller(VerticalScroll):
    """Scrolls its children."""

    BINDINGS = [
        Binding("j", "scroll_down", "down", show=False, id="scroll.down"),
        Binding("k", "scroll_up", "up", show=False, id="scroll.up"),
        Binding("ctrl+d,ctrl+f", "page_down", "page down", show=False, id="scroll.page-down"),
        Binding("ctrl+u,ctrl+b", "page_up", "page up", show=False, id="scroll.page-up"),
        Binding("g", "scroll_home", "first", show=False, id="scroll.start"),
        Binding("G", "scroll_end", "last", show=False, id="scroll.end"),
    ]
