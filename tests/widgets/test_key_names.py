"""The names of keys, and the key that the user may have meant."""

from __future__ import annotations

import pytest

from astro_tui.widgets.keymap import nearest_key

BOUND = [("slash", "filter"), ("s", "sort"), ("S", "reverse order"), ("r", "refresh"), ("A", "your accounts")]


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("f", "slash"),
        ("R", "r"),
        ("a", "A"),
        ("y", "A"),
        ("f5", "r"),
        ("X", None),
        ("f9", None),
        ("5", None),
    ],
)
def test_the_nearest_key(key: str, meant: str | None) -> None:
    found = nearest_key(key, BOUND)
    assert (found[0] if found else None) == meant
