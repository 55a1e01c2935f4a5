"""Which of the stored logins is used: our own if there is one, else the CLI's."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from astro_tui.auth.claims import claims_of
from astro_tui.auth.cli_login import CliLogin, CliLogins
from astro_tui.auth.login import LoginProblem
from astro_tui.auth.own_login import OwnLogin, Stored
from astro_tui.errors import Fix

_Login = TypeVar("_Login")


class LoginKind(StrEnum):
    """Where a token comes from. The first that exists is used."""

    ENVIRONMENT = "environment"
    OWN = "own login"
    CLI = "CLI login"
    NONE = "none"


class ChosenLogin(Struct, frozen=True):
    """A stored login: ours in `own` or the CLI's in `cli`. `problem` says why neither can be used."""

    kind: LoginKind = LoginKind.NONE
    own: Stored | None = None
    cli: CliLogin | None = None
    problem: str = ""
    fix: Fix | None = None

    @property
    def token(self) -> str | None:
        """The access token, expired or not."""
        if self.own is not None:
            return self.own.login.access_token
        return self.cli.access_token if self.cli is not None else None

    @property
    def user(self) -> str:
        """The user's id if the login is ours; its token if it names no user, because then it may be anyone's."""
        if self.own is None:
            return ""
        login = self.own.login
        return claims_of(login.access_token).subject or login.user_id or login.access_token


def choose_login(own: OwnLogin, cli: CliLogins) -> ChosenLogin:
    """Return the login to use, reading files and the keyring.

    If our own login exists but cannot be used, the CLI's is no substitute: it may belong to another user.
    """
    chosen = own_choice(own)
    return chosen if chosen.kind is LoginKind.OWN else cli_choice(cli)


def own_choice(own: OwnLogin) -> ChosenLogin:
    """Return our own login; its kind is NONE if nothing is stored."""
    return _choice(LoginKind.OWN, own.stored, lambda stored: ChosenLogin(LoginKind.OWN, own=stored))


def cli_choice(cli: CliLogins) -> ChosenLogin:
    """Return the CLI's login; its kind is NONE if nothing is stored."""
    return _choice(LoginKind.CLI, cli.read, lambda login: ChosenLogin(LoginKind.CLI, cli=login))


def _choice(kind: LoginKind, read: Callable[[], _Login | None], chosen: Callable[[_Login], ChosenLogin]) -> ChosenLogin:
    try:
        login = read()
    except LoginProblem as problem:
        return ChosenLogin(kind, problem=str(problem), fix=problem.fix)
    return ChosenLogin() if login is None else chosen(login)
