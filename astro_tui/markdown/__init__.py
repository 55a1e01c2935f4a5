"""Untrusted Markdown as lines of cells, bounded in size, depth, and work.

Draws nothing and fetches nothing. Depends only on `text`; markdown-it is imported with the first text.
"""

from astro_tui.markdown.growing import Growing
from astro_tui.markdown.layout import Laid, lay_out
from astro_tui.markdown.spans import SpanRole, StyledLine, StyledSpan

__all__ = ["Growing", "Laid", "SpanRole", "StyledLine", "StyledSpan", "lay_out"]
