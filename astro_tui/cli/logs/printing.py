"""Log lines as text for people and as JSON for programs: masked, and without control characters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from msgspec.json import Encoder

from astro_tui.cli.output import QUIET
from astro_tui.document.printing import safe_json
from astro_tui.logs import LogLine, LogSource
from astro_tui.logs.colors import NAMES, plain, split
from astro_tui.logs.levels import Level
from astro_tui.logs.line import short_names
from astro_tui.logs.query import LogQuery
from astro_tui.text.foreign import ascii_only
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.styled import Line, Printable, Style, painted, printable, spaced
from astro_tui.text.times import stamp

_COLORS = tuple(map(Style, ("36", "32", "35", "34", "96", "92", "95", "94")))
"""The colors of workloads. They differ from those of levels."""
_LEVELS = {
    Level.TRACE: QUIET,
    Level.DEBUG: QUIET,
    Level.WARN: Style("33"),
    Level.ERROR: Style("31"),
    Level.FATAL: Style("1;31"),
}
_WRITTEN = {name: QUIET if name == "quiet" else Style(str(30 + code)) for code, name in enumerate(NAMES) if name}
"""The colors in a line, as a terminal understands them."""
_FOUND = Style("1;4")
_LEVEL_WIDTH = max(len(level.word) for level in Level)
_WIDEST = 32
_MILLISECONDS = len("2026-01-01T00:00:00.000")


class LeveledLine(NamedTuple):
    """A line to print, with the level that was found for it."""

    source: LogSource
    line: LogLine
    level: Level


class Printer:
    """Prints the lines of the sources that it can `name`, and highlights the matches of a query."""

    def __init__(
        self,
        sources: Collection[LogSource],
        query: LogQuery,
        *,
        times: bool,
        as_json: bool,
        ascii_alone: bool,
        color: bool,
    ) -> None:
        self._query = query
        self._times, self._json = times, as_json
        self._ascii, self._color = ascii_alone, color
        self._encoder = Encoder()
        self.name(sources)

    def name(self, sources: Collection[LogSource]) -> None:
        """Give sources a short name and a color: one for each workload, or if there are several, for each agent."""
        names = [self._shortened(masked_line(name, 100)) for name in short_names([*sources])]
        width = min(_WIDEST, max(map(len, names), default=0))
        colors = {name: _COLORS[number % len(_COLORS)] for number, name in enumerate(dict.fromkeys(names))}
        self._tags = {
            source: painted(self._plain(f"{name:{width}}"), colors[name], color=self._color)
            for source, name in zip(sources, names, strict=True)
        }

    def printed(self, lines: Iterable[LeveledLine]) -> Iterator[Printable]:
        """Yield the lines as bytes."""
        written = self._as_json if self._json else self._as_text
        for each in lines:
            yield written(each)

    def _as_text(self, leveled: LeveledLine) -> Printable:
        line = leveled.line
        parts = [self._tags[leveled.source]]
        if self._times:
            parts.insert(0, painted(short_stamp(line.ns), QUIET, color=self._color))
        word = leveled.level.word if leveled.level else masked_line(line.level, _LEVEL_WIDTH)
        parts.append(painted(f"{self._plain(word):{_LEVEL_WIDTH}}", _LEVELS.get(leveled.level), color=self._color))
        parts.append(self._message(line.message))
        return printable(spaced(parts))

    def _message(self, received: str) -> Line:
        """Return a message. In a terminal, it has its colors, and the matches of the query are highlighted."""
        message, colors = split(received) if self._color else (plain(received), ())
        text = self._plain(masked_line(message))
        if not self._color:
            return text
        if redact_text(message) != message or len(text) != len(message):
            # The places of the colors are not known.
            colors = ()
        marks = self._query.highlights(text) if self._query else []
        codes = dict.fromkeys((part.stop for part in colors), "") | {part.start: part.color for part in colors}
        edges = sorted({0, len(text), *codes, *(edge for mark in marks for edge in mark)})
        parts, color = list[Line](), ""
        for begin, end in pairwise(edges):
            color = codes.get(begin, color)
            highlight = _FOUND if any(start <= begin < stop for start, stop in marks) else None
            style = Style(";".join(filter(None, (_WRITTEN.get(color), highlight))))
            parts.append(painted(text[begin:end], style, color=True))
        return spaced(parts, gap="")

    def _shortened(self, name: str) -> str:
        half = _WIDEST // 2
        return name if len(name) <= _WIDEST else f"{name[: half - 1]}{'~' if self._ascii else '…'}{name[-half:]}"

    def _plain(self, text: str) -> str:
        return ascii_only(text) if self._ascii else text

    def _as_json(self, leveled: LeveledLine) -> Printable:
        raw = self._encoder.encode(line_json(leveled))
        return safe_json(raw + b"\n", ascii_alone=self._ascii)


def line_json(leveled: LeveledLine) -> dict[str, str]:
    """Return a line as an object for programs, masked."""
    source, line = leveled.source, leveled.line
    row = {
        "timestamp": stamp(line.ns) if line.ns else "",
        "level": leveled.level.word if leveled.level else redact_text(line.level),
        "message": redact_text(plain(line.message)),
        "workload": source.workload,
    }
    if source.agent:
        row["agent"] = redact_text(source.agent)
    if source.container:
        row["container"] = source.container
    return row


def short_stamp(ns: int) -> str:
    """Return a time with milliseconds, in UTC: `2026-07-02T06:41:12.000Z`; dashes if it is not known."""
    return f"{stamp(ns)[:_MILLISECONDS]}Z" if ns else "-" * (_MILLISECONDS + 1)
