"""One action on many agents: which are skipped, which is next, and the result of each. Pure.

A bulk is a list of single actions and an order. Each agent is begun at most once, and after two failures none is.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from enum import StrEnum
from threading import Lock

from msgspec import Struct
from msgspec.structs import replace

from astro_tui.actions.arming import Arming
from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.presentation.presence import Target
from astro_tui.text.masked import masked_line
from astro_tui.text.times import counted

KINDS = (ActionKind.RESTART, ActionKind.PAUSE, ActionKind.RESUME)
"""The actions that work on many agents."""
WAITS = (ActionKind.RESTART, ActionKind.RESUME)
"""The actions that wait until an agent is ready before the next one begins."""
MOST = 20
"""The most agents of one bulk."""
MOST_UNTYPED = 5
"""With more agents, the user types their number."""
MOST_FAILURES = 2
MOST_PARALLEL = 4


class Result(StrEnum):
    """The result for an agent, in words."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    """Nothing was sent."""


_FAILURES = (Result.REFUSED, Result.FAILED, Result.UNKNOWN)


class BulkItem(Struct, frozen=True):
    """One agent of a bulk. `sentence` says why it has this result, or what is being done; it is safe to print.

    `preview` is None if it could not be read.
    """

    target: Target
    preview: Preview | None = None
    result: Result = Result.WAITING
    sentence: str = ""

    @property
    def words(self) -> str:
        """The sentence without the agent's name; before the action, the state and the number of pods."""
        if self.sentence or self.preview is None:
            return self.sentence.removeprefix(self.target.label).removeprefix(":").lstrip()
        pods = f", {counted(len(self.preview.pods), 'pod')}" if self.preview.pods else ""
        return " ".join((f"{self.preview.state.words}{pods}", *self.preview.cautions))


def planned(items: Iterable[BulkItem], arming: Arming) -> list[BulkItem]:
    """Return each agent once; those that are skipped say why."""
    by_id = {item.target.id: item for item in items}
    return [
        replace(item, result=Result.SKIPPED, sentence=why) if (why := _skipped(item, arming)) else item
        for item in by_id.values()
    ]


def _skipped(item: BulkItem, arming: Arming) -> str:
    account = item.target.account
    shown = masked_line(account, 100)
    if not item.target.id:
        return "It has no ID."
    if arming.protects(account):
        return f"{shown} is protected: act on its agents one at a time."
    if not arming.armed(account):
        return f"{shown} is not armed."
    if item.preview is None:
        return item.sentence
    verdict = item.preview.verdict
    return "" if verdict.allowed else f"{verdict.reason[:1].upper()}{verdict.reason[1:]}."


class Bulk:
    """The order of one confirmed bulk. Safe to use from many threads."""

    def __init__(self, kind: ActionKind, items: Sequence[BulkItem], parallel: int = 1) -> None:
        self.kind, self.parallel = kind, parallel
        self.group = secrets.token_hex(4)
        """The group of its entries in the journal."""
        self._items = {item.target.id: item for item in items}
        self._chosen = {item.target.id for item in items if item.result is Result.WAITING}
        self._failures = 0
        self._lock = Lock()

    @property
    def items(self) -> list[BulkItem]:
        """All agents as they are now."""
        with self._lock:
            return [*self._items.values()]

    @property
    def count(self) -> int:
        """How many agents are acted on."""
        return len(self._chosen)

    @property
    def needs_number(self) -> bool:
        """Whether the user must type the number of agents to confirm."""
        return self.kind is ActionKind.PAUSE or self.count > MOST_UNTYPED

    @property
    def to_retry(self) -> list[BulkItem]:
        """The confirmed agents for which the action failed or was not sent. Unknown outcomes do not count."""
        again = (Result.REFUSED, Result.FAILED, Result.SKIPPED)
        return [item for item in self.items if item.target.id in self._chosen and item.result in again]

    @property
    def title(self) -> str:
        """The action and the number of agents: `Pause: 3 of 5 agents`."""
        of = f"{self.count} of " if self.count < len(self._items) else ""
        return f"{ABOUT[self.kind].title}: {of}{counted(len(self._items), 'agent')}"

    @property
    def summary(self) -> str:
        """How many agents have each result: `5 done, 1 failed, 2 skipped`."""
        results = [item.result for item in self.items]
        return ", ".join(f"{results.count(one)} {one.value}" for one in Result if one in results)

    def take(self) -> BulkItem | None:
        """Return the next agent to act on, or None if there is no more."""
        with self._lock:
            item = next((item for item in self._items.values() if item.result is Result.WAITING), None)
            return self._put(item, result=Result.RUNNING) if item is not None else None

    def say(self, item: BulkItem, words: str) -> BulkItem:
        """Note the progress of an agent, or a result that was looked up later."""
        with self._lock:
            return self._put(item, sentence=words)

    def end(self, item: BulkItem, result: Result, sentence: str) -> BulkItem:
        """Note the result for an agent. After the second failure, no other begins."""
        with self._lock:
            self._failures += result in _FAILURES
            if self._failures >= MOST_FAILURES:
                self._hold(f"Not started, because {MOST_FAILURES} agents failed.")
            return self._put(item, result=result, sentence=sentence)

    def stop(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._hold("Not started, because you stopped.")

    def _hold(self, why: str) -> None:
        for item in [*self._items.values()]:
            if item.result is Result.WAITING:
                self._put(item, result=Result.SKIPPED, sentence=why)

    def _put(self, item: BulkItem, **news: object) -> BulkItem:
        changed = self._items[item.target.id] = replace(self._items[item.target.id], **news)
        return changed
