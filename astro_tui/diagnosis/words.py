"""The words of clusters and programs: which row of a table a text matches. Tables are `rules.toml` and `programs.toml`.

Users add rows of the same form in `why.toml`, next to the configuration. Patterns are words with wildcards, not regular
expressions: each is searched in linear time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from astro_tui.diagnosis.result import Kind, Rank
from astro_tui.diagnosis.tables import HERE, form, table
from astro_tui.errors import ConfigError
from astro_tui.state.settings import config_path
from astro_tui.text.times import joined

_WORD = re.compile(r"[a-z0-9_]+")
_PIECE = re.compile(r"(\*|<[a-z_]+>)")
_SAME = str.maketrans('"`', "''")
"""All quotation marks are the same."""
_QUOTES = " \t\"'`([{"
_OPEN = r"[ \t'(\[{]{0,9}"
_BETWEEN = rf"{_OPEN}(?P<NAME>[^ \n]{{0,300}}?){_OPEN}"
_LAST = rf"{_OPEN}(?P<NAME>[^\s',;)\]}}]{{0,300}})"
"""What stands for a name inside a pattern, and at its end."""
HOLES = re.compile(r"\{([a-z_]+)\}")
CAUSE, SYMPTOM, WRAPPER = "cause", "symptom", "wrapper"
"""The ranks of rows about programs: what states a cause, what follows from one, and what only says that it failed."""
_RANKS = {rank.name.lower() for rank in Rank} | {CAUSE, SYMPTOM, WRAPPER}


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row: what `words` mean, and an `example` that contains them.

    A pattern is text in which `*` stands for anything within a line and `<name>` for what `{name}` repeats in the
    sentences; `^` at its start means the start of the text. Case and the kind of quotation marks do not matter.
    `about` says which changes can explain it (`blame.toml`). Changes of other parts of the spec than `aspects` explain
    it less well.
    `vague` means that another source can change the kind.
    """

    words: tuple[str, ...]
    example: str
    kind: Kind = Kind.CRASH
    rank: str = CAUSE
    about: str = ""
    sentence: str = ""
    next: str = ""
    aspects: tuple[str, ...] = ()
    vague: bool = False


class Match(NamedTuple):
    """The row that a text matches, the words in the text, and what stands for the names in its pattern."""

    row: Row
    words: str
    names: dict[str, str]

    def filled(self, sentence: str) -> str:
        """Return a sentence of the row with the names filled in."""
        return HOLES.sub(lambda hole: self.names.get(hole[1], hole[0]), sentence)


class Pattern:
    """One pattern as a regular expression that never tries the same text twice, so that it takes linear time.

    `anchor` is the longest word in it, without which no text matches; empty if it has none. A number alone is not a
    word: it can be any amount.
    """

    def __init__(self, row: Row, place: int, words: str) -> None:
        self.row, self.place, self.words = row, place, words
        self._pieces = [each for each in _PIECE.split(words.lower().translate(_SAME)) if each]
        self._texts = [each.removeprefix("^") for each in self._pieces if not _is_wild(each)]
        found = (word for each in self._texts for word in _WORD.findall(each) if not word.isdecimal())
        self.anchor = max(found, key=len, default="")
        self.valid = bool(self.anchor) and self._pieces[0] != "*"

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        whole, end = "", ""
        for place, piece in enumerate(self._pieces):
            if not _is_wild(piece):
                whole, end = whole + _literal(piece) + end, ""
            elif place:
                # An atomic group, which ends after the next text: what was found is never tried again.
                name = _LAST if place == len(self._pieces) - 1 else _BETWEEN
                whole += "(?>" + (".{0,300}?" if piece == "*" else name.replace("NAME", piece[1:-1]))
                end += ")"
        return re.compile(whole + end)

    def search(self, text: str, lowered: str) -> Match | None:
        """Return where a text matches, or None."""
        # Looking for the texts first takes a tenth of the time.
        match = self._regex.search(lowered) if all(each in lowered for each in self._texts) else None
        if match is None:
            return None
        names = {name: text[slice(*match.span(name))].strip(_QUOTES) for name in match.groupdict()}
        if _is_wild(self._pieces[0]):
            before = text[: match.start()].split() or [""]
            names[self._pieces[0][1:-1]] = before[-1].strip(_QUOTES)
        return Match(self.row, text[match.start() : match.end()].strip(), names)


def _is_wild(piece: str) -> bool:
    return piece == "*" or (piece[0] == "<" and piece[-1] == ">")


def _literal(piece: str) -> str:
    """Return a text as a regular expression; its first and last words are whole."""
    start = r"\A[\W_]*" if piece[0] == "^" else ""
    piece = piece.removeprefix("^")
    before, after = (rf"(?{look}\w)" if _in_word(edge) else "" for look, edge in (("<!", piece[0]), ("!", piece[-1])))
    return f"{start}{before}{re.escape(piece)}{after}"


@lru_cache(maxsize=512)
def whole_words(words: str) -> re.Pattern[str]:
    """Return an expression for some words, the first and the last of which are whole."""
    return re.compile(_literal(words))


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_"


