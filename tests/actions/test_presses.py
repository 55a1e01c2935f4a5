"""What counts as typed, and what as held down or pasted."""

from __future__ import annotations

import pytest

from astro_tui.actions.presses import Presses


@pytest.mark.parametrize(
    ("reads", "typed"),
    [
        ([(0.0, "h"), (0.1, "i"), (0.2, "\r")], True),
        ([(0.0, "h"), (0.02, "i"), (0.04, "\r")], True),
        # A terminal without marks around a paste sends it at once, in one read or in several.
        ([(0.0, "hi there\r")], False),
        ([(0.0, "\rhi there")], False),
        ([(0.0, "first line\rsecond"), (0.01, "\r")], False),
        ([(0.0, "\x1b[200~hi\r\x1b[201~"), (0.1, "\r")], False),
        ([(0.0, "\x1b[200~hi\x1b[201~"), (0.5, "\r")], True),
        # A key that is held down.
        ([(0.0, "\r"), (0.5, "\r"), (0.53, "\r")], False),
    ],
)
def test_an_enter_counts_only_if_it_was_typed(reads: list[tuple[float, str]], *, typed: bool) -> None:
    presses, found = Presses(), False
    for at, text in reads:
        presses.received(text, at)
        for char in text if "\x1b" not in text else "":
            presses.pressed("enter" if char == "\r" else char, at)
            found = char == "\r" and presses.newest("enter", at) and not presses.repeated("enter", at)
    assert found is typed
