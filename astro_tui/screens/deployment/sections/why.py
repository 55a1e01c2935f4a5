"""The whole diagnosis: cause, change, evidence, what disagrees, what could not be read, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.message import Message

from astro_tui import __version__
from astro_tui.clipboard.offers import Offer, Piece, text_offer
from astro_tui.diagnosis import Diagnosis, diagnose
from astro_tui.platform.client import Call
from astro_tui.presentation.explained import TextPage, TextPart, Tone, parts_of
from astro_tui.presentation.log_places import place_of
from astro_tui.presentation.record import DeploymentState
from astro_tui.presentation.report import Case, markdown, proof
from astro_tui.presentation.status import Severity
from astro_tui.screens.actions.box import ActionSubject
from astro_tui.screens.actions.menu import open_actions
from astro_tui.screens.base.copy_actions import open_menu, save
from astro_tui.screens.base.panes import ScrolledPane
from astro_tui.screens.base.sections import SectionCommand
from astro_tui.session.agent import OF_REPORT
from astro_tui.session.session import Session
from astro_tui.session.trace_store import with_failure
from astro_tui.state.files import file_stem
from astro_tui.theme.look import Look
from astro_tui.theme.sizes import WIDE
from astro_tui.widgets.cells import fit
from astro_tui.widgets.chrome.notice import Block
from astro_tui.widgets.keymap import action_key, keymap
from astro_tui.widgets.lists.rows import RowList
from astro_tui.widgets.lists.scroller import Scroller

_TONES = {"ok": "$text-success", "error": "$text-error", "warn": "$text-warning", "name": "bold"}
STYLES = {Tone.HEADING: "name", Tone.QUIET: "quiet", Tone.COMMAND: "info"}
MARGIN = 2
"""Blank cells to the left of the text."""
WIDEST = 110
"""Maximum width, in cells, of a line that is easy to read."""


@dataclass(frozen=True)
class _TonedPage(TextPage):
    """A page that remembers which texts stand out."""

    tones: dict[str, Tone] = field(default_factory=dict)
    key_of: Callable[[str], str] = str

    def keys(self, action: str) -> str:
        """Return the user's own keys for an action."""
        name, *letter = action.split()[:2]
        return " ".join([self.key_of(name), *letter])

    def paint(self, text: str, tone: Tone) -> str:
        """Return the text, and note the tone to draw its line in."""
        self.tones[text.strip()] = tone
        return text


class WhyRow(NamedTuple):
    """One line: its text, the name of its style, and the part that it belongs to."""

    text: str
    style: str
    part: TextPart


