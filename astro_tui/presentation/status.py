"""Every status of the platform as a label, a glyph, and a severity (platform.md §16). Its words are in `platform`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from astro_tui.platform.status_words import REASONS, WORDS, StatusMeaning
from astro_tui.text.masked import masked_line


class Severity(StrEnum):
    """How much attention a state needs; the names are those of platform.md."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    OK = "ok"
    MUTED = "muted"


_URGENCY = {severity: rank for rank, severity in enumerate(Severity)}
LABEL_WIDTH = 10
"""Width of a label in a table, in cells: no known label is longer."""
LONGEST = 16
"""Maximum length of an unknown status."""
_SPOKEN = {"PROVISION": "provisioning", "RESTART": "restarting", "…": "loading"}
"""Labels shortened for tables → the full word."""
TROUBLE = "!"
"""Ends the label of a state that looks fine but is not, such as `ACTIVE!` for an agent that restarts all day."""

LEGEND = "After a state: ! looks fine but is not, ? last known, ~ pods lag behind."


class Status(NamedTuple):
    """One state: `label` for the badge, `glyph` and its ASCII twin, `severity`, and the server's word in `raw`."""

    label: str
    glyph: str
    ascii_glyph: str
    severity: Severity
    moving: bool = False
    raw: str = ""

    @property
    def urgency(self) -> int:
        """Rank for sorting; 0 is the most urgent."""
        return _URGENCY[self.severity]

    @property
    def active(self) -> bool:
        """Whether the deployment is active, whatever else is known about it."""
        return self.label.rstrip(TROUBLE) in (_ACTIVE.label, _LAGGING.label, _LAST_KNOWN.label)

    @property
    def paused(self) -> bool:
        """Whether a user has paused the deployment."""
        return self.label == _PAUSED.label

    @property
    def doubtful(self) -> bool:
        """Whether it is a state that looks fine but is not."""
        return self.label.endswith(TROUBLE)

    @property
    def plain(self) -> str:
        """The label as a word for a sentence."""
        label = self.label.rstrip(TROUBLE)
        return _SPOKEN.get(label) or label.lower()

    @property
    def trouble(self) -> str:
        """What to add to that word for a state that is not what it looks like: ` with a problem`, or empty."""
        if not self.doubtful:
            return ""
        return " but not serving" if self.severity is Severity.ERROR and not self.moving else " with a problem"


_ACTIVE = Status("ACTIVE", "●", "*", Severity.OK)
_LAGGING = Status("ACTIVE~", "●", "*", Severity.WARN)
_LAST_KNOWN = Status("ACTIVE?", "●", "*", Severity.WARN)
_PENDING = Status("PENDING", "◌", ".", Severity.INFO, moving=True)
_PROVISION = Status("PROVISION", "◔", "~", Severity.INFO, moving=True)
_DEPLOYING = Status("DEPLOYING", "◑", "~", Severity.INFO, moving=True)
_RESTART = Status("RESTART", "↻", "~", Severity.INFO, moving=True)
_FAILED = Status("FAILED", "✖", "x", Severity.ERROR)
_SUSPENDED = Status("SUSPENDED", "!", "!", Severity.ERROR)
_PAUSED = Status("PAUSED", "‖", "=", Severity.MUTED)
_REMOVING = Status("REMOVING", "◐", "-", Severity.WARN, moving=True)
_REMOVED = Status("REMOVED", "–", "-", Severity.MUTED)
_UNKNOWN = Status("UNKNOWN", "?", "?", Severity.MUTED)
LOADING = Status("…", "…", ".", Severity.MUTED)
"""Shown until `/status` is loaded, for deployments whose state is not in the list."""

_BADGES = {
    StatusMeaning.ACTIVE: _ACTIVE,
    StatusMeaning.LAGGING: _LAGGING,
    StatusMeaning.LAST_KNOWN: _LAST_KNOWN,
    StatusMeaning.PENDING: _PENDING,
    StatusMeaning.PROVISIONING: _PROVISION,
    StatusMeaning.DEPLOYING: _DEPLOYING,
    StatusMeaning.RESTARTING: _RESTART,
    StatusMeaning.FAILED: _FAILED,
    StatusMeaning.SUSPENDED: _SUSPENDED,
    StatusMeaning.PAUSED: _PAUSED,
    StatusMeaning.REMOVING: _REMOVING,
    StatusMeaning.REMOVED: _REMOVED,
    StatusMeaning.UNREACHABLE: _UNKNOWN,
    StatusMeaning.UNKNOWN: _UNKNOWN,
}
_WORDS = {word: _BADGES[meaning] for word, meaning in WORDS.items()}
_REASONS = {word: _BADGES[meaning] for word, meaning in REASONS.items()}
KNOWN = tuple(dict.fromkeys(_WORDS.values()))
"""The states that the platform is known to have."""


