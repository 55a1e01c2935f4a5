"""The base of the boxes whose capital letter confirms what they show.

Enter cancels. The confirm key counts only if it was pressed on purpose, for what is on screen: not too early, not by
holding it down, and not by pasting. Another key right after it cancels.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from time import monotonic

from textual import events

from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.actions.presses import READABLE, TYPED
from astro_tui.platform.client import Call
from astro_tui.screens.actions.box import ActionBox, TypedPrompt, presses_of
from astro_tui.session.session import Session


class ConfirmBox(ActionBox):
    """Shows what an action would do. A subclass says what that is, and starts it."""

    prompt: TypedPrompt

    def __init__(self, session: Session, kind: ActionKind, question: str) -> None:
        super().__init__(session)
        self.kind_of_action, self._about = kind, ABOUT[kind]
        self._call = Call()
        self._shown_at: float | None = None
        self._typed = ""
        self.prompt = TypedPrompt(self.look, question)
        self._again = False
        """Whether the confirm key was not meant, and has to be pressed after another key."""

    @property
    @abstractmethod
    def subject(self) -> object | None:
        """What the key would confirm, or None if that is not known yet."""

    @property
    @abstractmethod
    def to_type(self) -> str:
        """What has to be typed before the key confirms."""

    @abstractmethod
    def hint(self, note: str = "") -> None:
        """Name the key that confirms, with a note, or say what is missing."""

    @abstractmethod
    def confirm(self) -> None:
        """Start what is shown: the key was pressed on purpose."""

    def on_unmount(self) -> None:
        """Cancel the requests."""
        self._call.abort()

    @property
    def readable(self) -> bool:
        """Whether the preview has been on screen for long enough to be confirmed."""
        return self._shown_at is not None and monotonic() >= self._shown_at + READABLE

    def appeared(self) -> None:
        """Start the delay after the next frame: then it is on screen and can be read."""
        self._shown_at = None
        self.call_after_refresh(self._on_screen)

    def on_resize(self) -> None:
        """Restart the delay if the preview could not be read before."""
        if self.too_small:
            self._shown_at = None
        elif self._shown_at is None:
            self.call_after_refresh(self._on_screen)

    def _on_screen(self) -> None:
        if self.is_current and self.subject is not None and not self.too_small:
            self._shown_at = monotonic()

    def on_screen_resume(self) -> None:
        """Restart the delay: the preview could not be read while another screen was in front of it."""
        self.appeared()

    def pressed(self, event: events.Key) -> None:
        """Confirm in a moment if the key was pressed on purpose; if not, say how to do that."""
        key, at = event.key, event.time
        # A key's time is when it arrived: keys that waited in the queue were not meant for this preview.
        if self._shown_at is None or not presses_of(self).deliberate(key, at, self._shown_at):
            self._unconfirmed()
        else:
            # Behind all keys that have arrived by then.
            confirm = partial(self._confirm, self.subject, key, at)
            self.set_timer(TYPED, lambda: self.app.call_later(confirm))

    def pressed_another(self) -> None:
        """Let the confirm key count again: another key was pressed before it."""
        if self._again and self.subject is not None:
            self._again = False
            self.hint(f"now press {self._about.confirm}")

    def _unconfirmed(self) -> None:
        self._again = True
        self.hint(f"not confirmed yet: press space, then {self._about.confirm} once")

    def _confirm(self, subject: object, key: str, at: float) -> None:
        if not self.is_current or self.subject is not subject:
            return
        if self._shown_at is None or not presses_of(self).newest(key, at):
            self._unconfirmed()
        else:
            self.confirm()

    def on_paste(self, event: events.Paste) -> None:
        """A paste confirms nothing."""
        event.stop()

    def entered(self, text: str) -> None:
        """Let the user confirm if this is what has to be typed."""
        if self.subject is None or self.too_small:
            return
        if text != self.to_type:
            self.say(f"that is not {self.look.plain(self.to_type)}")
            return
        self._typed = text
        self.prompt.close()
        self.set_focus(self.table)
        # The confirm key was not on screen until now, so the delay starts again.
        self.appeared()
        self.hint()
