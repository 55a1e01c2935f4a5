"""Which login is used and why, and what a refusal means, in words without any secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from astro_tui.auth.login import LoginProblem
from astro_tui.errors import Do, Remedies, Remedy, Retry, RunCommand, SignIn
from astro_tui.platform.client.call import Words

if TYPE_CHECKING:
    from astro_tui.auth.cli_login import CliLogins
    from astro_tui.auth.own_login import OwnLogin
    from astro_tui.auth.renewal import Outcome
    from astro_tui.auth.tokens import Found
    from astro_tui.errors import Fix
    from astro_tui.platform.client.call import TokenSource

_SIGN_IN = "Sign in again: astro-tui auth login"


class SourceKind(StrEnum):
    """Where a token comes from; the first that has one wins."""

    ENVIRONMENT = "environment"
    OWN = "own login"
    CLI = "CLI login"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Looked:
    """One place that was looked at: `found` says in one sentence what is there, or why it is of no use."""

    kind: SourceKind
    found: str
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Which token is used and why, without any secret.

    `place` is where it lies (`ASTRO_ACCESS_TOKEN`, the keyring's name, a path), `who` the e-mail or id of the user,
    `expires` when the access token ends (None: unknown), `valid` whether it has not ended, `renewable` whether it
    is renewed by itself, `why` one sentence, `looked` every place in order.
    """

    kind: SourceKind
    place: str = ""
    who: str = ""
    expires: datetime | None = None
    renewable: bool = False
    valid: bool = False
    why: str = ""
    looked: tuple[Looked, ...] = ()


def source_of(found: Found, own: OwnLogin, cli: CliLogins, now: datetime) -> Source:
    """Return the source of what was found."""
    looked: tuple[Looked, ...] = (Looked(SourceKind.ENVIRONMENT, "ASTRO_ACCESS_TOKEN is not set."),)
    if found.kind is SourceKind.OWN:
        return _own(found, own, now, looked)
    looked += (Looked(SourceKind.OWN, f"astro-tui is not signed in at {own.server}."),)
    if found.kind is SourceKind.CLI:
        return _cli(found, cli, now, looked)
    if not cli.binary:
        nothing = f"No CLI of the platform works with {own.server}."
    else:
        nothing = f"{cli.binary} has no login in {cli.place}."
    looked += (Looked(SourceKind.CLI, nothing),)
    return Source(SourceKind.NONE, why="Nobody is signed in: astro-tui auth login", looked=looked)


def _own(found: Found, own: OwnLogin, now: datetime, looked: tuple[Looked, ...]) -> Source:
    if found.own is None:
        looked += (Looked(SourceKind.OWN, found.problem, problem=True),)
        return Source(SourceKind.OWN, why=found.problem, looked=looked)
    login, usable = found.own.login, found.own.login.usable(now)
    problem = ""
    if not found.own.renewable:
        lost = "a renewal was cut off before it could be stored"
        reason = lost if found.own.unanswered else "its provider refuses that"
        problem = f"It cannot be renewed: {reason}."
    why = "astro-tui's own login comes before that of the CLI."
    if not problem and found.own.unanswered and own.idle():
        why += " Its last renewal was cut off; it is tried once more."
    if problem:
        why = f"{problem} {'It is good until then. ' if usable else ''}{_SIGN_IN}"
    try:
        place = own.place
    except LoginProblem:
        place = ""
    looked += (Looked(SourceKind.OWN, why, problem=bool(problem)),)
    return Source(
        SourceKind.OWN,
        place=place,
        who=login.email or login.user_id,
        expires=None if login.expires is None else now + (login.left(now) or timedelta()),
        renewable=not problem,
        valid=usable,
        why=why,
        looked=looked,
    )


