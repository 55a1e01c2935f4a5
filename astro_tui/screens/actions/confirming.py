"""The base of the boxes whose capital letter confirms what they show.

Enter cancels. The confirm key counts only if it was pressed on purpose, for what is on screen: not too early, not by
holding it down, and not by pasting. Another key right after it cancels.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from textual import events
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from astro_tui.platform.client import Call
from astro_tui.screens.actions.box import ActionBox, ArmBox, Confirmation, TypedPrompt
from astro_tui.session.session import Session
from astro_tui.widgets.chrome.head import READ_ONLY


class ConfirmBox(ActionBox):
    """Shows what would be done. A subclass says what that is, and starts it; `confirm_key` is its capital letter."""

    prompt: TypedPrompt

    def __init__(self, session: Session, confirm_key: str, question: str) -> None:
        super().__init__(session)
        self.confirm_key = confirm_key
        self._call = Call()
        self.confirmation = Confirmation(self)
        self._typed = ""
        self.prompt = TypedPrompt(self.look, question)
        self._again = False
        """Whether the confirm key was pressed too early, and counts only after another key."""

    @property
    @abstractmethod
    def subject(self) -> object | None:
        """What the key would confirm, or None if that is not known yet."""

    @property
    @abstractmethod
    def to_type(self) -> str:
        """What the user has to type before the key confirms."""

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
        return self.confirmation.readable

    def appeared(self) -> None:
        """Start the delay after the next frame: then it is on screen and can be read."""
        self.confirmation.shown_at = None
        self.call_after_refresh(self._on_screen)

    def on_resize(self) -> None:
        """Restart the delay if the preview could not be read before."""
        if self.too_small:
            self.confirmation.shown_at = None
        elif self.confirmation.shown_at is None:
            self.call_after_refresh(self._on_screen)

    def _on_screen(self) -> None:
        if self.is_current and self.subject is not None and not self.too_small:
            self.confirmation.shown()

    def on_screen_resume(self) -> None:
        """Restart the delay: the preview could not be read while another screen was in front of it."""
        self.appeared()

    def pressed(self, event: events.Key) -> None:
        """Confirm in a moment if the key was pressed on purpose; if not, say how to do that."""
        self.confirmation.pressed(event, partial(self._confirm, self.subject), self._unconfirmed)

    def pressed_another(self) -> None:
        """Let the confirm key count again: another key was pressed before it."""
        if self._again and self.subject is not None:
            self._again = False
            self.hint(f"now press {self.confirm_key}")

    def _unconfirmed(self) -> None:
        if self.is_current:
            self._again = True
            self.hint(f"not confirmed yet: press space, then {self.confirm_key} once")

    def _confirm(self, subject: object) -> None:
        if self.is_current and self.subject is subject:
            self.confirm()

    def on_paste(self, event: events.Paste) -> None:
        """A paste confirms nothing."""
        event.stop()

    def entered(self, text: str) -> None:
        """Let the user confirm if the text is right."""
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


class Asked(NamedTuple):
    """What a `MeaningBox` asks: a title and its subject, a text, and the word for the key that confirms.

    The user first types the `name`, if there is one.
    """

    title: str
    about: str
    text: str
    word: str
    name: str = ""


class MeaningBox(ConfirmBox):
    """Explains an action, and closes with the typed name once the user confirms in an armed session."""

    def __init__(self, session: Session, account: str, asked: Asked) -> None:
        super().__init__(session, asked.word[0].upper(), "name: ")
        self._account, self._asked = account, asked

    @property
    def subject(self) -> Asked:
        """What is asked."""
        return self._asked

    @property
    def to_type(self) -> str:
        """The name."""
        return self._asked.name

    def inside(self) -> Iterable[Widget]:
        """Return the text, and a prompt for the name."""
        return [VerticalScroll(Static(self.look.plain(self._asked.text), markup=False)), self.prompt]

    def on_mount(self) -> None:
        """Name the keys."""
        self.prompt.display = False
        self.show_title(self._asked.title, self.look.plain(self._asked.about))

    def on_screen_resume(self) -> None:
        """Start, or go on after the account was armed."""
        self.hint()

    def hint(self, note: str = "") -> None:
        """Name the key that comes next."""
        arming, leave = self.session.arming, [("esc", "back")]
        if arming.read_only:
            self.show_keys(leave, "read_only = true in the configuration")
        elif not arming.armed(self._account):
            self.show_keys([("w", "arm"), *leave], note or READ_ONLY)
        elif self._typed != self.to_type:
            self.prompt.open()
            self.show_keys(leave, f"type {self.look.plain(self.to_type)} to continue")
        else:
            self.show_keys([(self.confirm_key, self._asked.word), *leave], note)

    def on_key(self, event: events.Key) -> None:
        """Confirm with the capital letter, or arm."""
        if self.handles(event.key):
            return
        event.stop()
        event.prevent_default()
        arming = self.session.arming
        armed = arming.armed(self._account)
        if event.key == "w" and not armed and not arming.read_only:
            self.app.push_screen(ArmBox(self.session, self._account))
        elif event.character == self.confirm_key and armed and self._typed == self.to_type and not self.too_small:
            self.pressed(event)
        else:
            self.pressed_another()

    def confirm(self) -> None:
        """Close with the name."""
        self.close(self._typed)
