"""Foreign Markdown as lines: its layout, and its limits."""

from __future__ import annotations

import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hostile_markdown import HOSTILE_MARKDOWN, SIMPLE

from astro_tui.markdown import Growing, Laid, SpanRole, StyledLine, lay_out
from astro_tui.markdown.growing import MOST_OPEN
from astro_tui.markdown.layout import LONGEST, MOST_LINES
from astro_tui.markdown.spans import StyledSpan, cut_to, fold, wrap
from astro_tui.text.foreign import cell_width, visible
from astro_tui.theme.look import Look


def shown(laid: Laid) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in laid.lines]


def drawn(text: str, width: int = 40) -> list[str]:
    return shown(lay_out(text, width))


def parts(text: str) -> dict[str, SpanRole]:
    return {span.text: span.part for line in lay_out(text, 60).lines for span in line}


def test_headings_paragraphs_and_rules() -> None:
    assert drawn("# One\ntext\n\nmore\n## Two\nx\n***\ny") == [
        *("One", "───", "", "text", "", "more", "", "Two", "", "x", "", "─" * 40, "", "y")
    ]


def test_lists() -> None:
    text = "- a\n- b\n  1. c\n  2. d\n     - e\n- [x] f\n\nafter"
    assert drawn(text) == ["• a", "• b", "  1. c", "  2. d", "     ◦ e", "• [x] f", "", "after"]
    assert drawn("7. a\n\n8. b\n\n   more") == ["7. a", "", "8. b", "", "   more"]
    assert drawn("-\n- x") == ["•", "• x"]
    assert drawn("- one two three four five", 14) == ["• one two", "  three four", "  five"]


def test_quotes() -> None:
    assert drawn("> a\n>\n> b\n> > c\n\nd") == ["│ a", "│", "│ b", "│", "│ │ c", "", "d"]


def test_code_keeps_its_spaces() -> None:
    assert drawn("```sh\na  b\n\n\tc\n```\n\n    d") == ["    a  b", "", "        c", "", "    d"]
    assert any(part & SpanRole.BLOCK for part in parts("```\nx\n```").values())


def test_inline_styles() -> None:
    found = parts("a **b** *c* ~~d~~ `e` **_f_**")
    assert found["b"] == SpanRole.STRONG
    assert found["c"] == SpanRole.EMPHASIS
    assert found["d"] == SpanRole.STRUCK
    assert found["e"] == SpanRole.CODE
    assert found["f"] == SpanRole.STRONG | SpanRole.EMPHASIS
    assert drawn("one\\\ntwo  \nthree<br>four\nfive") == ["one", "two", "three", "four five"]
    assert drawn("a &amp; b &copy; \\*c\\*") == ["a & b © *c*"]


def test_addresses_are_shown_and_images_become_text() -> None:
    assert drawn("[text](https://x.example/y) [#](#a) <https://z.example>", 80) == [
        "text (https://x.example/y) # https://z.example"
    ]
    assert drawn("![A bee](https://x.example/b.png) ![](x)", 80) == ["[image: A bee] [image: no description]"]
    assert parts("[t](https://x.example)")["t"] == SpanRole.LINK
    [line] = drawn(f"[bank](https://evil.example/{'a' * 200})", 100)
    assert line.startswith("bank (https://evil.example/")
    assert line.endswith("…)")
    # An address that no browser should open stays text.
    assert drawn("[x](javascript:alert(1))", 60) == ["[x](javascript:alert(1))"]


def test_html_tags_are_removed() -> None:
    text = '<p align="center">\n  <b>Hello</b> you\n</p>\n\n<!-- hidden -->\n\nx <i>y</i>'
    assert drawn(text) == ["Hello you", "", "x y"]


def test_tables() -> None:
    text = "| a | right |\n|---|---:|\n| **bold** | 1 |\n| long words that wrap | 22 |"
    assert all(len(line) <= 20 for line in drawn(text, 20))
    wide = drawn(text, 60)
    assert wide[0].split() == ["a", "right"]
    assert wide[2].endswith("    1")


def test_a_table_that_is_too_wide_lists_its_values() -> None:
    head = "|" + "|".join(f"head{number}" for number in range(12)) + "|"
    row = "|" + "|".join(f"value {number}" for number in range(12)) + "|"
    lines = drawn(f"{head}\n|{'---|' * 12}\n{row}\n{row}", 40)
    assert lines[:2] == ["head0 value 0", "head1 value 1"]
    assert len(lines) == 12 + 1 + 12


def test_control_characters_are_visible_everywhere() -> None:
    text = "# \x1b[2J\n\na\x07 [l\x1b](https://x/\x1b)\n\n```\n\x1b]0;t\x07\n```\n\n|\x1b|\n|-|\n|\u202e|"
    laid = lay_out(text, 60)
    flat = "\n".join(shown(laid))
    assert "\x1b" not in flat
    assert "\x07" not in flat
    assert "\u202e" not in flat
    assert "␛[2J" in flat
    assert "<U+202E>" in flat


def test_ascii_only() -> None:
    look = Look(ascii_alone=True)
    laid = lay_out("# Ä\n\n> é…\n\n- 漢\n\n---\n\n|ä|\n|-|\n|ö|", 30, look.plain)
    assert shown(laid) == [*("A", "-", "", "| e...", "", r"* \u6f22", "", "-" * 30, "", "a", "--", "o")]
    code = lay_out("```\n├── src\n│   └── x\n```\n- a\n  - b", 30, look.plain)
    assert shown(code) == ["    +-- src", "    |   +-- x", "", "* a", "  - b"]


