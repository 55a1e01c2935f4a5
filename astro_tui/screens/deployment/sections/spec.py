"""The spec: the document as a tree, the marks of the last change, and the history of the value under the cursor."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from astro_tui.document import Document, find, jq_path, path_of_jq
from astro_tui.errors import DocumentError
from astro_tui.presentation.agent_list import Entry, why
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.base.copy_actions import deployment_menu, save_document
from astro_tui.screens.base.page import Page
from astro_tui.screens.base.sections import SectionCommand, SectionPane
from astro_tui.screens.deployment.sections.spec_history import LastChange, Past, value_history
from astro_tui.session.agent import Agent
from astro_tui.text.redaction import masked_line
from astro_tui.theme.look import Look
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.document.spec_side import SpecSide, ViewState
from astro_tui.widgets.keymap import action_key

if TYPE_CHECKING:
    from astro_tui.platform.models import ActiveDeployment


def say_why_not(notice: Notice, state: DeploymentState, keys: Sequence[tuple[str, str]], look: Look) -> bool:
    """Say why there is no spec; returns False if it is still loading. `keys` are the key hints shown below an error."""
    if state.failure is not None:
        notice.say_error(state.failure, keys)
    elif state.foreign is not None:
        say_foreign(notice, state.entry, state.foreign, look)
    elif state.absent:
        say_absent(notice, state, look)
    elif state.problem is not None:
        say_unreadable(notice, state.problem, look)
    else:
        return False
    return True


def say_foreign(notice: Notice, entry: Entry, record: ActiveDeployment, look: Look) -> None:
    """Say that the blueprint's record belongs to another deployment (platform.md §8.7), and to which."""
    blueprint = look.plain(masked_line(record.agent_name or entry.deployment.name))
    notice.say(
        look.line(
            ("The platform shows one spec per blueprint, and it belongs to another deployment.", "bold $text-warning")
        ),
        [
            look.line(("this deployment  ", "$quiet"), f"{entry.label}  {entry.key}"),
            look.line(("the record's     ", "$quiet"), f"{record.id}  build {masked_line(record.build_id)}"),
            "",
            f"{blueprint} has several deployments. Its record belongs to the newest active one.",
        ],
        [(".", "open that deployment"), ("esc", "go back")],
    )


def say_absent(notice: Notice, state: DeploymentState, look: Look) -> None:
    """Say that there is no active record, and what is known of the state."""
    about = ". The platform keeps a spec only for an active deployment."
    if not state.inactive:
        about = ", but the platform has no active record yet. This may take a moment."
    lines: list[Content | str] = [look.line("The state is ", look.badge(state.status), about)]
    missing = "deployment" if state.inactive else "record"
    sentence, hint = why(state.entry)
    if sentence:
        lines += ["", look.plain(sentence)]
    if hint:
        lines += ["", look.line(("next  ", "$quiet"), hint)]
    lines += ["", look.line(("request  ", "$quiet"), state.absent)]
    notice.say(
        look.line((f"{look.name(state.entry.label, state.entry.blueprint)} has no active {missing}.", "bold")),
        lines,
        [("r", "refresh"), ("2", "show the record"), ("esc", "go back")],
    )


def say_unreadable(notice: Notice, problem: DocumentError, look: Look) -> None:
    """Say why the spec is not a readable document."""
    notice.say(
        look.line(("The spec cannot be shown.", "bold $text-error")),
        [look.plain(str(problem))],
        [("r", "try again")],
    )


