"""Schedules of jobs in words. Pure."""

from __future__ import annotations

import re

from astro_tui.text.times import joined

_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SHORT_DAYS = {name[:3].lower(): number for number, name in enumerate(_DAYS[:7])}
_EVERY = re.compile(r"(?:\*|0)/(\d{1,2})")


def schedule_words(schedule: str) -> str:
    """Return a common cron schedule in words: `every day at 02:15`; empty for any other.

    The platform does not say in which time zone the cluster interprets it, so the time of the next run is unknown.
    """
    text = schedule.strip()
    fields = _NICKNAMES.get(text.lower(), text).split()
    if len(fields) != 5:
        return ""
    minute, hour, day, month, weekday = fields
    if month != "*":
        return ""
    if day == weekday == "*":
        return _within_a_day(minute, hour)
    at = _time(minute, hour)
    if not at:
        return ""
    if day == "*":
        days = _weekdays(weekday)
        return f"{days} at {at}" if days else ""
    if weekday == "*" and day.isdecimal() and 1 <= int(day) <= 31:
        return f"on day {int(day)} of each month at {at}"
    return ""


def _within_a_day(minute: str, hour: str) -> str:
    if at := _time(minute, hour):
        return f"every day at {at}"
    if hour == "*":
        if minute == "*":
            return "every minute"
        if minute.isdecimal() and int(minute) < 60:
            return f"every hour at :{int(minute):02d}"
        return _steps(minute, 60, "minutes")
    if minute.isdecimal() and int(minute) < 60:
        hours = _steps(hour, 24, "hours")
        return f"{hours} at :{int(minute):02d}" if hours and int(minute) else hours
    return ""


def _steps(field: str, whole: int, unit: str) -> str:
    """Return `every 15 minutes`; empty if the steps do not divide evenly, as with every 7 minutes."""
    match = _EVERY.fullmatch(field)
    step = int(match[1]) if match else 0
    return f"every {step} {unit}" if step > 1 and whole % step == 0 else ""


def _time(minute: str, hour: str) -> str:
    if minute.isdecimal() and hour.isdecimal() and int(minute) < 60 and int(hour) < 24:
        return f"{int(hour):02d}:{int(minute):02d}"
    return ""


def _weekdays(field: str) -> str:
    if field.lower() in ("1-5", "mon-fri"):
        return "every weekday"
    first, dash, last = field.partition("-")
    if dash:
        ends = _weekday(first), _weekday(last)
        return " to ".join(ends) if all(ends) else ""
    days = dict.fromkeys(_weekday(each) for each in field.split(","))
    return f"every {joined(list(days))}" if all(days) else ""


def _weekday(field: str) -> str:
    number = _SHORT_DAYS.get(field.lower(), int(field) if field.isdecimal() and len(field) == 1 else -1)
    return _DAYS[number] if 0 <= number <= 7 else ""


_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMBERS = {name: number for number, name in enumerate(_MONTHS, 1)} | _SHORT_DAYS
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(?:(\*|\?)|(\d{1,4})(?:-(\d{1,4}))?)(?:/(\d{1,4}))?")


def never_runs(schedule: str) -> bool:
    """Whether a cron schedule is empty, has a number out of range, or names only days that do not exist.

    A form that is not known may run.
    """
    fields = _NICKNAMES.get(schedule.strip().lower(), schedule).lower().split()
    if fields and fields[0].startswith(("tz=", "cron_tz=")):
        fields = fields[1:]
    if not fields:
        return True
    if len(fields) != 5:
        return False
    values = [_values(field, ends) for field, ends in zip(fields, _RANGES, strict=True)]
    if any(each is not None and not each for each in values):
        return True
    days, months, weekdays = values[2:]
    if days is None or months is None or weekdays is None or fields[4] not in ("*", "?"):
        return False
    return all(min(days) > _LONGEST_MONTHS[month - 1] for month in months)


def _values(field: str, ends: tuple[int, int]) -> set[int] | None:
    """Return the numbers that a field stands for, none if one is out of range; None if its form is not known."""
    numbers = set[int]()
    for part in field.split(","):
        match = _PART.fullmatch(re.sub(r"[a-z]+", lambda word: str(_NUMBERS.get(word[0], word[0])), part))
        if match is None:
            return None
        every, first, last, step = match.groups()
        begin, end = ends if every else (int(first), int(last or (ends[1] if step else first)))
        if not ends[0] <= begin <= end <= ends[1] or step == "0":
            return set()
        numbers.update(range(begin, end + 1, int(step or 1)))
    return numbers