@lru_cache(maxsize=256)
def status_of(word: str | None, reason: str = "") -> Status:
    """Return the status for a `word` from any endpoint, refined by the `reason` of `/status`.

    An unknown word is shown as it is (platform.md §16.6), with secrets masked; a missing one is UNKNOWN. Thousands of
    agents share a few statuses, which makes counting and filtering them several times as fast.
    """
    raw = word or ""
    key = raw.strip().lower()
    status = _REASONS.get(reason.strip().lower()) or _WORDS.get(key)
    if status is None:
        if not key:
            return _UNKNOWN
        return Status(masked_line(raw.strip(), LONGEST), "?", "?", Severity.WARN, raw=raw)
    return Status(status.label, status.glyph, status.ascii_glyph, status.severity, status.moving, raw)


def is_unknown(word: str) -> bool:
    """Whether a word says nothing about the state. Unlike `status_of`, it masks nothing, so it is fast at startup."""
    key = word.strip().lower()
    return not key or _WORDS.get(key) is _UNKNOWN


_LABELS = {status.label: status for status in (*_WORDS.values(), *_REASONS.values(), LOADING)}


def counts_of(statuses: Iterable[Status]) -> tuple[tuple[Status, int], ...]:
    """Return how often each state occurs, most urgent first."""
    states = list(statuses)
    labels = list(map(attrgetter("label", "severity"), states))
    rows = ((states[labels.index(label)], number) for label, number in Counter(labels).items())
    return tuple(sorted(rows, key=lambda row: (row[0].urgency, row[0].label)))


class Group(NamedTuple):
    """States that count as one in a header: its word, its glyph and the ASCII twin, and its severity."""

    word: str
    glyph: str
    ascii_glyph: str
    severity: Severity


_BROKEN = Group("broken", _FAILED.glyph, _FAILED.ascii_glyph, Severity.ERROR)
_DOUBTFUL = Group("doubtful", TROUBLE, TROUBLE, Severity.WARN)
_NOT_KNOWN = Group("unknown", _UNKNOWN.glyph, _UNKNOWN.ascii_glyph, Severity.WARN)
_MOVING = Group("moving", _DEPLOYING.glyph, _DEPLOYING.ascii_glyph, Severity.INFO)
_FINE = Group("fine", _ACTIVE.glyph, _ACTIVE.ascii_glyph, Severity.OK)
_GROUPS = (_BROKEN, _DOUBTFUL, _NOT_KNOWN, _MOVING, _FINE)


def _group_of(status: Status) -> Group:
    if status.severity is Severity.ERROR:
        return _BROKEN
    if status.glyph == _UNKNOWN.glyph:
        return _NOT_KNOWN
    if status.moving:
        return _MOVING
    if status.severity is Severity.WARN:
        return _DOUBTFUL
    return _FINE if status.active else Group(status.plain, status.glyph, status.ascii_glyph, status.severity)


def groups_of(counts: Iterable[tuple[Status, int]]) -> list[tuple[Group, int]]:
    """Return how many agents are in each group of states, most urgent first. No two groups share a glyph."""
    totals: Counter[Group] = Counter(dict.fromkeys(_GROUPS, 0))
    for status, number in counts:
        totals[_group_of(status)] += number
    return [(group, number) for group, number in totals.items() if number]


def status_labeled(label: str) -> Status:
    """Return the status with this label."""
    status = _LABELS.get(label.rstrip(TROUBLE))
    if status is None:
        return status_of(label)
    return troubled(status) if label.endswith(TROUBLE) else status


def troubled(status: Status, *, outage: bool = False) -> Status:
    """Return a state that looks fine, such as active or deploying, as one with a problem; any other stays as it is.

    In an `outage`, nothing serves.
    """
    if status.glyph == _UNKNOWN.glyph or status.severity not in (Severity.INFO, Severity.OK, Severity.WARN):
        return status
    label = status.label.rstrip("~?" + TROUBLE) + TROUBLE
    # An agent that serves despite a problem is less urgent than one that never starts.
    return status._replace(label=label, severity=Severity.ERROR if status.moving or outage else Severity.WARN)


def acted_on(label: str) -> Status:
    """Return the state of a deployment while an action is under way; the label ends with `…`."""
    return _RESTART._replace(label=label)


_PHASES = {
    "pending": Severity.INFO,
    "progressing": Severity.INFO,
    "ready": Severity.OK,
    "complete": Severity.OK,
    "failed": Severity.ERROR,
    "unknown": Severity.MUTED,
    "missing": Severity.WARN,
}


def phase_severity(phase: str) -> Severity:
    """Return how serious a workload's phase is (platform.md §16.7); an unknown word is a warning."""
    return _PHASES.get(phase.strip().lower(), Severity.WARN)
