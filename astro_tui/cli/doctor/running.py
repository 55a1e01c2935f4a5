"""Runs groups of checks in parallel threads, each with a time limit."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from astro_tui.cli.doctor.check import CheckResult, Group

Doing = Callable[[str], None]
"""Reports what a check is doing: `looking up the name x`."""
Work = Callable[[Doing], Iterator[CheckResult]]


@dataclass(frozen=True, slots=True)
class Task:
    """A group of checks. `slow` is what to do after a timeout. `fatal` means that a timeout is fatal."""

    group: Group
    work: Work
    slow: str
    fatal: bool = False


class Running:
    """Started tasks and their results."""

    def __init__(self, tasks: Sequence[Task], seconds: float) -> None:
        self._seconds, self._until = seconds, monotonic() + seconds
        self._each = {task.group.name: _Running(task) for task in tasks}

    @property
    def waits_for(self) -> list[str]:
        """The groups that are not done."""
        return [name for name, each in self._each.items() if not each.over.is_set()]

    def checks(self) -> Iterator[list[CheckResult]]:
        """Yield the results of each group in order, as soon as they are known. Reports a group that takes too long."""
        for each in self._each.values():
            each.over.wait(max(0.0, self._until - monotonic()))
            yield each.found(self._seconds)


class _Running:
    def __init__(self, task: Task) -> None:
        self._task, self._checks, self._doing = task, list[CheckResult](), "starting"
        self.over = threading.Event()
        # A daemon thread: it may hang in a name lookup or a keyring, and must not delay the exit.
        threading.Thread(target=self._run, name=f"doctor {task.group.name}", daemon=True).start()

    def _run(self) -> None:
        try:
            self._checks.extend(self._task.work(self._set_doing))
        except Exception as error:  # noqa: BLE001  one broken check must not hide what the others found
            message = f"The check failed: {type(error).__name__} while {self._doing}."
            self._checks.append(self._task.group.problem("check", message, "Report this bug in astro-tui."))
        finally:
            self.over.set()

    def _set_doing(self, what: str) -> None:
        self._doing = what

    def found(self, seconds: float) -> list[CheckResult]:
        """Return the results, waiting up to `seconds`, and a problem if the task is not done."""
        done, found = self.over.is_set(), list(self._checks)
        if done:
            return found
        message = f"Not finished after {seconds:g} s, still {self._doing}."
        return [*found, self._task.group.problem("time-out", message, self._task.slow, fatal=self._task.fatal)]
