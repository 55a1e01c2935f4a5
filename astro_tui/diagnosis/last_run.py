"""What the log of a container says about its end: its lines, ranked by how well each states a cause."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from itertools import islice, pairwise, takewhile
from operator import itemgetter
from typing import NamedTuple

from astro_tui.diagnosis import reading
from astro_tui.diagnosis.facts import LogFact
from astro_tui.diagnosis.reading import text, word
from astro_tui.diagnosis.tables import form, table
from astro_tui.diagnosis.words import CAUSE, SYMPTOM, WRAPPER, Match, tables
from astro_tui.logs.colors import plain
from astro_tui.logs.levels import Level, guess, level_of
from astro_tui.logs.records import record_of
from astro_tui.logs.templates import template_of
from astro_tui.platform.lenient import items_of, text_of

MOST = 4000
"""Lines of a log that are examined, the newest ones."""
_USUAL_LIMIT = 200
"""How many lines a server sends unless the request says how many."""
_MOST_RANKED = 100
"""Lines among which the cause is searched, the newest ones."""
_MOST_TEXTS = 100
_STRONG = 6
PAUSE = timedelta(seconds=6)
"""A longer time without a line separates two runs: the cluster waits at least 10 s before the next start."""
_FOLLOWING = 4
"""The most lines that follow an empty header and belong to it."""
_BEFORE = 3
"""How many texts before the one that is quoted are shown with it."""
_LONGEST_MESSAGE = 8
"""The most lines of the message of one exception."""
_SHORT = 12
_QUOTED_LAST = 3
"""How many of the last lines are quoted if none states a cause."""
_DETAILS = (Level.DEBUG, Level.TRACE)
_UNSAID = (Level.NONE, Level.ERROR, Level.FATAL)

_BOX = re.compile(r"[─━═│┃║╭╮╰╯┌┐└┘├┤┬┴┼❱]+")
_BODY = re.compile(r"\s*\n\s*(?=[\"}\]])")
_CODE = re.compile(r"\s{4,}\S")
_MOST_REQUESTS = 40
_REFUSED = ("401", "403")
_MANY_REQUESTS = 5
_NEWEST = 3
"""One of so many of the newest requests failed, if requests still fail."""
_TURNS = 4
"""How often successes and failures must have alternated if most requests succeed: a burst may be over."""
_ONCE = timedelta(seconds=1)
_TOGETHER = timedelta(minutes=1)
"""How long before a request fails its reason may be logged."""
_LEAST = 3
"""Fewer requests than this say nothing."""
_FEW = 8
"""If fewer than one request in so many fails, that is normal."""
_RECENT = timedelta(hours=1)
_LONG_AGO = timedelta(hours=6)
"""Older lines are not searched for failed requests: that takes time in a long log."""
_FEW_GAPS = 2
_OFTEN = 3
"""How many times as often as its calls fail a program may do other things, if they fail at all."""
_OTHERS = frozenset({"provider", "model", "refused", "unreachable", "limited", "denied", "locks"})
"""What rows about programs are about if another service fails."""


class LogLine(NamedTuple):
    """One line; `fatal` when it says that a program ended or cannot go on, `error` when it says that it failed."""

    at: datetime | None
    text: str
    fatal: bool
    error: bool
    level: Level = Level.NONE
    time: str = ""
    """Its time as sent, which has nanoseconds."""
    owner: Level = Level.NONE
    """Its own level or, if it has none, that of the line that it continues."""


class Quote(NamedTuple):
    """What a log says about the end of a program: the line, its words with those that belong to it, and a known phrase.

    `states` says that it states a cause; otherwise, these are only the last words.
    """

    line: LogLine
    text: str
    score: int
    match: Match | None = None
    around: tuple[tuple[LogLine, str], ...] = ()
    """The informative texts of the same run, from some before the line to some after it."""

    @property
    def states(self) -> bool:
        """Whether it states a cause."""
        return self.score > 0

    @property
    def strong(self) -> bool:
        """Whether it does so beyond doubt, however often it was written."""
        return self.line.fatal or self.score >= _STRONG

    @property
    def rank(self) -> str:
        """The rank of the phrase that it contains; empty if it contains none."""
        return self.match.row.rank if self.match is not None else ""


class _Piece(NamedTuple):
    """One informative text in a line: without what stands before it, but with its indent."""

    line: LogLine
    text: str
    indent: int
    bonus: int


@dataclass(frozen=True)
class Log:
    """The lines of one container, oldest first. `edge` is the time before which the log shows nothing, if known."""

    workload: str
    container: str
    lines: Sequence[LogLine]
    edge: datetime | None

    @cached_property
    def quote(self) -> Quote | None:
        """What the newest run with a cause says about it, else its last words; None if there are no words.

        Who waits writes nothing, so what a program waited for is often before the pause.
        """
        last: Quote | None = None
        symptom: Quote | None = None
        for run in _runs(self.lines):
            pieces = list(_pieces(run))
            found = _best(pieces)
            if found is not None and found.states:
                if found.rank != SYMPTOM or symptom is not None:
                    return found if symptom is None or found.rank == CAUSE else symptom
                symptom = found
            last = last or _last_words(pieces)
        return symptom or last

    def ending_at(self, end: int) -> Quote | None:
        """Return the last words before the line with an index."""
        return _last_words(list(_pieces(next(_runs(self.lines[:end])))))

    @property
    def _stated(self) -> LogLine | None:
        """The line that is quoted, if it states a cause beyond doubt."""
        return self.quote.line if self.quote is not None and self.quote.strong and self.quote.states else None

    @cached_property
    def last_words(self) -> list[LogLine]:
        """The lines that say why the program ended, oldest first: fatal ones, else repeated errors."""
        stated, bare = self._stated, form("bare")
        bad = [
            line
            for line in self.lines
            if (stated and line.text == stated.text) or (line.fatal and not bare.fullmatch(line.text))
        ]
        if bad:
            return bad
        errors = [line for line in self.lines if line.error]
        counted = Counter(template(line.text) for line in errors)
        return [line for line in errors if counted[template(line.text)] > 1]

    @cached_property
    def same_end(self) -> list[LogLine]:
        """The lines like the one that is quoted, or the newest of the last words: the same failure, again and again."""
        like = self._stated or next(iter(self.last_words[-1:]), None)
        return [line for line in self.last_words if like and template(line.text) == template(like.text)]

    @cached_property
    def ending_text(self) -> str:
        """All distinct lines about failures as one text, to look for names in it.

        A line without a level belongs to the failure that was logged right before it.
        """
        texts: dict[str, None] = {}
        failed: LogLine | None = None
        for line in self.lines:
            if line.fatal or line.error:
                failed = line
            elif line.level or failed is None or not _at_once(failed, line):
                failed = None
            if failed is not None:
                texts[line.text] = None
        quoted = [self.quote.text] if self.quote is not None and self.quote.states else []
        return "\n".join([*list(texts)[-_MOST_TEXTS:], *quoted])


def _runs(lines: Sequence[LogLine]) -> Iterator[list[LogLine]]:
    """Yield the lines of each run, newest first."""
    run: list[LogLine] = []
    for line in reversed(lines[-_MOST_RANKED:]):
        if run and line.at is not None and run[-1].at is not None and run[-1].at - line.at > PAUSE:
            yield run[::-1]
            run = []
        run.append(line)
    yield run[::-1]


@lru_cache(maxsize=8192)
def template(text: str) -> str:
    """Return the template of a line. Most lines are repeated."""
    return template_of(text)


def _at_once(first: LogLine, second: LogLine) -> bool:
    return first.at is None or second.at is None or abs(second.at - first.at) <= _ONCE


# ---- ranking


def _pieces(run: Sequence[LogLine]) -> Iterator[_Piece]:
    """Yield the informative texts of a run: without frames, boxes, and banners."""
    framed, chained = False, 0
    found: list[_Piece] = []
    for line in run:
        for raw in _unwrapped(line):
            plain = _BOX.sub(" ", raw) if not raw.isascii() else raw
            if "direct cause of" in plain and found:
                found[-1] = found[-1]._replace(bonus=found[-1].bonus + 3)
            noisy = form("noise").match(plain.lstrip()) is not None
            empty = not any(map(str.isalpha, plain)) or form("field").match(plain.lstrip())
            if noisy or empty or (framed and _CODE.match(plain)):
                if noisy and not framed and plain.lstrip().startswith("at "):
                    _join_message(found)
                framed = noisy or framed
                continue
            framed = False
            said = _plain(plain)
            caused = form("caused").match(said)
            chained += caused is not None
            bonus = 5 + min(chained, 3) if caused or said == "Caused by:" else 0
            said = said[caused.end() :] if caused else said
            if said and not form("noise").match(said) and not form("field").match(said):
                found.append(_Piece(line, said, len(plain) - len(plain.lstrip()), bonus))
    yield from found


def _join_message(found: list[_Piece]) -> None:
    """Join the lines of an exception's message, which goes on until the first frame."""
    for back, piece in enumerate(reversed(found[-_LONGEST_MESSAGE:])):
        if piece.bonus or form("form").match(piece.text):
            rest = [each.text for each in found[len(found) - back :] if not each.text.endswith(":")]
            del found[len(found) - back :]
            found[-1] = piece._replace(text="; ".join([piece.text, *rest[: _FOLLOWING - 1]]))
            return