class SpecPane(SectionPane[DeploymentState]):
    """Draws the spec that the screen loads, and loads the earlier values."""

    STYLES = ("spec_tree",)
    BINDINGS = [Binding("plus", "more_past", "load more of the value's history", id="spec.more-past")]

    def __init__(self, page: Page, name: str) -> None:
        super().__init__(page, name)
        self.side = SpecSide(self.look)
        self._wanted = ""
        """The path to show when the document is there."""
        self._shown: Document | None = None
        self._deploy: Hashable = None
        self._past = Past(self)
        self._last_change = LastChange(self)

    def compose(self) -> ComposeResult:
        """The document with its search and its value."""
        yield self.side

    def on_mount(self) -> None:
        """Make room for the history of a value."""
        self.side.value_pane.add_class("-past")

    # ---- what the host calls

    def begin(self) -> None:
        """Start over: the next state is about another deployment."""
        self.keep_place()
        super().begin()
        self._forget_past()
        self._wanted, self._shown = "", None
        self.side.start_loading()

    def shown(self) -> None:
        """Find the last change; the screen loads the document."""
        super().shown()
        self._find_last_change()

    def load_again(self) -> None:
        """Find the last change again: a deploy that failed adds a revision, but no other record."""
        self._forget_past()
        self._find_last_change()

    def settled(self) -> None:
        """Find the last change, now that everything the user waits for is here."""
        self._find_last_change()

    def unfocused(self) -> None:
        """Keep the search that the user is typing."""
        self.side.end_typing()

    def hold(self) -> None:
        """Keep the rows in place: a line may appear above them."""
        self.side.spec_tree.hold()

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        view = self.side.view() if self.begun else None
        if view is not None:
            key = self.state.entry.key
            self.session.views[key] = view
            if self.side.spec_tree.folded:
                self.session.memory.note_folds(key, view.view)

    def take_focus(self) -> None:
        """Focus the document."""
        self.side.take_focus()

    def go_to(self, detail: str) -> None:
        """Move the cursor to a path, or to its nearest existing parent, now or once the document is loaded."""
        self._wanted = detail
        self.changed()

    def _go_to(self, document: Document, detail: str) -> None:
        try:
            path = path_of_jq(detail)
        except ValueError:
            self.show_message(f"{detail} is not a path in this spec.", warning=True)
            return
        there = next(path[:end] for end in range(len(path), -1, -1) if find(document, path[:end]) is not None)
        self.side.body.go_to(find(document, there) or 0)
        if there != path:
            self.show_message(f"This spec has no {jq_path(path)}. The nearest is {jq_path(there)}.", warning=True)

    @property
    def detail(self) -> str:
        """The path under the cursor; empty at the root, and if it is too long for an address."""
        return self.side.address

    def _find_last_change(self) -> None:
        """Find what the newest revision changed, for the marks."""
        if self.begun and self.state.document is not None:
            self._last_change.find(self._agent, self.state.document)

    @property
    def _agent(self) -> Agent:
        return self.session.agent(self.state.account, self.state.entry, self.state.record)

    def _view_of(self, key: str) -> ViewState | None:
        """Return how the user left the spec in this run, else its folds from an earlier run."""
        folds = self.session.memory.folds(key) if key not in self.session.views else None
        return ViewState(folds) if folds is not None else self.session.views.get(key)

    # ---- drawing

    def follow(self) -> None:
        """Go where an address leads, and load the history of the value on screen."""
        state, pane = self.state, self.side.value_pane
        self.fills = self.side.wide
        if self._wanted and self._shown is not None and self._shown is state.document:
            detail, self._wanted = self._wanted, ""
            self._go_to(self._shown, detail)
        deploy = (_deploy_of(state), id(state.document))
        if deploy != self._deploy:
            self._deploy = deploy
            self._forget_past()
        if pane.display and pane.place is not None and pane.place[0] is state.document:
            self._past.follow(self._agent, *pane.place, load=pane.wanted)

    def draw(self) -> None:
        """Draw the document with the last change and the history of a value, or say why it is missing."""
        state, side = self.state, self.side
        if state.document is None:
            keys = self.error_keys(state.failure) if state.failure is not None else []
            if say_why_not(side.notice, state, keys, self.look):
                self._shown = None
                side.show_notice()
        elif state.document is not self._shown:
            self.keep_place()
            self._shown = state.document
            side.show(state.document, self._view_of(state.entry.key))
            # Now an address can lead to a place in it.
            self.changed()
        side.show_title(state.spec)
        change = self.session.roster.change(state.entry.key)
        side.spec_tree.show_changes(change.rows if change is not None else None)
        if side.value_pane.display and self._past.document is not None:
            heading, more, rows = value_history(self._past, self.look, self.session.clock())
            side.value_pane.past.show(heading, f"{action_key(self, 'spec.more-past')} {more}" if more else "", rows)

    def _forget_past(self) -> None:
        self._past.start_over()
        self._last_change.forget()

    def action_more_past(self) -> None:
        """Open the value, or load more revisions for its history."""
        if not self.side.value_pane.display:
            self.side.action_value()
        elif self._past.more():
            self.changed()
        else:
            self.show_message("There are no more revisions to load.", warning=True)

    # ---- keys

    def offer(self, command: SectionCommand) -> bool:
        """Choose what to copy from the spec and the deployment, or save the spec in the form on screen, masked."""
        state = self.state
        if command not in (SectionCommand.COPY, SectionCommand.SAVE):
            return False
        if command is SectionCommand.COPY:
            deployment_menu(self.page, self.session, state.entry, self.side)
        else:
            save_document(self.page, self.look, self.side, state.entry.label, state.build)
        return True


def _deploy_of(state: DeploymentState) -> Hashable:
    """Return what distinguishes one deploy from another, as far as the record says."""
    return (state.record.build_id, state.record.deployed_at) if state.record is not None else None
