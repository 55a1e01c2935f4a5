"""A diagnosis as lines for people, complete or in short. Made for 80 columns at 3 a.m. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum, auto
from typing import NamedTuple

from msgspec.structs import replace

from astro_tui.diagnosis import Diagnosis, Evidence
from astro_tui.presentation.agent_list import ASKS, Entry, why
from astro_tui.presentation.evidence import unread_sentence
from astro_tui.presentation.status import Severity
from astro_tui.text.foreign import ascii_only, cell_width, visible
from astro_tui.text.styled import Line
from astro_tui.text.times import age, local_time
from astro_tui.text.wrapping import LEAST_ROOM, wrapped

_INDENT = "  "
_CURRENT = timedelta(seconds=10)
"""A diagnosis that is based on older data says so."""
DIFF = "deployment.diff"
"""The keys that show what changed."""
CHAT = "deployment.chat"
"""The keys that open the chat."""
_OPENS = {
    "runtime": "deployment.workloads",
    "network": "deployment.numbers",
    **{name: f"deployment.{name}" for name in ("events", "history", "logs", "spec", "record", "traces")},
}
"""Source of evidence → the keys that open the section with it."""


class Tone(Enum):
    """How a piece of text stands out."""

    HEADING = auto()
    QUIET = auto()
    COMMAND = auto()


@dataclass(frozen=True)
class TextPage:
    """How to format lines: the `width` in cells (0: no wrapping), the characters, and the reader's time.

    `zone` is the reader's time zone; None means the system's. `options` are added to every command, such as ` --demo`.
    """

    width: int
    ascii: bool
    now: datetime
    zone: tzinfo | None = None
    options: str = ""

    def paint(self, text: str, tone: Tone) -> Line:
        """Return the text styled for its tone; the base class has no colors."""
        del tone
        return text

    def keys(self, action: str) -> str:
        """Return the keys of the app for the ID of an action and a letter of its menu; a shell has none."""
        del action
        return ""

    def plain(self, text: str) -> str:
        """Return text in the characters that can be printed."""
        return ascii_only(text) if self.ascii else text

    def block(self, text: str, indent: str = "", first: str | None = None) -> Iterator[str]:
        """Yield the indented lines of a sentence; `first` replaces the indent of the first line."""
        room = max(LEAST_ROOM, self.width - cell_width(indent)) if self.width else 0
        for number, line in enumerate(wrapped(self.plain(text), room)):
            yield f"{first if first is not None and not number else indent}{line}"

    def command(self, text: str) -> Line:
        """Return a command, which is never wrapped, because it is copied."""
        return self.paint(self.plain(text) + self.options, Tone.COMMAND)


class TextPart(NamedTuple):
    """Lines that belong together, such as one piece of evidence or one step.

    `text` is what they say without their layout, and empty for a heading. `command` does the step in a shell, and
    `keys` do it in the app (see NextStep); both may be empty.
    """

    lines: tuple[Line, ...]
    text: str = ""
    command: str = ""
    keys: str = ""


def in_full(entry: Entry, diagnosis: Diagnosis, page: TextPage) -> Iterator[Line]:
    """Yield everything that a diagnosis says, line by line."""
    for part in parts_of(entry, diagnosis, page):
        yield from part.lines


def parts_of(entry: Entry, diagnosis: Diagnosis, page: TextPage) -> Iterator[TextPart]:
    """Yield everything that a diagnosis says; the first part is the sentence."""
    sentence = sentence_of(entry, diagnosis)
    yield TextPart(tuple(page.block(sentence)), sentence)
    if entry.asks:
        words = f"It {ASKS} in a conversation of yours."
        yield TextPart(tuple(page.block(words)), words, keys=CHAT)
    if diagnosis.began is not None:
        earlier = " or earlier" if diagnosis.or_earlier else ""
        yield TextPart(tuple(page.block(f"The problem began {_moment(diagnosis.began, page)}{earlier}.")))
    if diagnosis.list_only:
        yield TextPart(tuple(page.block(_alone(diagnosis))))
    oldest = diagnosis.oldest
    if oldest is not None and page.now - oldest > _CURRENT:
        yield TextPart(tuple(page.block(f"This is based on data from {_moment(oldest, page)}.")))
    if change := tuple(_change(diagnosis, page)):
        told = TextPart(change, "\n".join(line.strip() for line in change), keys=DIFF)
        yield from _section("What changed", [told], page)
    yield from _section("Evidence", _evidence(diagnosis, page), page)
    disagreeing = (TextPart(tuple(page.block(each.text, _INDENT, _INDENT)), each.text) for each in diagnosis.conflicts)
    yield from _section("Sources disagree", disagreeing, page)
    unread = [(each.source, each.error) for each in diagnosis.unread]
    yield from _section("Could not be read", _table(unread, page), page)
    yield from _section("Next", _next(diagnosis, page), page)


def in_short(entry: Entry, diagnosis: Diagnosis, page: TextPage) -> Iterator[Line]:
    """Yield what is wrong, the change, and the command that says more."""
    yield from page.block(sentence_of(entry, diagnosis), _INDENT)
    if diagnosis.list_only:
        yield from page.block(_alone(diagnosis), _INDENT)
    for line in _change(diagnosis, page):
        yield page.paint(line, Tone.QUIET)
    yield _INDENT + page.command(f"astro-tui why {name_of(entry, diagnosis)}")


def sentence_of(entry: Entry, diagnosis: Diagnosis, *, brief: bool = False) -> str:
    """Return the sentence of a diagnosis, or a `brief` one for a list, and what could not be read.

    For a state that no rule covers, the platform's own words are added.
    """
    cause = (brief and diagnosis.headline) or diagnosis.sentence
    sentence = f"{cause} {unread_sentence(diagnosis)}".rstrip()
    if diagnosis.unknown and entry.report is not None and entry.status.severity is not Severity.OK:
        said = why(replace(entry, diagnosis=None))[0]
        return sentence if said in sentence else f"{sentence} The platform says: {said}"
    return sentence


def name_of(entry: Entry, diagnosis: Diagnosis) -> str:
    """Return how to name an agent in a shell: its account and id, quoted."""
    agent = visible(entry.key, 100) or entry.label
    return shlex.quote(f"{diagnosis.account}/{agent}" if diagnosis.account else agent)


def _alone(diagnosis: Diagnosis) -> str:
    both = any(each.source == "status" for each in diagnosis.evidence)
    return f"This is based on the list {'and the status alone' if both else 'alone'}."


def _section(heading: str, parts: Iterable[TextPart], page: TextPage) -> Iterator[TextPart]:
    """Yield a heading with parts below it, and nothing at all if there are none."""
    for number, part in enumerate(parts):
        if not number:
            yield TextPart(("", page.paint(heading, Tone.HEADING)))
        yield part


def _change(diagnosis: Diagnosis, page: TextPage) -> Iterator[str]:
    change = diagnosis.change
    if change is None:
        return
    at = next((each.time for each in diagnosis.evidence if each.source == "history"), None)
    after = f" (after {_revision(change.previous, alone=False)})" if change.previous is not None else ""
    when = f", deployed {_moment(at, page)}" if at is not None else ""
    by = f" by {change.author}" if change.author else ""
    yield from page.block(f"{_revision(change.revision)}{after}{when}{by}", _INDENT)
    if change.message:
        yield from page.block(f"“{change.message}”", _INDENT)
    for path in change.paths:
        yield from page.block(path, _INDENT * 2)


def _revision(key: int | str, *, alone: bool = True) -> str:
    if isinstance(key, int):
        return f"revision {key}" if alone else str(key)
    return f"the revision of {visible(key, 40)}"


def _next(diagnosis: Diagnosis, page: TextPage) -> Iterator[TextPart]:
    for step in diagnosis.next_steps:
        keys, command = page.keys(step.keys) if step.keys else "", step.typed or step.command or ""
        said = page.block(f"{step.text.removesuffix('.')} ({keys})." if keys else step.text, _INDENT)
        lines = (*said, *([_INDENT * 2 + page.command(command)] if command else []))
        yield TextPart(lines, step.text, command, step.keys)


# ---- evidence


def _evidence(diagnosis: Diagnosis, page: TextPage) -> Iterator[TextPart]:
    """Yield facts without a time first, because they describe the present, then events, oldest first."""
    changed = diagnosis.change.paths if diagnosis.change is not None else ()
    kept = [each for each in diagnosis.evidence if not (each.source == "spec" and each.text in changed)]
    states = _states(kept)
    yield from _table(states, page)
    moments = sorted({each.time for each in kept if each.time is not None})
    happened = [each for moment in moments for each in kept if each.time == moment]
    zones = _zones(page)
    rows = [(*(_clock(each.time, zone, page) for _name, zone in zones), each.source, each.text) for each in happened]
    if states and rows:
        yield TextPart(("",))
    yield from _table(rows, page, (*(name for name, _zone in zones), "", ""))


def _states(evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
    """Return sources and texts without a time. A text that is part of a longer one from the same source is left out."""
    states = list(dict.fromkeys((each.source, each.text) for each in evidence if each.time is None))
    return [
        (source, text)
        for source, text in states
        if not any(source == other and text != longer and text in longer for other, longer in states)
    ]


def _zones(page: TextPage) -> list[tuple[str, tzinfo | None]]:
    """Return the columns of times: the reader's own, and UTC; one column if they are the same."""
    utc = ("UTC", UTC)
    return [("local", page.zone), utc] if page.now.astimezone(page.zone).utcoffset() else [utc]