def _unwrapped(line: LogLine) -> list[str]:
    """Return the texts in a line: the message of a JSON or logfmt line with its error, and each line of its trace."""
    head, brace, tail = line.text.partition("\t{")
    structured = brace or line.text[:1] == "{" or ("=" in line.text and "msg=" in line.text)
    record = record_of("", f"{{{tail}" if brace else line.text) if structured else None
    if record is None or not record.structured:
        return line.text.splitlines()
    keys, message = table("lines")["keys"], record.message or head
    fields = [(key.lower().rpartition(".")[2], value) for key, value in record.fields]
    details = (value for key in keys["detail"] for own, value in fields if own == key and value not in message)
    trace = next((value for key, value in fields if key in keys["trace"] and "\n" in value), "")
    # The body of a response may be written over several lines.
    whole = _BODY.sub(" ", ": ".join(part for part in (message, next(details, "")) if part))
    return [*whole.splitlines(), *trace.splitlines()]


def _plain(raw: str) -> str:
    """Return a line without its time, level, and the like."""
    while (lead := form("lead").match(raw)) is not None and lead.end() < len(raw):
        raw = raw[lead.end() :]
    return form("cut").sub("", raw.strip()).strip()


def _best(pieces: Sequence[_Piece]) -> Quote | None:
    """Return the text that states the cause best; the later one of two equals."""
    scored = [_scored(piece, pieces[place + 1 : place + 1 + _FOLLOWING]) for place, piece in enumerate(pieces)]
    if not scored:
        return None
    place, best = max(enumerate(scored), key=lambda each: (each[1].score, each[0]))
    around = pieces[max(0, place - _BEFORE) : place + 1 + _FOLLOWING]
    best = best._replace(around=tuple((each.line, each.text) for each in around))
    bare = best.text.partition("Error: ")[2]
    if longer := next(
        (each for each in pieces if len(bare) > _SHORT and bare in each.text and each.text != best.text), None
    ):
        return best._replace(text=longer.text)
    heads = [each.text for each in pieces[:place] if not each.bonus and form("form").match(each.text)]
    if pieces[place].bonus and heads and not form("form").match(best.text):
        # A cause without the name of an exception says too little alone.
        return best._replace(text=f"{heads[-1].rstrip('.:')}: {best.text}")
    return best


