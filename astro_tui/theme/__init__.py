"""How the program looks: themes, glyphs, the status badge, the sizes at which layouts change, and style sheets.

The lowest package that may import Textual; `sizes` and `style_folder` do not. Depends on `presentation` and `text`.
"""

__all__ = ["look", "sizes", "style_folder"]
