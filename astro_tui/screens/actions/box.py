"""The base of the boxes about actions (a title, lines or rows, and keys), and the box that arms an account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Protocol, cast

from msgspec import Struct
from textual import events, on
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from astro_tui.actions.arming import NotArmedError
from astro_tui.actions.described import LABEL, PreviewLine, PreviewTone
from astro_tui.actions.kinds import Action
from astro_tui.actions.presses import READABLE, TYPED, Presses
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.presence import Target, target_of
from astro_tui.screens.base.box import Box
from astro_tui.session.session import Session
from astro_tui.text.redaction import masked_line
from astro_tui.text.wrapping import indented
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import SMALLEST
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.textual_compat import is_being_removed

UNDO = "u"
"""The letter of the menu that undoes the last action."""
_STYLES = {
    PreviewTone.PLAIN: "",
    PreviewTone.STATE: "",
    PreviewTone.QUIET: "$quiet",
    PreviewTone.CAUTION: "$text-warning",
    PreviewTone.REFUSAL: "bold $text-error",
    PreviewTone.COMMAND: "$text-primary",
}
_LABELS = {
    "restarting": "RESTART…",
    "rolling back": "ROLL BACK…",
    "canceling": "CANCEL…",
    "pausing": "PAUSING…",
    "resuming": "RESUMING…",
    "removing": "REMOVING…",
    "renaming": "RENAMING…",
    "running": "RUNNING…",
}


def label_of(doing: str) -> str:
    """Return the word in the list for an action that the platform has accepted but not finished."""
    return _LABELS.get(doing, "BUSY…")


def in_words(action: Action) -> str:
    """Return an action with its argument, such as `Roll back to 12`."""
    argument = masked_line(action.argument, 100)
    return f"{action.about.title} to {argument}" if argument else action.about.title


def described(preview: Iterable[PreviewLine], width: int, look: Look) -> Content:
    """Return a preview as lines of at most `width` cells, each with its label."""
    lines = []
    for label, text, tone in preview:
        parts = indented(look.plain(str(text)), max(20, width - LABEL)) or [""]
        for number, part in enumerate(parts):
            head = f"{'' if number else label:{LABEL}}"
            lines.append(look.line((head, "$quiet"), (part, _STYLES[tone])))
    return Content("\n").join(lines)


class _Pressed(Protocol):
    """An app that records the keys."""

    presses: Presses


def presses_of(widget: Widget) -> Presses:
    """Return the keys that were pressed last."""
    return cast("_Pressed", widget.app).presses


class Confirmation:
    """Accepts a key as a confirmation if the user pressed it on purpose, for what is on screen now."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self.shown_at: float | None = None
        """Since when the user can read it; None if it is not readable."""

    def shown(self) -> None:
        """Start the delay: from now on, it can be read."""
        self.shown_at = monotonic()

    @property
    def readable(self) -> bool:
        """Whether it has been on screen for long enough to be confirmed."""
        return self.shown_at is not None and monotonic() >= self.shown_at + READABLE

    def pressed(self, event: events.Key, confirmed: Callable[[], None], refused: Callable[[], None]) -> None:
        """Call `confirmed` in a moment if a key was pressed on purpose, else `refused`."""
        # A key's time is its arrival: the user pressed queued keys for something else.
        if self.shown_at is None or not presses_of(self._widget).deliberate(event.key, event.time, self.shown_at):
            refused()
            return

        def confirm() -> None:
            newest = self.shown_at is not None and presses_of(self._widget).newest(event.key, event.time)
            (confirmed if newest else refused)()

        # After all keys that have arrived by now.
        self._widget.set_timer(TYPED, lambda: self._widget.app.call_later(confirm))


