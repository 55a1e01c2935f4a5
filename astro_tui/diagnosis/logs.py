"""What the last log lines of a container say about its end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import LogFact
from astro_tui.diagnosis.reading import text, word
from astro_tui.logs.levels import Level, guess, level_of
from astro_tui.logs.templates import template_of
from astro_tui.platform.lenient import items_of, text_of
from astro_tui.text.redaction.words import has_any

MOST = 4000
"""Lines of a log that are examined, the newest ones."""
_ENDS = re.compile(
    r"\s*(?:(?:[\w.$/-]+[.:])?[A-Z]\w*(?:Error|Exception|Panic|Failure)\b(?::| |$)|Error: |(?:\w+\.)+\w*error: "
    r"|(?:panic|fatal(?: error)?)\b|Traceback)"
)
"""The beginnings of lines that programs write when they end, whatever their level."""
_ENDS_WITHIN = re.compile(
    r"Exception in thread|\b[Uu]n(?:caught|handled)\b|[Ss]egmentation fault|core dumped|SIGSEGV|SIGABRT|npm ERR!"
    r"|No module named|[Cc]annot find module|exec format error|\b(?:FATAL|CRITICAL|PANIC)\b"
)
"""What programs write anywhere in a line when they end."""
_LACKS = re.compile(
    r"\bexit(?:ed|ing)?\b.{0,30}\b(?:code|status) [1-9]|not found: |: required\b"
    r"|(?:is|are|was|were) (?:required|missing|not set|not defined|undefined|unset|empty)\b"
    r"|\bnot (?:set|defined|configured)\b|must be (?:set|configured|specified|provided|defined)|\b[Mm]issing\b"
)
"""What programs write before they end, and also as a warning."""
_END_HINTS = (
    *("Exception in", "caught", "handled", "egmentation", "core dumped", "SIG", "npm ERR!", "No module named"),
    *("annot find module", "exec format", "FATAL", "CRITICAL", "PANIC"),
)
_LACK_HINTS = ("exit", "not ", "required", "issing", "undefined", "unset", "empty", "must be ")
"""Every such line has one of these in it: checking for these first takes a tenth of the time."""
_MOST_TEXTS = 100
_USUAL_LIMIT = 200
"""How many lines a server sends unless the request says how many."""
_GOES_ON = re.compile(r"\bretry(?:ing)?\b(?! limit)|\btrying again\b|\btry again\b|\breconnecting\b", re.IGNORECASE)
"""What is written by programs that continue after an error."""
_DETAILS = (Level.DEBUG, Level.TRACE)
_HEAD = re.compile(r"^\s*Traceback|^\s*(?:panic|fatal)\W*$", re.IGNORECASE)


class LogLine(NamedTuple):
    """One line; `fatal` when it says that a program ended or cannot go on, `error` when it says that it failed."""

    at: datetime | None
    text: str
    fatal: bool
    error: bool
    level: Level = Level.NONE
    time: str = ""
    """Its time as sent, which has nanoseconds."""


@dataclass(frozen=True)
class Log:
    """The lines of one container, oldest first. `edge` is the time before which the log shows nothing, if known."""

    workload: str
    container: str
    lines: Sequence[LogLine]
    edge: datetime | None
    _templates: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def last_words(self) -> list[LogLine]:
        """The lines that say why the program ended, oldest first: fatal ones, else repeated errors."""
        bad = [line for line in self.lines if line.fatal and not _HEAD.match(line.text)]
        if bad:
            return bad
        errors = [line for line in self.lines if line.error]
        templates = self.templates(errors)
        counted = Counter(templates)
        return [line for line, template in zip(errors, templates, strict=True) if counted[template] > 1]

    @cached_property
    def same_end(self) -> list[LogLine]:
        """The lines like the newest of the last words: the same failure, again and again."""
        bad = self.last_words
        if not bad:
            return []
        templates = self.templates(bad)
        return [line for line, template in zip(bad, templates, strict=True) if template == templates[-1]]

    def templates(self, lines: Sequence[LogLine]) -> list[str]:
        """Return the templates of lines. Most lines are repeated, so each text is examined once."""
        known = self._templates
        for line in lines:
            if line.text not in known:
                known[line.text] = template_of(line.text)
        return [known[line.text] for line in lines]

    @cached_property
    def ending_text(self) -> str:
        """All distinct lines about failures as one text, to look for names in it.

        A line without a level belongs to the failure that was logged right before it.
        """
        seen: dict[str, None] = {}
        failed: LogLine | None = None
        for line in self.lines:
            if line.fatal or line.error:
                failed = line
            elif line.level or failed is None or not _at_once(failed, line):
                failed = None
            if failed is not None:
                seen[line.text] = None
        return "\n".join(list(seen)[-_MOST_TEXTS:])


def _at_once(first: LogLine, second: LogLine) -> bool:
    return first.at is None or second.at is None or abs((second.at - first.at).total_seconds()) <= 1


def read_log(fact: LogFact) -> Log:
    """Return the lines of a log with the newest last; lines without a time keep their place."""
    lines = list(_lines(fact))[-MOST:]
    first = next((line.at for line in lines if line.at is not None), None)
    most = fact.limit or (MOST if fact.since is not None else _USUAL_LIMIT)
    return Log(fact.workload, fact.container, lines, first if len(lines) >= most else fact.since)


def widest(facts: Sequence[LogFact]) -> list[LogFact]:
    """Return the widest known log of each container: a later one with a wider window replaces an earlier one."""
    found: dict[tuple[str, str], LogFact] = {}
    for each in facts:
        key = (each.workload, each.container)
        old = found.get(key)
        wider = old is None or old.since is None or (each.since is not None and each.since <= old.since)
        if each.lines.known and wider and (old is None or each.lines.value):
            found[key] = each
    return list(found.values())


def _lines(fact: LogFact) -> Iterator[LogLine]:
    value = fact.lines.value
    if isinstance(value, str | bytes):
        for each in text_of(value).splitlines():
            yield _line(None, "", each)
        return
    read = [_entry(each) for each in items_of(value) if each is not None]
    if all(each[0] is not None for each in read):
        read.sort(key=itemgetter(0))
    elif (times := [each[0] for each in read if each[0] is not None]) and times[0] > times[-1]:
        read.reverse()
    known: dict[tuple[str, str], LogLine] = {}
    for at, level, message, time in read:
        # Most lines are repeated.
        line = known.get((level, message))
        if line is None:
            line = known[level, message] = _line(at, level, message, time)
        yield LogLine(at, message, line.fatal, line.error, line.level, time)


def _entry(entry: object) -> tuple[datetime | None, str, str, str]:
    if isinstance(entry, str):
        return None, "", entry, ""
    time = text(entry, "timestamp")
    return reading.unix_or_moment(time), word(entry, "level"), text(entry, "message"), time


def _line(at: datetime | None, level: str, message: str, time: str = "") -> LogLine:
    severity = level_of(level) or guess(message)
    fatal = severity is Level.FATAL or (severity not in _DETAILS and _says_end(severity, message))
    return LogLine(at, message, fatal, fatal or severity is Level.ERROR, severity, time)


def goes_on(message: str) -> bool:
    """Whether a program says that it tries again: what it reports did not end it."""
    return ("try" in message or "reconnect" in message) and _GOES_ON.search(message) is not None


def _says_end(level: Level, message: str) -> bool:
    ends = _ENDS.match(message) is not None or (
        has_any(message, _END_HINTS) and _ENDS_WITHIN.search(message) is not None
    )
    lacks = not ends and level in (Level.ERROR, Level.NONE) and has_any(message, _LACK_HINTS)
    return (ends or (lacks and _LACKS.search(message) is not None)) and not goes_on(message)
