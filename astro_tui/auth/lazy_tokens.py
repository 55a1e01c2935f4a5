"""The logins stored on this machine, read and loaded on first use so that startup stays fast."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from astro_tui.auth.places import login_stored

if TYPE_CHECKING:  # importing them takes a twentieth of the time to the first frame
    from astro_tui.auth.tokens import StoredTokens
    from astro_tui.state.settings import Settings


class LazyTokens:
    """A `TokenSource` that costs a stat or two until the first token is needed, and then delegates to `real`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._real: StoredTokens | None = None

    def __repr__(self) -> str:
        return f"<LazyTokens {self._settings.server}>"

    @property
    def real(self) -> StoredTokens:
        """The actual tokens, loaded on first use. Call it in worker threads."""
        with self._lock:
            if self._real is None:
                from astro_tui.auth.tokens import stored_tokens

                self._real = stored_tokens(self._settings)
            return self._real

    @property
    def present(self) -> bool:
        """Whether a login seems to be stored."""
        return login_stored(self._settings.server)

    def hidden(self) -> Collection[str]:
        """Return the secrets to keep out of all text: those that were read so far."""
        return self._real.hidden() if self._real is not None else ()

    def __getattr__(self, name: str) -> Any:
        """Return anything else from the actual tokens."""
        return getattr(self.real, name)