def _scored(piece: _Piece, following: Sequence[_Piece]) -> Quote:
    level, said = piece.line.level, piece.text
    if form("header").search(said) or form("bare").fullmatch(said):
        said = _with_following(piece, following)
    # What a program does all day, it writes at a lower level.
    formed = form("form").match(said) is not None
    quiet = level in _DETAILS or (level in (Level.INFO, Level.NOTICE) and not formed and not piece.bonus)
    match = tables().programs.first(said)
    score = piece.bonus
    if match is not None:
        known = 4 if match.row.rank == SYMPTOM else 12
        score += -9 if match.row.rank == WRAPPER else known if level is not Level.WARN else 5
    score += 4 * formed
    score += 4 if form("complaint").search(said) else 2 if form("failure").search(said) else 0
    score += {Level.FATAL: 3, Level.ERROR: 2, Level.WARN: -1}.get(level, piece.line.owner >= Level.ERROR)
    if form("bare").fullmatch(said):
        score = min(score, 1)
    return Quote(piece.line, said, score - 6 * (form("goes_on").search(said) is not None) - 7 * quiet, match)


def _with_following(piece: _Piece, following: Iterable[_Piece]) -> str:
    """Return an empty header with the lines that say what it announces."""
    head = (
        ""
        if form("bare").fullmatch(piece.text) and not re.search("Error|Exception", piece.text)
        else piece.text.rstrip(": ")
    )
    said, indent = head, piece.indent
    for count, each in enumerate(takewhile(lambda each: not form("header").search(each.text), following)):
        if count and (each.indent <= piece.indent and form("form").match(each.text)):
            break
        if form("request").search(each.text):
            break
        if _is_wrapper(each.text):
            break
        joint = ": " if each.indent > indent or not count else "; "
        said, indent = f"{said}{joint if said else ''}{each.text.rstrip(':')}", each.indent
        if not form("header").search(piece.text) and said:
            break
    return said or piece.text


