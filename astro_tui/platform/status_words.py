"""The words of the platform for the state of a deployment (platform.md §16), each defined only here. Pure."""

from __future__ import annotations

from enum import StrEnum


class StatusMeaning(StrEnum):
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


def _by_word(words: dict[StatusMeaning, str]) -> dict[str, StatusMeaning]:
    return {word: state for state, row in words.items() for word in row.split()}


WORDS = _by_word(
    {
        StatusMeaning.ACTIVE: "active running ready",
        StatusMeaning.PENDING: "pending queued",
        StatusMeaning.PROVISIONING: "provisioning",
        StatusMeaning.DEPLOYING: "deploying starting progressing resuming",
        StatusMeaning.RESTARTING: "restarting",
        StatusMeaning.FAILED: "failed error crashloopbackoff",
        StatusMeaning.SUSPENDED: "suspended",
        StatusMeaning.PAUSED: "stopped paused inactive scaled_down stopping pausing",
        StatusMeaning.REMOVING: "undeploying",
        StatusMeaning.REMOVED: "undeployed deleted",
        StatusMeaning.UNREACHABLE: "unreachable",
        StatusMeaning.UNKNOWN: f"unknown {UNREADABLE}",
    }
)
"""Word of any response, in lowercase → what it means."""
REASONS = _by_word(
    {
        StatusMeaning.SUSPENDED: "suspended",
        StatusMeaning.LAGGING: "ready_lag",
        StatusMeaning.LAST_KNOWN: "cluster_unreachable",
    }
)
"""Reason of `/status` that says more than its value → what it means."""
UNLISTED = _by_word(
    {
        StatusMeaning.ACTIVE: "succeeded complete",
        StatusMeaning.DEPLOYING: "building",
        StatusMeaning.FAILED: "degraded",
        StatusMeaning.CANCELED: "cancelled canceled",
        StatusMeaning.REMOVING: "removing",
    }
)
"""Word that no known server sends → what it would mean. Screens display it as received (platform.md §16.6)."""
