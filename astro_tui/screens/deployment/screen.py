"""One deployment: its state with the reason, and its sections, such as the spec, the record, and the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual import events, on
from textual.app import ComposeResult

from astro_tui.presentation.agent_list import Entry
from astro_tui.presentation.evidence import unread
from astro_tui.presentation.record import DeploymentState
from astro_tui.screens.actions.box import ActionSubject
from astro_tui.screens.actions.menu import open_actions
from astro_tui.screens.base.copy_actions import deployment_menu, typing
from astro_tui.screens.base.open import Compared, agent_link
from astro_tui.screens.base.page import ACCOUNT_KEYS, PAUSE_KEYS, Need, Page
from astro_tui.screens.base.section_host import SectionHost
from astro_tui.screens.base.sections import SectionCommand, SectionPane, TabStrip, section_bindings
from astro_tui.screens.base.staleness import UPDATES_OFF
from astro_tui.screens.base.view import View
from astro_tui.screens.comparing import open_compare_menu
from astro_tui.screens.deployment.reads import DeploymentReads
from astro_tui.screens.deployment.state_lines import StateLines, Visit, age, head_forms
from astro_tui.screens.nodes import NodesPane
from astro_tui.session.agent import Agent
from astro_tui.session.comparison import Find
from astro_tui.session.routes import SECTIONS, DeploymentRoute, DiffRoute, Route
from astro_tui.session.session import Session
from astro_tui.theme.look import stylesheet
from astro_tui.widgets.chrome.notice import Notice
from astro_tui.widgets.keymap import bind_missing, keymap

LIST = ""
"""Stands for the list of agents where sections have names."""


class DeploymentScreen(Page):
    """Shows the list row at once and fills in the rest as the responses come in."""

    CSS_PATH = [stylesheet("deployment"), stylesheet("sections")]
    NEED, REFRESHES = Need.REQUIRED, True
    BINDINGS = [
        *ACCOUNT_KEYS,
        *PAUSE_KEYS,
        *keymap("""
            f          full_height  deployment.full-height  toggle full height [full height|smaller]
            d          diff         deployment.diff         what changed: the change to blame, or the newest [diff]
            y!         copy_menu    deployment.copy         copy… [copy]
            a          act          deployment.actions      actions: restart, roll back… [actions]
            full_stop  other        deployment.other        open the record's deployment [|active agent]
            D!         compare      deployment.compare      compare with a visit, a revision, or an agent [compare with]
        """),
        *section_bindings("deployment", SECTIONS),
        *keymap("""
            W                  save          deployment.save        save the spec to a file, or in Why a report [save]
            less_than_sign     neighbor(-1)  deployment.previous    previous agent [agents]
            greater_than_sign  neighbor(1)   deployment.next        next agent [agents]
            tab                switch        deployment.other-pane  other pane
            r,ctrl+r           refresh       deployment.refresh     refresh [refresh]
            escape,q           back          deployment.back        back [back]
            question_mark,f1   app.help      app.help               help [help]
        """),
    ]
    # The host gives the keys to a section.
    AUTO_FOCUS = ""

    def __init__(self, session: Session, account: str, entry: Entry, section: str = "", detail: str = "") -> None:
        super().__init__(session)
        self.account = account
        self._first_section, self._detail = section, detail
        self._has_document = False
        self._trail: Sequence[str] = ()
        """The sections that led to the one on screen, to go back to; empty for the list."""
        self.host = SectionHost[DeploymentState](self, SECTIONS)
        bind_missing(self, section_bindings("deployment", SECTIONS))
        self.reads = DeploymentReads(self, account, entry)
        self.visit = Visit(self)

    def compose(self) -> ComposeResult:
        """The header with the state, the tabs, and the sections."""
        yield self.frame_head()
        yield TabStrip(self.look, id="sections")
        yield StateLines(self.look)
        yield self.host
        yield from self.frame_foot()

    @property
    def entry(self) -> Entry:
        """The list row of the deployment on screen."""
        return self.reads.state.entry

    @property
    def agent(self) -> Agent:
        """The deployment on screen, for comparisons."""
        return self.reads.agent

    @property
    def notices(self) -> Iterable[Notice]:
        """The notice in place of the spec, which the screen loads. Sections update those about their own requests."""
        return self.query("#section-spec Notice").results(Notice)

    def on_mount(self) -> None:
        """Show what the list knows and load the rest."""
        self.begin(self.entry)
        if self._first_section:
            self.call_later(self.show_section, self._first_section, self._detail, [LIST])

    # ---- loading

    def begin(self, entry: Entry) -> None:
        """Start with a deployment of which only the list row is known."""
        self.reads.begin(entry)
        self.visit.begin(entry.key)
        self.host.restart(self.reads.state)
        self.note_place(self.account, agent=entry.key, section=self.host.active)
        self.host.active_pane.take_focus()
        self.load()

    def load(self) -> None:
        """Load everything again; what is on screen stays in its place."""
        if self.reads.state.document is not None:
            # The response may add a line above the spec.
            self.host.hold()
        self.reads.load()

    def load_again(self) -> None:
        """Load again, with the list; the folds, cursor, and scroll position stay."""
        for pane in self.panes:
            pane.load_again()
        if self.reads.record.may_send_again():
            self.keep_place()
            self.reads.want_list()
            self.load()

    @property
    def panes(self) -> Sequence[View]:
        """The sections that are shown."""
        return self.host.shown

    def settled(self) -> None:
        """Compare in the background, now that everything the user waits for is here."""
        state = self.reads.state
        if state.document is not None:
            super().settled()
            self.visit.note(state)

    def acted(self, key: str) -> None:
        """Show that an action on an agent began or ended."""
        if self.is_attached and key == self.entry.key:
            self.reads.acted()

    def keep_place(self) -> None:
        """Keep folds, cursor, and search for the next visit."""
        self.host.keep_place()

    # ---- drawing

    def follow(self) -> None:
        """Hand the sections what is known, and arrange them for what they show now."""
        self.reads.follow()
        state, had_document = self.reads.state, self._has_document
        self._has_document = state.document is not None
        self.host.show(state)
        self.host.lay_out()
        if self._has_document and not had_document and self.host.active == self.host.first:
            # Without a spec, Textual may have given the keys to the record.
            self.host.active_pane.take_focus()

    def draw(self) -> None:
        """Draw everything around the sections."""
        self.host.unnamed = ("chat",) if self.entry.deployment.messaging_web_configured is False else ()
        self.host.draw()
        self._draw_head()
        lines, now = self.query_one(StateLines), self.session.clock()
        # The lines belong with the spec, and the other sections need the room.
        lines.display = self.host.main == self.host.first
        lines.show_state(self.reads.state, self.reads.record, now)
        lines.show_changes(self.visit.changes.value, now)
        super().draw()

    def _draw_head(self) -> None:
        look, state, stale, now = self.look, self.reads.state, self.reads.record, self.session.clock()
        paused = self.session.paused
        interval, width = self.session.settings.refresh, self.app.size.width
        words = age(state.entry, stale, now, interval, width=width, paused=paused)
        tiny = look.line(look.badge(state.status), f" {look.name(state.entry.label, state.entry.blueprint)}")
        label = agent_link(look, self.account, state.entry)
        forms = self.host.headed(head_forms(state, look), label)
        note = self.host.active_note
        section, unsure = note.state(look), stale.error is not None or bool(unread(state.entry.diagnosis))
        if section and (note.error or not (unsure and self.host.strip)):
            # There is one clock: that of the section in front, unless only the record or a source cannot be read.
            words = UPDATES_OFF + section if paused else section
        self.show_head(self.account, forms, words, tiny, stale.trying(now))

    def times_changed(self) -> None:
        """Draw times as the user wants them now."""
        self.host.resized()
        super().times_changed()

    def on_resize(self, _event: events.Resize) -> None:
        """Arrange the sections for the new size."""
        self.host.resized()

    # ---- sections

    async def show_section(self, name: str, detail: str = "", trail: Sequence[str] = ()) -> None:
        """Show a section by its name in a route, and the detail that the route names; `trail` led there."""
        if name not in self.host.names:
            self.show_message(f"There is no section named {name}.", warning=True)
            return
        self._trail = trail
        await self.host.open(name)
        if detail:
            self.host.active_pane.go_to(detail)
        self.note_place(self.account, section=name)
        self.changed()

    async def action_section(self, name: str) -> None:
        """Show a section; the key of the one that is shown goes back to the first."""
        self.clear_message()
        await self.show_section(name if name != self.host.active else self.host.first)

    async def action_next_section(self, step: int) -> None:
        """Show the section after or before the one with the focus; the first one follows the last."""
        self.clear_message()
        await self.show_section(self.host.name_beside(step))

    async def action_switch(self) -> None:
        """Go to the section that accompanies this one, such as from the spec to the record, and back."""
        other = self.host.other
        if other:
            await self.show_section(other)

    @property
    def route(self) -> Route:
        """The section on screen, and the place in it."""
        host = self.host
        detail = host.active_pane.detail
        section = host.active if detail or host.active != host.first else ""
        return DeploymentRoute(self.account, self.entry.key, section, detail)

    @on(SectionPane.Wanted)
    async def _section_wanted(self, message: SectionPane.Wanted) -> None:
        message.stop()
        self.clear_message()
        await self.show_section(message.name, message.detail, [*self._trail, self.host.active])

    @on(NodesPane.Observed)
    def _observed(self, message: NodesPane.Observed) -> None:
        message.stop()
        # Meanwhile another deployment may be shown.
        if message.key == self.entry.key:
            self.reads.observe(message.facts)

    # ---- keys

    def is_on(self, action: str) -> bool:
        """Whether updates are paused, the section has the full height, or the record belongs to another deployment."""
        if action == "full_height":
            return self.host.full
        return self.reads.state.foreign is not None if action == "other" else super().is_on(action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While the user types a search, letters are text."""
        if action == "full_height":
            return self.host.can_be_full
        return not (action in ("copy_menu", "compare") and typing(self)) and super().check_action(action, parameters)

    def action_copy_menu(self) -> None:
        """Choose what to copy: of the section, else of the deployment."""
        if not self.host.main_pane.offer(SectionCommand.COPY):
            deployment_menu(self, self.session, self.entry)

    def action_save(self) -> None:
        """Save what the section shows."""
        if not self.host.main_pane.offer(SectionCommand.SAVE):
            self.show_message("This section cannot be saved to a file.", warning=True)

    async def action_back(self) -> None:
        """Shrink the section, or go back to where the user was, else to the spec, and from there to the list."""
        *trail, before = self._trail or [LIST if self.host.main == self.host.first else self.host.first]
        if self.host.full:
            self.action_full_height()
            return
        if before != LIST:
            await self.show_section(before, trail=trail)
            return
        self.keep_place()
        self.dismiss()

    def action_full_height(self) -> None:
        """Give the section the full height, or share it again."""
        self.host.toggle_full()
        self.changed()

    def action_neighbor(self, step: int) -> None:
        """Go to the agent before or after this one in the list."""
        entry = self.session.roster.neighbor(self.account, self.entry.key, step)
        if entry is None:
            self.show_message(f"This is the {'last' if step > 0 else 'first'} agent in the list.", warning=True)
        else:
            self._go_to(entry)

    def action_other(self) -> None:
        """Go to the deployment that the blueprint's record belongs to."""
        foreign = self.reads.state.foreign
        if foreign is None:
            return
        entry = self.session.roster.lookup(self.account, foreign.id)
        if entry is None:
            self.show_message(f"{foreign.id} is not in the list. The agent may be newer than the list.", warning=True)
        else:
            self._go_to(entry)

    def _go_to(self, entry: Entry) -> None:
        self.session.roster.visit(self.account, entry.key)
        self.keep_place()
        self.begin(entry)

    def action_compare(self) -> None:
        """Choose what to compare with."""
        if not self.host.main_pane.offer(SectionCommand.COMPARE):
            open_compare_menu(self, self.agent, self._compare, self._open_history)

    def _open_history(self) -> None:
        self.call_later(self.show_section, "history")

    def action_act(self) -> None:
        """Choose what to do to the deployment."""
        open_actions(self, ActionSubject(self.session, self.account, self.entry, self.host.active_pane.build))

    def _compare(self, find: Find | None) -> None:
        self.open(DiffRoute(self.account, self.entry.key), Compared(self.agent, find=find))

    def action_diff(self) -> None:
        """Show what the newest revision changed, or what the section compares."""
        if not self.host.main_pane.offer(SectionCommand.DIFF):
            self._compare(None)