def _is_wrapper(said: str) -> bool:
    match = tables().programs.first(said)
    return match is not None and match.row.rank == WRAPPER


def _last_words(pieces: Sequence[_Piece]) -> Quote | None:
    """Return the last informative lines, which may say why the program ended."""
    kept = [each for each in pieces if len(each.text) > 2 and not _is_wrapper(each.text)] or list(pieces)
    last = list({each.text: each for each in kept}.values())[-_LONGEST_MESSAGE:]
    words = " / ".join(each.text for each in last[-_QUOTED_LAST:])
    return Quote(last[-1].line, words, 0, around=tuple((each.line, each.text) for each in last)) if last else None


# ---- requests


class FailedRequests(NamedTuple):
    """The newest requests, of which some or all failed: how many, of how many, and since when.

    `stated` says that the log has the status of each; otherwise, these are calls that another service refused. `cut`
    says that the log has hardly a successful one before them.
    """

    failed: int
    total: int
    since: datetime | None
    stated: bool
    cut: bool


def failed_requests(log: Log, now: datetime, *, serves: bool) -> FailedRequests | None:
    """Return the newest requests if all of them failed, or if some fail again and again; health checks do not count.

    In the log of a program that `serves` users, a request without a status failed if another service refused it.
    """
    outcomes = list(islice(_outcomes(log, now), _MOST_REQUESTS))
    # Now and then, a request is refused for good reasons; if every one is, nobody can use the program.
    refused = all(status in _REFUSED or status[0] == "5" for _at, status in outcomes)
    every = refused and len(outcomes) >= _MANY_REQUESTS
    bad = [every or status[0] == "5" for _at, status in outcomes]
    if any(bad):
        return _failed_with_status([at for at, _status in outcomes], bad, now)
    return _failed_calls(log, now, alone=not bad) if serves else None


def _failed_with_status(times: list[datetime | None], bad: list[bool], now: datetime) -> FailedRequests | None:
    """Return what failed of the requests at these times, newest first; None if that is over, or normal."""
    number = total = next((place for place, failed in enumerate(bad) if not failed), len(bad))
    if number < _MANY_REQUESTS:
        number, total = sum(bad), len(bad)
        turns = sum(newer != older for newer, older in pairwise(bad))
        often = _FEW * number >= total and turns >= _TURNS and True in bad[:_NEWEST]
        if number < _LEAST or not (often or (bad[0] and 2 * number >= total)):
            return None
    failed_at = [at for at, failed in zip(times, bad, strict=True) if failed][:number]
    if failed_at[0] is not None and now - failed_at[0] > _RECENT:
        return None
    cut = bad[::-1].index(True) < _LEAST and len(bad) < _MOST_REQUESTS
    return FailedRequests(number, total, failed_at[-1], stated=True, cut=cut)


def _failed_calls(log: Log, now: datetime, *, alone: bool) -> FailedRequests | None:
    """Return the last calls of other services if they failed, still do, and little else goes on."""
    calls = list(islice(_refusals(log, now, alone=alone), _MOST_REQUESTS))
    gaps = [newer - older for newer, older in pairwise(calls)]
    # A burst that is over is followed by a longer silence than there was within it.
    if len(gaps) < _FEW_GAPS or now - calls[0] > 2 * max(gaps) or _others_since(log, calls[-1]) > _OFTEN * len(calls):
        return None
    return FailedRequests(len(calls), len(calls), calls[-1], stated=False, cut=False)


def _outcomes(log: Log, now: datetime) -> Iterator[tuple[datetime | None, str]]:
    """Yield the time of each request with a status, newest first, and the status."""
    hints = table("lines")["hints"]["requests"]
    for line in _newest(log, now):
        known = any(hint in line.text for hint in hints)
        match = form("request").search(line.text) if known else None
        *path, status = filter(None, match.groups()) if match is not None else ("",)
        if status and not any(map(form("check").search, path)):
            yield line.at, status


