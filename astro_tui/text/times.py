"""Ages, times, and sentences. Pure: the current time is always an argument."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum

_FIRST, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def sensible(moment: datetime) -> datetime | None:
    """Return a time in UTC, assumed if it has no zone; None if it is not after 1970-01-01 and before 2200.

    Other times stand for "never" or are errors. Everything that parses times calls this, so that no time is so early or
    late that it cannot be shifted, or shown in some zone.
    """
    try:
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return None
    return moment if _FIRST < moment < _END else None


def of_unix(seconds: float) -> datetime | None:
    """Return the time for a number of seconds since 1970, or None if it is not sensible."""
    return sensible(datetime.fromtimestamp(seconds, UTC)) if 0 < seconds < _END.timestamp() else None


def span(seconds: float) -> str:
    """Return a duration in its largest unit, at most four cells up to 9999 days: `4s`, `12m`, `3h`, `61d`."""
    whole = max(0, int(seconds))
    for size, unit in _UNITS:
        if whole >= size:
            return f"{whole // size}{unit}"
    return "0s"


def duration(seconds: float) -> str:
    """Return a duration in its two largest units: `42s`, `1m 12s`, `10m`, `1h 30m`."""
    whole = max(0, int(seconds))
    parts: list[tuple[int, str]] = []
    for size, unit in _UNITS:
        if whole >= size or parts:
            parts.append((whole // size, unit))
            whole %= size
    return " ".join(f"{number}{unit}" for number, unit in parts[:2] if number) or "0s"


def took(microseconds: int) -> str:
    """Return a duration as `812 µs`, `35 ms`, `4.18 s`, or `4m 12s`."""
    if microseconds < 1000:
        return f"{max(0, microseconds)} µs"
    if microseconds < 1_000_000:
        return f"{microseconds / 1000:.0f} ms"
    seconds = microseconds / 1e6
    return f"{seconds:.3g} s" if seconds < 100 else duration(seconds)


def age(moment: datetime | None, now: datetime) -> str:
    """Return how long ago `moment` was: `3h`; `—` if unknown, `0s` if the clocks differ by less than a minute.

    A moment more than a minute in the future is `in 5m`: one of the clocks is wrong.
    """
    if moment is None:
        return "—"
    seconds = (now - moment).total_seconds()
    if seconds < -60:
        return f"in {span(-seconds)}"
    return span(seconds)


def when(moment: datetime | None, raw: str, now: datetime) -> str:
    """Return `3h ago  2026-07-02 06:41:12 UTC`; or the server's own text if it is not a time."""
    if moment is None:
        return raw or "—"
    utc = moment.astimezone(UTC)
    text = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    ago = age(moment, now)
    return f"{ago}  {text}" if ago.startswith("in ") else f"{ago} ago  {text}"


def _in_zone(moment: datetime, zone: tzinfo | None = None) -> datetime:
    """Return a time in a zone, by default the system's; unchanged if it is too early or too late for the zone."""
    try:
        return moment.astimezone(zone)
    except (OverflowError, ValueError, OSError):
        return moment


LONG_AGO = 300
"""Days after which a time needs its year."""


def local_time(moment: datetime, now: datetime, zone: tzinfo | None = None, *, short: bool = False) -> str:
    """Return a time of today as `06:41:12`, an earlier one as `07-02 06:41`, and one of long ago as `2025-07-02`.

    The `short` forms are `06:41`, `07-02`, and `2025-07`. Without a `zone`, the time is in the system's zone.
    """
    local, today = _in_zone(moment, zone), _in_zone(now, zone)
    if local.date() == today.date():
        return f"{local:%H:%M}" if short else f"{local:%H:%M:%S}"
    if abs((today - local).days) > LONG_AGO:
        return f"{local:%Y-%m}" if short else f"{local:%Y-%m-%d}"
    return f"{local:%m-%d}" if short else f"{local:%m-%d %H:%M}"


LONGEST = 16
"""Enough cells for any time."""


class Times(Enum):
    """How screens show times: as ages, or as local times."""

    AGES = "ages"
    LOCAL = "local times"

    @property
    def other(self) -> Times:
        """The other way to show times."""
        return Times.LOCAL if self is Times.AGES else Times.AGES

    def text(self, moment: datetime | None, now: datetime, cells: int) -> str:
        """Return an age, or a local time in its longest form that fits in `cells`; `—` if unknown."""
        if moment is None or self is Times.AGES:
            return age(moment, now)
        whole = local_time(moment, now)
        return whole if len(whole) <= cells else local_time(moment, now, short=True)

    def ago(self, moment: datetime | None, now: datetime) -> str:
        """Return an age in a sentence, `3h ago`, or the whole local time."""
        if moment is None or self is Times.LOCAL:
            return self.text(moment, now, LONGEST)
        ago = age(moment, now)
        return ago if ago.startswith("in ") else f"{ago} ago"

    def sizes(self, moments: Iterable[datetime | None], now: datetime) -> tuple[int, int]:
        """Return the cells that the longest of these times needs, in the short form and in the full form."""
        measured, title = list(moments), len(self.titled(AGE))
        if self is Times.AGES and (past := list(filter(None, measured))) and max(past) <= now:
            # No age is longer than the title or the oldest one. Each letter of a filter measures hundreds of ages.
            measured = [min(past)]
        most = max([title, *(len(self.text(each, now, LONGEST)) for each in measured)])
        if self is Times.AGES:
            return most, most
        return max([title, *(len(self.text(each, now, 0)) for each in measured)]), most

    def titled(self, column: str) -> str:
        """Return the title of a column: `AGE` becomes `WHEN` while local times are shown."""
        return WHEN if column == AGE and self is Times.LOCAL else column


