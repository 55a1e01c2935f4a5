"""The kinds of causes, and how specific what a source says about them is."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class Kind(StrEnum):
    """What is wrong with a deployment, in one word."""

    IMAGE = "image"
    CRASH = "crash"
    MEMORY = "memory"
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


EXPLAINED_BY_LOGS = frozenset({Kind.CRASH, Kind.MEMORY, Kind.PROBE, Kind.JOB, Kind.UNKNOWN})
"""Kinds of causes that a log can say more about: in the others, the program never started or was stopped."""


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
