"""Foreign Markdown as lines to draw, whatever it is: bounded in size, depth and work. Draws and fetches nothing."""

from astro_tui.markdown.layout import Laid, lay_out
from astro_tui.markdown.spans import Line, Part, Span

__all__ = ["Laid", "Line", "Part", "Span", "lay_out"]