def _clock(moment: datetime | None, zone: tzinfo | None, page: TextPage) -> str:
    """Return a time with seconds if it is from today, else with its date."""
    return local_time(moment, page.now, zone) if moment is not None else ""


def _moment(moment: datetime, page: TextPage) -> str:
    """Return how long ago something was, and when, in the reader's time and in UTC."""
    utc = f"{_clock(moment, UTC, page)} UTC"
    at = f"{_clock(moment, page.zone, page)} ({utc})" if moment.astimezone(page.zone).utcoffset() else utc
    ago = age(moment, page.now)
    return f"{ago if ago.startswith('in ') else f'{ago} ago'}, at {at}"


def _table(rows: Sequence[Sequence[str]], page: TextPage, heads: Sequence[str] = ()) -> Iterator[TextPart]:
    """Yield rows as columns; the last column wraps within its own width."""
    if not rows:
        return
    every = [[page.plain(cell) for cell in row[:-1]] for row in (heads, *rows) if row]
    widths = [max(map(cell_width, column)) for column in zip(*every, strict=True)]

    def lead(cells: Sequence[str]) -> str:
        padded = (cell + " " * (width - cell_width(cell)) for cell, width in zip(cells, widths, strict=True))
        return _INDENT + "".join(f"{cell}{_INDENT}" for cell in padded)

    below = lead([""] * len(widths))
    if heads:
        yield TextPart((page.paint(lead([page.plain(cell) for cell in heads[:-1]]).rstrip(), Tone.QUIET),))
    beside = not page.width or page.width - cell_width(below) >= LEAST_ROOM
    for row in rows:
        first = lead([page.plain(cell) for cell in row[:-1]])
        said = page.block(row[-1], below, first) if beside else (first.rstrip(), *page.block(row[-1], _INDENT * 2))
        yield TextPart(tuple(said), row[-1], keys=_OPENS.get(row[-2], ""))
