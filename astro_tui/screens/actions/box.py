"""The base of the boxes about actions (a title, lines or rows, and keys), and the box that arms an account."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, cast

from msgspec import Struct
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from astro_tui.actions.arming import NotArmedError
from astro_tui.actions.described import LABEL, PreviewLine, Tone
from astro_tui.actions.kinds import Action
from astro_tui.actions.presses import Presses
from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.presence import Target, target_of
from astro_tui.session.session import Session
from astro_tui.text.redaction import masked_line
from astro_tui.text.wrapping import indented
from astro_tui.theme.look import Look, stylesheet
from astro_tui.theme.sizes import SMALLEST
from astro_tui.widgets.chrome.bar import Paragraph, Rule
from astro_tui.widgets.chrome.head import TooSmall, head_of
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.keymap import with_own_keys
from astro_tui.widgets.textual_compat import is_being_removed

UNDO = "u"
"""The letter of the menu that undoes the last action."""
_STYLES = {
    Tone.PLAIN: "",
    Tone.STATE: "",
    Tone.QUIET: "$quiet",
    Tone.CAUTION: "$text-warning",
    Tone.REFUSAL: "bold $text-error",
    Tone.COMMAND: "$text-primary",
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
        parts = indented(look.own(look.plain(str(text))), max(20, width - LABEL)) or [""]
        for number, part in enumerate(parts):
            head = f"{'' if number else label:{LABEL}}"
            lines.append(Content.assemble((head, "$quiet"), (part, _STYLES[tone])))
    return Content("\n").join(lines)


AROUND = 7
"""Maximum number of lines around the scrolling part of a box: the header, a title, a prompt, a note, and the keys."""
LEAST_LINES = 3


class _Pressed(Protocol):
    """An app that records the keys."""

    presses: Presses


def presses_of(widget: Widget) -> Presses:
    """Return the keys that were pressed last."""
    return cast("_Pressed", widget.app).presses


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

    @property
    def target(self) -> Target:
        """The deployment, for the request."""
        return target_of(self.account, self.entry.deployment)


class ActionBox(ModalScreen[object]):
    """A box, perhaps above another one to which `esc` goes back. A subclass returns the contents from `compose_box`."""

    CSS_PATH = stylesheet("actions")
    # All boxes share this id, and with it the keys that close them.
    BINDINGS = [Binding("escape", "close", "", show=False, priority=True, id="box.close")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session, self.look = session, session.look
        self._note = ""

    def compose(self) -> ComposeResult:
        """The box between two rules."""
        # From Python 3.12 on, Textual composes a screen before it is on the stack.
        below = next(screen for screen in reversed(self.app.screen_stack) if screen is not self)
        yield from head_of(below, "actions")
        with Vertical(id="action-box"):
            yield Rule(self.look, id="action-title")
            yield from self.compose_box()
            yield Paragraph(self.look, id="action-note")
            yield Rule(self.look, id="action-end")
        yield TooSmall(self.look, None, "esc close")

    def compose_box(self) -> Sequence[Widget]:
        """Return what is in the box."""
        return ()

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

    def show_title(self, title: str, about: str = "") -> None:
        """Set the title."""
        dot = f" {self.look.glyphs.dot} "
        self.query_one("#action-title", Rule).show(Content.assemble((title, "bold"), f"{dot}{about}" if about else ""))

    def show_keys(self, keys: Sequence[tuple[str, str]], note: str = "") -> None:
        """Name the keys that work, with as many words as fit, and show a note above them."""
        self._note = note
        self.say(note)
        dot, own = f" {self.look.glyphs.dot} ", with_own_keys(self, keys)
        forms = (
            dot.join(f"{key} {name}" if number < named else key for number, (key, name) in enumerate(own))
            for named in (len(own), 1, 0)
        )
        self.query_one("#action-end", Rule).show_keys(*forms)

    def say(self, words: str) -> None:
        """Show other words in place of the note, such as what is wrong with a text, until the text changes."""
        below = self.query_one("#action-note", Paragraph)
        below.display = bool(words)
        below.show(Content.assemble((self.look.own(words), "bold")))

    def handle_directly(self, message: Message) -> None:
        """Follow what the user types."""
        if isinstance(message, Prompt.Changed):
            self.say(self._note)

    @on(TypedPrompt.Pasted)
    def _say_typed(self, message: TypedPrompt.Pasted) -> None:
        message.stop()
        self.say("Type the name: a paste does not count.")

    def on_resize(self) -> None:
        """Leave room for everything around the scrolling part."""
        room = max(LEAST_LINES, self.size.height - AROUND)
        for inside in self.query("#action-box > VerticalScroll, #action-box > RowList").results(Widget):
            inside.styles.max_height = room

    def on_click(self, event: events.Click) -> None:
        """A click outside the box closes it."""
        if event.widget is self:
            self.leave()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types, the keys belong to the prompt; canceling it closes the box."""
        if action == "close":
            return not isinstance(self.focused, Prompt)
        return super().check_action(action, parameters)

    def action_close(self) -> None:
        """Close without a result."""
        self.close(None)

    def close(self, result: object) -> None:
        """Close with a result, once; the box below is in front again."""
        if self.is_current:
            self.dismiss(result)

    def leave(self) -> None:
        """Close this box and those below it."""
        app = self.app
        if self.is_current:
            while isinstance(app.screen, ActionBox):
                app.pop_screen()

    def on_screen_suspend(self) -> None:
        """Make room for the box in front."""
        self.query_one("#action-box").visible = False

    def on_screen_resume(self) -> None:
        """Be seen again, and let the user type on."""
        self.query_one("#action-box").visible = True
        for prompt in self.query(Prompt):
            if prompt.display:
                self.set_focus(prompt)


class ArmBox(ActionBox):
    """Asks for the name of the account."""

    def __init__(self, session: Session, account: str) -> None:
        super().__init__(session)
        self._account = account

    def compose_box(self) -> Sequence[Widget]:
        """What arming means, and the prompt."""
        return [Paragraph(self.look, id="action-about"), TypedPrompt(self.look, "account: ")]

    def on_mount(self) -> None:
        """Ask for the name."""
        self.show_title("arm", self.look.plain(self._account))
        about = "Type the account's name to allow actions in it for ten minutes."
        self.query_one("#action-about", Paragraph).show(about)
        self.query_one(Prompt).open()
        self.show_keys([("enter", "arm"), ("esc", "back")])

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        message.stop()
        if self.too_small:
            return
        try:
            self.session.arming.arm(self._account, message.text)
        except NotArmedError as error:
            self.say(str(error))
        else:
            self.close(True)

    @on(Prompt.Canceled)
    def _canceled(self, message: Prompt.Canceled) -> None:
        message.stop()
        self.close(None)
