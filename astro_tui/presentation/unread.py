"""Which sources of a diagnosis cannot be read, in the same words on every screen and in the shell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from astro_tui.text.times import clock, joined

if TYPE_CHECKING:
    from astro_tui.diagnosis import Diagnosis

_MOST_NAMES = 3


def unread(diagnosis: Diagnosis | None, most: int = _MOST_NAMES) -> str:
    """Return which sources cannot be read, and since when: `status and runtime since 09:12`.

    More than `most` sources are counted. Empty if all could be read. What the server does not offer does not count.
    """
    failing = [each for each in diagnosis.unread if each.since is not None] if diagnosis is not None else []
    times = [each.since for each in failing if each.since is not None]
    if diagnosis is None or not times:
        return ""
    names = list(dict.fromkeys(each.source for each in failing))
    what = joined(names) if len(names) <= most else f"{len(names)} sources"
    return f"{what} since {clock(min(times), diagnosis.made or max(times))}"


def unread_sentence(diagnosis: Diagnosis | None) -> str:
    """Return the same as a sentence, with the time of the oldest value that was used instead; empty if all was read."""
    words = unread(diagnosis)
    if diagnosis is None or not words:
        return ""
    as_of = f" (last read at {clock(diagnosis.as_of, diagnosis.made or diagnosis.as_of)})" if diagnosis.as_of else ""
    return f"Cannot read {words}{as_of}."
