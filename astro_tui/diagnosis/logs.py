"""What the last log lines of a container say about its end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import LogFact
from astro_tui.diagnosis.reading import text, word
from astro_tui.platform.lenient import items_of, text_of

MOST = 4000
"""Lines of a log that are examined, the newest ones."""
_FATAL_LEVELS = frozenset({"fatal", "crit", "critical", "panic", "emerg", "emergency", "alert"})
_ERROR_LEVELS = frozenset({"error", "err"})
_FATAL = re.compile(
    r"^\s*(?:[\w.$/-]+[.:])?[A-Z]\w*(?:Error|Exception|Panic|Failure)\b(?::| |$)|^\s*Error: "
    r"|^\s*(?:panic|fatal(?: error)?)\b|^\s*Traceback|Exception in thread|\b[Uu]n(?:caught|handled)\b"
    r"|[Ss]egmentation fault|core dumped|SIGSEGV|SIGABRT|\bexit(?:ed|ing)?\b.{0,30}\b(?:code|status) [1-9]"
    r"|npm ERR!|No module named|[Cc]annot find module|exec format error|not found: "
    r"|(?:is|are|was|were) (?:required|missing|not set|not defined|undefined|unset|empty)\b|: required\b"
    r"|\bnot (?:set|defined|configured)\b|must be (?:set|configured|specified|provided|defined)|\b[Mm]issing\b"
    r"|\b(?:FATAL|CRITICAL|PANIC)\b"
)
_HINTS = (
    *("err", "exception", "panic", "fatal", "fail", "trace", "not ", "missing", "require", "must", "caught", "handled"),
    *("exit", "module", "segm", "core dump", "sigsegv", "sigabrt", "critical", "undefined", "unset", "empty"),
)
"""Every fatal line has one of these in it: looking for them takes a tenth of the time."""
_MOST_TEXTS = 100
_VARYING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8,}|\d+", re.IGNORECASE)
_HEAD = re.compile(r"^\s*Traceback|^\s*(?:panic|fatal)\W*$", re.IGNORECASE)


class Line(NamedTuple):
    """One line; `fatal` when it says that a program ended or cannot go on, `error` when it says that it failed."""

    at: datetime | None
    text: str
    fatal: bool
    error: bool

    @property
    def template(self) -> str:
        """The text without what varies, to find the same line again."""
        return _VARYING.sub("#", self.text)[:300]


@dataclass(frozen=True)
class Log:
    """The lines of one container, oldest first. `cut` says that older lines exist or may exist."""

    workload: str
    container: str
    lines: Sequence[Line]
    cut: bool

    @cached_property
    def last_words(self) -> list[Line]:
        """The lines that tell why the program ended, oldest first: fatal ones, else repeated errors."""
        bad = [line for line in self.lines if line.fatal and not _HEAD.match(line.text)]
        if bad:
            return bad
        errors = [line for line in self.lines if line.error]
        counted = Counter(line.template for line in errors)
        return [line for line in errors if counted[line.template] > 1]

    @cached_property
    def same_end(self) -> list[Line]:
        """The lines like the newest of the last words: the same failure, again and again."""
        bad = self.last_words
        if not bad:
            return []
        # Equal texts have equal templates, and most lines are repeated.
        templates = {line.text: line.template for line in reversed(bad)}
        template = templates[bad[-1].text]
        return [line for line in bad if templates[line.text] == template]

    @cached_property
    def ending_text(self) -> str:
        """All distinct lines about failures as one text, to look for names in it."""
        seen = dict.fromkeys(line.text for line in self.lines if line.fatal or line.error)
        return "\n".join(list(seen)[-_MOST_TEXTS:])


def read_log(fact: LogFact) -> Log:
    """Return the lines of a log with the newest last; lines without a time keep their place."""
    lines = list(_lines(fact))[-MOST:]
    first = next((line.at for line in lines if line.at is not None), None)
    near = fact.since is not None and first is not None and abs((first - fact.since).total_seconds()) < 300
    return Log(
        fact.workload,
        fact.container,
        lines,
        cut=near or len(lines) >= MOST or (fact.since is None and len(lines) >= 200),
    )


def _lines(fact: LogFact) -> Iterator[Line]:
    value = fact.lines.value
    if isinstance(value, str | bytes):
        for each in text_of(value).splitlines():
            yield _line(None, "", each)
        return
    read = [_entry(each) for each in items_of(value) if each is not None]
    if all(each[0] is not None for each in read):
        read.sort(key=lambda each: each[0].timestamp() if each[0] else 0)
    elif (times := [each[0] for each in read if each[0] is not None]) and times[0] > times[-1]:
        read.reverse()
    for at, level, message in read:
        yield _line(at, level, message)


def _entry(entry: object) -> tuple[datetime | None, str, str]:
    if isinstance(entry, str):
        return None, "", entry
    return reading.unix_or_moment(entry, "timestamp"), word(entry, "level"), text(entry, "message")


def _line(at: datetime | None, level: str, message: str) -> Line:
    lowered = message.lower()
    hinted = any(hint in lowered for hint in _HINTS)
    fatal = level in _FATAL_LEVELS or (
        hinted and level not in ("info", "debug", "trace", "notice") and _FATAL.search(message) is not None
    )
    return Line(at, message, fatal, fatal or level in _ERROR_LEVELS)