class Table:
    """Rows in order: the first one that matches counts."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self._by_word: dict[str, list[Pattern]] = {}
        patterns = ((row, words) for row in rows for words in row.words)
        for place, (row, words) in enumerate(patterns):
            pattern = Pattern(row, place, words)
            self._by_word.setdefault(pattern.anchor, []).append(pattern)

    def first(self, text: str) -> Match | None:
        """Return the match of the first row that matches a text, or None."""
        return next(self._matches(text), None)

    def every(self, text: str) -> list[Row]:
        """Return all rows that match a text."""
        return [match.row for match in self._matches(text)]

    def _matches(self, text: str) -> Iterator[Match]:
        lowered = text.lower().translate(_SAME)
        if len(lowered) != len(text):
            text = lowered
        known = [each for word in set(_WORD.findall(lowered)) & self._by_word.keys() for each in self._by_word[word]]
        for pattern in sorted(known, key=lambda each: each.place):
            if (match := pattern.search(text, lowered)) is not None:
                yield match


class Tables(NamedTuple):
    """The words of the cluster, of registries, and of programs; `wrappers` only say that something failed."""

    rules: Table
    registries: Table
    programs: Table


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: tuple[object, ...] = ()
    registry: tuple[object, ...] = ()
    program: tuple[object, ...] = ()


# Two threads that convert to a struct for the first time at once crash msgspec, so they are prepared here.
msgspec.json.Decoder(Row)
msgspec.json.Decoder(_File)


def user_path() -> Path:
    """Return where the rows of the user are."""
    return config_path().with_name("why.toml")


@cache
def tables() -> Tables:
    """Return all rows, those of the user first, read once. A file of the user with a mistake is left out."""
    files = [read_rows(HERE / name) for name in ("rules.toml", "programs.toml")]
    with suppress(ConfigError, OSError):
        files.insert(0, read_rows(user_path()))
    return Tables(*(Table([row for file in files for row in file[name]]) for name in ("rule", "registry", "program")))


def problem_of_user_rows() -> str:
    """Return what is wrong with the rows of the user, or an empty string."""
    try:
        read_rows(user_path())
    except FileNotFoundError:
        return ""
    except (ConfigError, OSError) as error:
        return str(error)
    return ""


def read_rows(path: Path) -> dict[str, list[Row]]:
    """Return the rows of a file by the name of their table. Raises ConfigError, which names the row, or OSError."""
    try:
        content = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {error}") from None
    return {
        name: [_checked(each, f"{path}: row {number} of [[{name}]]") for number, each in enumerate(rows, 1)]
        for name, rows in msgspec.structs.asdict(content).items()
    }


def _checked(value: object, where: str) -> Row:
    """Return a row that is valid and matches its own example. Raises ConfigError."""
    words = value.get("words") if isinstance(value, dict) else None
    where += f" ({words[0]})" if isinstance(words, list) and words and isinstance(words[0], str) else ""
    try:
        row = msgspec.convert(value, Row)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {error}") from None
    patterns = [Pattern(row, 0, each) for each in row.words]
    if bad := next((each for each in patterns if not each.valid), None):
        raise ConfigError(f"{where}: the pattern {bad.words!r} must have a word and not begin with *")
    if row.rank not in _RANKS:
        raise ConfigError(f"{where}: the rank must be {joined(sorted(_RANKS), 'or')}, not {row.rank}")
    known = table("blame")["aspects"]
    if unknown := set(row.aspects) - known.keys():
        raise ConfigError(f"{where}: {joined(sorted(unknown))} is not an aspect; known are {joined(sorted(known))}")
    if not any(each.search(row.example, row.example.lower().translate(_SAME)) for each in patterns):
        raise ConfigError(f"{where}: the example does not contain the words")
    return row


# ---- the words of the cluster


class Meaning(NamedTuple):
    """What a text says: a kind, how specific it is, and the words that say it.

    `vague` means that another source can change the kind: the scheduler's reason alone does not say whether capacity
    or a volume is missing. `row` is the row that says so, if one does.
    """

    kind: Kind
    rank: Rank
    reason: str
    vague: bool = False
    row: Row | None = None


_KILL_CODES = frozenset({0, 137, 143})
"""Exit codes of a termination signal or of success: they do not say what ended the container."""
_SHELL_CODES = frozenset({126, 127})
_START_CODE = 128


def exit_code(text: str) -> int | None:
    """Return the exit code that a text mentions, or None."""
    match = form("exit").search(text)
    return None if match is None else int(match[1] or match[2])


@lru_cache(maxsize=512)
def meaning(text: str, reason: str = "") -> Meaning | None:
    """Return the most specific meaning of a text from the cluster that has a `reason` of its own, or None."""
    whole = f"{reason}: {text}" if reason else text
    match, code = tables().rules.first(whole), exit_code(whole)
    if code is not None and code not in _KILL_CODES and (match is None or Rank[match.row.rank.upper()] < Rank.EXACT):
        kind = Kind.CONFIG if code == _START_CODE else Kind.CRASH
        return Meaning(
            kind, Rank.EXIT, reason or f"exit code {code}", vague=code in _SHELL_CODES or kind is Kind.CONFIG
        )
    if match is None:
        return None if code is None else Meaning(Kind.CRASH, Rank.LOOP, reason or f"exit code {code}", vague=True)
    row = match.row
    shown = reason if reason not in ("", "Failed", "BackOff", "Warning") else match.words
    return Meaning(row.kind, Rank[row.rank.upper()], shown, row.vague, row)


@lru_cache(maxsize=32)
def aspects_of(text: str) -> frozenset[str]:
    """Return the parts of a spec that may explain a text, as the rows about causes say; empty if they say nothing."""
    rows = [row for row in tables().rules.every(text) if not row.vague]
    rows += [row for row in tables().programs.every(text) if row.rank == CAUSE]
    return frozenset(aspect for row in rows for aspect in row.aspects)


@lru_cache(maxsize=32)
def abouts(text: str) -> frozenset[str]:
    """Return what a text is about, as the rows of all tables say: `unreachable`, `refused`, `build`, and so on."""
    return frozenset(row.about for table in tables() for row in table.every(text) if row.about)
