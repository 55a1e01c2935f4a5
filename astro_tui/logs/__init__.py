"""The logs of workloads, without a screen: reading, following, and joining them (platform.md §10).

A `Follower` gives every line of a source to a `Sink` exactly once, across lost connections.
"""

from astro_tui.logs.follower import Follower
from astro_tui.logs.following import FollowPhase, FollowState, Gap, Sink
from astro_tui.logs.line import MOST_MESSAGE, LogLine, LogSource, nanoseconds

__all__ = [
    "MOST_MESSAGE",
    "FollowPhase",
    "FollowState",
    "Follower",
    "Gap",
    "LogLine",
    "LogSource",
    "Sink",
    "nanoseconds",
]
