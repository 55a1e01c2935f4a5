"""What the log of a container says: its lines, ranked by how well each states a cause, and the requests in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, pairwise, takewhile
from typing import NamedTuple

from astro_tui.diagnosis.tables import CAUSE, SYMPTOM, WRAPPER, Kind, Matches, form, table
from astro_tui.diagnosis.values import (
    GAP,
    MINUTE,
    UNSAID,
    Container,
    FailedRequests,
    Failure,
    Log,
    Observations,
    Quote,
    TailLine,
    Trouble,
    goes_on,
)
from astro_tui.logs.levels import Level
from astro_tui.logs.records import record_of

_PLANNED_END = re.compile(r"exit|shut|sigterm", re.IGNORECASE)
_STILL = timedelta(seconds=90)
"""A program that has logged something within this time may run again, if it is not known when it was observed."""
_BACK_OFF = timedelta(seconds=5)
"""Less than the time from the end of a container to its next start."""
_NONE, _ROUNDED_TO_HOURS = timedelta(0), timedelta(hours=1)
_MOST_RANKED = 100
"""Lines among which the cause is searched, the newest ones."""
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


class _Piece(NamedTuple):
    """One informative text in a line: without what stands before it, but with its indent."""

    line: TailLine
    text: str
    indent: int
    bonus: int


# ---- what states the cause


def ranked(lines: Sequence[TailLine], programs: Matches) -> Quote | None:
    """Return what the newest run with a cause says about it, else its last words; None if there are no words.

    Who waits writes nothing, so what a program waited for is often before the pause.
    """
    last: Quote | None = None
    symptom: Quote | None = None
    for run in _runs(lines):
        pieces = list(_pieces(run))
        best = _best(pieces, programs)
        if best is not None and best.states:
            if best.rank != SYMPTOM or symptom is not None:
                return best if symptom is None or best.rank == CAUSE else symptom
            symptom = best
        last = last or _last_words(pieces, programs)
    return symptom or last


def _runs(lines: Sequence[TailLine]) -> Iterator[list[TailLine]]:
    """Yield the lines of each run, newest first."""
    run: list[TailLine] = []
    for line in reversed(lines[-_MOST_RANKED:]):
        if run and line.at is not None and run[-1].at is not None and run[-1].at - line.at > PAUSE:
            yield run[::-1]
            run = []
        run.append(line)
    yield run[::-1]


def _pieces(run: Sequence[TailLine]) -> Iterator[_Piece]:
    """Yield the informative texts of a run: without frames, boxes, and banners."""
    framed, chained = False, 0
    pieces: list[_Piece] = []
    for line in run:
        for raw in _unwrapped(line):
            plain = _BOX.sub(" ", raw) if not raw.isascii() else raw
            if "direct cause of" in plain and pieces:
                pieces[-1] = pieces[-1]._replace(bonus=pieces[-1].bonus + 3)
            noisy = form("noise").match(plain.lstrip()) is not None
            empty = not any(map(str.isalpha, plain)) or form("field").match(plain.lstrip())
            if noisy or empty or (framed and _CODE.match(plain)):
                if noisy and not framed and plain.lstrip().startswith("at "):
                    _join_message(pieces)
                framed = noisy or framed
                continue
            framed = False
            said = _plain(plain)
            caused = form("caused").match(said)
            chained += caused is not None
            bonus = 5 + min(chained, 3) if caused or said == "Caused by:" else 0
            said = said[caused.end() :] if caused else said
            if said and not form("noise").match(said) and not form("field").match(said):
                pieces.append(_Piece(line, said, len(plain) - len(plain.lstrip()), bonus))
    yield from pieces


def _join_message(pieces: list[_Piece]) -> None:
    """Join the lines of an exception's message, which goes on until the first frame."""
    for back, piece in enumerate(reversed(pieces[-_LONGEST_MESSAGE:])):
        if piece.bonus or form("form").match(piece.text):
            rest = [each.text for each in pieces[len(pieces) - back :] if not each.text.endswith(":")]
            del pieces[len(pieces) - back :]
            pieces[-1] = piece._replace(text="; ".join([piece.text, *rest[: _FOLLOWING - 1]]))
            return


def _unwrapped(line: TailLine) -> list[str]:
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


def _best(pieces: Sequence[_Piece], programs: Matches) -> Quote | None:
    """Return the text that states the cause best; the later one of two equals."""
    scored = [
        _scored(piece, pieces[place + 1 : place + 1 + _FOLLOWING], programs) for place, piece in enumerate(pieces)
    ]
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


