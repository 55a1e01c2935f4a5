"""What is inside of a log line: JSON objects and logfmt taken apart, and which lines continue the one before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from astro_tui.logs.levels import Level, guess, level_of
from astro_tui.text.foreign import bounded

MOST_TEXT = 1 << 16
"""Characters of the longest line that is taken apart. A longer one is plain text."""
MOST_FIELDS = 100
MOST_VALUE = 4096
"""Characters of a field's value. A longer one is cut and ends with `…`."""
DEEPEST = 8
"""Levels of nesting that are taken apart. Deeper levels become `…`."""
_LEVEL_KEYS = frozenset(
    {"level", "lvl", "severity", "loglevel", "log_level", "log.level", "levelname", "level_name", "severity_text", "@l"}
)
_MESSAGE_KEYS = ("message", "msg", "@message", "short_message", "@m", "event", "text", "log", "body")
"""Keys of the message, the most likely first."""
NO_FIELDS = frozenset(name.rpartition(".")[2] for name in (*_LEVEL_KEYS, *_MESSAGE_KEYS))
"""The last parts of the names above: the level and message of a line do not count as its fields."""


class LogRecord(Struct, frozen=True):
    """A line taken apart.

    `structured` says that the line was JSON or logfmt: `message` is the message in it, and `fields` are all the rest.
    Otherwise, `message` is the whole line, and `fields` are the `key=value` pairs in it. Names of nested fields are
    joined by a dot.
    """

    level: Level
    message: str
    fields: tuple[tuple[str, str], ...]
    structured: bool


def record_of(level: str, message: str) -> LogRecord:
    """Return a line taken apart. Its level is the one received, else the one in the line, else a guess."""
    if len(message) <= MOST_TEXT:
        if message.startswith("{") or (message[:1].isspace() and message.lstrip().startswith("{")):
            fields = _json_fields(message)
            if fields is not None:
                return _structured(level, fields)
        elif "=" in message:
            logfmt = is_logfmt(message)
            pairs = _pairs(message, exact=logfmt)
            if logfmt and len(pairs) > 1:
                return _structured(level, pairs)
            return LogRecord(level_of(level) or guess(message), message, tuple(pairs), structured=False)
    return LogRecord(level_of(level) or guess(message), message, (), structured=False)


def json_message(line: str) -> str:
    """Return the message in a line that is a JSON object, in a fraction of the time that `record_of` takes.

    Empty if the line has none under a usual lowercase key.
    """
    value = _json_object(line)
    if value is None or len(value) > MOST_FIELDS:
        return ""
    message = next((value[key] for key in _MESSAGE_KEYS if key in value), "")
    return message if isinstance(message, str) else ""


def _structured(level: str, fields: list[tuple[str, str]]) -> LogRecord:
    received = level_of(level)
    names = [name.lower() for name, _ in fields]
    message_at = next((names.index(key) for key in _MESSAGE_KEYS if key in names), -1)
    level_at = -1
    for at, name in enumerate(names):
        if name in _LEVEL_KEYS and (stated := level_of(fields[at][1])):
            level_at = at
            received = received or stated
            break
    message = fields[message_at][1] if message_at >= 0 else ""
    rest = tuple(field for at, field in enumerate(fields) if at not in (message_at, level_at))
    return LogRecord(received or guess(message), message, rest, structured=True)


# ---- JSON


@cache
def _decoder() -> msgspec.json.Decoder[Any]:
    # Numbers stay as they are written.
    return Decoder(float_hook=str)


@cache
def _checker() -> msgspec.json.Decoder[msgspec.Raw]:
    return msgspec.json.Decoder(msgspec.Raw)


def is_json(message: str) -> bool:
    """Return whether a text is valid JSON, in a fraction of the time that decoding it takes."""
    try:
        _checker().decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return False
    return True


def _json_object(message: str) -> dict[str, Any] | None:
    try:
        value = _decoder().decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return value if isinstance(value, dict) and value else None


