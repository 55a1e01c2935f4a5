"""What the user can do about an error, in words: with keys on a screen, with commands in a shell. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from astro_tui.errors import (
    SIGN_IN_COMMAND,
    AstroError,
    Check,
    Do,
    Fix,
    OpenPage,
    PlatformError,
    RefreshList,
    Remedies,
    Remedy,
    Retry,
    RunCommand,
    SignIn,
    StartOver,
)

LIST_COMMAND = "astro-tui list"


class Keys(NamedTuple):
    """The keys of a screen; empty for an action that the screen does not offer."""

    retry: str = ""
    sign_in: str = ""


class _Clause(NamedTuple):
    """A part of a sentence. No period may follow a `bare` one, because it ends with a command or an address."""

    text: str
    bare: bool = False


def on_screen(remedies: Remedies, keys: Keys) -> str:
    """Return one sentence that names only keys of this screen; empty if there is no remedy."""
    return _sentence(remedies, lambda remedy: _screen_clause(remedy, keys))


def in_shell(remedies: Remedies) -> str:
    """Return one sentence for the command line, which has no keys; empty if there is no remedy."""
    return _sentence(remedies, _shell_clause)


def explained(error: AstroError) -> str:
    """Return an error as one line for the command line: what happened, what to do, and which request it was."""
    request = f"({error.request})" if isinstance(error, PlatformError) and error.request else ""
    return " ".join(part for part in (str(error), in_shell(error.remedies), request) if part)


def _sentence(remedies: Remedies, clause_of: Callable[[Remedy], _Clause]) -> str:
    """Return alternatives as one sentence: `Check the network, or press r to try again`, with a period."""
    clauses = [clause_of(remedy) for remedy in remedies]
    if not clauses:
        return ""
    texts = [clause.text for clause in clauses]
    text = f"{', '.join(texts[:-1])}, or {texts[-1]}" if len(texts) > 1 else texts[0]
    return f"{text[:1].upper()}{text[1:]}{'' if clauses[-1].bare else '.'}"


def _screen_clause(remedy: Remedy, keys: Keys) -> _Clause:
    match remedy:
        case Retry():
            return _retry(remedy, f"press {keys.retry} to try again" if keys.retry else "try again")
        case StartOver():
            return _Clause(f"press {keys.retry} to start over" if keys.retry else "start over")
        case SignIn(again=again) if keys.sign_in:
            return _Clause(f"press {keys.sign_in} to {_sign_in(again=again)}")
        case RefreshList():
            return _Clause("go back to the list and refresh it")
    return _anywhere(remedy)


def _shell_clause(remedy: Remedy) -> _Clause:
    match remedy:
        case Retry():
            return _retry(remedy, "try again")
        case StartOver():
            return _Clause(f"start over: {SIGN_IN_COMMAND}", bare=True)
        case RefreshList():
            return _Clause(f"run {LIST_COMMAND} to see what exists")
    return _anywhere(remedy)


def _anywhere(remedy: Check | Fix | OpenPage | SignIn) -> _Clause:
    """Return the clause for a remedy that reads the same on a screen and in a shell."""
    match remedy:
        case Check(what=what):
            return _Clause(f"check {what}")
        case Do(what=what):
            return _Clause(what)
        case RunCommand(command=command):
            return _Clause(f"run {command}", bare=True)
        case OpenPage(address=address):
            return _Clause(f"open {address}", bare=True)
        case SignIn(again=again):
            return _Clause(f"{_sign_in(again=again)}: {SIGN_IN_COMMAND}", bare=True)


def _sign_in(*, again: bool) -> str:
    return "sign in again" if again else "sign in"


def _retry(remedy: Retry, action: str) -> _Clause:
    first = ""
    if remedy.after is not None:
        first = f"wait {remedy.after:.0f} s, then "
    elif remedy.first is not None:
        first = f"{_anywhere(remedy.first).text}, then "
    support = "; if it keeps failing, contact platform support" if remedy.support else ""
    return _Clause(f"{first}{action}{support}")