def _refusals(log: Log, now: datetime, *, alone: bool) -> Iterator[datetime]:
    """Yield the times when a call of another service failed, newest first, as far as that was an error.

    With `alone`, nothing says that any request succeeded, so any known error counts that would not end the program;
    otherwise, lines without a level do not count, because they can be what a user wrote.
    """
    last: LogLine | None = None
    recovered: datetime | None = None
    for line in _newest(log, now):
        if line.at is None or (last is not None and _at_once(line, last)):
            continue
        if line.owner not in _UNSAID or not (alone or line.owner):
            recovered = line.at if form("recovers").search(line.text) else recovered
            continue
        if goes_on(line.text) or (recovered is not None and recovered - line.at <= PAUSE):
            continue
        match = tables().programs.first(line.text)
        if match is None:
            continue
        known = alone and line.owner and match.row.rank == CAUSE and match.row.about != "build"
        if match.row.about in _OTHERS or known:
            last = line
            yield line.at


def _others_since(log: Log, since: datetime) -> int:
    """Return how many times a program wrote something since then that is neither an error nor a health check."""
    number, last = 0, None
    for line in log.lines:
        quiet = line.owner in (Level.INFO, Level.NOTICE) and not form("check").search(line.text)
        if quiet and line.at is not None and line.at >= since and (last is None or not _at_once(last, line)):
            number, last = number + 1, line
    return number


def _newest(log: Log, now: datetime) -> Iterator[LogLine]:
    return takewhile(lambda line: line.at is None or now - line.at <= _LONG_AGO, reversed(log.lines))


def complaint(log: Log, since: datetime | None) -> Quote | None:
    """Return the best statement of a cause since a time, or None."""
    lines = [line for line in log.lines if since is None or line.at is None or line.at >= since - _TOGETHER]
    found = _best(list(_pieces(lines[-_MOST_RANKED:])))
    return found if found is not None and found.states else None


# ---- reading


def read_log(fact: LogFact, workload: str = "") -> Log:
    """Return the lines of the log of a workload, the newest last; lines without a time keep their place."""
    lines = list(_lines(fact))[-MOST:]
    first = next((line.at for line in lines if line.at is not None), None)
    most = fact.limit or (MOST if fact.since is not None else _USUAL_LIMIT)
    return Log(workload or fact.workload, fact.container, lines, first if len(lines) >= most else fact.since)


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
    texts = text_of(value).splitlines() if isinstance(value, str | bytes) else items_of(value)
    read = [_entry(each) for each in texts if each is not None]
    if all(each[0] is not None for each in read):
        read.sort(key=itemgetter(0))
    elif (times := [each[0] for each in read if each[0] is not None]) and times[0] > times[-1]:
        read.reverse()
    last: LogLine | None = None
    for at, level, message, time in read:
        severity, fatal = _severity(level, message)
        line = LogLine(at, message, fatal, fatal or severity is Level.ERROR, severity, time, severity)
        if severity is Level.NONE and last is not None and _at_once(last, line):
            line = line._replace(owner=last.owner)
        last = line
        yield line


def _entry(entry: object) -> tuple[datetime | None, str, str, str]:
    if isinstance(entry, str):
        return None, "", plain(entry), ""
    time = text(entry, "timestamp")
    return reading.unix_or_moment(time), word(entry, "level"), plain(text(entry, "message")), time


@lru_cache(maxsize=8192)
def _severity(level: str, message: str) -> tuple[Level, bool]:
    """Return the level of a line, and whether it says that the program ended. Most lines are repeated."""
    given, guessed = level_of(level), guess(message)
    # A platform that finds no level often sends `info`.
    severity = guessed if given in (Level.NONE, Level.INFO) and guessed > given else given
    return severity, severity is Level.FATAL or (severity not in _DETAILS and _says_end(severity, message))


def is_start(message: str) -> bool:
    """Whether a line is about a start or a planned end of a program."""
    lowered = message.lower()
    hints = table("lines")["hints"]["starts"]
    return any(hint in lowered for hint in hints) and form("starts").search(lowered) is not None


def goes_on(message: str) -> bool:
    """Whether a program says that it tries again: what it reports did not end it."""
    return ("try" in message or "reconnect" in message) and form("goes_on").search(message) is not None


def _says_end(level: Level, message: str) -> bool:
    hints = table("lines")["hints"]
    ends = form("ends").match(message) is not None or (
        any(hint in message for hint in hints["ends"]) and form("ends_within").search(message) is not None
    )
    complains = not ends and level in _UNSAID and any(hint in message for hint in hints["complaint"])
    return (ends or (complains and form("complaint").search(message) is not None)) and not goes_on(message)
