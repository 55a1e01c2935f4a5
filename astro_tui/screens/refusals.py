"""Which token the platform refused: it is not taken for a login again, wherever it is stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from astro_tui.client import Call
from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.session import Session

T = TypeVar("T")


def noting_refusal(session: Session, ask: Callable[[Call], T]) -> Callable[[Call], T]:
    """Return what asks the same (worker thread) and keeps in the session which token was refused."""

    def asking(call: Call) -> T:
        try:
            return ask(call)
        except PlatformError as error:
            if error.kind is ErrorKind.SIGNED_OUT:
                session.refused = token_in_use(session, call)
            raise

    return asking


def token_in_use(session: Session, call: Call) -> str:
    """Return what tells the token in use from another one; empty where there is none (worker thread)."""
    from astro_tui.auth.login import fingerprint

    token = session.platform.tokens.current(call)
    return fingerprint(token) if token else ""
