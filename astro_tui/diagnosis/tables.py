"""The tables: kinds of causes, the words of clusters and programs, and the forms of log lines.

`kinds.toml` has one row per kind. `rules.toml` and `programs.toml` have the words; users add rows of the same form in
`why.toml`, next to the configuration. Patterns are words with wildcards, not regular expressions: each is searched in
linear time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from enum import IntEnum, StrEnum
from functools import cache, cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from astro_tui.errors import ConfigError
from astro_tui.text.times import joined

HERE = Path(__file__).parent


@cache
def table(name: str) -> dict[str, Any]:
    """Return a table: `blame` for specs, events, and states, or `lines` for the forms of log lines."""
    return tomllib.loads((HERE / f"{name}.toml").read_text("utf-8"))


@cache
def words(name: str) -> frozenset[str]:
    """Return a list of words of `blame.toml`."""
    return frozenset(table("blame")["names"][name].split())


@cache
def form(name: str) -> re.Pattern[str]:
    """Return a list of regular expressions of `lines.toml` as one."""
    levels = table("lines")["levels"]["words"]
    return re.compile("|".join(f"(?:{part.replace('LEVELS', levels)})" for part in table("lines")[name].values()))


# ---- kinds


class Kind(StrEnum):
    """What is wrong with a deployment, in one word."""

    MEMORY = "memory"
    CRASH = "crash"
    IMAGE = "image"
    PROBE = "probe"
    CONFIG = "config"
    SCHEDULING = "scheduling"
    STORAGE = "storage"
    JOB = "job"
    BILLING = "billing"
    CANCELED = "cancelled"
    """Spelled like the platform's message, and as `why --json` prints it."""
    TIMEOUT = "timeout"
    ENDPOINT = "endpoint"
    PAUSED = "paused"
    NONE = "none"
    UNKNOWN = "unknown"

    @property
    def known(self) -> bool:
        """Whether the facts are enough to name a kind."""
        return self is not Kind.UNKNOWN

    @property
    def row(self) -> KindRow:
        """What is specific to it."""
        return kinds()[self.value]


class Rank(IntEnum):
    """How specific a signal is. Within one workload, the most specific signal decides."""

    GENERIC = 1
    """`1 of 3 workloads failed`."""
    NOT_READY = 9
    """A container runs and is not ready. A failing probe would also cause events."""
    DEADLINE = 10
    """The rollout took too long, for an unknown reason."""
    UNREADY = 12
    """A readiness probe fails. It never ends a container."""
    LOOP = 20
    """A container ends again and again, for an unknown reason."""
    KILLED = 30
    """A liveness or startup probe ends the container."""
    EXIT = 40
    """The container ends by itself, with its own exit code or last words."""
    EXACT = 50
    """Nothing is more specific: out of memory, image, config, storage, scheduling."""


class KindRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is specific to a kind of cause.

    `says` is the sentence about it, `brief` its beginning in one line, and `next` the usual step, with its `command`
    and `keys`. `delay` is how many minutes after a deploy a failure that it caused can begin; if one begins later, the
    deploy was healthy. `tiers` are the changes that can explain it (`kinds.toml`). After an event that is one of
    `over`, it is over. `family` are the other kinds that findings of the same failure can have, and `alerts` are words
    in the names of alerts about it.
    """

    says: str = ""
    brief: str = ""
    next: str = ""
    command: str = ""
    keys: str = ""
    delay: int = 30
    tiers: dict[str, list[list[str]]] = {}
    over: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    fine: bool = False
    """Nothing is wrong."""
    blameless: str = ""
    """No change is to blame for it: the state of the changes that is reported."""
    logged: bool = False
    """A log can say more about it. In the other kinds, the program never started or was stopped."""
    program: bool = False
    """The program ends by itself, so what it logs is the reason."""
    ends: bool = False
    """Each time, a container ends."""
    restarts: bool = False
    """The restarts of a pod are signs of it."""
    proof: str = ""
    """What a log line that proves it has: a known `phrase`, or a form of `lines.toml`; other lines are no proof."""
    named: bool = False
    """A change that the text names is to blame, even if its tiers do not have it."""
    worded: bool = False
    """The words of the failure say which changes explain it."""
    searched: bool = False
    """A change that the text names can be in older revisions, so their specs are read, too."""
    clean: str = ""
    """The row that counts instead if the container ended without an error."""
    silent: bool = False
    """The sentence says everything, so nothing is quoted after it."""
    undo: bool = False
    """The revision before it still works."""
    heap: bool = False
    """A heap that is too large for its container explains it."""
    pulled: bool = False
    """It is about an image in a registry, which can fail."""
    calls: bool = False
    """What the agent calls can be the reason."""
    shown: bool = False
    """Every spec shows the changes that explain it, even one that the platform regenerated."""


@cache
def kinds() -> dict[str, KindRow]:
    """Return the row of each kind, and those of what is said instead of one, such as `ended`."""
    return msgspec.convert(table("kinds"), dict[str, KindRow])


# ---- words


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
    `about` is a word by which code or the tiers of a kind (`kinds.toml`) distinguish rows. Changes of other parts of
    the spec than `aspects` explain it less well.
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


class Pattern:
    """One pattern as a regular expression that never tries the same text twice, so that it takes linear time.

    `anchor` is the longest word in it, without which no text matches; empty if it has none. A number alone is not a
    word: it can be any amount.
    """

    def __init__(self, row: Row, place: int, words: str) -> None:
        self.row, self.place, self.words = row, place, words
        self._pieces = [each for each in _PIECE.split(words.lower().translate(_SAME)) if each]
        texts = [each.removeprefix("^") for each in self._pieces if not _is_wild(each)]
        self._longest = max(texts, key=len, default="")
        parts = (word for each in texts for word in _WORD.findall(each) if not word.isdecimal())
        self.anchor = max(parts, key=len, default="")
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
        # Looking for the longest text first takes a tenth of the time.
        match = self._regex.search(lowered) if self._longest in lowered else None
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


@lru_cache(maxsize=16)
def _lowered(text: str) -> tuple[str, frozenset[str]]:
    """Return a text in lowercase, and its words. Several tables search the same text."""
    lowered = text.lower().translate(_SAME)
    return lowered, frozenset(_WORD.findall(lowered))


class Matches:
    """Rows in order: the first one that matches counts."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)
        self.first = lru_cache(1024)(self._first)
        self._by_word: dict[str, list[Pattern]] = {}
        patterns = ((row, words) for row in rows for words in row.words)
        for place, (row, words) in enumerate(patterns):
            pattern = Pattern(row, place, words)
            self._by_word.setdefault(pattern.anchor, []).append(pattern)

    def _first(self, text: str) -> Match | None:
        """Return the match of the first row that matches a text, or None."""
        return next(self._matches(text), None)

    def every(self, text: str) -> list[Row]:
        """Return all rows that match a text."""
        return [match.row for match in self._matches(text)]

    def _matches(self, text: str) -> Iterator[Match]:
        lowered, words = _lowered(text)
        if len(lowered) != len(text):
            text = lowered
        candidates = [each for word in words & self._by_word.keys() for each in self._by_word[word]]
        for pattern in sorted(candidates, key=attrgetter("place")):
            if (match := pattern.search(text, lowered)) is not None:
                yield match


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
_PLAIN_REASONS = ("", "Failed", "BackOff", "Warning")


