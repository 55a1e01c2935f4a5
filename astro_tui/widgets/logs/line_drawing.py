"""How one row of a log is drawn: time, level, workload, message, and fields; and a line that is unfolded."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from itertools import accumulate, pairwise

from rich.segment import Segment
from rich.style import Style

from astro_tui.document import ROOT, Document, Masking, as_json
from astro_tui.errors import DocumentError
from astro_tui.logs.colors import pieces as pieces_of
from astro_tui.logs.levels import Level
from astro_tui.logs.line import LogSource, full_names, short_names
from astro_tui.logs.query import LogQuery
from astro_tui.logs.records import record_of
from astro_tui.logs.rows import LogRow
from astro_tui.logs.store import LogStore
from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line, redact_text
from astro_tui.text.times import counted, stamp
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import cell_len, fit, fit_middle

TAGS = ("tag-1", "tag-2", "tag-3", "tag-4", "tag-5", "tag-6")
PARTS = {f"rows--{name}" for name in ("error", "warn", "info", "quiet", "muted", "name", "match", *TAGS)}
"""The component classes of a row."""
LONGEST_TAG, TAG_SHARE, AGENT_SHARE = 16, 6, 5
"""The most cells of a name, which takes at most one part in `TAG_SHARE` of the width; one of several agents, more."""
LEVEL_WIDTH = 5
LONGEST = 8_000
"""The most characters of a message that are drawn; the document of the line has the rest."""
_LEVELS = {
    Level.FATAL: "error",
    Level.ERROR: "error",
    Level.WARN: "warn",
    Level.NOTICE: "info",
    Level.DEBUG: "quiet",
    Level.TRACE: "quiet",
}
_COLORS = {
    "quiet": "quiet",
    "red": "error",
    "green": "tag-2",
    "yellow": "warn",
    "blue": "tag-4",
    "magenta": "tag-3",
    "cyan": "tag-1",
}
"""The colors that a program wrote → parts of a row, whose colors every theme shows well."""
INDENT = 4
"""Cells before the JSON below an unfolded line."""
_KEY = re.compile(r'(?P<indent> *)(?P<key>(?:"(?:[^"\\]|\\.)*+": )?)(?=["\[\]{}\w-])')
_LABELS = {Level.NONE: "", Level.NOTICE: "NOTE"}

PartStyle = Callable[[str], Style]
"""Returns the style of a part by its name."""


class LineTimes(IntEnum):
    """How the time of a line is shown."""

    CLOCK = 0
    LOCAL = 1
    FULL = 2
    NONE = 3


class LineDrawing:
    """Draws rows; what is the same for all rows is set here."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.times = LineTimes.CLOCK
        self.query: LogQuery | None = None
        self.revealed = False
        self.load_key = "enter"
        """The key that loads what a remark is about."""
        self._tags: dict[LogSource, tuple[str, str]] = {}
        self._names: dict[LogSource, str] = {}
        self._tagged: tuple[tuple[LogSource, ...], int] = ((), 0)

    def tags_for(self, sources: Sequence[LogSource], width: int) -> bool:
        """Give each source a name and a color, for lines of a width in cells. Returns whether any of these changed."""
        if (tuple(sources), width) == self._tagged:
            return False
        self._tagged = tuple(sources), width
        names = [self.look.plain(name) for name in short_names(sources)]
        several = len({source.agent for source in sources}) > 1
        room = width // (AGENT_SHARE if several else TAG_SHARE)
        width = min(LONGEST_TAG, room, max(map(cell_len, names), default=0))
        colors = {name: TAGS[index % len(TAGS)] for index, name in enumerate(dict.fromkeys(names))}
        shorten = fit_middle if several else fit
        self._tags = {
            source: (shorten(name, width, self.look.glyphs.cut), colors[name])
            for source, name in zip(sources, names, strict=True)
        }
        self._names = dict(zip(sources, map(self.look.plain, full_names(sources)), strict=True))
        return True

    def draw(self, row: LogRow, room: int, part: PartStyle, *, selected: bool) -> tuple[list[Segment], int]:
        """Return a row, cut after `room` cells, and the number of characters before its text."""
        mark = Segment(self.look.glyphs.cursor if selected else " ", part("info"))
        if row.remark is not None:
            return [mark, Segment(self._remark(row), part("quiet"))], 0
        head = [mark, *self._head(row, part)]
        used = sum(cell_len(segment.text) for segment in head)
        text = self._message(row, max(1, room - used), part)
        return head + text, sum(len(segment.text) for segment in head)

    def draw_json(self, text: str, room: int, part: PartStyle, *, selected: bool) -> tuple[list[Segment], int]:
        """Return a row of the JSON below an unfolded line, and the number of characters before its text."""
        pieces: list[tuple[str, Style | None]]
        match, lead = _KEY.match(text), INDENT
        if match is None:
            # This row says how many more rows there are.
            pieces = [(self.look.plain(text), part("quiet"))]
        else:
            key, value = self.look.plain(match["key"]), self.look.plain(text[match.end() :])
            pieces = [(key, part("quiet")), (value, None)]
            lead += len(match["indent"])
        mark = Segment(self.look.glyphs.cursor if selected else " ", part("info"))
        return [mark, Segment(" " * (lead - 1)), *self._marked(pieces, part)], lead

    # ---- before the message

    def _head(self, row: LogRow, part: PartStyle) -> list[Segment]:
        head = []
        if self.times is not LineTimes.NONE:
            time = time_of(row.ns, self.times)
            head.append(Segment((" " * len(time) if row.continues else time) + " ", part("quiet")))
        word = "" if row.continues else level_label(row.level)
        if not word and row.word:
            word = self.look.plain(masked_line(row.word, LEVEL_WIDTH)).upper()
        head.append(Segment(fit(word, LEVEL_WIDTH) + " ", _style(row.level, part)))
        if len(self._tags) > 1 and row.source in self._tags:
            name, color = self._tags[row.source]
            head.append(Segment(name + " ", part(color)))
        return head

    # ---- the message

    def _message(self, row: LogRow, room: int, part: PartStyle) -> list[Segment]:
        raw = bounded(row.message, LONGEST)
        record = record_of(row.word, raw)
        plain = _style(row.level, part) if row.level >= Level.WARN or row.level in (Level.DEBUG, Level.TRACE) else None
        # Most lines have no secret. Escapes could hide one until the line is parsed.
        clear = self.revealed or ("\\" not in raw and redact_text(raw) == raw)
        pieces = [(self.look.plain(record.message if clear else masked_line(record.message, LONGEST)), plain)]
        if row.colors and clear and not record.structured:
            colored = pieces_of(raw, row.colors)
            pieces = [(self.look.plain(text), part(_COLORS[color]) if color else plain) for text, color in colored]
        if record.structured:
            for name, value in record.fields:
                shown = value if clear else masked_value(name, value)
                pieces += [(f"  {self.look.plain(name)}", part("quiet")), (f"={self.look.plain(shown)}", None)]
        return self._marked(_cut(pieces, room, self.look.glyphs.cut), part)

    def _marked(self, pieces: list[tuple[str, Style | None]], part: PartStyle) -> list[Segment]:
        """Return the pieces as segments, with what the search finds marked."""
        if not self.query:
            return [Segment(text, style) for text, style in pieces]
        text = "".join(piece for piece, _ in pieces)
        marks = self.query.highlights(text)
        if not marks:
            return [Segment(piece, style) for piece, style in pieces]
        segments, at = [], 0
        for piece, style in pieces:
            edges = {0, len(piece)}
            for begin, end in marks:
                edges |= {edge - at for edge in (begin, end) if 0 < edge - at < len(piece)}
            cuts = sorted(edges)
            for begin, end in pairwise(cuts):
                inside = any(start <= at + begin < stop for start, stop in marks)
                segments.append(Segment(piece[begin:end], part("match") if inside else style))
            at += len(piece)
        return segments

    # ---- remarks

    def _remark(self, row: LogRow) -> str:
        remark, rule = row.remark, self.look.glyphs.rule
        if remark is None:
            return ""
        names = [self._names[source] for source in remark.sources if source in self._names]
        who = ", ".join(names) if len(self._names) > 1 else ""
        said = remark_text(remark.begin, remark.end, remark.lines, remark.text)
        parts = (f"{who}: {said}" if who else said, f"{self.load_key} loads" if remark.loadable else "")
        return f"{rule}{rule} {self.look.plain(' · '.join(part for part in parts if part))} "


