"""The base of the screens that show an account's data."""

from __future__ import annotations

from abc import abstractmethod

from textual.timer import Timer

from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.base.login_page import LOGIN, LoginPage
from astro_tui.session.routes import Accounts
from astro_tui.widgets.keymap import keymap

SAVE_AFTER = 2.0
"""Seconds from the first unsaved change to the save. Changes that are unsaved at exit are saved then."""
CHECK_EVERY = 10.0
"""Seconds between checks of the stored login while signed out. No request is sent."""


class SignedInPage(LoginPage):
    """A screen that needs a login.

    When the platform refuses the login, all loaded data stays on screen, polling stops, and a line names the key that
    signs in. The screen resumes after the user signs in here or in another program.
    """

    BINDINGS = keymap("""
        A    accounts  session.accounts  your accounts
        I    sign_in   session.sign-in   sign in, when signed out
    """)
    _check: Timer | None = None
    _saving: Timer | None = None

    # ---- what a screen implements

    @abstractmethod
    def load(self) -> None:
        """Load what the screen shows."""

    def keep_place(self) -> None:
        """Save the position for the next visit; called before the screen closes."""

    def reload(self) -> None:
        """Load again with the new login."""
        self.load()

    def poll(self) -> None:
        """Load again; while signed out, only check whether the user signed in with another program."""
        if not self.session.signed_out:
            self.load()
            return
        self.fetch(LOGIN, self._stored_login, self._found_login, self._check_later)

    def remember(self) -> None:
        """Save what the next run starts with."""
        self.run_worker(self.session.remembered.save, thread=True, group="remember")

    def note_place(self, account: str, **changes: object) -> None:
        """Keep how the user left an account, and save it soon."""
        if self.session.memory.note(account, **changes):
            self.save_soon()

    def save_soon(self) -> None:
        """Save soon what the next run should find, with all changes made by then."""
        if self._saving is None:
            self._saving = self.set_timer(SAVE_AFTER, self._save_memory)

    def _save_memory(self) -> None:
        self._saving = None
        self.run_worker(self.session.memory.save, thread=True, group="memory")

    # ---- while signed out

    def login_refused(self) -> None:
        """Watch for a login from another program."""
        self._check_later()

    def _stored_login(self, call: Call) -> str:
        """Return the fingerprint of the stored token; empty without a token (worker thread)."""
        from astro_tui.text.fingerprint import fingerprint

        call.background = True
        token = self.session.platform.tokens.current(call)
        return fingerprint(token) if token else ""

    def _found_login(self, found: str) -> None:
        if found and found != self.session.refused:
            self.reload()
        else:
            self._check_later()

    def _check_later(self, _error: PlatformError | None = None) -> None:
        if self._check is not None:
            self._check.stop()
        self._check = self.set_timer(CHECK_EVERY, self.poll)

    # ---- keys

    def action_accounts(self) -> None:
        """Show the user's accounts; choosing one opens its list of agents."""
        self.open(Accounts())
