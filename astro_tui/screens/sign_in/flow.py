"""The steps of a sign-in, for a worker thread: use a stored login, else request a code to enter in a browser."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from astro_tui.errors import AstroError, Check, ErrorKind, PlatformError, Remedies, StartOver
from astro_tui.platform.client import Call, TokenSource
from astro_tui.session.session import Session

if TYPE_CHECKING:
    from astro_tui.auth.device import Step
    from astro_tui.auth.tokens import Tokens


@dataclass(frozen=True)
class Refusal:
    """Why the sign-in failed: a sentence, what to do, and the request it belongs to, if any."""

    message: str
    remedies: Remedies
    request: str = ""


@dataclass(frozen=True)
class SignedIn:
    """A successful sign-in: the source of tokens from now on, and a sentence that says who signed in."""

    tokens: TokenSource
    words: str


def sign_in_again(session: Session, call: Call, progress: Callable[[Step], None]) -> SignedIn | Refusal:
    """Sign in and store the login; blocks. Raises PlatformError of kind CANCELED if the user cancels.

    If another program has stored a valid login meanwhile, or an expired token hid one, that login is used.
    """
    from astro_tui.auth.grants import IdentityRefused
    from astro_tui.auth.login import LoginProblem

    try:
        tokens = session.stored_tokens()
        found = _stored_already(session, tokens, call)
        if found is not None:
            return found
        tokens.own.prepare()
        return _signed_in(session, tokens, call, progress)
    except IdentityRefused as refused:
        return Refusal(str(refused), refused.remedies)
    except PlatformError as error:
        if error.kind is ErrorKind.CANCELED:
            raise
        return Refusal(str(error), error.remedies, error.request)
    except LoginProblem as problem:
        return Refusal(str(problem), problem.remedies or (StartOver(),))
    except AstroError as error:
        return Refusal(str(error), (Check("the settings (astro-tui --help lists them)"),))


def _stored_already(session: Session, tokens: Tokens, call: Call) -> SignedIn | None:
    from astro_tui.auth.chosen_login import LoginKind
    from astro_tui.text.fingerprint import fingerprint

    source = tokens.describe()
    if source.kind is LoginKind.CLI and not source.valid:
        # Do not wait for the CLI, which may hang: the user wants to sign in here.
        return None
    token = tokens.current(call)
    if not token or fingerprint(token) == session.refused:
        return None
    source = tokens.describe()
    login = "the CLI's login" if source.kind is LoginKind.CLI else "a stored login"
    return SignedIn(tokens, f"Signed in{_as(source.who)} with {login}.") if source.valid else None


def _signed_in(session: Session, tokens: Tokens, call: Call, progress: Callable[[Step], None]) -> SignedIn:
    from astro_tui.auth import device
    from astro_tui.auth.identity import IdentityProvider
    from astro_tui.auth.login import Login
    from astro_tui.auth.private_files import shown

    settings = session.settings
    provider = IdentityProvider(settings.identity, settings.client_id, allow_insecure=settings.allow_insecure)
    try:
        granted = device.sign_in(provider, call, progress)
    finally:
        provider.close()
    if call.canceled.is_set():
        # The user canceled at the moment of success: treat it as canceled.
        raise PlatformError(ErrorKind.CANCELED, "The sign-in was canceled.", request="")
    place = tokens.own.sign_in(Login.of_grant(granted, settings.identity, settings.client_id))
    # The path of the file would not fit into the message; `auth status` names it.
    where = "a private file" if place == shown(tokens.own.file) else place
    return SignedIn(tokens, f"Signed in{_as(granted.email or granted.user_id)}; login stored in {where}.")


def _as(who: str) -> str:
    return f" as {who}" if who else ""
