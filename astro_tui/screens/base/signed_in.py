"""What every screen of an account's data has: the way to other accounts, and what happens when the login runs out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from textual.binding import Binding
from textual.timer import Timer

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.page import Page

T = TypeVar("T")
LOOK_EVERY = 10.0
"""Seconds between two looks, while signed out, whether somebody signed in elsewhere. They ask no server."""


class SignedInPage(Page):
    """The base of the screens that show an account's data.

    When the platform wants another login, all that was loaded stays, nothing is asked by itself any more, and a line
    names the key that signs in. It goes on where it was: after signing in here, or in another program.
    """

    BINDINGS = [
        Binding("A", "accounts", "your accounts", id="session.accounts"),
        Binding("l,I", "sign_in", "sign in, when signed out", id="session.sign-in"),
    ]
    SIGN_IN_KEY = "l"
    """The key that is named: `I` where `l` moves about in what is shown."""
    _look: Timer | None = None
    _lost = False
    """Whether something on this screen could not be had for want of a login."""
    _hinted = False
    """Whether the last row names the key that signs in."""

    # ---- for the screens

    def load(self) -> None:
        """Ask for what is shown."""
        raise NotImplementedError

    def keep_place(self) -> None:
        """The screen is about to go: keep what one would want to find again."""

    def poll(self) -> None:
        """Look again, unless signed out: then only whether somebody signed in elsewhere meanwhile."""
        if not self.session.signed_out:
            self.load()
            return
        self.fetch("login", self._glance, self._looked, self._look_later)

    def remember(self) -> None:
        """Write down what the next run is to know."""
        self.run_worker(self.session.remembered.save, thread=True, group="remember")

    @property
    def signed_out(self) -> bool:
        """Whether to sign in helps: a late answer elsewhere does not bring back what this screen was refused."""
        return self._lost or self.session.signed_out

    def sign_in_hints(self) -> list[tuple[str, str]]:
        """Return the hint that comes first while signed out."""
        self._hinted = self.signed_out
        return [(self.SIGN_IN_KEY, "sign in")] if self._hinted else []

    # ---- every answer tells whether the login is good

    def fetch(
        self,
        topic: str,
        ask: Callable[[Call], T],
        show: Callable[[T], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        """As any page; takes note of what the answer says of the login, before it is shown."""
        super().fetch(topic, ask, partial(self._answered, topic, show), partial(self._refused, fail))

    def _answered(self, topic: str, show: Callable[[T], None], answer: T) -> None:
        if topic != "login" and self.signed_out:
            self._lost = self.session.signed_out = False
            self.show_hints()
        show(answer)

    def _refused(self, fail: Callable[[PlatformError], None], error: PlatformError) -> None:
        if error.kind is not ErrorKind.SIGNED_OUT:
            fail(error)
            return
        self._lost = True
        self.session.refused = error.refused
        if self.session.signed_out:
            fail(error)
        else:
            self.session.signed_out = True
            fail(error)
            self.show_hints()
        self._look_later()

    def on_screen_resume(self) -> None:
        """Take over what became of the login on a screen above; what was missing can be had now."""
        if self._hinted is not self.signed_out:
            self.show_hints()
        if self._lost and not self.session.signed_out:
            self.load()

    # ---- while signed out

    def _glance(self, call: Call) -> str:
        """Return what tells the token in use from another one, for nobody in particular (worker thread)."""
        from astro_tui.text.fingerprint import fingerprint

        call.unasked = True
        token = self.session.platform.tokens.current(call)
        return fingerprint(token) if token else ""

    def _looked(self, found: str) -> None:
        if found and found != self.session.refused:
            self.load()
        else:
            self._look_later()

    def _look_later(self, _error: PlatformError | None = None) -> None:
        if self._look is not None:
            self._look.stop()
        self._look = self.set_timer(LOOK_EVERY, self.poll)

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Sign in only when signed out: else the key is free for others."""
        return self.signed_out if action == "sign_in" else super().check_action(action, parameters)

    def action_sign_in(self) -> None:
        """Sign in, and go on here."""
        from astro_tui.screens.sign_in.screen import SignInScreen

        self.app.push_screen(SignInScreen(self.session, self._signed_in_again))

    def _signed_in_again(self, words: str) -> None:
        self.tell(words)
        self.show_hints()
        self.load()

    def action_accounts(self) -> None:
        """Show the accounts; choosing one comes back to the list of agents."""
        from astro_tui.screens.accounts.screen import AccountsScreen

        self.app.push_screen(AccountsScreen(self.session))
