"""The result of one check, without any secret."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from urllib.parse import unquote

from astro_tui.text.foreign import bounded
from astro_tui.text.redaction import masked_line, without

_LONGEST = 600
_SHORTEST_SECRET = 5
"""Anything shorter occurs in too many ordinary words."""


class CheckVerdict(StrEnum):
    """How a check ended. A note is worth knowing; a problem requires action."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """A sentence, and for a problem what to do. `fatal` means that the program cannot run until it is fixed."""

    group: str
    name: str
    verdict: CheckVerdict
    message: str
    do: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """Makes the checks of one group."""

    name: str

    def ok(self, name: str, message: str) -> CheckResult:
        """Return a check without a problem."""
        return CheckResult(self.name, name, CheckVerdict.OK, message)

    def note(self, name: str, message: str, do: str = "") -> CheckResult:
        """Return a check with something worth knowing."""
        return CheckResult(self.name, name, CheckVerdict.NOTE, message, do)

    def problem(self, name: str, message: str, do: str, *, fatal: bool = False) -> CheckResult:
        """Return a check with a problem to fix."""
        return CheckResult(self.name, name, CheckVerdict.PROBLEM, message, do, fatal)


class Secrets:
    """The secrets to keep out of all output. Safe to use from many threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self.add(secrets)

    def __repr__(self) -> str:
        return f"<Secrets {len(self._known)}>"

    def add(self, secrets: Iterable[str]) -> None:
        """Add secrets. Very short ones are ignored."""
        self._known |= {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}

    def without(self, text: str) -> str:
        """Return a text as one line, without these secrets or anything else that looks secret."""
        return masked_line(without(bounded(text, 8 * _LONGEST), self._known), _LONGEST)


def proxy_secrets(values: Iterable[str]) -> set[str]:
    """Return the users and passwords in proxy addresses, both encoded and decoded."""
    secrets: set[str] = set()
    for value in values:
        userinfo = value.rpartition("@")[0].rpartition("://")[2] or value.rpartition("@")[0]
        for part in (userinfo, *userinfo.split(":", 1)):
            secrets |= {part, unquote(part)}
    return secrets - {""}


Doing = Callable[[str], None]
"""Reports what a check is doing: `looking up the name x`."""
Work = Callable[[Doing], Iterator[CheckResult]]


@dataclass(frozen=True, slots=True)
class Task:
    """A group of checks. `slow` is what to do after a timeout. `fatal` means that a timeout is fatal."""

    group: CheckGroup
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
        done, results = self.over.is_set(), list(self._checks)
        if done:
            return results
        message = f"Not finished after {seconds:g} s, still {self._doing}."
        return [*results, self._task.group.problem("time-out", message, self._task.slow, fatal=self._task.fatal)]
