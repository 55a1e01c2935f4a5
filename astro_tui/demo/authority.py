"""The state of an identity provider: pending sign-ins, valid tokens, spent tokens (platform.md §2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from astro_tui.demo.entities import Json
from astro_tui.runtime import Clock

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
USER = {"id": "user_01EXAMPLE", "email": "sam@meridian.example", "first_name": "Sam", "last_name": "Example"}
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
_MORE_PATIENCE = 5
"""Seconds that `slow_down` adds to the interval (RFC 8628 §3.5)."""


class RefusedError(Exception):
    """A 400 with an OAuth error code and usually a description."""

    def __init__(self, code: str, description: str = "") -> None:
        super().__init__(code)
        self.code, self.description = code, description


@dataclass
class _Device:
    user_code: str
    begun: float
    interval: float
    polled: float = float("-inf")
    polls: int = 0
    word: str = "pending"


class Authority:
    """Signs users in and keeps their sessions. Safe to use from many threads; `clock` is its only source of time.

    `lifetime` is how long an access token is valid, `code_lifetime` how long a device code is valid, and `interval`
    the pause that a client must make between polls, all in seconds. A code is approved after `approves_after` polls,
    if set. `counts` counts each operation: started, polled, granted, refreshed, scoped, refused. `issued` holds every
    secret ever issued, and `next_polls` the errors that the next polls get.
    """

    def __init__(
        self,
        client_id: str,
        *,
        lifetime: float,
        code_lifetime: float,
        interval: float,
        approves_after: int | None,
        organizations: Callable[[], Collection[str]],
        clock: Clock,
    ) -> None:
        self.client_id, self.lifetime, self.code_lifetime = client_id, lifetime, code_lifetime
        self.interval, self.approves_after = interval, approves_after
        self.counts: Counter[str] = Counter()
        self.issued: list[str] = []
        self.next_polls: deque[str] = deque()
        self._organizations, self._clock = organizations, clock
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._devices: dict[str, _Device] = {}
        self._sessions: dict[str, str] = {}
        self._spent: set[str] = set()
        self._ended: set[str] = set()

    # ---- endpoints

    def start(self, fields: Mapping[str, str], page: str) -> Json:
        """Handle `POST /user_management/authorize/device`; `page` is the URL for the user."""
        with self._lock:
            self.counts["started"] += 1
            self._check_client(fields)
            letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
            device = _Device(f"{letters[:4]}-{letters[4:]}", self._now(), self.interval)
            code = self._secret()
            self._devices[code] = device
        return {
            "device_code": code,
            "user_code": device.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={device.user_code}",
            "expires_in": self.code_lifetime,
            "interval": self.interval,
        }

    def authenticate(self, fields: Mapping[str, str]) -> Json:
        """Handle `POST /user_management/authenticate`: return a token body or raise RefusedError."""
        with self._lock:
            try:
                return self._exchange(fields)
            except RefusedError as refused:
                if refused.code not in ("authorization_pending", "slow_down"):
                    self.counts["refused"] += 1
                raise

    def _exchange(self, fields: Mapping[str, str]) -> Json:
        self._check_client(fields)
        if fields.get("grant_type") == "refresh_token":
            return self._refresh(fields)
        if fields.get("grant_type") == DEVICE_GRANT:
            return self._poll(fields)
        raise RefusedError("unsupported_grant_type", "This grant type is not supported.")

    def _check_client(self, fields: Mapping[str, str]) -> None:
        if fields.get("client_id") != self.client_id:
            raise RefusedError("invalid_client", "Invalid client ID.")

    def _poll(self, fields: Mapping[str, str]) -> Json:
        self.counts["polled"] += 1
        device = self._devices.get(fields.get("device_code", ""))
        if device is None:
            raise RefusedError("invalid_grant", "The device code is not valid.")
        now, early = self._now(), device.interval * 0.9
        too_soon, device.polled = now - device.polled < early, now
        device.polls += 1
        if self.next_polls:
            raise RefusedError(self.next_polls.popleft(), "As arranged.")
        if now - device.begun >= self.code_lifetime:
            raise RefusedError("expired_token", "The device code has expired.")
        if too_soon:
            device.interval += _MORE_PATIENCE
            raise RefusedError("slow_down", "You are polling too fast.")
        if self.approves_after is not None and device.polls > self.approves_after and device.word == "pending":
            device.word = "approved"
        if device.word == "denied":
            raise RefusedError("access_denied", "The user denied the request.")
        if device.word == "pending":
            raise RefusedError("authorization_pending", "The user has not responded yet.")
        del self._devices[fields["device_code"]]
        self.counts["granted"] += 1
        return self._tokens(f"session_{secrets.token_hex(8)}", "")

    def _refresh(self, fields: Mapping[str, str]) -> Json:
        token, organization = fields.get("refresh_token", ""), fields.get("organization_id", "")
        if token in self._spent:
            raise RefusedError("invalid_grant", "Refresh token already exchanged.")
        session = self._sessions.get(token)
        if session is None or session in self._ended:
            raise RefusedError("invalid_grant", "Session has already ended.")
        if organization and organization not in self._organizations():
            raise RefusedError("invalid_grant", "User is not a member of the organization.")
        self._spent.add(token)
        self.counts["scoped" if organization else "refreshed"] += 1
        return self._tokens(session, organization)

    def grant(self, organization: str = "") -> Json:
        """Return the token body of a new session, as after a sign-in."""
        with self._lock:
            self.counts["granted"] += 1
            return self._tokens(f"session_{secrets.token_hex(8)}", organization)

    # ---- what the user does in a browser

    def decide(self, user_code: str, *, yes: bool) -> bool:
        """Approve or deny a code, or all pending ones if it is empty. Return False if none is pending."""
        with self._lock:
            waiting = [each for each in self._devices.values() if each.word == "pending"]
            chosen = [each for each in waiting if not user_code or each.user_code == user_code.strip().upper()]
            for each in chosen:
                each.word = "approved" if yes else "denied"
        return bool(chosen)

    def end_sessions(self) -> None:
        """Sign everyone out: the access and refresh tokens of all sessions become invalid."""
        with self._lock:
            self._ended.update(self._sessions.values())

    # ---- tokens

    def claims(self, token: str, now: datetime) -> Json | None:
        """Return the claims of an access token if it is intact, unexpired, and its session still exists."""
        signed, _, signature = token.rpartition(".")
        try:
            if not hmac.compare_digest(_packed(self._signature(signed)).encode(), signature.encode()):
                return None
            claims: Json = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        except (ValueError, binascii.Error):
            return None
        with self._lock:
            good = now.timestamp() < claims["exp"] and claims["sid"] not in self._ended
        return claims if good else None

    def access_token(self, session: str = "session_by_hand", organization: str = "", lifetime: float = 0) -> str:
        """Return an access token. `lifetime` is in seconds: negative for an expired token, 0 for the default."""
        now = self._now()
        claims: Json = {
            "iss": "astro-tui demo identity",
            "sub": USER["id"],
            "sid": session,
            "jti": secrets.token_hex(8),
            "iat": int(now),
            "exp": int(now + (lifetime or self.lifetime)),
        }
        if organization:
            claims |= {"org_id": organization, "role": "member", "permissions": ["deployments:read"]}
        signed = f"{_packed(_json({'alg': 'HS256', 'typ': 'JWT'}))}.{_packed(_json(claims))}"
        token = f"{signed}.{_packed(self._signature(signed))}"
        self.issued.append(token)
        return token

    def _tokens(self, session: str, organization: str) -> Json:
        refresh = self._secret()
        self._sessions[refresh] = session
        return {
            "access_token": self.access_token(session, organization),
            "refresh_token": refresh,
            "expires_in": int(self.lifetime),
            "token_type": "Bearer",
            "user": dict(USER),
        }

    def _secret(self) -> str:
        # This form is easy to search for in places where no secret belongs.
        self.issued.append(f"demo-secret-{secrets.token_hex(16)}")
        return self.issued[-1]

    def _signature(self, signed: str) -> bytes:
        return hmac.digest(self._key, signed.encode(), hashlib.sha256)

    def _now(self) -> float:
        return self._clock().timestamp()


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
