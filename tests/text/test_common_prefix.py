"""Two texts with a common start: after cutting, the difference is still visible."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from astro_tui.text.common_prefix import differ_at, from_difference, share

TEXTS = st.text("ab/:", max_size=30)


@given(TEXTS, TEXTS, TEXTS)
def test_where_they_differ(start: str, one: str, other: str) -> None:
    one, other = start + one, start + other
    place = differ_at(one, other)
    assert one[:place] == other[:place]
    assert place == min(len(one), len(other)) or one[place] != other[place]


@given(TEXTS, TEXTS, TEXTS, st.integers(8, 60), st.sampled_from(["…", ".."]))
def test_both_fit_and_show_what_differs(start: str, one: str, other: str, room: int, cut: str) -> None:
    one, other = start + one, start + other
    rooms = share(one, other, room, cut)
    assert sum(rooms) <= room
    shown = [
        from_difference(text, near, width, cut)[:width]
        for text, near, width in ((one, other, rooms[0]), (other, one, rooms[1]))
    ]
    place = differ_at(one, other)
    tails = [text[place:] for text in (one, other)]
    if len(one) + len(other) <= room:
        assert shown == [one, other]
    elif sum(min(len(text), len(cut) + 1 + len(tail)) for text, tail in zip((one, other), tails, strict=True)) <= room:
        assert all(text.endswith(tail) for text, tail in zip(shown, tails, strict=True))


def test_the_tag_of_an_image_is_seen() -> None:
    one, other = (f'"registry.example/team/csv-importer:{tag}"' for tag in ("d55a7c97", "96eedee3"))
    first, second = share(one, other, 35, "…")
    assert from_difference(one, other, first, "…") == '…/csv-importer:d55a7c97"'
    assert from_difference(other, one, second, "…") == '…:96eedee3"'
