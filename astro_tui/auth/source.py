"""Which login is used and why, and what a refusal means, without any secret."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from astro_tui.auth.chosen_login import ChosenLogin, LoginKind
from astro_tui.auth.claims import claims_of
from astro_tui.auth.cli_login import CliLogin, CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin, Stored
from astro_tui.auth.renewal import Ending, RenewalOutcome
from astro_tui.errors import (
    ASK_AN_OWNER,
    SIGN_IN_COMMAND,
    TRY_DEMO,
    Do,
    Fix,
    Remedies,
    Remedy,
    Retry,
    RunCommand,
    SignIn,
)
from astro_tui.platform.client.call import Words


class TokenOrigin(Struct, frozen=True):
    """Which token is used and why, without any secret.

    `place` is where it is stored: `ASTRO_ACCESS_TOKEN`, the keyring's name, or a path. `who` is the email address or
    id of the user, `expires` when the access token expires (None if unknown), `valid` whether it has not expired,
    `renewable` whether it is renewed automatically, and `why` one or two sentences.
    """

    kind: LoginKind
    place: str = ""
    who: str = ""
    expires: datetime | None = None
    renewable: bool = False
    valid: bool = False
    why: str = ""


def source_of(chosen: ChosenLogin, own: OwnLogin, cli: CliLogins, now: datetime) -> TokenOrigin:
    """Return the source for a stored login."""
    if chosen.own is not None:
        return _own(chosen.own, own, now)
    if chosen.cli is not None:
        return _cli(chosen.cli, cli, now)
    if chosen.kind is LoginKind.NONE:
        return TokenOrigin(LoginKind.NONE, why=f"You are not signed in. Sign in: {SIGN_IN_COMMAND}")
    return TokenOrigin(chosen.kind, why=chosen.problem)


def _own(stored: Stored, own: OwnLogin, now: datetime) -> TokenOrigin:
    login, usable = stored.login, stored.login.usable(now)
    problem = ""
    if not stored.renewable:
        interrupted = "the last renewal was interrupted before the new login was saved"
        reason = interrupted if stored.unanswered else "the provider refused"
        problem = f"The login cannot be renewed: {reason}."
    why = "astro-tui's own login takes precedence over the CLI's."
    if not problem and stored.unanswered and own.idle():
        why += " The last renewal was interrupted; astro-tui will try once more."
    if problem:
        why = f"{problem} {'It works until it expires. ' if usable else ''}Sign in again: {SIGN_IN_COMMAND}"
    try:
        place = own.place
    except LoginProblem:
        place = ""
    return TokenOrigin(
        LoginKind.OWN,
        place=place,
        who=login.email or login.user_id,
        expires=None if login.expires is None else now + (login.left(now) or timedelta()),
        renewable=not problem,
        valid=usable,
        why=why,
    )


def _cli(login: CliLogin, cli: CliLogins, now: datetime) -> TokenOrigin:
    left = login.left(now)
    return TokenOrigin(
        LoginKind.CLI,
        place=login.place,
        who=login.email or login.user_id,
        expires=login.expires,
        renewable=cli.installed,
        valid=left is None or left > timedelta(),
        why=f"astro-tui has no login of its own, so it uses the login of {cli.binary} and never changes it.",
    )


def environment_source(token: str, now: datetime) -> TokenOrigin:
    """Return the source of a token from the environment."""
    claims = claims_of(token)
    return TokenOrigin(
        LoginKind.ENVIRONMENT,
        place="ASTRO_ACCESS_TOKEN",
        who=claims.subject,
        expires=claims.expires,
        valid=claims.expires is None or claims.expires > now,
        why="ASTRO_ACCESS_TOKEN is set. It takes precedence over all logins and is never renewed.",
    )


def unusable_words(kind: LoginKind, problem: str, fix: Fix | None) -> Words:
    """Return what is wrong with a stored login, and what to do about it."""
    remedies: Remedies = (SignIn(again=kind is not LoginKind.CLI),)
    return Words(problem, (Retry(first=fix), *remedies) if fix else remedies)


# ---- what a refusal means


def signed_out_words(
    chosen: ChosenLogin, outcome: RenewalOutcome | None, cli_problem: str, binary: str, *, sent: bool
) -> Words:
    """Return what a 401 means, and how to sign in again."""
    if chosen.problem:
        words = unusable_words(chosen.kind, chosen.problem, chosen.fix)
        return words._replace(message=f"The stored login cannot be used: {words.message}")
    if chosen.kind is LoginKind.NONE or not sent:
        remedies = Do("set ASTRO_ACCESS_TOKEN to a token"), TRY_DEMO, SignIn(again=False)
        return Words("This requires a login, and you are not signed in.", remedies)
    if chosen.cli is not None:
        message = " ".join(filter(None, (f"The login of {binary} has expired.", cli_problem)))
        return Words(message, (RunCommand(f"{binary} login"), SignIn(again=False)))
    if outcome is None or outcome.stored:
        return Words("The platform does not accept the login.", (SignIn(),))
    if outcome.ending is Ending.UNREACHABLE:
        return Words(f"The login cannot be renewed now: {outcome.message}", (Retry(),))
    if outcome.ending is Ending.BLOCKED:
        return Words(f"The login cannot be renewed: {outcome.message}", (_after_fix(outcome),))
    return Words(outcome.message, (SignIn(),))


def unscoped_words(chosen: ChosenLogin, outcome: RenewalOutcome | None) -> Words:
    """Return what it means that a request requires a token for an organization, and what to do."""
    message = "This requires a login for the account's organization."
    if chosen.cli is not None:
        return Words(f"{message} Only astro-tui's own login supports organizations.", (SignIn(again=False),))
    if outcome is None or outcome.stored:
        return Words(message, (SignIn(),))
    remedy: Remedy = SignIn()
    match outcome.ending:
        case Ending.NOT_A_MEMBER:
            remedy = ASK_AN_OWNER
        case Ending.UNREACHABLE:
            remedy = Retry()
        case Ending.BLOCKED:
            remedy = _after_fix(outcome)
    return Words(f"{message} {outcome.message}", (remedy,))


def _after_fix(outcome: RenewalOutcome) -> Retry:
    return Retry(first=outcome.fix or Do("fix that"))
