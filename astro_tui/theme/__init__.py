"""How the program looks: themes, glyphs with their ASCII twins, the status badge, and where the style sheets are.

The lowest package that may import Textual; `style_folder` does not. Depends on `presentation` and `text`.
"""

__all__ = ["look", "style_folder"]
