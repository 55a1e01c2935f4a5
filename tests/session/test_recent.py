"""What was used last comes first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.session.recent import Recent


@given(st.lists(st.sampled_from("abcdef")), st.integers(1, 4))
def test_the_last_used_come_first_and_once(used: list[str], most: int) -> None:
    recent = Recent(most=most)
    for name in used:
        recent.use(name)
    assert recent.names == list(dict.fromkeys(reversed(used)))[:most]
    assert Recent(recent.names, most).names == recent.names
