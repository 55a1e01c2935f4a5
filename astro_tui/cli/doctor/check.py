"""One thing that was looked at, in words without any secret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from astro_tui.text.foreign import visible
from astro_tui.text.redaction import redact_text, without

_LONGEST = 600
_SHORTEST_SECRET = 5
"""Anything shorter stands in too many words that are none."""


class Verdict(StrEnum):
    """How a check ended: a note is worth knowing, a problem is something to do."""

    OK = "ok"
    NOTE = "note"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence, and after a problem the next step; `fatal` when the program cannot work like that."""

    group: str
    name: str
    verdict: Verdict
    said: str
    do: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Makes the checks of one group."""

    name: str

    def ok(self, name: str, said: str) -> Check:
        """Return a check that found nothing wrong."""
        return Check(self.name, name, Verdict.OK, said)

    def note(self, name: str, said: str, do: str = "") -> Check:
        """Return a check that found something to know."""
        return Check(self.name, name, Verdict.NOTE, said, do)

    def problem(self, name: str, said: str, do: str, *, fatal: bool = False) -> Check:
        """Return a check that found something to do."""
        return Check(self.name, name, Verdict.PROBLEM, said, do, fatal)


class Secrets:
    """What no output may hold; safe to use from many threads."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known: frozenset[str] = frozenset()
        self.add(secrets)

    def __repr__(self) -> str:
        return f"<Secrets {len(self._known)}>"

    def add(self, secrets: Iterable[str]) -> None:
        """Learn some more."""
        self._known |= {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}

    def without(self, text: str) -> str:
        """Return a text as one line without them, and without all that looks like a secret."""
        return visible(redact_text(without(text[: 8 * _LONGEST], self._known)), _LONGEST)


def proxy_secrets(values: Iterable[str]) -> set[str]:
    """Return users and passwords of the addresses of proxies, as they are written and as they are meant."""
    from urllib.parse import unquote

    found: set[str] = set()
    for value in values:
        userinfo = value.rpartition("@")[0].rpartition("://")[2] or value.rpartition("@")[0]
        for part in (userinfo, *userinfo.split(":", 1)):
            found |= {part, unquote(part)}
    return found - {""}
