"""Untrusted text becomes one harmless line."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from astro_tui.text.foreign import ascii_only, visible

ANY_TEXT = st.text(st.characters(), max_size=200)


@given(ANY_TEXT)
def test_no_control_characters_are_left(text: str) -> None:
    shown = visible(text)
    assert not [char for char in shown if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")]
    assert not set(shown) & set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    shown.encode()


@given(ANY_TEXT)
def test_visible_text_does_not_change(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_untouched(text: str) -> None:
    assert visible(text) == text
    assert ascii_only(text) == text


@given(ANY_TEXT, st.integers(1, 50))
def test_a_limit_cuts_before_anything_else_is_done(text: str, limit: int) -> None:
    # One character becomes at most `<U+FFFFF>`.
    assert len(visible(text, limit)) <= 9 * limit
    if len(text) > limit:
        assert visible(text, limit).endswith("…")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\nb\r\n", "a↵b␍↵"),
        ("a\tb", "a⇥b"),
        ("\x00\x07\x7f", "␀␇␡"),
        ("\x9b31m", "<U+009B>31m"),
        ("\u202eexe.txt", "<U+202E>exe.txt"),
        ("a\u200bb\ufeff", "a<U+200B>b<U+FEFF>"),
        ("\ud800", "<U+D800>"),
        ("👩‍👩‍👧 é 東京", "👩‍👩‍👧 é 東京"),
        ("[bold]x[/] [/", "[bold]x[/] [/"),
    ],
)
def test_the_replacement_characters(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(ANY_TEXT)
def test_ascii_is_ascii(text: str) -> None:
    plain = ascii_only(visible(text))
    assert plain.isascii()
    assert plain.isprintable()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Übersetzungsbüro", "Ubersetzungsburo"),
        ("3h ago · now…", "3h ago - now..."),
        ("東", "\\u6771"),
        ("x → y, 4 µs", "x -> y, 4 us"),
        ("└── src │", "+-- src |"),
    ],
)
def test_ascii_replacements_look_similar(text: str, plain: str) -> None:
    assert ascii_only(text) == plain
