"""A user's login at one server: the pair of tokens and their expiry."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, ClassVar

from astro_tui.auth.claims import claims_of, text_of
from astro_tui.auth.grants import Granted
from astro_tui.errors import AstroError, Fix, Retry
from astro_tui.text.private import Private
from astro_tui.text.times import sensible

VERSION = 1
MARGIN = timedelta(minutes=5)
"""How long before its expiry a token is renewed (platform.md §2.4)."""
_SHARE = 4
"""A token that is only valid for minutes is renewed in the last quarter of that time, not with every request."""
_YOUNG = timedelta(minutes=1)


class LoginProblem(AstroError):  # noqa: N818  it describes a state that callers show, not only a failure
    """A login that cannot be used or stored, as a sentence without secrets. `fix` removes the cause, if known."""

    def __init__(self, message: str, *, fix: Fix | None = None) -> None:
        super().__init__(message, remedies=(Retry(first=fix),) if fix else ())
        self.fix = fix


class LoginBusy(LoginProblem):
    """Another process is using the login."""


class Login(Private, frozen=True):
    """The result of signing in. `server` is the platform's origin, `identity` the provider's.

    `expires` is the expiry that the provider sent, or None. `obtained` is when the login was received by this
    machine's clock, which may be off by hours. Its repr contains no token.
    """

    secret: ClassVar = ("access_token", "refresh_token")
    access_token: str
    refresh_token: str
    expires: datetime | None = None
    user_id: str = ""
    email: str = ""
    server: str = ""
    identity: str = ""
    client_id: str = ""
    obtained: datetime | None = None

    def left(self, now: datetime) -> timedelta | None:
        """Return how long the access token is still valid; None if unknown.

        If the token says when it was issued, its age counts, so that a wrong clock does not matter.
        """
        issued = claims_of(self.access_token).issued
        if self.expires is None:
            return None
        if self.obtained is not None and self.obtained <= now:
            if issued is not None and issued < self.expires:
                return self.expires - issued - (now - self.obtained)
            if now - self.obtained < _YOUNG and self.expires <= now:
                return _YOUNG - (now - self.obtained)
        return self.expires - now

    def fresh(self, now: datetime, margin: timedelta = MARGIN) -> bool:
        """Return whether the access token does not have to be renewed yet."""
        left = self.left(now)
        if left is None:
            return True
        issued = claims_of(self.access_token).issued
        if issued is not None and self.expires is not None and issued < self.expires:
            margin = min(margin, (self.expires - issued) / _SHARE)
        return left > margin

    def usable(self, now: datetime) -> bool:
        """Return whether the access token may still be accepted."""
        left = self.left(now)
        return left is None or left > timedelta()

    def to_json(self) -> str:
        """Return the login as JSON, including the tokens. Only for the keyring and private files."""
        return json.dumps(self.members())

    def members(self, *, secrets: bool = True) -> dict[str, object]:
        """Return the login as the members of a JSON object, with or without the tokens."""
        members: dict[str, object] = {"version": VERSION}
        for name in self.__struct_fields__:
            value = getattr(self, name)
            if secrets or name not in self.secret:
                members[name] = value.isoformat() if isinstance(value, datetime) else value
        return members

    @classmethod
    def of_grant(cls, granted: Granted, identity: str, client_id: str) -> Login:
        """Return the login for the tokens of a sign-in."""
        return cls(
            access_token=granted.access_token,
            refresh_token=granted.refresh_token,
            expires=granted.expires,
            user_id=granted.user_id,
            email=granted.email,
            identity=identity,
            client_id=client_id,
        )

    @classmethod
    def of_json(cls, text: str) -> Login:
        """Read what `to_json` wrote, ignoring unknown keys. Raises LoginProblem."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise LoginProblem("it is damaged") from None
        return cls.of_members(value)

    @classmethod
    def of_members(cls, value: Any) -> Login:
        """Read the members of a JSON object. Raises LoginProblem."""
        if not isinstance(value, dict) or not isinstance(value.get("version"), int):
            raise LoginProblem("it does not contain a login")
        if value["version"] > VERSION:
            raise LoginProblem("it was written by a newer version of astro-tui")
        texts = {name: text_of(value.get(name)) for name in cls.__struct_fields__}
        if not texts["access_token"]:
            raise LoginProblem("it contains no token")
        times = {name: _time(texts.pop(name)) for name in ("expires", "obtained")}
        return cls(**texts, **times)  # type: ignore[arg-type]


def _time(text: str) -> datetime | None:
    try:
        return sensible(datetime.fromisoformat(text))
    except ValueError:
        return None
