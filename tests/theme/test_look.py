"""The colors of the themes, whatever a screen does with them. What screens draw is in tests/screens/test_looks.py."""

from __future__ import annotations

from itertools import product

import pytest
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from support.contrast import SHAPE, TEXT, contrast
from textual.color import Color as TextualColor

from astro_tui.theme.look import ASCII_GLYPHS, THEMES, Glyphs, Look
from astro_tui.widgets.lists.line_maker import LineMaker

KNOWN = [name for name in THEMES if name != "terminal"]
WORDS = ["quiet", *(f"text-{name}" for name in ("primary", "secondary", "accent", "warning", "error", "success"))]


def variable(theme: str, name: str) -> Color:
    return Color.parse(str(THEMES[theme].variables.get(name) or getattr(THEMES[theme], name)))


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("theme", KNOWN)
def test_text_is_readable_on_every_background(theme: str, system: ColorSystem) -> None:
    for word, ground in product(
        ["foreground", *WORDS], ["background", "surface", "cursor-line", "screen-selection-background"]
    ):
        found = contrast(variable(theme, word), variable(theme, ground), system)
        assert found >= TEXT, (word, ground, round(found, 2))


@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
@pytest.mark.parametrize("theme", KNOWN)
def test_shapes_can_be_seen(theme: str, system: ColorSystem) -> None:
    for ground in ("background", "surface"):
        assert contrast(variable(theme, "faint"), variable(theme, ground), system) >= SHAPE, ground


def test_the_terminal_theme_names_no_color_that_terminals_show_badly() -> None:
    theme = THEMES["terminal"]
    used = {*theme.variables.values(), *(str(getattr(theme, name)) for name in ("primary", "secondary", "accent"))}
    assert not {name for name in used if "bright" in name or name in ("ansi_blue", "ansi_black", "ansi_white")}
    assert {name for name in used if not name.startswith("ansi_")} == set()


def test_every_glyph_has_a_twin_in_ascii() -> None:
    for name in Glyphs.__struct_fields__:
        assert getattr(ASCII_GLYPHS, name).isascii(), name
        assert len(getattr(Glyphs(), name)) == 1, name


HOSTILE = "\x1b[31m[bold]a\u202e\nb\x9b"
PRINTED = "␛[31m[bold]a<U+202E>↵b<U+009B>"


def test_nothing_that_is_drawn_can_control_the_terminal() -> None:
    line = Look().line(HOSTILE, (HOSTILE, "bold"), Look().line(HOSTILE))
    assert line.plain == PRINTED * 3
    row = LineMaker(Style(), (), TextualColor(0, 0, 0)).line([Segment(HOSTILE)], 60)
    assert row.text.rstrip() == PRINTED
    assert Look(ascii_alone=True).line("→ é…").plain == "-> e..."
