"""The base of the screens that refresh automatically until the user pauses them."""

from __future__ import annotations

from abc import abstractmethod

from astro_tui.screens.base.signed_in import SignedInPage
from astro_tui.widgets.keymap import action_key, keymap, shown_keys


class RefreshingPage(SignedInPage):
    """A screen with automatic refreshes, but not behind another screen, whether that covers it or is only a box.

    A pause affects all screens and lasts until its key is pressed again. What the user does still sends requests:
    refreshing, opening something, or an action. Live logs continue.
    """

    BINDINGS = keymap("""
        p  pause  session.pause  pause updates, except live logs
    """)

    in_front = True
    """Whether no other screen and no box is in front of this one."""

    @abstractmethod
    def suspend_refreshes(self) -> None:
        """Plan no more requests: another screen is in front. What is requested already still arrives."""

    @abstractmethod
    def resume_refreshes(self) -> None:
        """Refresh what is old or has changed, and plan the next requests: this screen is in front again."""

    @abstractmethod
    def set_paused(self, *, paused: bool) -> None:
        """Pause refreshes, or refresh now and resume."""

    def poll(self) -> None:
        """Load again, unless refreshes are paused; while signed out, only check whether the user signed in."""
        if self.session.signed_out or not self.session.paused:
            super().poll()

    def on_screen_suspend(self) -> None:
        """Stop refreshing while another screen is in front."""
        self.in_front = False
        self.suspend_refreshes()

    def on_screen_resume(self) -> None:
        """Refresh again, but not if the screen reloads anyway, or has just been opened and decides when to load."""
        before, self.in_front = self.in_front, True
        if not before and not self.must_reload:
            self.resume_refreshes()

    def action_pause(self) -> None:
        """Stop all automatic refreshes, or resume them."""
        session = self.session
        session.paused = not session.paused
        self.set_paused(paused=session.paused)
        self.show_hints()
        if session.paused:
            again, refresh = action_key(self, "session.pause"), shown_keys(self, "r")
            self.show_message(
                f"Updates are paused until you press {again} again. {refresh} refreshes once. Logs continue."
            )
        else:
            self.show_message("Updates resumed.")

    def pause_hints(self) -> list[tuple[str, str]]:
        """During a pause, return the key that ends it, else nothing."""
        return [("p", "resume")] if self.session.paused else []
