"""The logins stored on this machine, for a program that is only starting: nothing is read before it is needed."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

from astro_tui.auth.places import login_stored

if TYPE_CHECKING:  # what they load takes a twentieth of the time to the first frame
    from astro_tui.auth.tokens import Tokens
    from astro_tui.platform.client.call import Call, Words
    from astro_tui.state.settings import Settings


class LaterTokens:
    """A `TokenSource` that costs a stat or two until it is first asked for a token; from then on it is `real`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._real: Tokens | None = None

    def __repr__(self) -> str:
        return f"<LaterTokens {self._settings.server}>"

    @property
    def real(self) -> Tokens:
        """What it stands for; loads it (worker threads)."""
        with self._lock:
            if self._real is None:
                from astro_tui.auth.tokens import stored_tokens

                self._real = stored_tokens(self._settings)
            return self._real

    @property
    def present(self) -> bool:
        """Whether there seems to be a login."""
        return login_stored(self._settings.server)

    def current(self, call: Call) -> str | None:
        """Return the access token to send now."""
        return self.real.current(call)

    def renewed(self, after: str, call: Call) -> str | None:
        """Return another token than `after`, or None."""
        return self.real.renewed(after, call)

    def default_account(self, call: Call) -> str:
        """Return the account to use when none is named."""
        return self.real.default_account(call)

    @property
    def scopes(self) -> bool:
        """Whether it can get a token for an organization."""
        return self.real.scopes

    def scoped(self, organization: str, call: Call, *, held: bool = False) -> str | None:
        """Return a token for an organization's id."""
        return self.real.scoped(organization, call, held=held)

    def hidden(self) -> Collection[str]:
        """Return the secrets that no text may hold: none that was not read yet."""
        return self._real.hidden() if self._real is not None else ()

    def signed_out(self, *, sent: bool) -> Words:
        """Return what a 401 means."""
        return self.real.signed_out(sent=sent)

    def unscoped(self) -> Words:
        """Return what a refusal for want of an organization's token means."""
        return self.real.unscoped()
