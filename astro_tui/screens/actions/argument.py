"""Asks for what an action needs: a pod, a revision, an ingestion, or a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from textual import events

from astro_tui.actions.ingestions import ingestions_of
from astro_tui.actions.kinds import ABOUT, Action, ActionKind
from astro_tui.actions.target import read_state
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.pods import pods_of
from astro_tui.presentation.presence import read_source
from astro_tui.presentation.revisions import EARLIER, RevisionRow
from astro_tui.screens.actions.box import ActionBox, ActionSubject
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.pick_list import Cells, PickList


class Option(Struct, frozen=True):
    """A value with its description, safe to draw."""

    value: str
    text: str


def options_of(agent: ActionSubject, kind: ActionKind, call: Call) -> list[Option]:
    """Return what can be chosen for an action (worker thread). Raises PlatformError."""
    platform, target, clock = agent.session.platform, agent.target, agent.session.clock
    if kind is ActionKind.RESTART_POD:
        pods = pods_of(read_source(platform, target, "runtime", call)).values()
        return [Option(pod.name, masked_line(f"{pod.name}  {pod.workload}", 200)) for pod in pods]
    state = read_state(platform, target, clock, call)
    if kind is ActionKind.TRIGGER:
        return [Option(name, masked_line(name, 200)) for name in ingestions_of(platform, target, state, call)]
    rows = [row for row in state.rows if row.number is not None and row.number != state.revision]
    return [Option(str(row.number), "  ".join(filter(None, _told(row, clock())))) for row in rows]


def _told(row: RevisionRow, now: datetime) -> tuple[str, ...]:
    """Return what tells a revision from the others; today's server reports no outcome of earlier ones."""
    state = "" if row.status is EARLIER else row.status.plain
    return row.title, row.build, state, f"{age(row.deployed, now)} ago", row.who, row.message


class ArgumentBox(ActionBox):
    """Asks for what an action needs, such as a revision, and previews it."""

    prompt: Prompt

    def __init__(self, agent: ActionSubject, kind: ActionKind) -> None:
        super().__init__(agent.session)
        self._agent, self._kind = agent, kind
        self._call = Call()
        self._options: Sequence[Option] = ()
        if kind is ActionKind.RENAME:
            self.prompt = Prompt(self.look, "new name: ")
        else:
            self.prompt = Prompt(self.look)
            self.table = PickList[Option](self.look, self._cells, lambda option: self.preview(option.value))

    def on_mount(self) -> None:
        """Load what can be chosen."""
        about = ABOUT[self._kind]
        self.show_title(about.title.lower(), self.look.name(self._agent.entry.label, self._agent.entry.blueprint))
        if self._kind is ActionKind.RENAME:
            self.show_keys([("enter", "preview"), ("esc", "back")])
            return
        self.prompt.display = False
        self.show_keys([("enter", "preview"), ("/", "filter"), ("esc", "back")], f"which {about.needs}?")
        self._fill([], "loading")
        self.run_worker(self._load, thread=True)
        if self._kind is ActionKind.ROLLBACK:
            self.session.platform.names.begin(self._agent.account)

    def on_unmount(self) -> None:
        """Cancel the request."""
        self._call.abort()

    def _load(self) -> None:
        try:
            options = options_of(self._agent, self._kind, self._call)
        except PlatformError as error:
            self.app.call_later(partial(self._show, [], str(error)))
        else:
            which = {ActionKind.ROLLBACK: "other ", ActionKind.TRIGGER: "manual "}.get(self._kind, "")
            nothing = f"There is no {which}{ABOUT[self._kind].needs}."
            self.app.call_later(partial(self._show, options, nothing))

    def _show(self, options: Sequence[Option], instead: str) -> None:
        if self.shown:
            self._options = options
            self._fill(options, instead)

    def _fill(self, options: Sequence[Option], instead: str) -> None:
        if self.table is not None:
            self.table.instead = instead
            self.table.show(options)

    def _cells(self, option: Option, _width: int) -> Cells:
        return [(f" {self.look.plain(option.text)}", "")]

    def search(self, text: str) -> None:
        """Show the options with every word that the user types."""
        super().search(text)
        words = text.casefold().split()
        matches = [option for option in self._options if all(word in option.text.casefold() for word in words)]
        self._fill(matches, "" if matches else f"Nothing matches {text}.")

    def preview(self, argument: str) -> None:
        """Show what the action would do."""
        self.app.push_screen(PreviewBox(self._agent, Action(self._kind, argument)))

    def on_key(self, event: events.Key) -> None:
        """Filter, or leave; other keys move the cursor."""
        if self.table is None or not (event.key == "q" or event.character == "/"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "q":
            self.leave()
        else:
            self.prompt.open(replaced=True)

    def entered(self, text: str) -> None:
        """Preview the new name, or the first option that matches."""
        if self.table is not None:
            super().entered(text)
        elif text.strip():
            self.preview(text.strip())

    def action_close(self) -> None:
        """Close the filter, or the box."""
        if self.table is not None and self.prompt.display:
            self.prompt.close()
            self.set_focus(self.table)
            self._fill(self._options, "")
        else:
            super().action_close()
