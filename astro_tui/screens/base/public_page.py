"""The base of the catalog's screens: they work without a login and show more with one."""

from __future__ import annotations

from abc import abstractmethod

from textual.binding import Binding

from astro_tui.screens.base.login_page import LoginPage


class PublicPage(LoginPage):
    """A screen that needs no login. Signing in does not close it."""

    BINDINGS = [Binding("I", "sign_in", "sign in, when signed out", id="session.sign-in")]
    NEEDS_LOGIN = False

    @property
    def signed_out(self) -> bool:
        """Whether there is no login, or none that the platform accepts."""
        return super().signed_out or not self.session.platform.signed_in

    @abstractmethod
    def action_refresh(self) -> None:
        """Load again, with the cursor on the same row."""

    def reload(self) -> None:
        """Send all requests again, because the open ones were sent without the new login."""
        self.forget_all()
        self.action_refresh()