def _scored(piece: _Piece, following: Sequence[_Piece], programs: Matches) -> Quote:
    level, said = piece.line.level, piece.text
    if form("header").search(said) or form("bare").fullmatch(said):
        said = _with_following(piece, following, programs)
    # What a program does all day, it writes at a lower level.
    formed = form("form").match(said) is not None
    quiet = level in _DETAILS or (level in (Level.INFO, Level.NOTICE) and not formed and not piece.bonus)
    match = programs.first(said)
    score = piece.bonus
    if match is not None:
        usual = 4 if match.row.rank == SYMPTOM else 12
        score += -9 if match.row.rank == WRAPPER else usual if level is not Level.WARN else 5
    score += 4 * formed
    score += 4 if form("complaint").search(said) else 2 if form("failure").search(said) else 0
    score += {Level.FATAL: 3, Level.ERROR: 2, Level.WARN: -1}.get(level, piece.line.owner >= Level.ERROR)
    if form("bare").fullmatch(said):
        score = min(score, 1)
    return Quote(piece.line, said, score - 6 * (form("goes_on").search(said) is not None) - 7 * quiet, match)


def _with_following(piece: _Piece, following: Iterable[_Piece], programs: Matches) -> str:
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
        if _is_wrapper(each.text, programs):
            break
        joint = ": " if each.indent > indent or not count else "; "
        said, indent = f"{said}{joint if said else ''}{each.text.rstrip(':')}", each.indent
        if not form("header").search(piece.text) and said:
            break
    return said or piece.text


def _is_wrapper(said: str, programs: Matches) -> bool:
    match = programs.first(said)
    return match is not None and match.row.rank == WRAPPER


def _last_words(pieces: Sequence[_Piece], programs: Matches) -> Quote | None:
    """Return the last informative lines, which may say why the program ended."""
    kept = [each for each in pieces if len(each.text) > 2 and not _is_wrapper(each.text, programs)] or list(pieces)
    last = list({each.text: each for each in kept}.values())[-_LONGEST_MESSAGE:]
    words = " / ".join(each.text for each in last[-_QUOTED_LAST:])
    return Quote(last[-1].line, words, 0, around=tuple((each.line, each.text) for each in last)) if last else None


# ---- requests


def failed_requests(log: Log, now: datetime, programs: Matches, *, serves: bool) -> FailedRequests | None:
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
    return _failed_calls(log, now, programs, alone=not bad) if serves else None


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


def _failed_calls(log: Log, now: datetime, programs: Matches, *, alone: bool) -> FailedRequests | None:
    """Return the last calls of other services if they failed, still do, and little else goes on."""
    calls = list(islice(_refusals(log, now, programs, alone=alone), _MOST_REQUESTS))
    gaps = [newer - older for newer, older in pairwise(calls)]
    # A burst that is over is followed by a longer silence than there was within it.
    if len(gaps) < _FEW_GAPS or now - calls[0] > 2 * max(gaps) or _others_since(log, calls[-1]) > _OFTEN * len(calls):
        return None
    return FailedRequests(len(calls), len(calls), calls[-1], stated=False, cut=False)


def _outcomes(log: Log, now: datetime) -> Iterator[tuple[datetime | None, str]]:
    """Yield the time of each request with a status, newest first, and the status."""
    hints = table("lines")["hints"]["requests"]
    for line in _newest(log, now):
        may_match = any(hint in line.text for hint in hints)
        match = form("request").search(line.text) if may_match else None
        *path, status = filter(None, match.groups()) if match is not None else ("",)
        if status and not any(map(form("check").search, path)):
            yield line.at, status


def _refusals(log: Log, now: datetime, programs: Matches, *, alone: bool) -> Iterator[datetime]:
    """Yield the times when a call of another service failed, newest first, as far as that was an error.

    With `alone`, nothing says that any request succeeded, so any known error counts that would not end the program;
    otherwise, lines without a level do not count, because they can be what a user wrote.
    """
    last: TailLine | None = None
    recovered: datetime | None = None
    for line in _newest(log, now):
        if line.at is None or (last is not None and last.is_at_once_with(line)):
            continue
        if line.owner not in UNSAID or not (alone or line.owner):
            recovered = line.at if form("recovers").search(line.text) else recovered
            continue
        if goes_on(line.text) or (recovered is not None and recovered - line.at <= PAUSE):
            continue
        match = programs.first(line.text)
        if match is None:
            continue
        counts = alone and line.owner and match.row.rank == CAUSE and match.row.about != "build"
        if match.row.about in _OTHERS or counts:
            last = line
            yield line.at


def _others_since(log: Log, since: datetime) -> int:
    """Return how many times a program wrote something since then that is neither an error nor a health check."""
    number, last = 0, None
    for line in log.lines:
        quiet = line.owner in (Level.INFO, Level.NOTICE) and not form("check").search(line.text)
        if quiet and line.at is not None and line.at >= since and (last is None or not last.is_at_once_with(line)):
            number, last = number + 1, line
    return number