def _json_fields(message: str) -> list[tuple[str, str]] | None:
    """Return the fields of a JSON object in order, or None if the text is not a JSON object."""
    value = _json_object(message)
    if value is None:
        return None
    fields: list[tuple[str, str]] = []
    for key, inner in value.items():
        if type(inner) is str:
            fields.append((key, inner if len(inner) <= MOST_VALUE else _cut(inner)))
        else:
            fields += _flat(key, inner, DEEPEST)
        if len(fields) >= MOST_FIELDS:
            break
    return fields[:MOST_FIELDS]


def _flat(name: str, value: Any, depth: int) -> Iterator[tuple[str, str]]:
    if not isinstance(value, dict | list):
        yield name, _text(value)
    elif not value:
        yield name, "{}" if isinstance(value, dict) else "[]"
    elif isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        yield name, _cut(f"[{', '.join(map(_text, value[:MOST_FIELDS]))}]")
    elif depth <= 1:
        yield name, "…"
    else:
        inner = value.items() if isinstance(value, dict) else enumerate(value[:MOST_FIELDS])
        for key, each in inner:
            yield from _flat(f"{name}.{key}", each, depth - 1)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _cut(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _cut(text: str) -> str:
    return bounded(text, MOST_VALUE - 1) if len(text) > MOST_VALUE else text


# ---- logfmt

_PAIR = r"[A-Za-z_@][\w.@/-]{0,100}=(?:\"(?:[^\"\\]|\\.)*+\"|(?![=\"])[^\s\"]*+)"
_LOGFMT = re.compile(rf"\s*+(?:{_PAIR}(?:\s++|\Z))++", re.ASCII)
_EMBEDDED = re.compile(
    r"(?<![^\s(\[{,;|])([A-Za-z_@][\w.@/-]{0,100})=(?:\"((?:[^\"\\]|\\.)*+)\"|((?![=\"])[^\s\"]*+))", re.ASCII
)
PUNCTUATION = ".,;:)]}|"
"""Punctuation that follows a value in a sentence, and is not part of the value."""
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])


def is_logfmt(message: str) -> bool:
    """Return whether a text is nothing but `key=value` pairs, with quotes only around whole values."""
    return _LOGFMT.fullmatch(message) is not None


def _pairs(message: str, *, exact: bool) -> list[tuple[str, str]]:
    """Return the `key=value` pairs in a text, in their order; without the punctuation of a sentence unless `exact`."""
    pairs = []
    for match in _EMBEDDED.finditer(message):
        name, quoted, bare = match.groups()
        if bare is None:
            value = _ESCAPED.sub(_unescaped, quoted) if "\\" in quoted else quoted
        else:
            value = bare if exact else bare.rstrip(PUNCTUATION)
        pairs.append((name, _cut(value)))
        if len(pairs) >= MOST_FIELDS:
            break
    return pairs


# ---- continuation lines

_INDENTED_HEAD = re.compile(r"\s+\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|ERROR|FATAL|CRITICAL)")
_CONTINUES = re.compile(
    r"[}\])]+[,;]?\s*\Z|Caused by: |Suppressed: |\.\.\. \d+ (?:more|common frames)|at [\w.$<>/\[\] ]{1,200}\("
    r"|File \"[^\"]{1,400}\", line \d|goroutine \d+ \[|created by \S+|--- End of |note: run with `"
    r"|(?:During handling of|The above exception was)\b"
)
_FIRST = "})].CSaFgcnDT-"
"""The first characters that `_CONTINUES` can match."""


def continues(message: str) -> bool:
    """Return whether a line continues the one before it: a stack frame, `Caused by`, a closing brace, indented text."""
    first = message[:1]
    if first in _FIRST:
        return not first or _CONTINUES.match(message) is not None
    if not first.isspace():
        return False
    return message.isspace() or (first in " \t" and _INDENTED_HEAD.match(message) is None)
