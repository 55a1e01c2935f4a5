"""How serious a log line is: from the word that came with it, or from its text."""

from __future__ import annotations

import re
from enum import IntEnum

from astro_tui.text.nearest import nearest


class Level(IntEnum):
    """A severity, in order. NONE means that it is not known."""

    NONE = 0
    TRACE = 1
    DEBUG = 2
    INFO = 3
    NOTICE = 4
    WARN = 5
    ERROR = 6
    FATAL = 7

    @property
    def word(self) -> str:
        """The word for it: `warn`."""
        return self.name.lower()


_SPELLINGS = {
    Level.NONE: "none off unknown",
    Level.TRACE: "trace trc t verbose v finer finest silly spam",
    Level.DEBUG: "debug dbg debu d fine config",
    Level.INFO: "info inf i information informational",
    Level.NOTICE: "notice note n success",
    Level.WARN: "warn warning wrn w",
    Level.ERROR: "error err eror erro e severe fail failure",
    Level.FATAL: "fatal ftl f crit critical c panic dpanic emerg emergency alert",
}
_LEVELS = {word: level for level, words in _SPELLINGS.items() for word in words.split()}
LEVEL_WORDS = tuple(level.word for level in Level if level)
"""The words for the levels, in order."""
_SYSLOG = (Level.FATAL, Level.FATAL, Level.FATAL, Level.ERROR, Level.WARN, Level.NOTICE, Level.INFO, Level.DEBUG)
_PINO = (Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)
_LONGEST = 40
_COLOR = re.compile(r"\x1b\[[\d;]*m")


def level_of(word: str) -> Level:
    """Return the level for any spelling of it: `warn`, `WARNING`, `err`, `[I]`; NONE if it is not known.

    Numbers are those of syslog from 0 to 7, and those of pino and bunyan from 10 on.
    """
    level = _LEVELS.get(word)
    if level is not None:
        return level
    if not word or len(word) > _LONGEST:
        return Level.NONE
    plain = _COLOR.sub("", word).strip(" \t[]()<>:|\"'-").lower()
    level = _LEVELS.get(plain)
    if level is not None:
        return level
    return _numbered(int(plain)) if len(plain) < 4 and plain.isascii() and plain.isdigit() else Level.NONE


def _numbered(number: int) -> Level:
    if number < len(_SYSLOG):
        return _SYSLOG[number]
    return _PINO[min(number // 10, len(_PINO)) - 1] if number >= 10 else Level.NONE


def level_named(word: str) -> Level | None:
    """Return the level that a user names in any spelling, or by the start of its name; None if it is not known."""
    level = level_of(word)
    if level or word.lower() in _LEVELS:
        return level
    levels = {each for name, each in _LEVELS.items() if name.startswith(word.lower())} if word else set()
    return levels.pop() if len(levels) == 1 else None


def nearest_level(word: str) -> str:
    """Return the level word that is closest to a misspelled one, or an empty string."""
    # One wrong letter is a large part of such short words.
    return nearest(word, LEVEL_WORDS, similarity=0.5)


# ---- from the text

_EXAMINED = 240
"""Characters of a text that are examined: a level is at its start."""
_HINTS = (
    *("err", "warn", "info", "debug", "fatal", "crit", "panic", "trace", "notice", "severe", "alert", "emerg"),
    *("fail:", "exception", "fault", "core dumped", "goroutine", "uncaught", "unhandled"),
)
"""Every text that `_said` understands has one of these in it. Searching for these takes a tenth of the time."""
_NAMES = r"trace|debug|info|notice|warn(?:ing)?|err(?:or)?|severe|fatal|crit(?:ical)?|panic|alert|emerg(?:ency)?"
_KEYED = re.compile(
    r"(?<![\w.-])(?:[\"'](?:log[._]?level|level(?:_?name)?|lvl|severity(?:_?text)?)[\"']\s{0,3}:\s{0,3}"
    r"|(?:level|lvl|severity)=)[\"']?(\w{1,20})",
    re.IGNORECASE,
)
_HEAD = re.compile(
    rf"(?:\x1b\[[\d;]*m|[\s\[\](<|]|\d[\d:.,/T+Z-]*(?=[\s\]|]))*"
    r"(?:[a-z][\w-]{0,40}\.(?=[A-Z]))?"  # the channel that PHP's Monolog names: `app.ERROR: `
    rf"(?:(?i:(?<=[\[<(])({_NAMES})(?=[\])>]))|(?i:({_NAMES}|fatal error|fail)(?=:[\s\"']|:$|\s?\||\s-\s|\x1b|!)))"
)
_SHOUTED = re.compile(rf"(?<![\w.=-])({_NAMES.upper()})(?![\w-])")
_SHOUTED_WITHIN = 80
_CAPITALS = re.compile("[A-Z]{3}")
_KLOG = re.compile(r"([IWEF])\d{4} \d\d:\d\d:\d\d")
_ENDS = re.compile(
    r"(?P<fatal>panic: |goroutine \d+ \[|Segmentation fault|Aborted \(core dumped)"
    r"|(?P<error>Traceback \(most recent|Exception in thread|Un(?:caught|handled)\b|npm ERR!"
    r"|(?:[\w$]{1,60}\.){0,9}\w{0,60}(?:Error|Exception)(?::|$))"
    r"|(?P<warn>npm WARN\b|(?:\S{1,200}:\d{1,7}: )?[A-Z]\w{0,40}Warning: )"
)


def guess(message: str) -> Level:
    """Return the level that the text of a line implies; NONE if that is not certain.

    Looks at the start of the text: for a word in brackets or before a colon, one in capitals, a field such as
    `level=warn`, and what language runtimes print when a program fails.
    """
    text = message[:_EXAMINED]
    lower = text.lower()
    match = _KLOG.match(text) if text[:1] in "IWEF" else None
    if match is None and ("level" in lower or "lvl" in lower or "severity" in lower):
        match = _KEYED.search(text)
    if match is not None and (level := level_of(match[1])):
        return level
    return _said(text) if any(hint in lower for hint in _HINTS) else Level.NONE


def _said(text: str) -> Level:
    match = _HEAD.match(text)
    if match is not None:
        return level_of((match[1] or match[2]).split()[0])
    if _CAPITALS.search(text, 0, _SHOUTED_WITHIN) is not None:
        match = _SHOUTED.search(text, 0, _SHOUTED_WITHIN)
        if match is not None:
            return level_of(match[1])
    match = _ENDS.match(text)
    if match is None:
        return Level.NONE
    return {"fatal": Level.FATAL, "error": Level.ERROR, "warn": Level.WARN}[match.lastgroup or ""]