def exit_code(text: str) -> int | None:
    """Return the exit code that a text mentions, or None."""
    match = form("exit").search(text)
    return None if match is None else int(match[1] or match[2])


class Tables:
    """The words of the cluster, of registries, and of programs, with what was found out about recent texts."""

    def __init__(self, *files: dict[str, list[Row]]) -> None:
        self.rules, self.registries, self.programs = (
            Matches([row for file in files for row in file[name]]) for name in ("rule", "registry", "program")
        )
        self.meaning = lru_cache(512)(self._meaning)
        self.aspects_of = lru_cache(32)(self._aspects_of)
        self.abouts = lru_cache(32)(self._abouts)

    def _meaning(self, text: str, reason: str = "") -> Meaning | None:
        """Return the most specific meaning of a text from the cluster that has a `reason` of its own, or None."""
        match, code = self.rules.first(f"{reason}: {text}" if reason else text), exit_code(f"{reason}: {text}")
        row = match.row if match is not None else None
        rank = Rank[row.rank.upper()] if row is not None else Rank.LOOP
        if code is not None and code not in _KILL_CODES and (row is None or rank < Rank.EXACT):
            kind = Kind.CONFIG if code == _START_CODE else Kind.CRASH
            return Meaning(kind, Rank.EXIT, reason or f"exit code {code}", code in (*_SHELL_CODES, _START_CODE))
        if match is None or row is None:
            return None if code is None else Meaning(Kind.CRASH, rank, reason or f"exit code {code}", vague=True)
        return Meaning(row.kind, rank, match.words if reason in _PLAIN_REASONS else reason, row.vague, row)

    def _aspects_of(self, text: str) -> frozenset[str]:
        """Return the parts of a spec that may explain a text, as the rows about causes say; empty if none does."""
        rows = [row for row in self.rules.every(text) if not row.vague]
        rows += [row for row in self.programs.every(text) if row.rank == CAUSE]
        return frozenset(aspect for row in rows for aspect in row.aspects)

    def _abouts(self, text: str) -> frozenset[str]:
        """Return what a text is about, as the rows of all tables say: `unreachable`, `refused`, `build`, and so on."""
        tables = (self.rules, self.registries, self.programs)
        return frozenset(row.about for each in tables for row in each.every(text) if row.about)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    rule: tuple[object, ...] = ()
    registry: tuple[object, ...] = ()
    program: tuple[object, ...] = ()


# Two threads that convert to a struct for the first time at once crash msgspec, so they are prepared here.
for struct in (KindRow, Row, _File):
    msgspec.json.Decoder(struct)


@cache
def _own_rows() -> tuple[dict[str, list[Row]], ...]:
    return tuple(read_rows(HERE / name) for name in ("rules.toml", "programs.toml"))


@cache
def built_in() -> Tables:
    """Return the tables without rows of the user."""
    return Tables(*_own_rows())


def user_tables(path: Path) -> tuple[Tables, str]:
    """Return the tables with the rows of a user's file before the others, and what is wrong with that file.

    A file with a mistake is left out; none at all is fine.
    """
    try:
        return Tables(read_rows(path), *_own_rows()), ""
    except FileNotFoundError:
        return built_in(), ""
    except (ConfigError, OSError) as error:
        return built_in(), str(error)


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
    aspects = table("blame")["aspects"]
    if unknown := set(row.aspects) - aspects.keys():
        raise ConfigError(f"{where}: {joined(sorted(unknown))} is not an aspect; known are {joined(sorted(aspects))}")
    if not any(each.search(row.example, row.example.lower().translate(_SAME)) for each in patterns):
        raise ConfigError(f"{where}: the example does not contain the words")
    return row