class TypedPrompt(Prompt):
    """A prompt for a name that confirms something, so it has to be typed."""

    class Pasted(Message):
        """The user pasted something, which was dropped."""

    def on_paste(self, event: events.Paste) -> None:
        """Drop the paste."""
        self._drop(event)

    def on_key(self, event: events.Key) -> None:
        """Drop a key that may be part of a paste; the prompt handles all others."""
        if event.is_printable and presses_of(self).was_pasted(event.time):
            self._drop(event)

    def _drop(self, event: events.Event) -> None:
        event.stop()
        event.prevent_default()
        self.post_message(self.Pasted())


class ActionSubject(Struct, frozen=True):
    """The agent that actions are about."""

    session: Session
    account: str
    entry: Entry
    build: str = ""
    """The build to deploy; empty for the newest."""

    @property
    def target(self) -> Target:
        """The deployment, for the request."""
        return target_of(self.account, self.entry.deployment)


class ActionBox(Box[object]):
    """A box about actions, perhaps above another one to which `esc` goes back; `enter` never confirms anything."""

    typed_only = "Type the name: a paste does not count."
    """The message after a paste."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.look, "actions")
        self.session = session
        self._lasting = ""

    @property
    def shown(self) -> bool:
        """Whether the box has its widgets, without which it cannot show what arrives.

        They exist before Textual reports the box as mounted or, from Python 3.12 on, as open.
        """
        return bool(self.children) and not is_being_removed(self)

    @property
    def too_small(self) -> bool:
        """Whether the window has no room for what would be confirmed."""
        (width, height), least = self.app.size, SMALLEST
        return width < least[0] or height < least[1]

    def show_keys(self, keys: Sequence[tuple[str, str]] = (), about: str = "") -> None:
        """Name the keys that work, and show a note until the next call, except while a text is wrong."""
        self._lasting = about
        self.say(about)
        super().show_keys(keys)

    def search(self, text: str) -> None:
        """Show the note again: another text may be right."""
        self.say(self._lasting)

    @on(TypedPrompt.Pasted)
    def _say_typed(self, message: TypedPrompt.Pasted) -> None:
        message.stop()
        self.say(self.typed_only)

    def leave(self) -> None:
        """Close this box and those below it."""
        app = self.app
        if self.is_current:
            while isinstance(app.screen, ActionBox):
                app.pop_screen()

    def on_screen_suspend(self) -> None:
        """Make room for the box in front."""
        self.query_one("#box").visible = False

    def on_screen_resume(self) -> None:
        """Be seen again, and let the user type on."""
        self.query_one("#box").visible = True
        if self.prompt is not None and self.prompt.display:
            self.set_focus(self.prompt)


class ValueBox(ActionBox):
    """Asks for the value of a variable, which a secret does not show, and returns it."""

    def __init__(self, session: Session, name: str, *, secret: bool) -> None:
        super().__init__(session)
        self._variable = name
        self.prompt = Prompt(self.look, "value: ")
        self.prompt.hidden = secret

    def on_mount(self) -> None:
        """Name the variable."""
        self.show_title("set", f"{self.look.plain(self._variable)}, for this deploy and later ones")
        self.show_keys([("enter", "set"), ("esc", "back")])

    def entered(self, text: str) -> None:
        """Return the value."""
        if text:
            self.close(text)
        else:
            self.say("An empty value cannot be set.")


class ArmBox(ActionBox):
    """Asks for the name of the account."""

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(session)
        self._account = account
        self.prompt = TypedPrompt(self.look, "account: ")

    def inside(self) -> Iterable[Widget]:
        """Return what arming means, and the prompt."""
        about = Paragraph(self.look)
        about.show("Type the account's name to allow actions in it for ten minutes.")
        return [about, *super().inside()]

    def on_mount(self) -> None:
        """Name the account."""
        self.show_title("arm", self.look.plain(self._account))
        self.show_keys([("enter", "arm"), ("esc", "back")])

    def entered(self, text: str) -> None:
        """Arm the account if this is its name."""
        if self.too_small:
            return
        try:
            self.session.arming.arm(self._account, text)
        except NotArmedError as error:
            self.say(str(error))
        else:
            self.close(True)
