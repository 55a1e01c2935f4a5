"""The claims of an access token (platform.md §2.1). Only the server verifies the signature."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from datetime import datetime
from typing import Any

from msgspec import Struct

from astro_tui.text.times import of_unix

_LONGEST = 64 * 1024


class Claims(Struct, frozen=True):
    """The claims of a token. Missing claims are empty or None.

    `subject` is the user's id, `organization` the id of the token's organization, `session` the id of the login.
    """

    subject: str = ""
    expires: datetime | None = None
    issued: datetime | None = None
    organization: str = ""
    session: str = ""


def claims_of(token: str) -> Claims:
    """Return the claims of a JWT, unverified, or empty claims for anything else. Never raises."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        return Claims()
    try:
        body = parts[1].encode("ascii")
        value = json.loads(urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    except (ValueError, NotBase64, RecursionError):
        return Claims()
    if not isinstance(value, dict):
        return Claims()
    return Claims(
        subject=text_of(value.get("sub")),
        expires=_time(value.get("exp")),
        issued=_time(value.get("iat")),
        organization=text_of(value.get("org_id")),
        session=text_of(value.get("sid")),
    )


def text_of(value: Any) -> str:
    """Return a text as it is, and an empty one for any other value."""
    return value if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    """Return the time for a number of seconds since 1970, or None for anything else."""
    return None if isinstance(value, bool) or not isinstance(value, int | float) else of_unix(value)
