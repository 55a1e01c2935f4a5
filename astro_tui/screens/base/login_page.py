"""The base of all screens that send the login: they notice when the platform refuses it and offer to sign in."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import ClassVar, TypeVar

from astro_tui.errors import ErrorKind, PlatformError
from astro_tui.screens.base.page import Page
from astro_tui.session.requests import Fail, Request, Show
from astro_tui.session.routes import web_address
from astro_tui.widgets.keymap import keymap

T = TypeVar("T")
LOGIN = "login"
"""Topic of a check of the stored login. Its result does not show that the platform accepts the login."""


SIGN_IN_KEY = "I"
"""The key that signs in, on every screen with a login."""


class LoginPage(Page):
    """Keeps everything on screen when the platform refuses the login, and reloads after the user signs in."""

    BINDINGS = keymap("""
        o  web_page  session.web-page  open in the browser
        t  times     session.times     show ages or local times
    """)
    NEEDS_LOGIN: ClassVar[bool] = True
    """Whether every response shows that the platform accepts the login."""
    _lost = False
    """Whether the platform refused the login for a request of this screen."""
    _hinted = False
    """Whether the key hints name the key that signs in."""

    @abstractmethod
    def reload(self) -> None:
        """Load again what is on screen."""

    def login_refused(self) -> None:
        """React to the platform refusing the login for a request of this screen."""

    @property
    def must_reload(self) -> bool:
        """Whether the user signed in after a request of this screen was refused."""
        return self._lost and not self.session.signed_out

    @property
    def signed_out(self) -> bool:
        """Whether signing in would help. A refused screen must reload, even if another one gets a response."""
        return self._lost or self.session.signed_out

    def sign_in_hints(self) -> list[tuple[str, str]]:
        """Return the key that signs in while signed out, else nothing."""
        self._hinted = self.signed_out
        return [(SIGN_IN_KEY, "sign in")] if self._hinted else []

    # ---- every response shows whether the login is valid

    def fetch(self, topic: str, request: Request[T], show: Show[T], fail: Fail) -> None:
        """Like `Page.fetch`, and keep track of the login before showing a response."""
        super().fetch(topic, request, partial(self._take_response, topic, show), partial(self._take_error, fail))

    def _take_response(self, topic: str, show: Show[T], response: T) -> None:
        if topic != LOGIN and (self._lost or (self.NEEDS_LOGIN and self.session.signed_out)):
            self._lost = False
            if self.NEEDS_LOGIN:
                self.session.signed_out = False
            self.show_hints()
        show(response)

    def _take_error(self, fail: Fail, error: PlatformError) -> None:
        if error.kind is not ErrorKind.SIGNED_OUT:
            fail(error)
            return
        known = self.session.signed_out
        self._lost = self.session.signed_out = True
        self.session.refused = error.refused
        fail(error)
        if not known:
            self.show_hints()
        self.login_refused()

    def on_screen_resume(self) -> None:
        """Reload what was refused if the user signed in on a screen above."""
        if self._hinted is not self.signed_out:
            self.show_hints()
        if self.must_reload:
            self.reload()

    # ---- keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer `sign_in` only while signed out, and `web_page` where there is one: otherwise their keys are free."""
        if action == "web_page":
            return bool(self._web_address) and super().check_action(action, parameters)
        return self.signed_out if action == "sign_in" else super().check_action(action, parameters)

    @property
    def _web_address(self) -> str:
        """The address of what is on screen, or under the cursor, in the web client."""
        return web_address(self.route, self.session.platform.server)

    def action_web_page(self) -> None:
        """Open the web page of what is on screen, or under the cursor."""
        from astro_tui.screens.base.web_page import open_web_page

        open_web_page(self, self._web_address)

    def action_times(self) -> None:
        """Show times as ages, or as local times, on all screens."""
        self.look.times = self.look.times.other
        for screen in self.app.screen_stack:
            if isinstance(screen, Page):
                screen.times_changed()
        self.show_message(f"Times are shown as {self.look.times.value}.")

    def action_sign_in(self) -> None:
        """Sign in, then continue on this screen."""
        self.open_sign_in(self.signed_in_again)

    def signed_in_again(self, words: str) -> None:
        """Reload with the new login; `words` say who signed in."""
        self._lost = False
        self.show_message(words)
        self.show_hints()
        self.reload()
