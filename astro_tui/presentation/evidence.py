"""The evidence of a diagnosis as short lines, for screens: what disagrees, what was seen, what could not be read."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from astro_tui.text.foreign import cell_width, visible
from astro_tui.text.times import LONGEST, Times, clock, joined

if TYPE_CHECKING:
    from astro_tui.diagnosis import Diagnosis

_MOST_NAMES = 3
QUOTE = 20
"""The fewest characters of a text that a sentence repeats, not by chance."""
_TIMES = re.compile(r" \(\d+ times\)$")


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
    """Return a sentence about them, with the time of the oldest value used instead; empty if everything was read."""
    words = unread(diagnosis)
    if diagnosis is None or not words:
        return ""
    as_of = f" (last read at {clock(diagnosis.as_of, diagnosis.made or diagnosis.as_of)})" if diagnosis.as_of else ""
    return f"Cannot read {words}{as_of}."


_LEAST_CAUSE = 24
"""The fewest cells in which a cause still says something."""
_STATED = ("status", "list", "history", "spec")
"""Sources whose evidence the sentence and the badge already state."""


class EvidenceLine(NamedTuple):
    """One line: where it comes from, when it happened (may be empty), and what it says."""

    source: str
    at: str
    text: str


def sentence_within(diagnosis: Diagnosis, cells: int) -> str:
    """Return the sentence of a diagnosis, and what could not be read.

    If it is too wide, its cause is cut, because the change matters more.
    """
    unread = f" {unread_sentence(diagnosis)}".rstrip()
    sentence, after = f"{diagnosis.sentence}{unread}", f"{diagnosis.after}{unread}"
    room = cells - cell_width(after)
    if not (diagnosis.change or unread) or cell_width(sentence) <= cells or room < _LEAST_CAUSE:
        return sentence
    return f"{visible(diagnosis.cause, room)}{after}"


def _repeats(text: str, sentence: str) -> bool:
    """Whether the sentence quotes a text, perhaps without the reason in front of it and how often it came."""
    quote = _TIMES.sub("", text.partition(": ")[2]).rstrip(".")
    return text in sentence or (len(quote) >= QUOTE and quote in sentence)


def evidence_lines(diagnosis: Diagnosis, now: datetime, times: Times = Times.AGES) -> list[EvidenceLine]:
    """Return the lines, most telling first."""
    lines = [EvidenceLine("sources disagree", "", each.text) for each in diagnosis.conflicts]
    sentence = diagnosis.sentence
    seen = [each for each in diagnosis.evidence if each.source not in _STATED and not _repeats(each.text, sentence)]
    for each in seen:
        at = times.text(each.time, now, LONGEST) if each.time is not None else ""
        lines.append(EvidenceLine(each.source, at, each.text))
    lines += [EvidenceLine("not read", "", f"{each.source}: {each.error}") for each in diagnosis.unread]
    return lines