def test_wide_characters_break_anywhere() -> None:
    assert drawn("漢字漢字漢字 ab", 10) == ["漢字漢字漢", "字 ab"]
    assert [cell_width(line) for line in drawn("漢" * 20, 11)] == [10, 10, 10, 10]


def test_an_empty_text() -> None:
    assert lay_out("", 40) == Laid([])
    assert lay_out(" \n\t\n", 40).lines == []


def test_a_long_text_is_cut_with_a_remark() -> None:
    assert "first 200 kB of 1,000 kB" in lay_out("word " * LONGEST, 40).remark
    laid = lay_out("```\n" + "x\n" * 30_000, 40)
    assert laid.remark == "first 20,000 lines"
    assert len(laid.lines) == MOST_LINES


@pytest.mark.nightly
@pytest.mark.parametrize("name", HOSTILE_MARKDOWN)
def test_hostile_texts_are_bounded(name: str) -> None:
    began = time.process_time()
    laid = lay_out(HOSTILE_MARKDOWN[name], 78)
    took = time.process_time() - began
    assert took < 20, "far more than needed, and far less than without a limit"
    assert ("plain text" in laid.remark) is (name not in SIMPLE)
    assert 0 < len(laid.lines) <= MOST_LINES
    assert all(cell_width("".join(span.text for span in line)) <= 78 for line in laid.lines[::50])


@pytest.mark.parametrize("name", ["quotes in one line", "lists", "everything at once"])
def test_deeply_nested_text_is_shown_as_plain_text(name: str) -> None:
    laid = lay_out(HOSTILE_MARKDOWN[name], 78)
    assert "plain text" in laid.remark
    assert "x" in shown(laid)[-1]


def test_a_canceled_layout_stops() -> None:
    calls = []

    def canceled() -> bool:
        calls.append(1)
        return True

    assert lay_out("# a\n\nb\n\n" * 5000, 40, canceled=canceled) == Laid([])
    assert len(calls) == 1


MARKS = st.sampled_from([*"#>-*_`[]()|~<!\\&\n\n 1.", "    ", "```", "漢", "é", "word", "\t", "\x1b", "| - |\n|-|-|\n"])


@settings(max_examples=100)
@given(st.lists(MARKS, max_size=80).map("".join) | st.text(max_size=200), st.integers(1, 70))
def test_any_text_fits_and_is_safe(text: str, width: int) -> None:
    laid = lay_out(text, width)
    for line in laid.lines:
        joined = "".join(span.text for span in line)
        assert joined == visible(joined)
        assert cell_width(joined) <= max(10, width) + 1
    if text.strip() and not text.lstrip().startswith(("[", "<")) and text.strip().isalnum():
        assert laid.lines


SPANS = st.lists(
    st.builds(StyledSpan, st.text("ab 漢é", max_size=12), st.sampled_from([SpanRole.TEXT, SpanRole.CODE])), max_size=8
)


@given(SPANS, st.integers(2, 20))
def test_wrapping_loses_only_blanks(spans: list[StyledSpan], width: int) -> None:
    lines = wrap(spans, width)
    assert all(sum(cell_width(span.text) for span in line) <= width for line in lines)
    before = "".join(span.text for span in spans).replace(" ", "")
    assert "".join(span.text for line in lines for span in line).replace(" ", "") == before


@given(SPANS, st.integers(2, 20))
def test_folding_loses_nothing(spans: list[StyledSpan], width: int) -> None:
    lines = fold(spans, width)
    assert all(sum(cell_width(span.text) for span in line) <= width for line in lines)
    assert "".join(span.text for line in lines for span in line) == "".join(span.text for span in spans)
    cut = cut_to(spans, width)
    assert sum(cell_width(span.text) for span in cut) in (width, width - 1)


def test_the_same_on_every_run() -> None:
    draw = partial(lay_out, HOSTILE_MARKDOWN["noise"][:40_000], 60)
    assert draw() == draw()


GROWN = """# A title

Some *text*, and more
of it.

- one
- two

  more

```py
def f():

    return 1
```

> quoted

| a | b |
|---|---|
| 1 | 2 |

The end.
"""


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_text_that_grows_looks_like_the_whole_one(step: int) -> None:
    growing = Growing(40, visible)
    lines = [growing.lines_of(GROWN[:end]) for end in (*range(0, len(GROWN), step), len(GROWN))]
    assert shown(Laid(lines[-1])) == drawn(GROWN)
    assert shown(Laid(growing.lines_of("Another text."))) == ["Another text."]


@pytest.mark.parametrize("text", ["word " * 6000, "```\n" + "x = 1\n\n" * 3000, "- item\n" * 3000, "a\u0301" * 9000])
def test_the_same_lines_stay_while_a_text_grows(text: str) -> None:
    growing, before = Growing(40, visible), list[StyledLine]()
    for end in range(0, len(text), 500):
        lines = growing.lines_of(text[:end])
        assert all(was is line for was, line in zip(before, lines[: max(0, len(before) - 2 * MOST_OPEN)], strict=False))
        before = lines
    words = "".join(shown(Laid(growing.lines_of(text))))
    assert len(words.replace(" ", "")) >= len(text.replace(" ", "").replace("\n", "")) * 0.9 - 10
