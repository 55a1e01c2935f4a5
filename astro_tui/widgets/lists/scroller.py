"""A scrolling pane with the keys of the lists."""

from __future__ import annotations

from textual.binding import BindingType
from textual.containers import VerticalScroll

from astro_tui.widgets.keymap import keymap

SCROLL_BINDINGS: list[BindingType] = keymap("""
    j              scroll_down  scroll.down       down [scroll]
    k              scroll_up    scroll.up         up [scroll]
    ctrl+d,ctrl+f  page_down    scroll.page-down  page down
    ctrl+u,ctrl+b  page_up      scroll.page-up    page up
    g              scroll_home  scroll.start      start
    G              scroll_end   scroll.end        end
""")
"""The keys of the lists, for panes without a cursor."""


class Scroller(VerticalScroll):
    """Scrolls its children."""

    BINDINGS = SCROLL_BINDINGS