AGE, WHEN = "AGE", "WHEN"
"""The name of the column of ages, and what it is called while it shows local times."""


def freshness(fetched: datetime | None, now: datetime, interval: float) -> str:
    """Return the age of data in words: `3s ago`, and `STALE 4m` once it missed two refreshes of `interval` seconds.

    From ten seconds on, the age changes in steps of ten, so that an idle screen sends little to the terminal.
    """
    if fetched is None:
        return "…"
    elapsed = (now - fetched) / timedelta(seconds=1)
    if is_stale(fetched, now, interval):
        return f"STALE {span(elapsed)}"
    if elapsed >= 10:
        elapsed -= elapsed % 10
    return f"{span(elapsed)} ago" if elapsed >= 1 else "now"


def is_stale(fetched: datetime, now: datetime, interval: float) -> bool:
    """Return whether data missed two refreshes of `interval` seconds."""
    return now - fetched > timedelta(seconds=2 * interval + 5)


def counted(number: int, noun: str) -> str:
    """Return `1 agent`, `12 agents`, `1,204 agents`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def joined(parts: list[str], last: str = "and") -> str:
    """Return `a`, `a and b`, `a, b, and c`."""
    if len(parts) < 3:
        return f" {last} ".join(parts)
    return f"{', '.join(parts[:-1])}, {last} {parts[-1]}"


def who(user_id: str, names: Mapping[str, str]) -> str:
    """Return what a user is called, else the ID."""
    return names.get(user_id, user_id) if user_id else ""


def clock(moment: datetime, now: datetime) -> str:
    """Return a local time to the minute, such as `14:02`, with its date unless it is that of `now`."""
    local, today = _in_zone(moment), _in_zone(now)
    return f"{local:%H:%M}" if local.date() == today.date() else f"{local:%Y-%m-%d %H:%M}"


def rfc3339(moment: datetime, timespec: str = "auto") -> str:
    """Return a time as RFC 3339 in UTC, such as `2026-07-02T06:41:12Z`; `timespec` is that of `isoformat`."""
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def stamp(ns: int) -> str:
    """Return a time as RFC 3339 in UTC with nine decimals, such as `2026-07-02T06:41:12.000000001Z`."""
    seconds, rest = divmod(ns, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def amount(size: int) -> str:
    """Return a number of bytes with its unit: `1 byte`, `214 bytes`, `3.4 kB`, `1.2 MB`."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    for unit, length in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= length * 0.9995:
            value = size / length
            return f"{value:.1f} {unit}" if value < 99.95 else f"{value:.0f} {unit}"
    raise AssertionError(size)


def _binary_unit(size: float) -> tuple[str, int]:
    units = (("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10))
    return next((unit for unit in units if size >= unit[1]), ("bytes", 1))


def binary_size(size: float) -> str:
    """Return a size of memory: `1.5 GiB`. It has powers of two, unlike files."""
    unit, length = _binary_unit(size)
    return f"{_short(size / length)} {unit.replace('bytes', 'B')}"


def of_capacity(used: int, capacity: int) -> str:
    """Return how much of a volume is used: `3.1 of 8 GiB`. Volumes are sized in powers of two, unlike files."""
    unit, length = _binary_unit(capacity)
    return f"{_short(used / length)} of {_short(capacity / length)} {unit}"


def _short(value: float) -> str:
    """Return a number with at most one decimal digit."""
    return f"{value:.1f}".removesuffix(".0") if value < 99.95 else f"{value:.0f}"


def short_number(value: float) -> str:
    """Return a number with three digits or so: `0.0004`, `3.1`, `214`, `12k`, `1.2M`."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            value, whole = value / (1e3 if unit == "k" else size), unit
            return f"{value:.1f}{whole}" if value < 10 else f"{value:.0f}{whole}"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}" if abs(value) >= 0.001 else f"{value:.1g}"


NO_PRICE = "–"
"""Shown instead of a cost of 0 where tokens were used: the price of the model is not known."""


def money(dollars: float, *, unknown: bool = False) -> str:
    """Return a cost; with `unknown`, some usage has no price, so the true cost may be higher."""
    if not dollars:
        return NO_PRICE if unknown else ""
    text = f"${dollars:,.2f}" if dollars >= 1 else f"${dollars:.4f}" if dollars >= 0.0001 else "<$0.0001"
    return f"{text}+" if unknown else text
