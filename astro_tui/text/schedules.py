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
