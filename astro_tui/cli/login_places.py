"""The places where a login can be stored, in order of precedence, and the state of the login in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from astro_tui.auth.chosen_login import ChosenLogin, LoginKind, cli_choice, own_choice
from astro_tui.auth.cli_login import CliLogins
from astro_tui.auth.own_login import OwnLogin
from astro_tui.auth.source import TokenOrigin, environment_source, source_of
from astro_tui.errors import SIGN_IN_COMMAND, Fix
from astro_tui.presentation.remedies import in_shell
from astro_tui.state.settings import Settings
from astro_tui.text.times import clock, span


@dataclass(frozen=True, slots=True)
class LoginPlace:
    """One place where a login can be stored. `message` is a sentence about the login there.

    `source` is None if there is no usable login. `problem` means that the login cannot be used or renewed. `fix`
    makes it usable.
    """

    kind: LoginKind
    message: str
    source: TokenOrigin | None = None
    problem: bool = False
    fix: Fix | None = None

    @property
    def explained(self) -> str:
        """The message, and how to make the login usable."""
        return " ".join(filter(None, (self.message, in_shell((self.fix,) if self.fix else ()))))

    @property
    def good(self) -> bool:
        """Whether its login is valid, or can be renewed."""
        return self.source is not None and (self.source.valid or self.source.renewable)


def login_places(settings: Settings, now: datetime) -> list[LoginPlace]:
    """Return all places in order of precedence. Reads files and the keyring; sends no request."""
    own, cli = OwnLogin(settings.server), CliLogins(settings.server)
    return [_environment(settings.token, now), _own(own, cli, now), _cli(own, cli, now)]


def used_place(places: Sequence[LoginPlace]) -> LoginPlace | None:
    """Return the first place with a login, which may be an unusable one, or None."""
    return next((place for place in places if place.source or place.problem), None)


def _environment(token: str, now: datetime) -> LoginPlace:
    if not token:
        return LoginPlace(LoginKind.ENVIRONMENT, "ASTRO_ACCESS_TOKEN is not set.")
    source = environment_source(token, now)
    return LoginPlace(LoginKind.ENVIRONMENT, _state(source, now, "never renewed"), source)


def _unusable(chosen: ChosenLogin) -> LoginPlace:
    return LoginPlace(chosen.kind, chosen.problem, problem=True, fix=chosen.fix)


def _own(own: OwnLogin, cli: CliLogins, now: datetime) -> LoginPlace:
    chosen = own_choice(own)
    if chosen.problem:
        return _unusable(chosen)
    if chosen.own is None:
        return LoginPlace(LoginKind.OWN, f"No login for {own.server}. Sign in: {SIGN_IN_COMMAND}")
    source = source_of(chosen, own, cli, now)
    if not source.renewable:
        return LoginPlace(LoginKind.OWN, f"{_state(source, now)} {source.why}", source, problem=True)
    renewed = "renewed automatically" if source.valid else "renewed on next use"
    return LoginPlace(LoginKind.OWN, _state(source, now, renewed), source)


def _cli(own: OwnLogin, cli: CliLogins, now: datetime) -> LoginPlace:
    if not cli.binary:
        return LoginPlace(LoginKind.CLI, f"The platform has no CLI for {own.server}.")
    chosen = cli_choice(cli)
    if chosen.problem:
        return _unusable(chosen)
    if chosen.cli is None:
        return LoginPlace(LoginKind.CLI, f"{cli.binary} has no login in {cli.place}.")
    source = source_of(chosen, own, cli, now)
    renewed = f"renewed by {cli.binary}" if cli.installed else f"not renewed because {cli.binary} is not installed"
    return LoginPlace(LoginKind.CLI, _state(source, now, f"read-only, {renewed}"), source)


def _state(source: TokenOrigin, now: datetime, *more: str) -> str:
    """Return whose login it is, when it expires, and where it is stored."""
    if source.expires is None:
        expiry = "unknown expiry"
    else:
        expiry = f"{'valid' if source.valid else 'expired'} {until(source.expires, now)}"
    where = "" if source.kind is LoginKind.ENVIRONMENT else f"in {source.place}"
    return f"{', '.join(part for part in (source.who, expiry, *more, where) if part)}."


def until(moment: datetime, now: datetime) -> str:
    """Return a local time and how far away it is: `until 14:05 (4m left)` or `at 13:00 (1h ago)`."""
    at = clock(moment, now)
    seconds = (moment - now).total_seconds()
    return f"until {at} ({span(seconds)} left)" if seconds > 0 else f"at {at} ({span(-seconds)} ago)"
