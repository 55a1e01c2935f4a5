"""The result of one check, without any secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
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
class Group:
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
    found: set[str] = set()
    for value in values:
        userinfo = value.rpartition("@")[0].rpartition("://")[2] or value.rpartition("@")[0]
        for part in (userinfo, *userinfo.split(":", 1)):
            found |= {part, unquote(part)}
    return found - {""}
