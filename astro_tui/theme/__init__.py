"""How the program looks: themes, glyphs, the status badge, sizes at which layouts change, colors, and style sheets.

The lowest package that may import Textual; `sizes`, `style_folder`, and `terminal` do not. Depends on `presentation`
and `text`.
"""

__all__ = ["look", "sizes", "style_folder", "terminal"]
