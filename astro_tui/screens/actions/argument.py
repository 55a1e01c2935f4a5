"""Asks for what an action needs: a pod, a revision, an ingestion, or a name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from msgspec import Struct
from rich.segment import Segment
from textual import events, on
from textual.message import Message
from textual.widget import Widget

from astro_tui.actions.ingestions import ingestions_of
from astro_tui.actions.kinds import ABOUT, Action, ActionKind
from astro_tui.actions.target import read_state
from astro_tui.diagnosis.pods import pods_of
from astro_tui.errors import PlatformError
from astro_tui.platform.client import Call
from astro_tui.presentation.revisions import EARLIER, RevisionRow
from astro_tui.screens.actions.box import ActionBox, ActionSubject
from astro_tui.screens.actions.confirm import PreviewBox
from astro_tui.text.redaction import masked_line
from astro_tui.text.times import age
from astro_tui.theme.look import Look
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.prompt import Prompt
from astro_tui.widgets.lists.rows import RowList

MOST_ROWS = 12


class Option(Struct, frozen=True):
    """A value with its description, safe to draw."""

    value: str
    text: str


def options_of(agent: ActionSubject, kind: ActionKind, call: Call) -> list[Option]:
    """Return what can be chosen for an action (worker thread). Raises PlatformError."""
    platform, target, clock = agent.session.platform, agent.target, agent.session.clock
    if kind is ActionKind.RESTART_POD:
        pods = pods_of(platform.runtime(target.id, call=call)).values()
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


class OptionTable(RowList, can_focus=False):
    """One option per row."""

    COMPONENT_CLASSES = {"rows--cursor", "rows--info", "rows--quiet"}

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="action-table")
        self.options: Sequence[Option] = ()
        self.instead = "loading"

    @property
    def row_count(self) -> int:
        """The number of options."""
        return len(self.options)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return the description."""
        text = fit(self.look.plain(self.options[index].text), max(0, width - 2), self.look.glyphs.cut)
        return [Segment(self.look.glyphs.cursor if selected else " ", self.part("info")), Segment(f" {text}")]

    def draw_empty(self, line: int, width: int) -> list[Segment]:
        """Return why there are no options."""
        return [Segment(fit(f"  {self.look.plain(self.instead) if not line else ''}", width), self.part("quiet"))]

    def row_chosen(self, index: int) -> None:
        """Close with the value."""
        if isinstance(self.screen, ArgumentBox):
            self.screen.preview(self.options[index].value)


class ArgumentBox(ActionBox):
    """Asks for what an action needs, such as a revision, and previews it."""

    AUTO_FOCUS = ""

    def __init__(self, agent: ActionSubject, kind: ActionKind) -> None:
        super().__init__(agent.session)
        self._agent, self._kind = agent, kind
        self._call = Call()
        self._options: Sequence[Option] = ()

    def compose_box(self) -> Sequence[Widget]:
        """A prompt for a name, else the options and their filter."""
        if self._kind is ActionKind.RENAME:
            return [Prompt(self.look, "new name: ")]
        return [OptionTable(self.look), Prompt(self.look)]

    def on_mount(self) -> None:
        """Load what can be chosen."""
        about = ABOUT[self._kind]
        self.show_title(about.title.lower(), self.look.plain(self._agent.entry.label))
        if self._kind is ActionKind.RENAME:
            self.query_one(Prompt).open()
            self.show_keys([("enter", "preview"), ("esc", "back")])
            return
        self.query_one(Prompt).display = False
        self.show_keys([("enter", "preview"), ("/", "filter"), ("esc", "back")], f"which {about.needs}?")
        self._show([])
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

    def _show(self, options: Sequence[Option], instead: str = "loading") -> None:
        if self.shown:
            self._options = options
            self._fill(options, instead)
            self.query_one(OptionTable).styles.height = max(1, min(len(options), MOST_ROWS))

    def _fill(self, options: Sequence[Option], instead: str) -> None:
        table = self.query_one(OptionTable)
        table.options, table.instead = options, instead
        table.rows_changed(0)

    def handle_directly(self, message: Message) -> None:
        """Show the options with every word that the user types."""
        super().handle_directly(message)
        if isinstance(message, Prompt.Changed) and self._kind is not ActionKind.RENAME:
            words = message.text.casefold().split()
            found = [each for each in self._options if all(word in each.text.casefold() for word in words)]
            self._fill(found, "" if found else f"Nothing matches {message.text}.")

    def preview(self, argument: str) -> None:
        """Show what the action would do."""
        self.app.push_screen(PreviewBox(self._agent, Action(self._kind, argument)))

    def on_key(self, event: events.Key) -> None:
        """Move, choose, filter, or leave."""
        if self._kind is ActionKind.RENAME:
            return
        event.stop()
        event.prevent_default()
        table = self.query_one(OptionTable)
        steps = {"up": -1, "k": -1, "down": 1, "j": 1, "pageup": -table.page, "pagedown": table.page}
        if event.key == "q":
            self.leave()
        elif event.character == "/":
            self.query_one(Prompt).open(replaced=True)
        elif event.key in steps:
            table.action_move(steps[event.key])
        elif event.key == "enter":
            table.action_choose()

    @on(Prompt.Submitted)
    def _typed(self, message: Prompt.Submitted) -> None:
        message.stop()
        if self._kind is not ActionKind.RENAME:
            self.query_one(OptionTable).action_choose()
        elif message.text.strip():
            self.preview(message.text.strip())

    @on(Prompt.Moved)
    def _moved(self, message: Prompt.Moved) -> None:
        message.stop()
        if self._kind is ActionKind.RENAME:
            return
        table = self.query_one(OptionTable)
        table.action_move(message.rows(table.page))

    @on(Prompt.Canceled)
    def _canceled(self, message: Prompt.Canceled) -> None:
        message.stop()
        if self._kind is ActionKind.RENAME:
            self.close(None)
        else:
            self.query_one(Prompt).close()
            self._fill(self._options, "")
