"""What the screens of the catalogue have, which need no login and show more with one: the way to sign in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual.binding import Binding

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.page import Page

T = TypeVar("T")


class PublicPage(Page):
    """The base of the screens that everybody can see; who signs in there goes on at the same place."""

    BINDINGS = [Binding("I", "sign_in", "sign in, when signed out", id="session.sign-in")]
    SIGN_IN_KEY = "I"
    """As on the screens where `l` moves about in what is shown."""
    _lost = False
    """Whether something on this screen could not be had for want of a login."""

    def fetch(
        self,
        topic: str,
        ask: Callable[[Call], T],
        show: Callable[[T], None],
        fail: Callable[[PlatformError], None],
    ) -> None:
        """As any page; takes note of a login that is refused."""

        def came(answer: T) -> None:
            self._lost = False
            show(answer)

        def failed(error: PlatformError) -> None:
            if error.kind is ErrorKind.SIGNED_OUT:
                self._lost = self.session.signed_out = True
                self.session.refused = error.refused
                self.show_hints()
            fail(error)

        super().fetch(topic, ask, came, failed)

    @property
    def signed_out(self) -> bool:
        """Whether there is no login, or none that the platform takes."""
        return self._lost or self.session.signed_out or not self.session.platform.signed_in

    def sign_in_hints(self) -> list[tuple[str, str]]:
        """Return the key that signs in, where that makes a difference."""
        return [(self.SIGN_IN_KEY, "sign in")] if self.signed_out else []

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Sign in only when signed out."""
        return self.signed_out if action == "sign_in" else super().check_action(action, parameters)

    def action_sign_in(self) -> None:
        """Sign in, and go on here."""
        from astro_tui.screens.sign_in.screen import SignInScreen

        self.app.push_screen(SignInScreen(self.session, self._signed_in))

    def action_refresh(self) -> None:
        """Ask again."""
        raise NotImplementedError

    def _signed_in(self, words: str) -> None:
        self._lost = False
        self.tell(words)
        self.show_hints()
        # They were sent without this login.
        self.forget_all()
        self.action_refresh()
