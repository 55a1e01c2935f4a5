"""`astro-tui list --watch`: the list again and again, redrawn on a terminal, or one JSON object per change."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from astro_tui.cli.output import Output, note
from astro_tui.cli.streams import end_if_unread
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.presentation.remedies import explained
from astro_tui.text.foreign import visible
from astro_tui.text.times import rfc3339

T = TypeVar("T")
_UNSTEADY = ("reason", "cause", "judged_by")
"""Members whose change alone does not count: their sentences say how long ago something happened."""
_HOME, _END_OF_LINE, _END_OF_SCREEN = "\x1b[H", "\x1b[K", "\x1b[J"
_CLIP, _WRAP = "\x1b[?7l", "\x1b[?7h"


def watch(load: Callable[[], T], show: Callable[[T], None], failed: Callable[[str], None], seconds: float) -> NoReturn:
    """Load and show a list forever, with pauses of `seconds`. Ends with ctrl+c, or when nobody reads the output.

    Raises AstroError if the first load fails or the login ends. Later failures are reported before the next try.
    """
    first = True
    while True:
        try:
            found = load()
        except PlatformError as error:
            if first or error.kind is ErrorKind.SIGNED_OUT:
                raise
            failed(visible(explained(error)))
        else:
            first = False
            show(found)
        _pause(seconds)


def _pause(seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        end_if_unread()
        time.sleep(min(left, 0.5))


# ---- JSON Lines


class Changes:
    """What changed from one list to the next, by the ids of the agents."""

    def __init__(self) -> None:
        self._before: dict[str, Mapping[str, Any]] = {}

    def since(self, agents: Iterable[Mapping[str, Any]], now: datetime) -> Iterator[dict[str, Any]]:
        """Yield an object for each agent that was added, changed, or removed; at first for all of them."""
        after = {str(agent["id"] or agent["name"]): agent for agent in agents}
        before, self._before = self._before, after
        at = rfc3339(now, "seconds")
        for key, agent in after.items():
            if key not in before:
                yield {"event": "added", "at": at, **agent}
            elif _steady(agent) != _steady(before[key]):
                yield {"event": "changed", "at": at, **agent}
        for key, agent in before.items():
            if key not in after:
                yield {"event": "removed", "at": at, **agent}


def _steady(agent: Mapping[str, Any]) -> dict[str, Any]:
    cause = agent.get("cause")
    kind = cause.get("kind") if isinstance(cause, Mapping) else None
    return {**{name: value for name, value in agent.items() if name not in _UNSTEADY}, "kind": kind}


def print_changes(output: Output, changes: Iterable[Mapping[str, Any]]) -> None:
    """Print each change as a line of JSON."""
    for change in changes:
        output.json(json.dumps(change, ensure_ascii=False))


# ---- a terminal


class Redrawn:
    """A table that is redrawn in place. Without a terminal, it is printed whenever it changes."""

    def __init__(self, output: Output, head: str) -> None:
        self._output, self._head = output, head
        self._terminal = output.terminal and os.environ.get("TERM") != "dumb"
        self._lines: Sequence[str] = ()
        self._started = False

    def show(self, lines: Iterable[str]) -> None:
        """Draw new lines."""
        found = list(lines)
        if self._terminal:
            self._lines = found
            self._draw(f"{self._head} · {datetime.now().astimezone():%H:%M:%S}")
        elif found != self._lines:
            self._output.lines([*([""] if self._started else []), *found])
            self._lines = found
        self._started = True

    def failed(self, problem: str) -> None:
        """Say that the list could not be read again; the lines stay."""
        if self._terminal:
            self._draw(problem)
        else:
            note(problem, ascii_alone=self._output.ascii)

    def _draw(self, head: str) -> None:
        room = max(1, shutil.get_terminal_size().lines - 3)
        shown, more = self._lines[:room], len(self._lines) - room
        end = [f"{more:,} more; make the window taller to see them"] if more > 0 else []
        start = _HOME if self._started else _HOME + _END_OF_SCREEN
        drawn = [head, *shown, *end]
        self._output.lines(
            [f"{start}{_CLIP}" + f"{_END_OF_LINE}\n".join(drawn) + f"{_END_OF_LINE}{_WRAP}{_END_OF_SCREEN}"]
        )