class PartList(RowList):
    """Lines on which the cursor moves from one part with a text to the next."""

    keeps_lines = True
    COMPONENT_CLASSES = {f"rows--{name}" for name in ("cursor", "name", "quiet", *Severity)}
    BINDINGS = keymap("""
        enter  choose  list.choose  do this step, or open where this comes from [do or open]
    """)

    class Chosen(Message):
        """The user chose the part under the cursor."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="why-lines")
        self.rows: Sequence[WhyRow] = ()

    @property
    def row_count(self) -> int:
        """The number of lines."""
        return len(self.rows)

    @property
    def part_here(self) -> TextPart | None:
        """The part under the cursor."""
        return self.rows[self.cursor].part if self.rows else None

    def show(self, rows: Sequence[WhyRow]) -> None:
        """Show other lines; the cursor stays on the part with the same text, and the window where it is."""
        if rows == self.rows:
            return
        here, above = self.part_here, self.cursor - self.top
        self.rows = rows
        text = here.text if here is not None else ""
        same = (number for number, row in enumerate(rows) if text and row.part.text == text)
        self.rows_changed(next(same, 0), above)

    def draw_row(self, index: int, width: int, *, selected: bool) -> list[Segment]:
        """Return a line; all lines of the part under the cursor are marked."""
        row = self.rows[index]
        style = self.part(row.style) if row.style else Style()
        chosen = selected or row.part is self.part_here
        mark = Segment(self.look.glyphs.cursor if chosen else " ", self.part("info"))
        return [mark, Segment(fit(f" {row.text}", width - 1), style + self.part("cursor") if chosen else style)]

    def move_to(self, index: int) -> None:
        """Move the cursor to the part at a line, or to the nearest one with a text."""
        lines = [number for number, row in enumerate(self.rows) if row.part.text]
        nearest = min(lines, key=lambda number: abs(number - index), default=0)
        super().move_to(next((line for line in lines if self.rows[line].part is self.rows[nearest].part), 0))

    def action_move(self, by: int) -> None:
        """Move the cursor by parts; beyond the last one, scroll."""
        step, here = (1 if by > 0 else -1), self.part_here
        others = [number for number, row in enumerate(self.rows) if row.part.text and row.part is not here]
        beyond = [number for number in others[::step] if (number - self.cursor) * step > 0]
        if beyond:
            self.move_to(beyond[0])
        else:
            self._scroll_top(self.top + step)

    def cursor_top(self) -> int:
        """Return the scroll position nearest to the current one that shows the whole part."""
        last = max((number for number, row in enumerate(self.rows) if row.part is self.part_here), default=0)
        return min(max(self.top, last - self.page + 1), self.cursor)

    def cursor_moved(self, old: int, top: int) -> None:
        """Redraw all lines: several of them can be marked."""
        self.refresh()

    def row_chosen(self, index: int) -> None:
        """Report the part."""
        self.post_message(self.Chosen())


def report_of(session: Session, state: DeploymentState) -> Piece:
    """Return the report about a deployment as the command prints it; for a worker thread."""
    entry = state.entry
    agent = session.agent(state.account, entry)
    facts, rows = agent.happened(Call(), OF_REPORT)
    diagnosis = agent.advised(agent.diagnosis or diagnose(facts, agent.agents.facts.tables), Call())
    options = " --demo" if session.settings.demo else ""
    case = Case(entry, facts, diagnosis, rows, session.platform.server, __version__, options)
    return Piece(markdown(case), "secrets are masked")


class WhyPane(ScrolledPane[DeploymentState]):
    """Shows what `astro-tui why` prints. The screen's loader investigates, so the pane requests nothing."""

    STYLES = ("why",)
    BINDINGS = keymap("""
        l  logs  why.logs  the log line that shows the cause [|log line]
    """)

    _proof: tuple[Diagnosis | None, Sequence[tuple[str, str]]] = (None, ())
    """What proves a diagnosis, beside it in a wide window."""

    def compose(self) -> ComposeResult:
        """The lines, and the proof."""
        yield PartList(self.look)
        with Scroller(id="why-proof"):
            yield Block(self.look)

    @property
    def lines(self) -> PartList:
        """The lines."""
        return self.query_one(PartList)

    def take_focus(self) -> None:
        """Focus the lines."""
        self.screen.set_focus(self.lines)

    def is_on(self, action: str) -> bool:
        """Whether a place in a log is known."""
        return action == "logs" and bool(self._log_place)

    @property
    def _log_place(self) -> str:
        return place_of(self._state.entry.diagnosis) if self._state is not None else ""

    def action_logs(self) -> None:
        """Show the log line with the cause, or the log of what fails."""
        if self._log_place:
            self.post_message(self.Wanted("logs", self._log_place))
        else:
            self.page.show_message("No log has more details.")

    @on(PartList.Chosen)
    async def _chosen(self, message: PartList.Chosen) -> None:
        """Do the step under the cursor, or open the section that the evidence comes from."""
        message.stop()
        part, state = self.lines.part_here, self._state
        if part is None or state is None:
            return
        match part.keys.removeprefix("deployment.").split():
            case ["actions", letter, *argument]:
                open_actions(self, ActionSubject(self.session, state.account, state.entry), letter, *argument)
            case ["diff"]:
                await self.screen.run_action("diff")
            case ["logs"]:
                self.action_logs()
            case [section]:
                self.post_message(self.Wanted(section))
            case _:
                copies = f"{action_key(self, 'deployment.copy')} {'c' if part.command else 's'}"
                self.page.show_message(
                    f"No key does this. Press {copies} to copy {'its command' if part.command else 'it'}."
                )

    def offer(self, command: SectionCommand) -> bool:
        """Copy the part under the cursor, or the diagnosis, as text."""
        state, part = self._state, self.lines.part_here
        lines = (
            [str(line) for part in self._parts(state, self._page(0)) for line in part.lines]
            if state is not None
            else []
        )
        if command not in (SectionCommand.COPY, SectionCommand.SAVE) or not lines or state is None or part is None:
            return False
        report = partial(report_of, self.session, state)
        if command is SectionCommand.SAVE:
            save(self.app, self.look, file_stem(state.entry.label, "report"), ".md", report)
            return True
        offers = [
            text_offer("s", "selected", part.text),
            text_offer("c", "command", part.command),
            text_offer("w", "why", "\n".join(lines)),
            Offer("r", "report to hand off", "Markdown", report, ".md"),
        ]
        offers = [offer for offer in offers if offer.sample]
        open_menu(self.screen, self.look, self.look.name(state.entry.label, state.entry.blueprint), offers)
        return True

    def follow(self) -> None:
        """Put the proof of another diagnosis together, which takes a moment."""
        entry, diagnosis = self.state.entry, self.state.entry.diagnosis
        if diagnosis is None or diagnosis is self._proof[0] or self.app.size.width < WIDE or self.busy("proof"):
            return
        facts = self.session.agent(self.state.account, entry).facts
        proved = partial(self._proved, diagnosis)
        self.fetch("proof", lambda _call: proof(facts, diagnosis), proved, lambda _error: None)

    def _proved(self, diagnosis: Diagnosis, lines: Sequence[tuple[str, str]]) -> None:
        self._proof = diagnosis, lines
        self.changed()

    def draw(self) -> None:
        """Draw the diagnosis, with its sentence in the color of its severity."""
        state = self.state
        about, proof = self._proof
        proves = about is state.entry.diagnosis and bool(proof) and self.app.size.width >= WIDE
        self.query_one("#why-proof").display = proves
        lines = [self.look.line((text, _TONES.get(tone, ""))) for text, tone in proof]
        self.query_one(Block).show_lines(*lines)
        width = self.app.size.width * 11 // 20 if proves else self.app.size.width
        page = self._page(min(WIDEST, width - 1 - 2 * MARGIN))
        parts = self._parts(state, page) or [TextPart((self.look.plain("Investigating…"),))]
        tones = {text: STYLES[tone] for text, tone in page.tones.items()}
        self.lines.show(
            [
                WhyRow(line, tones.get(line.strip(), "" if part is not parts[0] else state.status.severity.value), part)
                for part in parts
                for line in map(str, part.lines)
            ]
        )

    def _page(self, width: int) -> _TonedPage:
        return _TonedPage(width, self.look.ascii, self.session.clock(), key_of=partial(action_key, self))

    def _parts(self, state: DeploymentState, page: TextPage) -> list[TextPart]:
        """Return the parts of the diagnosis, with a failed trace if one was read; none before there is one."""
        diagnosis = state.entry.diagnosis
        if diagnosis is None:
            return []
        failure = self.session.agents.traces.failure(state.entry.key)
        diagnosis = self.session.agent(state.account, state.entry).advised(with_failure(diagnosis, failure))
        return list(parts_of(state.entry, diagnosis, page))