def _cli(found: Found, cli: CliLogins, now: datetime, looked: tuple[Looked, ...]) -> Source:
    if found.cli is None:
        looked += (Looked(SourceKind.CLI, found.problem, problem=True),)
        return Source(SourceKind.CLI, why=found.problem, looked=looked)
    left = found.cli.left(now)
    why = f"astro-tui has no login of its own, so it reads that of {cli.binary} and leaves it as it is."
    return Source(
        SourceKind.CLI,
        place=found.cli.place,
        who=found.cli.email or found.cli.user_id,
        expires=found.cli.expires,
        renewable=cli.installed,
        valid=left is None or left > timedelta(),
        why=why,
        looked=(*looked, Looked(SourceKind.CLI, why)),
    )


def environment_source(token: str, now: datetime) -> Source:
    """Return the source of a token from the environment."""
    from astro_tui.auth.claims import claims_of

    said = claims_of(token)
    why = "ASTRO_ACCESS_TOKEN is set; it comes first, is used as it is and never renewed."
    return Source(
        SourceKind.ENVIRONMENT,
        place="ASTRO_ACCESS_TOKEN",
        who=said.subject,
        expires=said.expires,
        valid=said.expires is None or said.expires > now,
        why=why,
        looked=(Looked(SourceKind.ENVIRONMENT, why),),
    )


def describe(tokens: TokenSource, now: datetime) -> Source:
    """Return which token a source would give now, and why; reads files and the keyring, asks no server."""
    from astro_tui.auth.tokens import Tokens

    if isinstance(tokens, Tokens):
        return tokens.describe()
    token = next(iter(tokens.hidden()), "")
    return environment_source(token, now) if token else Source(SourceKind.NONE, why="Nobody is signed in.")


def unusable_words(kind: SourceKind, problem: str, fix: Fix | None) -> Words:
    """Return what is wrong with a stored login, and what to do about it."""
    remedies: Remedies = (SignIn(again=kind is not SourceKind.CLI),)
    return Words(problem, (Retry(first=fix), *remedies) if fix else remedies)


# ---- what a refusal means


def signed_out_words(found: Found, outcome: Outcome | None, cli_said: str, binary: str, *, sent: bool) -> Words:
    """Return what a 401 means, and how to sign in again."""
    from astro_tui.auth.renewal import Ending

    if found.problem:
        words = unusable_words(found.kind, found.problem, found.fix)
        return words._replace(message=f"The stored login cannot be used: {words.message}")
    if found.kind is SourceKind.NONE or not sent:
        remedies = Do("set ASTRO_ACCESS_TOKEN to a token"), Do("try the demo with --demo"), SignIn(again=False)
        return Words("This requires a login, and you are not signed in.", remedies)
    if found.cli is not None:
        reason = f" {cli_said}" if cli_said else ""
        return Words(
            f"The login of {binary} has expired.{reason}", (RunCommand(f"{binary} login"), SignIn(again=False))
        )
    if outcome is None or outcome.stored:
        return Words("The platform does not accept the login.", (SignIn(),))
    if outcome.ending is Ending.UNREACHABLE:
        return Words(f"The login cannot be renewed now: {outcome.said}", (Retry(),))
    if outcome.ending is Ending.BLOCKED:
        return Words(f"The login cannot be renewed: {outcome.said}", (_after_fix(outcome),))
    return Words(outcome.said, (SignIn(),))


def unscoped_words(found: Found, outcome: Outcome | None) -> Words:
    """Return what it means that a request requires a token of an organization, and what to do."""
    from astro_tui.auth.renewal import Ending

    message = "This requires a login for the account's organization."
    if found.cli is not None:
        return Words(f"{message} astro-tui needs a login of its own to get one.", (SignIn(again=False),))
    if outcome is None or outcome.stored:
        return Words(message, (SignIn(),))
    remedy: Remedy = SignIn()
    match outcome.ending:
        case Ending.NOT_A_MEMBER:
            remedy = Do("ask one of its owners to add you")
        case Ending.UNREACHABLE:
            remedy = Retry()
        case Ending.BLOCKED:
            remedy = _after_fix(outcome)
    return Words(f"{message} {outcome.said}", (remedy,))


def _after_fix(outcome: Outcome) -> Retry:
    return Retry(first=outcome.fix or Do("fix that"))
