"""Groups lines that say the same: `took 12 ms` and `took 15 ms` are both `took • ms`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import NamedTuple

from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource
from astro_tui.logs.records import MOST_TEXT, is_logfmt, json_message, record_of
from astro_tui.logs.rows import NOWHERE

GAP = "•"
"""What stands for the parts of a line that vary."""
MOST_TEMPLATES = 10_000
"""The most groups. The lines of all others are only counted."""
_LONGEST = 400
"""Characters of a message that are examined."""
_HINT = re.compile("[0-9\"'=@]")
_QUOTED = re.compile(
    # An apostrophe in a word is not a quote.
    r"\"(?:[^\"\\]|\\.)*+\"|(?<!\w)'[^']{0,200}'(?!\w)"
)
# Identifiers, and names that contain a digit and are long enough to be identifiers: `7d9f8b6c5-x2k4p`.
_IDENTIFIER = re.compile(
    r"(?:(?<![A-Za-z0-9_])(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|0[xX][0-9a-fA-F]+"
    r"|(?=[A-Za-z]*[0-9])[A-Za-z0-9]{8,}(?:-[a-z0-9]{4,12})?)"
    # What follows a name: `user_01HV6ZK3T9`, `step_2`.
    r"|(?<=[A-Za-z]_)(?=[A-Za-z]*[0-9])[A-Za-z0-9]+)(?![A-Za-z0-9_])"
)
_EMAIL = re.compile(r"[\w.+-]{1,64}+@[\w-]+(?:\.[\w-]+)+")
_FIELD = re.compile(r"(?<=[\w.@/-]=)[^\s\",;)\]}]+")
_MESSAGE = re.compile(r"(?<!\S)(?:msg|message)=(?:\"((?:[^\"\\]|\\.)*+)\"|(\S+))")
# Numbers, times, dates, and addresses, with their sign and without their unit.
_NUMBER = re.compile(r"(?<![A-Za-z_])[+-]?[0-9]++(?:[-.,:/T][0-9]++)*+Z?")
_WHO = re.compile(r"(?<!\S)(?:by|for|from|user)\s(\S+)")
MOST_NAMES = 3
"""The most names after such a word that make groups of their own: more are those of users."""
_LISTED = re.compile(rf"{GAP}(?:,\s?{GAP})+")


class Deploy(NamedTuple):
    """When a revision was deployed, in Unix nanoseconds (0: unknown), and its title, such as `revision 18`."""

    ns: int = 0
    title: str = "the last deploy"


@dataclass(slots=True)
class TemplateGroup:
    """Lines with the same template. `level` is their highest one; times are Unix nanoseconds, 0 if unknown."""

    template: str
    count: int
    level: Level
    first_ns: int
    last_ns: int
    sources: set[LogSource] = field(default_factory=set)


def template_of(message: str) -> str:
    """Return a message with `•` for numbers, identifiers, addresses, times, quoted texts, and values of fields.

    For a line in JSON or logfmt, use the message in it, or else the names of its fields.
    """
    text = message[:_LONGEST]
    if text.startswith("{"):
        inner = json_message(message) if len(message) <= MOST_TEXT else ""
        if inner:
            text = inner[:_LONGEST]
        elif (record := record_of("", message)).structured:
            text = record.message[:_LONGEST] or " ".join(f"{name}={GAP}" for name, _ in record.fields)
    elif "=" in text and (said := _MESSAGE.search(text)) is not None and is_logfmt(message):
        text = said[1] or said[2] or text
    if len(text) < len(message) and len(text) == _LONGEST:
        # Half a number at the end would make a template of its own.
        text = text.rpartition(" ")[0] or text
    if _HINT.search(text) is None:
        return text
    if '"' in text or "'" in text:
        text = _QUOTED.sub(GAP, text)
    if "@" in text:
        text = _EMAIL.sub(GAP, text)
    if "=" in text:
        text = _FIELD.sub(GAP, text)
    text = _NUMBER.sub(GAP, _IDENTIFIER.sub(GAP, text))
    return _LISTED.sub(GAP, text) if ", " in text or f"{GAP}," in text else text


class Templates:
    """Counts lines by their template. Not safe for several threads."""

    def __init__(self) -> None:
        self._groups: dict[str, TemplateGroup] = {}
        self.total = 0
        """Lines that were added."""

    def __len__(self) -> int:
        return len(self._groups)

    def add(self, ns: int, level: Level, message: str, source: LogSource = NOWHERE) -> None:
        """Count a line, in any order. `ns` is its time, or 0."""
        self.total += 1
        template = template_of(message)
        group = self._groups.get(template)
        if group is None:
            if len(self._groups) < MOST_TEMPLATES:
                self._groups[template] = TemplateGroup(template, 1, level, ns, ns, {source})
            return
        group.sources.add(source)
        group.count += 1
        group.level = max(group.level, level)
        if ns:
            group.first_ns = min(group.first_ns or ns, ns)
            group.last_ns = max(group.last_ns, ns)

    def rows(self) -> list[TemplateGroup]:
        """Return the groups, the largest first; of groups of the same size, the one with the latest line."""
        return sorted(_joined(self._groups.values()), key=attrgetter("count", "last_ns"), reverse=True)


def _joined(groups: Iterable[TemplateGroup]) -> Iterator[TemplateGroup]:
    """Join groups that differ only in who did something, such as `opened by Ana` and `opened by Kim`, if many did."""
    same: dict[str, list[TemplateGroup]] = {}
    for group in groups:
        match = _WHO.search(group.template)
        template = group.template
        if match is not None:
            template = f"{template[: match.start(1)]}{GAP}{template[match.end(1) :]}"
        same.setdefault(template, []).append(group)
    for template, alike in same.items():
        if len(alike) <= MOST_NAMES:
            yield from alike
            continue
        times = [group.first_ns for group in alike if group.first_ns]
        yield TemplateGroup(
            template,
            sum(group.count for group in alike),
            max(group.level for group in alike),
            min(times, default=0),
            max(group.last_ns for group in alike),
            set().union(*(group.sources for group in alike)),
        )
