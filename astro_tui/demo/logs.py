"""Log lines of the demo's workloads: every level word, some hostile text (contract §10.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from astro_tui.demo.world import HOUR, Deployment, Json, World, digest

_LINES = 300
_LEVELS = (
    *("info", "INFO", "debug", "", "notice", "trace", "warn", "warning", "err", "error", "fatal"),
    *("crit", "critical", "panic", "emerg", "alert", "verbose"),
)
_MESSAGES = (
    "request handled status=200 took={n}ms",
    "tool call finished name=lookup rows={n}",
    "conversation {n} opened",
    "cache refreshed entries={n}",
    '{{"event": "usage", "input_tokens": {n}, "output_tokens": 61}}',
    "\x1b[32mok\x1b[0m step {n}\x07",
    "slow upstream, waited {n} ms; [red]retrying[/]",
)


def _moment(text: str, otherwise: datetime) -> datetime:
    """Read RFC 3339 or Unix nanoseconds."""
    try:
        if text.isdecimal() and len(text) > 8:
            return datetime.fromtimestamp(int(text) / 1e9, UTC)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return otherwise
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def lines(
    world: World,
    deployment: Deployment,
    workload: str,
    *,
    tail: int,
    since: str,
    until: str,
    backward: bool,
    level: str,
) -> list[Json]:
    """Return the oldest `tail` lines of the window (the newest when `backward`), one every twelve seconds."""
    now = world.now()
    begin, end = _moment(since, now - timedelta(seconds=HOUR)), _moment(until, now)
    entries: list[Json] = []
    for number in range(_LINES):
        moment = world.start - timedelta(seconds=12 * (_LINES - number) - 0.25)
        if not begin <= moment <= end:
            continue
        seed = digest(deployment.id, workload, str(number))
        word = _LEVELS[0 if seed % 3 else seed // 3 % len(_LEVELS)]
        if level and word.lower() != level.lower():
            continue
        stamp = "" if number % 97 == 96 else f"{moment:%Y-%m-%dT%H:%M:%S.%f}{seed % 1000:03d}Z"
        message = _MESSAGES[seed // 7 % len(_MESSAGES)].format(n=seed % 900)
        entries.append({"timestamp": stamp, "level": word, "message": message})
    return entries[-tail:][::-1] if backward else entries[:tail]