def level_label(level: Level) -> str:
    """Return a level in at most `LEVEL_WIDTH` capitals; empty if it is not known."""
    return _LABELS.get(level, level.name)


def masked_value(name: str, value: str) -> str:
    """Return the value of a field, masked: a secret is often recognized by its name."""
    whole, lead = masked_line(f"{name}={value}", LONGEST), f"{name}="
    return whole.removeprefix(lead) if whole.startswith(lead) else masked_line(value, LONGEST)


def remark_text(begin: int, end: int, lines: int, text: str) -> str:
    """Return what a row about the log says: its times, its number of lines, and `text`."""
    times = f"{time_of(begin, LineTimes.CLOCK)}–{time_of(end, LineTimes.CLOCK)}" if begin else ""
    return " · ".join(part for part in (times, counted(lines, "line") if lines else "", text) if part)


def time_of(ns: int, times: LineTimes) -> str:
    """Return a time in nanoseconds as text, or spaces for no time."""
    if times is LineTimes.NONE:
        return ""
    if not ns:
        return " " * len(time_of(1, times))
    if times is LineTimes.FULL:
        return stamp(ns)
    moment = datetime.fromtimestamp(ns // 10**9, UTC)
    if times is LineTimes.LOCAL:
        moment = moment.astimezone()
        return f"{moment:%H:%M:%S}.{ns // 10**6 % 1000:03d}"
    return f"{moment:%H:%M:%S}"


def _style(level: Level, part: PartStyle) -> Style | None:
    name = _LEVELS.get(level)
    return part(name) if name is not None else None


def _cut(pieces: list[tuple[str, Style | None]], room: int, cut: str) -> list[tuple[str, Style | None]]:
    """Return the pieces cut to `room` cells, with a mark where something is cut off."""
    kept: list[tuple[str, Style | None]] = []
    for text, style in pieces:
        size = cell_len(text)
        if size > room:
            kept.append((fit(text, room, cut), style))
            return kept
        kept.append((text, style))
        room -= size
    return kept


MOST_ROWS = 200
"""The most rows below a line. The last one then says how many more there are."""
MOST_UNFOLDED = 50
"""The most lines that can be unfolded. Unfolding another folds the one that was unfolded first."""


def json_lines(message: str, *, revealed: bool = False) -> tuple[str, ...]:
    """Return a message that is a JSON object or list with one value per line, masked unless `revealed`.

    Empty if the message is neither, or contains nothing.
    """
    text = message.strip()
    if not text.startswith(("{", "[")):
        return ()
    try:
        document = Document.parse(text.encode("utf-8", "replace"))
    except DocumentError:
        return ()
    pretty = as_json(document, None if revealed else Masking(document), ROOT)
    lines = pretty.decode("utf-8", "replace").split("\n")
    if len(lines) > MOST_ROWS:
        more = len(lines) - MOST_ROWS + 1
        lines[MOST_ROWS - 1 :] = [f"… {counted(more, 'more line')}: enter shows all"]
    return tuple(lines) if len(lines) > 1 else ()


class Unfolded:
    """The unfolded lines of a store.

    A number is a place among the shown rows of the store, an index a place on screen. A row of the store has one index,
    and an unfolded row has more indexes after it, for its parts 1, 2, and so on. Call `place` after the numbers
    of rows have changed.
    """

    def __init__(self) -> None:
        self.revealed = False
        self._lines: dict[int, tuple[LogRow, tuple[str, ...]]] = {}
        # The unfolded lines in order: number, count of JSON rows before it, index, and JSON.
        self._numbers: list[int] = []
        self._before: list[int] = [0]
        self._starts: list[int] = []
        self._texts: list[tuple[str, ...]] = []

    @property
    def rows(self) -> int:
        """The number of additional rows."""
        return self._before[-1]

    def __contains__(self, row: LogRow) -> bool:
        return row.id in self._lines

    def add(self, row: LogRow, store: LogStore) -> bool:
        """Unfold a line; returns whether there is anything in it."""
        lines = json_lines(row.message, revealed=self.revealed)
        if lines:
            if len(self._lines) >= MOST_UNFOLDED:
                del self._lines[next(iter(self._lines))]
            self._lines[row.id] = row, lines
            self.place(store)
        return bool(lines)

    def remove(self, row: LogRow, store: LogStore) -> None:
        """Fold a line."""
        if self._lines.pop(row.id, None) is not None:
            self.place(store)

    def reveal(self, store: LogStore, *, revealed: bool) -> None:
        """Show masked values, or mask them again."""
        if revealed is not self.revealed:
            self.revealed = revealed
            for number, (row, _lines) in self._lines.items():
                self._lines[number] = row, json_lines(row.message, revealed=revealed)
            self.place(store)

    def place(self, store: LogStore) -> None:
        """Find the numbers of the unfolded lines. One that is hidden or gone has none."""
        placed = []
        for row, lines in self._lines.values():
            number = store.number_of(row)
            shown = store.row(number)
            if shown is not None and shown.id == row.id:
                placed.append((number, lines))
        placed.sort()
        self._numbers = [number for number, _lines in placed]
        self._texts = [lines for _number, lines in placed]
        self._before = [*accumulate(map(len, self._texts), initial=0)]
        self._starts = [number + more for number, more in zip(self._numbers, self._before, strict=False)]

    def at(self, index: int) -> tuple[int, int]:
        """Return the number of the row at an index, and its part: 0 for the line itself."""
        place = bisect_right(self._starts, index) - 1
        if place < 0:
            return index, 0
        part = index - self._starts[place]
        return (self._numbers[place], part) if part <= len(self._texts[place]) else (index - self._before[place + 1], 0)

    def index_of(self, number: int, part: int = 0) -> int:
        """Return the index of a part of a row, or that of its last part if it has fewer parts."""
        return number + self._before[bisect_left(self._numbers, number)] + min(part, len(self._text_of(number)))

    def text(self, number: int, part: int) -> str:
        """Return the text of a part of an unfolded line, from 1 on; empty if it has no such part."""
        lines = self._text_of(number)
        return lines[part - 1] if 0 < part <= len(lines) else ""

    def _text_of(self, number: int) -> tuple[str, ...]:
        place = bisect_left(self._numbers, number)
        return self._texts[place] if place < len(self._numbers) and self._numbers[place] == number else ()
