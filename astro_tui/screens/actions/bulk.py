"""One action on the marked agents: what would happen to each, the confirmation, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from textual import events
from textual.widget import Widget

from astro_tui.actions.bulk import KINDS, MOST, Bulk, BulkItem, Result, planned
from astro_tui.actions.commands import command_of_many
from astro_tui.actions.kinds import ABOUT, ActionKind
from astro_tui.actions.run_bulk import read_items
from astro_tui.clipboard.offers import Piece
from astro_tui.errors import AstroError
from astro_tui.screens.actions.acting import start_bulk
from astro_tui.screens.actions.box import ActionSubject, ArmBox
from astro_tui.screens.actions.confirming import ConfirmBox
from astro_tui.screens.base.copy_actions import copy
from astro_tui.screens.base.letter_menu import LetterMenu
from astro_tui.text.times import counted
from astro_tui.widgets.cells import cell_len, fit
from astro_tui.widgets.chrome.bar import Paragraph
from astro_tui.widgets.chrome.head import READ_ONLY
from astro_tui.widgets.lists.pick_list import Cells, PickList

if TYPE_CHECKING:
    from astro_tui.screens.base.page import Page

RETRY = "r"
"""The key that previews what failed again. No key that confirms an action is a small letter."""
WORDS = 8
"""Cells of the word for what happens, or happened."""
LONGEST_NAME = 32
_STYLES = {
    Result.RUNNING: "info",
    Result.DONE: "ok",
    Result.REFUSED: "error",
    Result.FAILED: "error",
    Result.UNKNOWN: "warn",
    Result.SKIPPED: "quiet",
}


class BulkBox(ConfirmBox):
    """Lists the agents with what would happen to each, then the progress, and then the results."""

    table: PickList[BulkItem]
    typed_only = "Type the number: a paste does not count."

    def __init__(self, agents: Sequence[ActionSubject], kind: ActionKind) -> None:
        super().__init__(agents[0].session, ABOUT[kind].confirm, "number: ")
        self.kind_of_action, self._about = kind, ABOUT[kind]
        self._agents = {agent.target.id: agent for agent in agents}
        self._items = {key: BulkItem(agent.target) for key, agent in self._agents.items()}
        self._bulk: Bulk | None = None
        self._acting = self._ended = False
        several = len({agent.account for agent in agents}) > 1
        self._names = {
            key: f"{self.look.plain(agent.account)}/" * several
            + self.look.name(agent.entry.label, agent.entry.blueprint)
            for key, agent in self._agents.items()
        }
        self._longest = min(LONGEST_NAME, max(map(cell_len, self._names.values())))
        self._words = Paragraph(self.look)
        self.table = PickList[BulkItem](self.look, self._cells, lambda _item: self._enter(), selectable=True)

    def inside(self) -> Iterable[Widget]:
        """Return the list, details about the agent under the cursor, and a prompt for the number."""
        return [self.table, self._words, self.prompt]

    # ---- the preview

    @property
    def subject(self) -> Bulk | None:
        """What would be done, once all agents have been read, and until it is confirmed."""
        return None if self._acting or self._ended else self._bulk

    @property
    def to_type(self) -> str:
        """How many agents are acted on."""
        return str(self._bulk.count) if self._bulk is not None else ""

    def on_mount(self) -> None:
        """Read all agents."""
        self.prompt.display = self._words.display = False
        self.draw()
        self.show_keys([("esc", "back")], "reading the agents' states…")
        self.run_worker(self._load, thread=True)

    def _load(self) -> None:
        targets = [agent.target for agent in self._agents.values()]
        try:
            for item in read_items(self.session.acting, targets, self.kind_of_action, self._call):
                self.app.call_later(partial(self._take, item))
        except AstroError as error:
            self.app.call_later(partial(self.say, self.look.plain(str(error))))
        else:
            self.app.call_later(self._plan)

    def _take(self, item: BulkItem) -> None:
        self._items[item.target.id] = item
        self.changed()

    def _plan(self) -> None:
        """Decide which agents are skipped; that changes when an account is armed."""
        if self.shown:
            self._bulk, self._typed = Bulk(self.kind_of_action, planned(self._items.values(), self.session.arming)), ""
            self.appeared()
            self.hint()
            self.changed()

    def on_resize(self) -> None:
        """Draw again: what has no room in a row depends on the width of the list."""
        self.call_after_refresh(self.changed)

    def draw(self) -> None:
        """Show a row per agent, and details about the one under the cursor."""
        if not self.shown:
            return
        bulk = self._bulk
        items = bulk.items if bulk is not None else [*self._items.values()]
        rows: list[BulkItem | str] = [self._about.effect, *items]
        if rows != self.table.rows:
            self.table.show(rows, self.table.cursor, self.table.cursor - self.table.top)
        item, of = self.table.row, counted(len(items), "marked agent")
        words = item.words if item is not None else ""
        # Behind another box, the list has no width.
        if (width := self.table.row_width) > 0:
            room = width - WORDS - self._room_for_names(width) - 4
            self._words.display = cell_len(words) > room
        self._words.show(self.look.line(words))
        count = f"{bulk.count} of {of}" if bulk is not None else of
        self.show_title(self._about.title.lower(), bulk.summary if bulk and not self.subject else count)

    def _room_for_names(self, width: int) -> int:
        return min(self._longest, max(10, (width - WORDS) // 2))

    def _cells(self, item: BulkItem, width: int) -> Cells:
        """Return what happens, the agent, and the state or the reason."""
        planned_only = item.result is Result.WAITING and not self._acting
        word = self.kind_of_action.value if planned_only else item.result.value
        name = fit(self._names[item.target.id], self._room_for_names(width), self.look.glyphs.cut)
        return [
            (f"{fit(word if self._bulk is not None else '', WORDS)} ", _STYLES.get(item.result, "")),
            (f"{name}  ", ""),
            (self.look.plain(item.words), "quiet"),
        ]

    def hint(self, note: str = "") -> None:
        """Name the keys that work now."""
        bulk, arm = self._bulk, [("w", "arm")] if self._unarmed else []
        leave = [*arm, ("y", "copy"), ("esc", "leave")]
        if self._acting:
            self.show_keys([("esc", "start no more")], note)
        elif self._ended and bulk is not None:
            self.show_keys([*([(RETRY, "retry")] if bulk.to_retry else []), ("esc", "close")], note)
        elif bulk is None or not bulk.count:
            why = "read_only = true in the configuration" if self.session.arming.read_only else ""
            self.show_keys(leave, note or why or (READ_ONLY if arm else ""))
        elif bulk.needs_number and not self._typed:
            # While w can arm an account, do not take it as text.
            self.show_keys([("n", f"type {self.to_type}"), *leave] if arm else leave, note)
            if not arm:
                self._ask()
        else:
            self.show_keys([(self._about.confirm, f"{self._about.title.lower()}, {bulk.count}"), *leave], note)

    def _ask(self) -> None:
        self.prompt.open()
        self.show_keys([("esc", "leave")], f"type {self.to_type} to continue")

    @property
    def _unarmed(self) -> list[str]:
        """The accounts that can be armed so that fewer agents are skipped."""
        arming, accounts = self.session.arming, {agent.account: None for agent in self._agents.values()}
        if arming.read_only:
            return []
        return [each for each in accounts if not (arming.armed(each) or arming.protects(each))]

    # ---- keys

    def on_key(self, event: events.Key) -> None:
        """Confirm with the capital letter; other keys only move the cursor, copy the command, arm, or leave."""
        if event.key != "q" and self.handles(event.key):
            self.pressed_another()
            return
        event.stop()
        event.prevent_default()
        bulk = self._bulk
        if event.key in ("enter", "q"):
            self._enter()
        elif event.key == "space":
            self.table.action_page(1)
            self.pressed_another()
        elif event.key == "w" and self._unarmed and self.subject is not None:
            self.app.push_screen(ArmBox(self.session, self._unarmed[0]), lambda _result: self._plan())
        elif event.key == "n" and self.subject is not None and self.subject.needs_number and not self._typed:
            self._ask()
        elif event.key == RETRY and self._ended and bulk is not None and bulk.to_retry:
            self._retry(bulk)
        elif bulk is not None and event.key == "y":
            command = command_of_many(self.kind_of_action, [item.target for item in bulk.items])
            copy(self.app, self.look, lambda: Piece(command))
        elif self.subject is not None and event.character == self._about.confirm and self.subject.count:
            self.pressed(event)

    def confirm(self) -> None:
        """Act on the agents, one after another."""
        bulk = self._bulk
        if bulk is None or (bulk.needs_number and self._typed != self.to_type):
            return
        start_bulk(self.app, self._agents, bulk, self._show, self._finish)
        self._acting = True
        self.hint()
        self.changed()

    def _show(self) -> None:
        if self.shown:
            self.changed()

    def _finish(self) -> None:
        self._acting, self._ended = False, True
        if self.shown:
            self.hint()
            self.changed()

    def _enter(self) -> None:
        if self._acting:
            self.action_close()
        else:
            self.leave()

    def action_close(self) -> None:
        """Leave. During a run, the first press only starts no more agents."""
        if self._acting and self._bulk is not None and any(i.result is Result.WAITING for i in self._bulk.items):
            self._bulk.stop()
            self.show_keys([("esc", "leave")], "nothing more starts")
            self.changed()
        else:
            super().action_close()

    def _retry(self, bulk: Bulk) -> None:
        """Preview the failed agents again: the user confirms them again."""
        again = [self._agents[item.target.id] for item in bulk.to_retry]
        app = self.app
        self.close(None)
        app.push_screen(BulkBox(again, self.kind_of_action))


class _Choice(NamedTuple):
    """One row of the menu: the letter that chooses it, what it is called, and what it does to each agent."""

    kind: ActionKind
    key: str
    name: str
    sample: str


def open_bulk(page: Page, agents: Sequence[ActionSubject]) -> None:
    """Ask what to do to the marked agents."""
    if len(agents) > MOST:
        page.show_message(f"At most {MOST} agents can be changed at once. {len(agents):,} marked.", warning=True)
        return

    def chosen(choice: _Choice | None) -> None:
        if choice is not None:
            page.app.push_screen(BulkBox(agents, choice.kind))

    title, all_about = counted(len(agents), "marked agent"), [(kind, ABOUT[kind]) for kind in KINDS]
    choices = [_Choice(kind, about.letter, about.title, about.effect) for kind, about in all_about]
    menu = LetterMenu[_Choice](page.look, "actions", title, choices, "", again=())
    page.app.push_screen(menu, chosen)
