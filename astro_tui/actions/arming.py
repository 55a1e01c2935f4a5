"""Whether actions may run: not until the session is armed, and only with a permit made here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.preview import Preview
from astro_tui.errors import AstroError
from astro_tui.platform.client.permit import Permit
from astro_tui.runtime import elapsed
from astro_tui.state.settings import account_key

ARMED = 600.0
"""Seconds for which an account stays armed."""


class NotArmedError(AstroError):
    """The action may not run. The message says what is missing."""


class Arming:
    """Whether actions may run in this session. Starts read-only, unless the user asked to `write`.

    With `read_only` (from the configuration), nothing arms the session. In `protected` accounts, the user must type the
    agent's name for each action; for a deletion, in every account.
    """

    def __init__(
        self,
        *,
        read_only: bool = False,
        write: bool = False,
        protected: Collection[str] = (),
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self.read_only = read_only
        self._write = write
        self._protected = frozenset(map(account_key, protected))
        self._clock = clock
        self._until: dict[str, float] = {}

    def left(self, account: str) -> float:
        """Return the seconds for which an account is still armed; 0 if it is not, infinity with `write`."""
        if self.read_only:
            return 0.0
        return inf if self._write else max(0.0, self._until.get(account, 0.0) - self._clock())

    def armed(self, account: str) -> bool:
        """Return whether actions may run in an account."""
        return self.left(account) > 0

    def arm(self, account: str, typed: str) -> None:
        """Arm an account for ten minutes if the user typed its name. Raises NotArmedError."""
        if self.read_only:
            raise NotArmedError("The configuration says read_only = true, so nothing can be changed from here.")
        if typed != account:
            raise NotArmedError("That is not the account's name.")
        self._until[account] = self._clock() + ARMED

    def disarm(self) -> None:
        """Make the session read-only again, in every account and despite `write`."""
        self._until.clear()
        self._write = False

    def protects(self, account: str) -> bool:
        """Return whether an account is protected."""
        return account_key(account) in self._protected

    def needs_name(self, kind: ActionKind, account: str) -> bool:
        """Return whether an action needs the agent's name typed."""
        return kind is ActionKind.DELETE or self.protects(account)

    def permit(self, preview: Preview, typed: str = "") -> Permit:
        """Return the permit for a preview that the user has confirmed. Raises NotArmedError.

        `typed` is the agent's name as the user typed it, where that is needed.
        """
        account = preview.target.account
        if self.read_only:
            raise NotArmedError("The configuration says read_only = true, so nothing can be changed from here.")
        if not self.armed(account):
            over = account in self._until
            why = "Arming expired after ten minutes: arm again" if over else "This session is read-only: arm it"
            raise NotArmedError(f"{why} with w.")
        if not preview.verdict.allowed:
            raise NotArmedError(f"This cannot be done now: {preview.verdict.reason}.")
        if self.needs_name(preview.action.kind, account) and typed != preview.target.to_type:
            raise NotArmedError(f"The name to type is {preview.target.to_type}.")
        return Permit(account, preview.change, preview.state.standing)