def _newest(log: Log, now: datetime) -> Iterator[TailLine]:
    return takewhile(lambda line: line.at is None or now - line.at <= _LONG_AGO, reversed(log.lines))


def complaint(log: Log, since: datetime | None, programs: Matches) -> Quote | None:
    """Return the best statement of a cause since a time, or None."""
    lines = [line for line in log.lines if since is None or line.at is None or line.at >= since - _TOGETHER]
    best = _best(list(_pieces(lines[-_MOST_RANKED:])), programs)
    return best if best is not None and best.states else None


def failing_requests(seen: Observations) -> Trouble | None:
    """Return the newest requests of an agent that looks fine, if a log shows that they fail."""
    candidates: list[tuple[bool, int, FailedRequests, str]] = []
    programs = seen.tables.programs
    for log in seen.logs:
        workload = seen.cluster.get(log.workload)
        serves = not (workload.is_dependency or workload.is_collector)
        failed = failed_requests(log, seen.now, programs, serves=serves)
        if failed is not None:
            candidates.append((failed.stated, failed.failed, failed, log.workload))
    if not candidates:
        return None
    _stated, _number, requests, name = max(candidates, key=lambda each: each[:2])
    quotes = [
        (quote.rank == CAUSE, log.workload == name, quote.score, quote, log)
        for log in seen.logs
        if (quote := complaint(log, requests.since, programs)) is not None
    ]
    if not quotes:
        return Trouble("logs", "", requests=requests, like=Kind.CRASH)
    quote, log = max(quotes, key=lambda each: each[:3])[3:]
    return Trouble("logs", quote.text, requests=requests, quote=quote, log=log, like=Kind.CRASH)


# ---- the last words before the end


def last_lines(log: Log, failure: Failure, seen: Observations) -> Quote | None:
    """Return the last lines before the container last ended, or, if it never did, the first one of the failure."""
    workload, row, begun = failure.workload, failure.kind.row, failure.onset
    container = next((each for each in workload.containers if log.container in ("", each.name)), None)
    if row.ends or row.program or (row.restarts and workload.restarts):
        end = len(log.lines) if workload.is_job else _last_end(log, container, workload.pod, seen)
        programs = seen.tables.programs
        quote = _last_words(list(_pieces(next(_runs(log.lines[:end])))), programs) if end else None
        # A log that ends before the failure began says nothing about it.
        at = quote.line.at if quote is not None else None
        return None if at is not None and begun is not None and at < begun.earliest - GAP else quote
    at = begun.at if row.proof and begun is not None else None
    if at is None or log.edge is None or log.edge > at:
        return None
    near = [line for line in log.lines if line.at is not None and at <= line.at <= at + GAP]
    first = next((line for line in near if form("check").search(line.text)), next(iter(near), None))
    return Quote(first, first.text, 0, around=((first, first.text),)) if first is not None else None


def _last_end(log: Log, container: Container | None, pod: str, seen: Observations) -> int:
    """Return the index of the first line after the container last ended, 0 if that is not known.

    The observation can be older than the log, in which the container may run again.
    """
    lines, now = log.lines, seen.now
    newest, observed = lines[-1].at if lines else None, seen.facts.runtime.read_at
    ended = container is not None and not container.running
    # What was logged before the container was observed cannot be from a later run.
    earlier = newest is None or (newest <= observed if observed is not None else now - newest > _STILL)
    if not lines or (ended and earlier):
        return len(lines)
    name = container.name if container is not None else log.container
    starts = [
        each.last - _BACK_OFF
        for each in seen.events
        if each.reason == "Started" and each.object_name == pod and each.container in ("", name) and each.last
    ]
    exited = container.last_exit(now) if container is not None else None
    if starts and (container is None or container.restarts):
        return next((place + 1 for place, at in _newest_first(lines) if at < max(starts)), 0)
    if exited is not None and now - exited < _ROUNDED_TO_HOURS:
        # It is rounded down to minutes, so the pause before the next start shows which line was the last one.
        near = [place for place, at in _newest_first(lines) if exited - MINUTE <= at <= exited + _BACK_OFF]
        return max(near, key=lambda place: _pause_after(lines, place), default=-1) + 1
    for place, _at in _newest_first(lines):
        if lines[place].is_start and (not place or _pause_after(lines, place - 1) > PAUSE):
            return place + (_PLANNED_END.search(lines[place].text) is not None)
    return len(lines) if ended else 0


def _newest_first(lines: Sequence[TailLine]) -> Iterator[tuple[int, datetime]]:
    return ((place, at) for place in range(len(lines) - 1, -1, -1) if (at := lines[place].at) is not None)


def _pause_after(lines: Sequence[TailLine], place: int) -> timedelta:
    at, after = lines[place].at, lines[place + 1].at if place + 1 < len(lines) else None
    return after - at if at is not None and after is not None else _NONE
