"""Whether actions may run: not until the session is armed, and only with a permit made here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from math import inf

from astro_tui.actions.kinds import ActionKind
from astro_tui.actions.messages import ACTS, MessageAction
from astro_tui.actions.preview import Preview
from astro_tui.errors import AstroError
from astro_tui.platform.client.permit import Permit
from astro_tui.presentation.presence import Target
from astro_tui.runtime import elapsed
from astro_tui.state.settings import account_key

ARMED = 600.0
"""Seconds for which an account stays armed."""
_READ_ONLY = "The configuration says read_only = true, so nothing can be changed from here."


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
        self._understood: set[str] = set()

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
            raise NotArmedError(_READ_ONLY)
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
        self._check(account)
        if not preview.verdict.allowed:
            raise NotArmedError(f"This cannot be done now: {preview.verdict.reason}.")
        if self.needs_name(preview.action.kind, account) and typed != preview.target.to_type:
            raise NotArmedError(f"The name to type is {preview.target.to_type}.")
        return Permit(account, preview.change, preview.state.standing)

    # ---- messages to agents

    def understood(self, target: Target) -> bool:
        """Return whether the user has confirmed in this run what a message to an agent means."""
        return target.id in self._understood

    def understand(self, target: Target, typed: str = "") -> None:
        """Note that the user has confirmed what a message to an agent means. Raises NotArmedError.

        In a protected account, the user types the agent's name for that.
        """
        if self.protects(target.account) and typed != target.to_type:
            raise NotArmedError(f"The name to type is {target.to_type}.")
        self._understood.add(target.id)

    def permit_message(self, target: Target, action: MessageAction) -> Permit:
        """Return the permit for one request in one conversation. Raises NotArmedError.

        Once the account is armed, a message needs no further confirmation, except for the first one to an agent.
        """
        self._check(target.account)
        if (action.kind in ACTS or self.protects(target.account)) and not self.understood(target):
            raise NotArmedError(f"First confirm that you want to send messages to {target.label}.")
        return Permit(target.account, action.change(target.id), None)

    def _check(self, account: str) -> None:
        """Raise NotArmedError if nothing may be changed in an account now."""
        if self.read_only:
            raise NotArmedError(_READ_ONLY)
        if not self.armed(account):
            over = account in self._until
            why = "Arming expired after ten minutes: arm again" if over else "This session is read-only: arm it"
            raise NotArmedError(f"{why} with w.")
