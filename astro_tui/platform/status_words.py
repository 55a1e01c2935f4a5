"""The words of the platform for the state of a deployment (platform.md §16), each defined only here. Pure."""

from __future__ import annotations

from enum import StrEnum


class Meaning(StrEnum):
    """What a status word means."""

    ACTIVE = "active"
    LAGGING = "lagging"
    LAST_KNOWN = "last known"
    PENDING = "pending"
    PROVISIONING = "provisioning"
    DEPLOYING = "deploying"
    RESTARTING = "restarting"
    FAILED = "failed"
    CANCELED = "cancelled"
    SUSPENDED = "suspended"
    PAUSED = "paused"
    REMOVING = "removing"
    REMOVED = "removed"
    UNREACHABLE = "unreachable"
    UNKNOWN = "unknown"


UNREADABLE = "unreadable"
"""Our own word for the state of a deployment that may have been deleted. No server sends it."""


def _by_word(words: dict[Meaning, str]) -> dict[str, Meaning]:
    return {word: state for state, row in words.items() for word in row.split()}


WORDS = _by_word(
    {
        Meaning.ACTIVE: "active running ready",
        Meaning.PENDING: "pending queued",
        Meaning.PROVISIONING: "provisioning",
        Meaning.DEPLOYING: "deploying starting progressing resuming",
        Meaning.RESTARTING: "restarting",
        Meaning.FAILED: "failed error crashloopbackoff",
        Meaning.SUSPENDED: "suspended",
        Meaning.PAUSED: "stopped paused inactive scaled_down stopping pausing",
        Meaning.REMOVING: "undeploying",
        Meaning.REMOVED: "undeployed deleted",
        Meaning.UNREACHABLE: "unreachable",
        Meaning.UNKNOWN: f"unknown {UNREADABLE}",
    }
)
"""Word of any response, in lowercase → what it means."""
REASONS = _by_word(
    {
        Meaning.SUSPENDED: "suspended",
        Meaning.LAGGING: "ready_lag",
        Meaning.LAST_KNOWN: "cluster_unreachable",
    }
)
"""Reason of `/status` that says more than its value → what it means."""
UNLISTED = _by_word(
    {
        Meaning.ACTIVE: "succeeded complete",
        Meaning.DEPLOYING: "building",
        Meaning.FAILED: "degraded",
        Meaning.CANCELED: "cancelled canceled",
        Meaning.REMOVING: "removing",
    }
)
"""Word that no known server sends → what it would mean. Screens display it as received (platform.md §16.6)."""
