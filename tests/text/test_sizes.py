"""Sizes in words."""

from __future__ import annotations

import pytest

from astro_tui.text.times import of_capacity

GIB = 1 << 30


@pytest.mark.parametrize(
    ("used", "capacity", "words"),
    [
        (int(3.1 * GIB), 8 * GIB, "3.1 of 8 GiB"),
        (0, 20 * GIB, "0 of 20 GiB"),
        (150 * GIB, 200 * GIB, "150 of 200 GiB"),
        (GIB, 2048 * GIB, "0 of 2 TiB"),
        (1, 512, "1 of 512 bytes"),
        (9 * GIB, 8 * GIB, "9 of 8 GiB"),
    ],
)
def test_how_much_of_a_volume_is_used(used: int, capacity: int, words: str) -> None:
    assert of_capacity(used, capacity) == words
