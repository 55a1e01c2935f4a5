"""The menu of what can be done to an agent. Every change to an agent starts here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from msgspec import Struct
from textual import events
from textual.widget import Widget

from astro_tui.actions.allowed import ALLOWED, ActionFacts, ActionVerdict, allowed, lifecycle_of
from astro_tui.actions.commands import command_of
from astro_tui.actions.kinds import ABOUT, Action, ActionKind
from astro_tui.actions.target import read_rights
from astro_tui.clipboard.offers import Piece
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.screens.actions.argument import ArgumentBox
from astro_tui.screens.actions.box import UNDO, ActionBox, ActionSubject, ArmBox, in_words
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.screens.actions.journal import JournalBox
from astro_tui.screens.base.copy_actions import copy
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.head import READ_ONLY
from astro_tui.widgets.keymap import about_unknown
from astro_tui.widgets.lists.pick_list import Cells, PickList


class ActionChoice(Struct, frozen=True):
    """One row of the menu; `undo` is the action itself if the row undoes the last one."""

    kind: ActionKind
    verdict: ActionVerdict = ALLOWED
    undo: Action | None = None

    @property
    def letter(self) -> str:
        """The key that chooses the row."""
        return ABOUT[self.kind].letter if self.undo is None else UNDO

    @property
    def title(self) -> str:
        """The name of the row."""
        return ABOUT[self.kind].title if self.undo is None else "Undo"

    @property
    def effect(self) -> str:
        """What the action does."""
        return ABOUT[self.kind].effect if self.undo is None else in_words(self.undo)

    @property
    def example(self) -> Action:
        """The action to show as a command, with a placeholder in capital letters for its argument."""
        return self.undo or Action(self.kind, ABOUT[self.kind].needs.upper())


class ActionsMenu(ActionBox):
    """Opens the preview of an action, arms the session, or shows the journal."""

    table: PickList[ActionChoice]

    def __init__(self, agent: ActionSubject, letter: str = "", argument: str = "") -> None:
        super().__init__(agent.session)
        self._agent = agent
        self._first = letter, argument
        """The action to preview at once, and its argument."""
        self._facts = ActionFacts()
        self._why, self._row = "", 0
        self._call = Call()
        self.choices: Sequence[ActionChoice] = ()
        self.table = PickList[ActionChoice](self.look, self._cells, self.choose)

    def on_mount(self) -> None:
        """Show what the state allows, and load what the user may do."""
        self.set_interval(1, self._show)
        self._show()
        self.run_worker(self._read_rights, thread=True)
        letter, argument = self._first
        for row, choice in enumerate(self.choices):
            if choice.letter == letter:
                self.table.move_to(row)
                self.call_after_refresh(self.choose, choice, argument)

    def on_unmount(self) -> None:
        """Cancel the request."""
        self._call.abort()

    def _read_rights(self) -> None:
        # If the rights are unknown, no action is grayed out.
        with suppress(PlatformError):
            if rights := read_rights(self.session.platform, self._agent.entry.key, self._call):
                self.app.call_later(partial(self._take_rights, rights))

    def _take_rights(self, rights: Mapping[str, object]) -> None:
        self._facts = ActionFacts(rights)
        self._show()

    def _show(self) -> None:
        if not self.shown:
            return
        entry = self._agent.entry
        report = entry.report
        if report is not None and (report.value or report.reason):
            lifecycle = lifecycle_of(report.value, report.reason)
        else:
            lifecycle = lifecycle_of(entry.deployment.status, listed=True)
        choices = [ActionChoice(kind, allowed(kind, lifecycle, self._facts)) for kind in ActionKind]
        undo = self.session.undo.get(entry.key)
        if undo is not None:
            choices.append(ActionChoice(undo.kind, allowed(undo.kind, lifecycle, self._facts), undo))
        if choices != self.choices:
            self.choices = choices
            self.table.show(choices, self.table.cursor)
        arming = self.session.arming
        words = self.session.armed_words(self._agent.account) or READ_ONLY
        self.show_title(
            "actions",
            f"{self.look.name(entry.label, entry.blueprint)} in {self.look.plain(self._agent.account)}, {words}",
        )
        arm = [] if arming.read_only else [("w", "disarm" if arming.armed(self._agent.account) else "arm")]
        self.show_keys([("enter", "preview"), *arm, ("y", "copy"), ("j", "journal"), ("esc", "close")], self._why)

    def _cells(self, choice: ActionChoice, _width: int) -> Cells:
        """Return letter, title, and either the effect or why it does not work; that row is gray."""
        look, verdict = self.look, choice.verdict
        words = choice.effect if verdict.allowed else f"not now: {verdict.reason}"
        letter, title = ("info", "") if verdict.allowed else ("quiet", "quiet")
        return [(f"{choice.letter} ", letter), (fit(choice.title, 18), title), (look.plain(words), "quiet")]

    # ---- keys

    def on_key(self, event: events.Key) -> None:
        """Choose by letter; other keys move the cursor."""
        letters = {choice.letter: choice for choice in self.choices}
        key = event.character or event.key
        self._say("")
        if key == "a":
            self.close(None)
        elif key == "w":
            self._arm()
        elif key == "j":
            self._journal()
        elif key == "y":
            self._copy()
        elif key in letters:
            self.choose(letters[key])
        elif self.handles(event.key):
            return
        elif key not in ("tab", "shift+tab"):
            titles = [(letter, choice.title) for letter, choice in letters.items()]
            self._say(about_unknown(event.key, titles, self.look, "choose one of the letters"))
        event.stop()
        event.prevent_default()

    def follow(self) -> None:
        """Say why an action does not work when the cursor comes to it: its row may have no room for that."""
        moved, self._row = self._row != self.table.cursor, self.table.cursor
        if moved and self.table.touched and (choice := self.table.row) is not None and not choice.verdict.allowed:
            self._say_why_not(choice)

    def choose(self, choice: ActionChoice, argument: str = "") -> None:
        """Show what an action would do, after asking for what it needs if no `argument` is given."""
        if not choice.verdict.allowed:
            self._say_why_not(choice)
        elif choice.undo is None and ABOUT[choice.kind].needs and not argument:
            self.app.push_screen(ArgumentBox(self._agent, choice.kind))
        else:
            argument = argument or (self._agent.build if choice.kind is ActionKind.DEPLOY else "")
            self.app.push_screen(PreviewBox(self._agent, choice.undo or Action(choice.kind, argument)))

    def _say_why_not(self, choice: ActionChoice) -> None:
        self._say(f"{choice.title}: {self.look.plain(choice.verdict.reason)}.")

    def _say(self, why: str) -> None:
        """Show until the next key why something does not work."""
        if why != self._why:
            self._why = why
            self._show()

    def _copy(self) -> None:
        """Copy the command for the action under the cursor, with a placeholder in capital letters for its argument."""
        target, server = self._agent.target, self.session.platform.server
        command = command_of(self.choices[self.table.cursor].example, target, server)
        copy(self.app, self.look, lambda: Piece(command))

    def _arm(self) -> None:
        """Arm the account after its name was typed, or make the session read-only again."""
        arming = self.session.arming
        if arming.armed(self._agent.account):
            arming.disarm()
            self._show()
            return
        self.app.push_screen(ArmBox(self.session, self._agent.account), lambda _result: self._show())

    def _journal(self) -> None:
        self.app.push_screen(JournalBox(self.session))


def open_actions(screen: Widget, agent: ActionSubject, letter: str = "", argument: str = "") -> None:
    """Open the menu for an agent, and above it the preview of the action with a letter, if one is given."""
    screen.app.push_screen(ActionsMenu(agent, letter, argument))
