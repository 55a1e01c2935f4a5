"""Firing alerts, and what they say about failures."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import Facts
from astro_tui.diagnosis.kinds import Kind, Rank
from astro_tui.diagnosis.reading import text, word
from astro_tui.diagnosis.words import Meaning

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_MEANINGS = (
    (re.compile(r"\boom|out of memory|memory.{0,20}kill"), Kind.MEMORY),
    (re.compile(r"restart|crash"), Kind.CRASH),
)


class Alert(NamedTuple):
    """A firing alert: its title, when it began to fire, and its meaning, None if it is not about a failure."""

    title: str
    since: datetime | None
    meaning: Meaning | None


def firing(facts: Facts) -> list[Alert]:
    """Return the firing alerts."""
    return [_alert(each) for each in reading.entries(facts.alerts, "alerts") if word(each, "state") == "firing"]


def _alert(value: object) -> Alert:
    name, title = text(value, "name"), text(value, "title")
    words = _WORDS.sub(" ", f"{name} {title}").lower()
    kind = next((kind for pattern, kind in _MEANINGS if pattern.search(words)), None)
    # An alert says less than the container's exit code, but more than the mere fact that the container keeps ending.
    meaning = Meaning(kind, Rank.LOOP, name or title, vague=kind is not Kind.MEMORY) if kind is not None else None
    return Alert(title or name, reading.moment(value, "activeSince", "active_since"), meaning)
